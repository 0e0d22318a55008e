"""The line of a TOML file on which a value stands, so that a mistake is reported where it was made.

`tomllib` gives values without positions.  This finds table headers and keys by their lines, which is all that exam
specs need; a value inside an inline table or array is reported at the line of its key.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

_HEADER: Final = re.compile(r"\s*(\[\[|\[)\s*([\w.\"' -]+?)\s*(\]\]|\])")
_KEY: Final = re.compile(r"\s*(?:\"([^\"]+)\"|'([^']+)'|([\w-]+))\s*(?:\.[^=]*)?=")


def line_of(source: str, path: Sequence[str | int]) -> int:
    """Return the 1-based line of the value at `path`, e.g. ("questions", 2, "level"), or of what it is inside of."""
    at: dict[tuple[str | int, ...], int] = {}
    table: tuple[str | int, ...] = ()
    counts: dict[tuple[str, ...], int] = {}
    fence = ""
    for number, line in enumerate(source.splitlines(), start=1):
        if fence:
            fence = "" if fence in line else fence
            continue
        header = _HEADER.match(line)
        if header and "=" not in line.partition("#")[0]:
            names = tuple(name.strip() for name in header[2].replace('"', "").replace("'", "").split("."))
            if header[1] == "[[":
                inside = {one: count for one, count in counts.items() if one[: len(names)] != names}
                counts = {**inside, names: counts.get(names, -1) + 1}
            table = _numbered(names, counts)
            at.setdefault(table, number)
        elif key := _KEY.match(line):
            at.setdefault((*table, key[1] or key[2] or key[3]), number)
        for mark in ('"""', "'''"):
            if line.count(mark) == 1:
                fence = mark
    wanted = tuple(path)
    return next((at[wanted[:end]] for end in range(len(wanted), 0, -1) if wanted[:end] in at), 1)


def _numbered(names: tuple[str, ...], counts: dict[tuple[str, ...], int]) -> tuple[str | int, ...]:
    """Return the path of a table: behind each array of tables the place that has been reached in it."""
    path: list[str | int] = []
    for depth, name in enumerate(names, start=1):
        path.append(name)
        if names[:depth] in counts:
            path.append(counts[names[:depth]])
    return tuple(path)

"""Names of folders made from variants and student ids, which are data and may hold anything.

Only letters, digits and `-_.` stay; what would leave the output folder, hide in it, or fall together with another
name on a file system that ignores case, is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

_RESERVED: Final = {
    "print",
    "tex",
    "manifest",
    "con",
    "nul",
    "aux",
    "prn",
    *(f"{port}{n}" for port in ("com", "lpt") for n in range(10)),
}
_LONGEST: Final = 80


def folder_name(label: str) -> str:
    """Return the folder of a label: `a/b c` becomes `a_b_c`; empty when nothing is left of it."""
    name = re.sub(r"[^\w.-]", "_", label.strip(), flags=re.ASCII).lstrip(".")[:_LONGEST].rstrip(".")
    if not name.strip("_"):
        return ""
    return f"_{name}" if name.partition(".")[0].casefold() in _RESERVED else name


def collisions(labels: Iterable[str]) -> list[tuple[int, str]]:
    """Return (place, reason) for each label that has no folder of its own."""
    found: list[tuple[int, str]] = []
    seen: dict[str, str] = {}
    for place, label in enumerate(labels):
        name = folder_name(label)
        if not name:
            found.append((place, f"{label!r} has no letter A-Z or digit that could name a folder"))
        elif name.casefold() in seen:
            twin = seen[name.casefold()]
            same = "is there twice" if twin == label else f"would share the folder '{name}' with {twin!r}"
            found.append((place, f"{label!r} {same}"))
        else:
            seen[name.casefold()] = label
    return found

"""Font files: where they are, as LuaTeX will find them, and which characters each has (its `cmap` table)."""

from __future__ import annotations

import os
import shutil
import struct
import subprocess
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

_FOLDERS: Final = (
    "/usr/share/fonts",
    "/usr/local/share/fonts",
    "~/.local/share/fonts",
    "~/.fonts",
    "/Library/Fonts",
    "/System/Library/Fonts",
    "~/Library/Fonts",
    "C:/Windows/Fonts",
)
_COLLECTION: Final = b"ttcf"
_UNICODE: Final = ((3, 10), (0, 6), (0, 4), (3, 1), (0, 3))  # the whole of Unicode first, then its first plane


def search_path() -> str:
    """Return where TeX looks for system fonts (its variable OSFONTDIR): the user's own setting, the usual places."""
    own = os.environ.get("OSFONTDIR", "")
    there = (f"{folder.as_posix()}//" for name in _FOLDERS if (folder := Path(name).expanduser()).is_dir())
    return os.pathsep.join(filter(None, (own, *there)))


@cache
def found(names: Sequence[str]) -> dict[str, Path]:
    """Return the paths of those files that LuaTeX finds; none if there is no TeX."""
    kpsewhich = shutil.which("kpsewhich")
    if not kpsewhich:
        return {}
    told = subprocess.run(  # noqa: S603 - a fixed program
        [kpsewhich, "-progname=lualatex", *names],
        env={**os.environ, "OSFONTDIR": search_path()},
        capture_output=True,
        text=True,
        check=False,
    )
    return {path.name: path for path in map(Path, told.stdout.splitlines())}


@cache
def characters(path: Path, number: int = 0) -> frozenset[int]:
    """Return the code points that a font has; `number` is its place in a collection. None if the file is no font."""
    try:
        data = path.read_bytes()
        start = struct.unpack_from(">I", data, 12 + 4 * number)[0] if data[:4] == _COLLECTION else 0
        tables = struct.unpack_from(">H", data, start + 4)[0]
        for place in range(start + 12, start + 12 + 16 * tables, 16):
            tag, _, offset, length = struct.unpack_from(">4sIII", data, place)
            if tag == b"cmap":
                return frozenset(_mapped(data[offset : offset + length]))
    except (OSError, struct.error):
        pass
    return frozenset()


def _mapped(cmap: bytes) -> Iterator[int]:
    """Yield the code points of the largest Unicode table in a `cmap` (OpenType specification, formats 4 and 12)."""
    count = struct.unpack_from(">H", cmap, 2)[0]
    entries = (struct.unpack_from(">HHI", cmap, 4 + 8 * place) for place in range(count))
    offsets = {(platform, encoding): offset for platform, encoding, offset in entries}
    start = next((offsets[kind] for kind in _UNICODE if kind in offsets), None)
    if start is None:
        return
    kind = struct.unpack_from(">H", cmap, start)[0]
    if kind == 12:
        for place in range(struct.unpack_from(">I", cmap, start + 12)[0]):
            first, last, _ = struct.unpack_from(">III", cmap, start + 16 + 12 * place)
            yield from range(first, last + 1)
    elif kind == 4:
        double = struct.unpack_from(">H", cmap, start + 6)[0]
        for place in range(start + 14, start + 14 + double, 2):
            (last,), (first,) = (
                struct.unpack_from(">H", cmap, place),
                struct.unpack_from(">H", cmap, place + double + 2),
            )
            yield from range(first, min(last, 0xFFFE) + 1)

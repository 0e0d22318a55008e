"""The user's cache folder, and what tells whether something in it was made by this very program.

Nothing is believed that is read there: every file stands behind its digest, and what does not match is made anew.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from contextlib import suppress
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

_MOST: Final = 2000  # things of a kind that are kept; then it is begun anew
_SEAL: Final = 16


def cache_folder() -> Path:
    """Return the program's folder in the user's cache; a temporary one if that cannot be written."""
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "problemgen"
        root.mkdir(parents=True, exist_ok=True)
        if os.access(root, os.W_OK):
            return root
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        pass
    return Path(_passing().name)


@cache
def _passing() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="problemgen-cache-")  # removed when the program ends


@cache
def program() -> str:
    """Return a digest of all modules of the package, by their texts, and of the libraries that answers come from."""
    package, told = Path(__file__).parent, hashlib.blake2b(digest_size=8)
    for path in sorted(package.rglob("*.py")):
        text = path.read_bytes()
        told.update(f"{path.relative_to(package)} {len(text)}\n".encode() + text)
    for library in ("sympy", "numpy", "mpmath"):
        told.update(f"{library} {version(library)}\n".encode())
    return told.hexdigest()


def read_checked(path: Path) -> bytes | None:
    """Return what `write_checked` wrote; None where the file is missing, damaged, or was written under another name."""
    try:
        whole = path.read_bytes()
    except OSError:
        return None
    told, data = whole[:_SEAL], whole[_SEAL:]
    return data if told == _seal(path, data) else None


def write_checked(path: Path, data: bytes) -> None:
    """Write a file behind its digest, complete or not at all; a full disk is no reason to stop."""
    passing = path.with_name(f"{path.name}.{os.getpid()}")
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        passing.write_bytes(_seal(path, data) + data)
        passing.replace(path)
        return
    with suppress(OSError):
        passing.unlink(missing_ok=True)


def _seal(path: Path, data: bytes) -> bytes:
    return hashlib.blake2b(data, digest_size=_SEAL, key=path.name.encode()[:64]).digest()


def file_of(kind: str) -> Path | None:
    """Return the file in which this very program keeps what it worked out of a kind."""
    return cache_folder() / kind / f"{program()}.kept"


def kept(kind: str) -> dict[str, Any]:
    """Return what is kept of a kind, by name; nothing where the file is missing or damaged."""
    path = file_of(kind)
    data = read_checked(path) if path else None
    return json.loads(data) if data is not None else {}


def keep(kind: str, found: Mapping[str, Any]) -> None:
    """Keep more of a kind, and forget what other programs kept."""
    path = file_of(kind)
    if path is None:
        return
    known = kept(kind)
    write_checked(path, json.dumps({**(known if len(known) < _MOST else {}), **found}).encode())
    with suppress(OSError):
        for other in path.parent.iterdir():
            if not other.name.startswith(path.stem):
                other.unlink(missing_ok=True)

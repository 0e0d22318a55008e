"""The user's cache folder, and what tells whether something in it was made by this very program."""

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


def file_of(kind: str) -> Path | None:
    """Return the file in which this very program keeps what it worked out of a kind."""
    return cache_folder() / kind / f"{program()}.json"


def kept(kind: str) -> dict[str, Any]:
    """Return what is kept of a kind, by name; nothing where the file is missing or damaged."""
    path = file_of(kind)
    with suppress(OSError, ValueError):
        told = json.loads(path.read_text(encoding="utf-8")) if path else {}
        return told if isinstance(told, dict) else {}
    return {}


def keep(kind: str, found: Mapping[str, Any]) -> None:
    """Keep more of a kind, and forget what other programs kept; a full disk is no reason to stop."""
    path = file_of(kind)
    if path is None:
        return
    known = kept(kind)
    told = json.dumps({**(known if len(known) < _MOST else {}), **found})
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        for other in path.parent.glob("*.json"):
            if other != path:
                other.unlink(missing_ok=True)
        passing = path.with_suffix(f".{os.getpid()}")
        passing.write_text(told, encoding="utf-8")
        passing.replace(path)

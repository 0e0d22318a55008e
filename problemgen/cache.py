"""The user's cache folder, and what tells whether something in it was made by this very program."""

from __future__ import annotations

import hashlib
import os
import tempfile
from functools import cache
from importlib.metadata import version
from pathlib import Path


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

"""What a paper's bytes depend on besides its own data: the program, the libraries it is written with, and TeX.

Processes of equal identity make equal bytes from equal units of work, wherever they run.  It is found once in a
process: one that began with old sources goes on saying so, whatever has been installed since.
"""

from __future__ import annotations

import hashlib
import os
import socket
import sys
from functools import cache
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Final

import pikepdf

import problemgen
from problemgen import catalog
from problemgen.errors import TexMissing
from problemgen.rendering import tex
from problemgen.rendering.families import declarations
from problemgen.rendering.templates import packaged

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

HOST: Final = "host"
_LIBRARIES: Final = ("jinja2", "mpmath", "pikepdf", "pylatex", "sympy")
_BESIDE: Final = "./templates"
_TOLD: Final = {"sources": "other sources", "fonts": "other fonts", _BESIDE: "another ./templates where it runs"}


@cache
def identity(engine: str = "") -> Mapping[str, str]:
    """Return the identity of this process by what it consists of; with the TeX `engine` if one is needed."""
    found = {HOST: socket.gethostname(), "problemgen": version("problemgen"), "sources": _sources()}
    found |= {"Python": f"{sys.version_info.major}.{sys.version_info.minor}"}
    found |= {name: version(name) for name in _LIBRARIES} | {"qpdf": pikepdf.__libqpdf_version__}
    beside, *own = (digest(files_below(folder)) for folder in (Path("templates"), *packaged()))
    found[_BESIDE] = "" if beside in {digest([]), *own} else beside
    if engine:
        try:
            found["TeX"] = tex.identity(engine)
        except TexMissing:
            found["TeX"] = ""
    if engine == "lualatex":
        found["fonts"] = digest([("fonts", "\n".join(declarations()).encode())])
    return found


def differences(theirs: Mapping[str, str], ours: Mapping[str, str]) -> list[str]:
    """Return in words what differs between two identities, other than the host."""
    found = []
    for name, own in ours.items():
        other = theirs.get(name, "")
        # templates that a worker lacks come with the work; those it has must be the same ones
        if other == own or name == HOST or (name == _BESIDE and not other):
            continue
        if name == "TeX" and not other:
            found.append("no LaTeX that can do it")
        else:
            found.append(_TOLD.get(name) or f"{name} {other or 'unknown'} (here {own or 'none'})")
    return found


def files_below(folder: Path) -> list[tuple[str, bytes]]:
    """Return the files below a folder by their names from there, sorted; hidden, compiled and backup files are none."""
    found = []
    for root, inside, names in os.walk(folder, followlinks=True):
        inside[:] = [name for name in inside if not name.startswith((".", "__pycache__"))]
        for name in names:
            if not name.startswith(".") and not name.endswith((".pyc", "~")):
                path = Path(root, name)
                found.append((path.relative_to(folder).as_posix(), path.read_bytes()))
    return sorted(found)


def digest(files: Iterable[tuple[str, bytes]]) -> str:
    """Return a digest of files."""
    told = hashlib.blake2b(digest_size=16)
    for name, data in files:
        told.update(f"{len(name)}:{name}{len(data)}:".encode() + data)
    return told.hexdigest()


def _sources() -> str:
    """Return a digest of the program, its templates, and all packs of problems."""
    package = Path(problemgen.__file__).parent
    found = [one for one in files_below(package) if not one[0].startswith("templates/")]
    for folder in packaged():
        found += files_below(folder)
    for name in sorted({entry.module.rsplit(".", 2)[0] for entry in catalog.entries().values()} - {catalog.BUILT_IN}):
        for root in getattr(find_spec(name), "submodule_search_locations", None) or ():
            found += files_below(Path(root))
    return digest(found)

"""problemgen: exam problems for deep-learning courses, solved exactly, checked twice, typeset with LaTeX.

The public API is loaded when it is used, so that importing the package, and `problemgen --help`, cost nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from problemgen.catalog import entries, get
    from problemgen.draw import Level, Seed
    from problemgen.exam.compose import compose
    from problemgen.exam.spec import read_spec
    from problemgen.rendering.delivery import build
    from problemgen.sampling import accept, given, sample

_HOMES: Final = {
    "entries": "catalog",
    "get": "catalog",
    "Level": "draw",
    "Seed": "draw",
    "compose": "exam.compose",
    "read_spec": "exam.spec",
    "build": "rendering.delivery",
    "accept": "sampling",
    "given": "sampling",
    "sample": "sampling",
}

__all__ = ["Level", "Seed", "accept", "build", "compose", "entries", "get", "given", "read_spec", "sample"]


def __getattr__(name: str) -> Any:
    """Import a public name from its module; `__version__` from the package's metadata."""
    if name == "__version__":
        from importlib.metadata import version  # noqa: PLC0415 - 40 ms that --help does not need

        return version("problemgen")
    if name not in _HOMES:
        raise AttributeError(f"module 'problemgen' has no attribute {name!r}")
    return getattr(importlib.import_module(f"problemgen.{_HOMES[name]}"), name)

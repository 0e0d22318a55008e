"""The two TeX engines behind one small interface: pdfLaTeX, and LuaLaTeX for names and texts in every script."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Protocol

from problemgen.errors import TexMissing
from problemgen.rendering import lualatex, pdflatex
from problemgen.rendering.process import Run, version

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["PDFLATEX", "Run", "available", "identity", "prepare", "program", "run"]

PDFLATEX: Final = "pdflatex"


class Engine(Protocol):
    """What a module of an engine provides."""

    def program(self) -> str:
        """Return the path of the program; raises `TexMissing` saying how to get it."""

    def prepare(self, preamble: str) -> None:
        """Do what all runs with this preamble would else do, each."""

    def run(self, preamble: str, body: str, seconds: float) -> Run:
        """Set a document in one pass."""


_ENGINES: Final[Mapping[str, Engine]] = {"pdflatex": pdflatex, "lualatex": lualatex}


def run(preamble: str, body: str, seconds: float, engine: str = PDFLATEX) -> Run:
    r"""Typeset `preamble` + `body` (which begins with `\begin{document}`) in one pass.

    Raises `TexMissing` when there is no such engine, or the preamble asks for a style that is not installed.
    """
    return _ENGINES[engine].run(preamble, body, seconds)


def prepare(preamble: str, engine: str = PDFLATEX) -> None:
    """Do now what parallel runs with this preamble would else do, each; raises `TexMissing`."""
    _ENGINES[engine].prepare(preamble)


def program(engine: str = PDFLATEX) -> str:
    """Return the path of the engine's program; raises `TexMissing` saying how to get it."""
    return _ENGINES[engine].program()


def available(engine: str = PDFLATEX) -> bool:
    """Return whether the engine is installed."""
    try:
        return bool(program(engine))
    except TexMissing:
        return False


def identity(engine: str = PDFLATEX) -> str:
    """Return which TeX this is: equal sources make equal pages where this is equal."""
    return version(program(engine))

"""What an engine prints of the texts of a spec or a roster: escaped, and replaced where no font has a character."""

from __future__ import annotations

from functools import lru_cache

from problemgen.rendering import characters, scripts
from problemgen.rendering.notation import Tex, escape


def printable(text: str, engine: str | None) -> tuple[str, list[str]]:
    """Return `text` with what the engine's fonts lack replaced, and the characters that were, each once."""
    return scripts.shown(text) if engine == "lualatex" else characters.printable(text)


def printable_name(text: str, engine: str | None) -> str:
    """Return a name as it can be printed, or nothing when no letter of it can; the id then stands alone."""
    shown = printable(text, engine)[0].strip()
    return shown if any(character.isalnum() for character in shown) else ""


@lru_cache(maxsize=1024)
def latex(text: str, engine: str | None) -> Tex:
    """Return a text as LaTeX for the engine."""
    return scripts.latex(text) if engine == "lualatex" else escape(characters.printable(text)[0])

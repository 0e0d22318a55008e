"""Which characters pdfLaTeX's fonts can print, so that a name never ends in a TeX log.

T1 Latin Modern covers the Latin alphabets of Europe.  Of other letters the base letter is kept if there is one;
the rest is replaced, and the caller is told which characters these were.
"""

from __future__ import annotations

import unicodedata
from typing import Final

_RANGES: Final = ((0x20, 0x7E), (0xA1, 0xAC), (0xAE, 0x17E))
_LACKING: Final = frozenset("ĦħĸĿŀŉŦŧĲĳſ¤¦¬µ")
_MORE: Final = frozenset("ȘșȚț–—‘’‚“”„…‹›€™•")
REPLACEMENT: Final = "?"


def settable(character: str) -> bool:
    """Return whether the fonts have the character."""
    inside = any(low <= ord(character) <= high for low, high in _RANGES)
    return character in _MORE or (inside and character not in _LACKING)


def printable_name(text: str) -> str:
    """Return a name as it can be printed, or nothing when no letter of it can; the id then stands alone."""
    shown = printable(text)[0].strip()
    return shown if any(character.isalnum() for character in shown) else ""


def printable(text: str) -> tuple[str, list[str]]:
    """Return `text` with what the fonts lack replaced, and the characters that were, each once.

    Line breaks and tabs become blanks; invisible controls (such as those that turn the writing direction) vanish.
    """
    result, lacking = [], []
    for character in unicodedata.normalize("NFC", " ".join(text.split())):
        if settable(character):
            result.append(character)
        elif unicodedata.category(character) not in {"Cc", "Cf", "Mn", "Me"}:
            base = "".join(c for c in unicodedata.normalize("NFKD", character) if settable(c))
            result.append(base or REPLACEMENT)
            lacking.append(character)
        elif unicodedata.category(character) in {"Mn", "Me"}:
            lacking.append(character)
    return "".join(result), list(dict.fromkeys(lacking))

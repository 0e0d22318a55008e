"""Texts that mix scripts: which font prints each run of a text, and which runs go from right to left.

The script of a letter is the first word of its Unicode name.  The order of a mixed line follows the Unicode
Bidirectional Algorithm (UAX 9) with one level of embedding, as much as names and lines of instructions need:
the first letter decides where the line begins; brackets and digits stand where a reader of Persian looks for them.
"""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Final

from problemgen.rendering.characters import printable, settable
from problemgen.rendering.families import MARKED, SYMBOLS, WORDS, families
from problemgen.rendering.notation import Tex, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

OWN: Final = ""
_TAGS: Final = {word: tag for tag, words in WORDS.items() for word in words.split()}
_JOINERS: Final = "\u200c\u200d"
_DIRECTIONS: Final = {"L": "L", "R": "R", "AL": "R", "EN": "D", "AN": "D", "CS": "C"}
_RIGHTWARD: Final = re.compile(r"R(?:[NDC]*R)*")
_LEFTWARD: Final = re.compile(r"L(?:[NDC]*L)*|D(?:C?D)*")
_DIGITS: Final = re.compile(r"D(?:C?D)*")
_OPENING: Final = frozenset({"Ps", "Pi"})
_CLOSING: Final = frozenset({"Pe", "Pf", "Po", "Lm", "Mn"})
_MIRRORED: Final = str.maketrans("()[]{}<>«»‹›", ")(][}{><»«›‹")


def shown(text: str) -> tuple[str, list[str]]:
    """Return `text` with what no font has replaced, and the characters that were, as `characters.printable` does."""
    result, lacking = [], []
    clean = _clean(text)
    for character, tag in zip(clean, _tags(clean), strict=True):
        piece, lost = (character, []) if tag is not None else printable(character)
        result.append(piece)
        lacking += lost
    return "".join(result), list(dict.fromkeys(lacking))


def runs(text: str) -> list[tuple[str, str]]:
    """Return the text in pieces, each with the family that prints it: a script's tag, or nothing for the own font."""
    clean = shown(text)[0]
    grouped = groupby(zip(clean, _tags(clean), strict=True), key=lambda pair: pair[1] or OWN)
    return [(tag, "".join(character for character, _ in pairs)) for tag, pairs in grouped]


def latex(text: str) -> Tex:
    """Return plain text as LaTeX for LuaTeX, with its families and directions."""
    pieces = runs(text)
    clean = "".join(piece for _, piece in pieces)
    tags = [tag for tag, piece in pieces for _ in piece]
    directions = _directions(clean)
    line = _Line(clean, tags, directions)
    first = next((one for one in directions if one in "LR"), "L")
    if "R" not in directions:
        return Tex(line.printed(0, len(clean)))
    if first == "R":
        return Tex(rf"\rightward{{{line.embedded(0, len(clean), _LEFTWARD, mirrored=True)}}}")
    return Tex(line.embedded(0, len(clean), _RIGHTWARD))


class _Line:
    """A text with the family and the direction of each of its characters."""

    def __init__(self, text: str, tags: Sequence[str], directions: str) -> None:
        self.text, self.tags, self.directions = text, tags, directions

    def embedded(self, start: int, end: int, inner: re.Pattern[str], *, mirrored: bool = False) -> str:
        """Print a stretch in one direction, and what matches `inner` within it in the other."""
        pieces, place = [], start
        for found in inner.finditer(self.directions, start, end):
            pieces.append(self.printed(place, found.start(), mirrored=mirrored))
            if mirrored:
                pieces.append(rf"\leftward{{{self.printed(*found.span())}}}")
            else:
                pieces.append(rf"\rightward{{{self.embedded(*found.span(), _DIGITS, mirrored=True)}}}")
            place = found.end()
        return "".join([*pieces, self.printed(place, end, mirrored=mirrored)])

    def printed(self, start: int, end: int, *, mirrored: bool = False) -> str:
        """Print a stretch of one direction; HarfBuzz mirrors brackets, the own font does not."""
        pieces = []
        for tag, places in groupby(range(start, end), key=lambda place: self.tags[place]):
            run = "".join(self.text[place] for place in places)
            if tag == OWN:
                pieces.append(_escaped(run.translate(_MIRRORED) if mirrored else run))
            else:
                inside = _breakable(run) if tag in {"hani", "kana"} else _escaped(run)
                pieces.append(rf"\inscript{{{tag}}}{{{inside}}}")
        return "".join(pieces)


def _clean(text: str) -> str:
    return unicodedata.normalize("NFC", " ".join(text.split()))


def _escaped(run: str) -> str:
    """Escape a run and keep the blanks at its ends."""
    return f"{' ' * run.startswith(' ')}{escape(run)}{' ' * (run != ' ' and run.endswith(' '))}"


def _breakable(run: str) -> str:
    """Let a line end between any two characters, but not after an opening or before a closing one."""
    pieces: list[str] = [escape(run[0])]
    for before, after in pairwise(run):
        tight = unicodedata.category(before) in _OPENING or unicodedata.category(after) in _CLOSING
        pieces += ["" if tight else r"\hanbreak ", escape(after)]
    return "".join(pieces)


def _directions(text: str) -> str:
    """Return each character's L, R, D (digit), C (within numbers), B (bracket) or N; a mark goes with its letter."""
    result = ""
    for character in text:
        kind = unicodedata.bidirectional(character)
        if kind == "NSM":
            result += result[-1:] or "N"
        else:
            result += "B" if unicodedata.mirrored(character) else _DIRECTIONS.get(kind, "N")
    return result


def _tags(text: str) -> list[str | None]:
    """Return for each character the family that prints it, or None if no font has it."""
    tags: list[str | None] = []
    asian = {_script(character) for character in text} & {"hang", "kana"}
    for character in text:
        before = tags[-1] if tags else OWN
        tag = _family(character)
        if character in _JOINERS or unicodedata.category(character) in {"Mn", "Mc", "Me"}:
            tag = _following(character, before)
        elif tag == "hani" and asian:
            tag = next((one for one in sorted(asian) if one in families() and families()[one].has(character)), tag)
        tags.append(tag)
    _extend(text, tags)
    return tags


def _following(character: str, before: str | None) -> str | None:
    """Return the family of a mark or joiner: that of its letter; a Latin letter then changes to one with marks."""
    known = families()
    if character in _JOINERS:
        return before or None
    for tag in (before, MARKED):
        if tag in known and known[tag].has(character):
            return tag
    return None


@cache
def _family(character: str) -> str | None:
    """Return the family that prints a character that stands alone."""
    if settable(character):
        return OWN
    if unicodedata.category(character).startswith("C"):  # some fonts have glyphs for what controls the direction
        return None
    known, script = families(), _script(character)
    for tag in (script, MARKED, SYMBOLS, "hani", *known):
        if tag in known and known[tag].has(character):
            return tag
    return None


def _script(character: str) -> str:
    """Return the tag of a letter's script, or nothing."""
    return _TAGS.get(unicodedata.name(character, "").partition(" ")[0], "")


def _extend(text: str, tags: list[str | None]) -> None:
    """Print a whole word in one font when the sheet's own lacks a letter of it."""
    known = families()
    for word in re.finditer(r"\S+", text):
        places = range(*word.span())
        for tag in (MARKED, "latn"):
            if tag in known and any(tags[place] == tag for place in places):
                for place in places:
                    if tags[place] in {OWN, "latn"} and known[tag].has(text[place]):
                        tags[place] = tag
                break

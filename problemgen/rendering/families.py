"""Which font prints which script: the first file of a list that is installed, Debian's Noto fonts before others."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Final

from problemgen.rendering import fonts
from problemgen.rendering.notation import Tex

if TYPE_CHECKING:
    from pathlib import Path

# the OpenType tag of a script: the words with which the Unicode names of its letters begin
WORDS: Final = {
    "arab": "ARABIC ARABIC-INDIC EXTENDED",
    "armn": "ARMENIAN",
    "beng": "BENGALI",
    "cyrl": "CYRILLIC",
    "deva": "DEVANAGARI",
    "ethi": "ETHIOPIC",
    "geor": "GEORGIAN",
    "grek": "GREEK",
    "gujr": "GUJARATI",
    "guru": "GURMUKHI",
    "hang": "HANGUL",
    "hani": "CJK IDEOGRAPHIC BOPOMOFO FULLWIDTH",
    "hebr": "HEBREW",
    "kana": "HIRAGANA KATAKANA KATAKANA-HIRAGANA HALFWIDTH",
    "khmr": "KHMER",
    "knda": "KANNADA",
    "laoo": "LAO",
    "latn": "LATIN MODIFIER",
    "mlym": "MALAYALAM",
    "mymr": "MYANMAR",
    "orya": "ORIYA",
    "sinh": "SINHALA",
    "taml": "TAMIL",
    "telu": "TELUGU",
    "thaa": "THAANA",
    "thai": "THAI",
    "tibt": "TIBETAN",
}
MARKED: Final = "more"  # letters with marks, and such as the fonts of their own scripts lack
SYMBOLS: Final = "symb"
_EUROPE: Final = ("cmunrm.otf", "NotoSerif-Regular.ttf", "DejaVuSerif.ttf", "FreeSerif.otf")
_EAST: Final = ("wqy-microhei.ttc", "wqy-zenhei.ttc", "DroidSansFallbackFull.ttf")
_CJK: Final = ("NotoSerifCJK-Regular.ttc", "NotoSansCJK-Regular.ttc")
_FILES: Final = {
    "arab": ("NotoNaskhArabic-Regular.ttf",),
    "cyrl": _EUROPE,
    "grek": _EUROPE,
    "hang": (*_CJK, "UnBatang.ttf", *_EAST),
    "hani": (*_CJK, "FandolSong-Regular.otf", *_EAST),
    "kana": (*_CJK, "HaranoAjiMincho-Regular.otf", *_EAST),
    "latn": ("lmroman10-regular.otf", *_EUROPE),
    MARKED: _EUROPE[1:],
    SYMBOLS: ("NotoSansMath-Regular.ttf",),
}
_LAST: Final = ("FreeSerif.otf", "DejaVuSans.ttf")
_NUMBERS: Final = {("kana", name): 0 for name in _CJK} | {("hang", name): 1 for name in _CJK}
_NUMBERS.update({("hani", name): 2 for name in _CJK})  # the place of the national shapes in the collection
_BOLD: Final = {"cmunrm.otf": "cmunbx.otf", "DejaVuSans.ttf": "DejaVuSans-Bold.ttf", "UnBatang.ttf": "UnBatangBold.ttf"}
_SCALES: Final = {"NotoSerif-Regular.ttf": ".87", "DejaVuSerif.ttf": ".84", "DejaVuSans.ttf": ".84"}


@dataclass(frozen=True)
class Family:
    """The font of a script, with its place in the file if that is a collection, and its bold companion."""

    tag: str
    path: Path
    bold: str
    number: int = 0

    def has(self, character: str) -> bool:
        """Return whether the font has the character."""
        return ord(character) in fonts.characters(self.path, self.number)

    def declaration(self) -> Tex:
        """Return the line of the preamble that makes the family known; the font is loaded when it is first used."""
        place = f"({self.number})" if self.path.suffix == ".ttc" else ""
        scale = _SCALES.get(self.path.name, "1")
        script = "latn" if self.tag in {MARKED, SYMBOLS} else self.tag
        return Tex(
            rf"\newscript{{{self.tag}}}{{{scale}}}{{[{self.path.name}]{place}}}{{[{self.bold}]{place}}}{{{script}}}"
        )


def declarations() -> list[Tex]:
    """Return the lines of the preamble that make all families known."""
    return [family.declaration() for family in families().values()]


def files(tag: str) -> tuple[str, ...]:
    """Return the names of the files that may print a script, the best one first."""
    name = WORDS.get(tag, "").partition(" ")[0].title()
    noto = (f"NotoSerif{name}-Regular.ttf", f"NotoSans{name}-Regular.ttf") if tag not in _FILES or tag == "arab" else ()
    return (*_FILES.get(tag, ()), *noto, *_LAST)


@cache
def families() -> dict[str, Family]:
    """Return the family of each script for which a font is installed."""
    tags = [*WORDS, MARKED, SYMBOLS]
    wanted = {tag: files(tag) for tag in tags}
    bold = {
        name: _BOLD.get(name, name.replace("-Regular", "-Bold").replace("-regular", "-bold"))
        for tag in tags
        for name in wanted[tag]
    }
    there = fonts.found(tuple(sorted({*bold, *bold.values()})))
    known = {}
    for tag in tags:
        name = next((name for name in wanted[tag] if name in there), None)
        if name:
            companion = bold[name] if bold[name] in there else name
            known[tag] = Family(tag, there[name], companion, _NUMBERS.get((tag, name), 0))
    return known

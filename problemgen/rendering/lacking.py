"""What the fonts lack: the engine that prints most of an exam's texts, and warnings for what even that cannot print."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from problemgen.rendering import lualatex, tex, words

if TYPE_CHECKING:
    from problemgen.exam.spec import Exam

_SHOWN: Final = 40
_REMEDY: Final = f"lualatex and fonts: 'sudo apt-get install {lualatex.PACKAGES}' (Debian, Ubuntu)"


def settled(exam: Exam) -> tuple[Exam, list[str]]:
    """Return the exam with an engine in its spec, and a notice if the texts made another choice than the usual one.

    A spec that names an engine has it.  Else LuaLaTeX is taken for the whole exam, so that all papers look alike, if
    it is there and its fonts have letters of a text that pdfLaTeX's lack.
    """
    engine, notices = exam.spec.engine, []
    if engine is None:
        engine = tex.PDFLATEX
        wanting = [(where, text) for where, text in texts(exam) if words.printable(text, engine)[1]]
        better = [one for one in wanting if _better(one[1])] if wanting and tex.available("lualatex") else []
        if better:
            engine = "lualatex"
            notices.append(f"{_named(better)} lualatex; the whole exam is set with it")
        elif letters := [(where, text) for where, text in wanting if _letters(words.printable(text, engine)[1])]:
            notices.append(f"{_named(letters)} {_REMEDY}")
    return replace(exam, spec=exam.spec.model_copy(update={"engine": engine})), notices


def _named(found: list[tuple[str, str]]) -> str:
    """Return the beginning of a notice, with the first of the texts."""
    where, text = found[0]
    short = text if len(text) <= _SHOWN else f"{text[: _SHOWN - 1].rstrip()}…"
    return f"{where}: '{short}'" + (" and others need" if found[1:] else " needs")


def _better(text: str) -> bool:
    return len(words.printable(text, "lualatex")[1]) < len(words.printable(text, tex.PDFLATEX)[1])


def _letters(characters: list[str]) -> bool:
    """Return whether a letter is among the characters: for those, unlike for pictures, there are fonts."""
    return any(unicodedata.category(character).startswith("L") for character in characters)


def texts(exam: Exam) -> list[tuple[str, str]]:
    """Return the texts of the spec and the roster that are printed, each after the place where it stands."""
    spec = exam.spec
    of_spec = {name: getattr(spec, name) for name in ("title", "course", "institution", "date", "rounding")}
    of_spec |= {name: " ".join(getattr(spec, name)) for name in ("instructions", "allowed", "variants")}
    of_spec |= {
        f"sections[{place}]": " ".join((section.title, *section.instructions))
        for place, section in enumerate(spec.sections, start=1)
    }
    of_spec["number"] = " ".join(question.number or "" for _, question in spec.every_question())
    found = [(f"{exam.file}: {name}", text) for name, text in of_spec.items()]
    for student in () if spec.variants else exam.students:  # with variants, no name is printed
        place = f"{spec.roster}:{student.line}"
        found += [(f"{place}: {name}", getattr(student, name)) for name in ("name", "id", "extra_time")]
    return found


def lacking(exam: Exam) -> list[str]:
    """Return a warning for each text with characters that the fonts lack."""
    return [warning for where, text in texts(exam) for warning in replaced(where, text, exam.spec.engine)]


def replaced(where: str, text: str, engine: str | None = None) -> list[str]:
    """Return a warning if the fonts of an engine lack characters of a text."""
    shown, lost = words.printable(text, engine)
    if not lost:
        return []
    if where.endswith(": name") and not words.printable_name(text, engine):
        return [
            f"{where}: LaTeX's fonts lack the letters of '{text}'; only the id is printed (write it in Latin letters)"
        ]
    return [f"{where}: the fonts lack {' '.join(lost)}; printed as '{shown.strip()}'"]

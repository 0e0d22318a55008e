"""Documents from papers: a sheet's layout, `templates/sheets/<kind>.tex.j2`, filled with the texts of its questions.

A sheet is a complete LaTeX source that compiles anywhere.  Comments name the question and block each piece came
from, so that an error in the typesetting can be told in those words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from problemgen import answers, catalog
from problemgen.problem import about
from problemgen.rendering import marking, tables
from problemgen.rendering.characters import printable, printable_name
from problemgen.rendering.notation import Tex, escape
from problemgen.rendering.templates import environment, folders, load, rendered
from problemgen.rendering.text import PartText, QuestionText, question_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from fractions import Fraction
    from pathlib import Path

    from problemgen.exam.compose import Asked, Paper
    from problemgen.exam.spec import ExamSpec

Kind: TypeAlias = Literal["questions", "answers", "solutions"]
KINDS: Final[tuple[Kind, ...]] = ("questions", "answers", "solutions")
_NAMES: Final = {
    "questions": "Questions",
    "answers": "Answer key",
    "solutions": "Solutions",
    "practice": "Practice",
    "key_grid": "Key grid",
}
_SPACE: Final = "3cm"
_GRID_COLUMNS: Final = 8
_NAME: Final = 40
_MARK: Final = "% from "


@dataclass(frozen=True)
class Document:
    """One PDF to be: a complete source, and the title its metadata carry."""

    name: str
    source: str
    title: str


def documents(spec: ExamSpec, paper: Paper, user: Path | None = None) -> dict[Kind, Document]:
    """Return the three documents of a paper; raises `TemplateFault`."""
    texts = [question_text(asked.instance, user) for asked in paper.questions]
    return {kind: _document(spec, paper, kind, texts, user) for kind in KINDS}


def _document(spec: ExamSpec, paper: Paper, kind: Kind, texts: Sequence[QuestionText], user: Path | None) -> Document:
    mark = _mark(paper)
    facts = [
        f"Variant {paper.label}" if not paper.student else "",
        spec.date,
        _minutes(spec),
        f"{float(paper.total):g} points",
    ]
    context = {
        "paper": {"mark": safe(mark), "student": _student(paper)},
        "questions": questions(paper.questions, texts, solved=kind != "questions"),
        "points_tables": tables.points_tables(numbers(paper.questions), [asked.total for asked in paper.questions]),
        "heads": [escape(safe(head)) for head in (spec.institution, spec.course) if head],
        "facts": [escape(safe(fact)) for fact in facts if fact],
        "notes": _notes(spec, paper),
        "large_print": bool(paper.student and paper.student.large_print),
    }
    title = f"{spec.title} - {mark} - {_NAMES[kind]}"
    return Document(f"{paper.folder}/{kind}", layout(kind, spec, title, context, user), title)


def layout(kind: str, spec: ExamSpec, title: str, context: dict[str, Any], user: Path | None) -> str:
    """Return the source of a sheet: its layout filled with `context` and what every sheet prints."""
    searched = folders(user)
    env = environment(searched)
    exam = {name: safe(getattr(spec, name)) for name in ("title", "institution", "course")}
    every = {
        "exam": {**exam, "scratch_pages": spec.scratch_pages},
        "paper_size": spec.paper,
        "kind_name": _NAMES[kind],
        "pdf_info": Tex(f"/Title <FEFF{title.encode('utf-16-be', 'replace').hex().upper()}>"),
        "large_print": False,
        "tex": Tex,
    }
    return rendered(load(env, f"sheets/{kind}.tex.j2"), {**every, **context}) + "\n"


def key_grid(spec: ExamSpec, papers: Sequence[Paper], user: Path | None = None) -> Document:
    """Return the short answers of all papers side by side, eight papers a page."""
    grids = []
    for start in range(0, len(papers), _GRID_COLUMNS):
        block = papers[start : start + _GRID_COLUMNS]
        rows = []
        columns = zip(*(paper.questions for paper in block), strict=True)
        for number, column in zip(numbers(block[0].questions), columns, strict=True):
            names = {part.name: None for asked in column for part in asked.instance.solution.parts}
            for letter, name in zip(marking.letters(len(names)), names, strict=True):
                cells = [{part.name: part.answer for part in a.instance.solution.parts}.get(name) for a in column]
                rows.append((f"{number}{letter}", [cell or answers.Text("--") for cell in cells]))
        grids.append(tables.key_grid([paper.label for paper in block], rows))
    title = f"{spec.title} - Key grid"
    context = {"grids": grids, "paper": {"mark": Tex("all variants"), "student": None}}
    return Document("print/key_grid", layout("key_grid", spec, title, context, user), title)


def safe(text: str) -> str:
    """Return the text with only such characters as the fonts have."""
    return printable(text)[0]


def _student(paper: Paper) -> dict[str, str] | None:
    if paper.student is None:
        return None
    shown = {name: safe(getattr(paper.student, name)) for name in ("id", "extra_time")}
    return {**shown, "name": printable_name(paper.student.name)}


def _mark(paper: Paper) -> str:
    """Return what stands in the head of every page; a long name is cut, so that it leaves room for the title."""
    if paper.student is None:
        return f"Variant {paper.label}"
    name = printable_name(paper.student.name)
    short = name if len(name) <= _NAME else f"{name[: _NAME - 1].rstrip()}…"
    return f"{short} ({paper.student.id})" if short else paper.student.id


def _minutes(spec: ExamSpec) -> str:
    return f"{spec.duration} minutes" if spec.duration else ""


def _notes(spec: ExamSpec, paper: Paper) -> list[Tex]:
    """Return the instructions of the spec, then the conventions on which the answers depend."""
    notes: list[str] = [escape(safe(line)) for line in spec.instructions]
    if spec.allowed:
        notes.append(rf"\textbf{{Allowed:}} {escape(safe('; '.join(spec.allowed)))}.")
    if spec.calculator is not None:
        notes.append("A calculator is allowed." if spec.calculator else "Calculators are not allowed.")
    notes += conventions(asked.instance.entry for asked in paper.questions)
    rounding = spec.rounding or "Give exact values, no decimals, unless a question asks for them."
    notes.append(rf"\textbf{{Rounding:}} {escape(safe(rounding))}")
    return [Tex(note) for note in notes]


def conventions(entries: Iterable[catalog.Entry]) -> list[str]:
    """Return the conventions that all questions of these topics share, in LaTeX."""
    topics = {topic for entry in entries for topic in catalog.topics(entry)}
    notes = []
    if "cnn" in topics:
        notes.append(
            r"\textbf{Convolution} means cross-correlation: the kernel is not flipped. Padding adds zeros on all four "
            r"sides. A window that does not lie completely inside the padded input is left out."
        )
    return notes


def questions(asked: Sequence[Asked], texts: Sequence[QuestionText], *, solved: bool) -> list[dict[str, Any]]:
    """Return what a layout prints of each question; answers and solutions only when `solved`."""
    return [
        _question(number, one, text, solved=solved)
        for number, one, text in zip(numbers(asked), asked, texts, strict=True)
    ]


def numbers(asked: Sequence[Asked]) -> list[str]:
    """Return the printed numbers of the questions: their own, else their places."""
    return [one.number or str(place) for place, one in enumerate(asked, start=1)]


def _question(number: str, asked: Asked, text: QuestionText, *, solved: bool) -> dict[str, Any]:
    where = f"question {number}, {asked.instance.name}"
    parts = [
        _part(where, asked, part, worth, solved=solved) for part, worth in zip(text.parts, asked.points, strict=True)
    ]
    return {
        "number": number,
        "title": about(asked.instance.record).title,
        "stem": _traced(text.stem, f"{where}: stem"),
        "parts": parts,
        "total": tables.points(asked.total),
        "worth": Tex(f"{tables.points(asked.total)} {'point' if asked.total == 1 else 'points'}"),
    }


def _part(where: str, asked: Asked, text: PartText, worth: Fraction, *, solved: bool) -> dict[str, Any]:
    part = text.part
    shown: dict[str, Any] = {
        "points": tables.points(worth),
        "prompt": _traced(text.prompt, f"{where}: {part.name}"),
        "space": Tex(asked.space or part.space or _SPACE),
        "form": _form(part.answer),
        "line": isinstance(part.answer, answers.Number | answers.Shape | answers.NumberSet),
    }
    if solved:
        mistakes = marking.mistakes(asked, text)
        shown |= {
            "answer": tables.full(part.answer),
            "solution": _traced(text.solution, f"{where}: {part.name}_solution"),
            "marking": marking.given_for(part.answer, worth),
            "mistakes": mistakes,
            "carries": any(mistake["consequences"] for mistake in mistakes),
        }
    return shown


def _form(answer: answers.Answer) -> Tex | None:
    if isinstance(answer, answers.Table):
        return tables.form(answer)
    if isinstance(answer, answers.Choice):
        boxes = (f"$\\square$ {answers.option(answer.options, place)}" for place in range(len(answer.options)))
        return Tex((r"\qquad " if answers.plain_words(answer.options) else r"\par ").join(boxes))
    return None


def _traced(text: Tex, where: str) -> Tex:
    return Tex(f"{_MARK}{where}\n{text}")


def block_at(lines: Sequence[str], number: int) -> str:
    """Return which question and block the 1-based source line belongs to, or an empty string."""
    for line in reversed(lines[: max(number, 0)]):
        if line.startswith(_MARK):
            return line.removeprefix(_MARK)
        if line.startswith((r"\begin{document}", r"\end{document}")):
            break
    return ""

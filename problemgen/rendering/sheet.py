"""Documents from papers: a sheet's layout, `templates/sheets/<kind>.tex.j2`, filled with the texts of its questions.

A sheet is a complete LaTeX source that compiles anywhere.  Comments name the question and block each piece came
from, so that an error in the typesetting can be told in those words.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

from problemgen import answers, catalog
from problemgen.problem import about
from problemgen.rendering import closed, families, grid, marking, tables, words
from problemgen.rendering.notation import Tex
from problemgen.rendering.templates import environment, folders, load, rendered
from problemgen.rendering.text import PartText, QuestionText, question_text
from problemgen.rendering.tracing import traced

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from fractions import Fraction
    from pathlib import Path

    from problemgen.exam.compose import Asked, Paper
    from problemgen.exam.spec import ExamSpec

Kind: TypeAlias = Literal["questions", "answers", "solutions"]
GRID: Final = "print/key_grid"
KINDS: Final[tuple[Kind, ...]] = ("questions", "answers", "solutions")
_NAMES: Final = {
    "questions": "Questions",
    "answers": "Answer key",
    "solutions": "Solutions",
    "practice": "Practice",
    "key_grid": "Key grid",
}
_SPACE: Final = "3cm"
_CLOSED_SPACE: Final = "1cm"
_GRID_COLUMNS: Final = 8
_NAME: Final = 40


@dataclass(frozen=True)
class Document:
    """One PDF to be: a complete source, and the title its metadata carry."""

    name: str
    source: str
    title: str


def documents(
    spec: ExamSpec, paper: Paper, user: Path | None = None, kinds: Sequence[Kind] = KINDS
) -> dict[Kind, Document]:
    """Return the documents of a paper; raises `TemplateFault`."""
    texts = [question_text(asked.instance, user) for asked in paper.questions]
    shown = {
        solved: _headed(spec, paper, questions(paper.questions, texts, solved=solved, engine=spec.engine))
        for solved in (False, True)
    }
    return {kind: _document(spec, paper, kind, shown[kind != "questions"], user) for kind in kinds}


def _document(spec: ExamSpec, paper: Paper, kind: Kind, shown: list[dict[str, Any]], user: Path | None) -> Document:
    mark, printed_mark = _mark(paper, spec.engine)
    facts = [
        f"Variant {paper.label}" if not paper.student else "",
        spec.date,
        _minutes(spec),
        _worth(paper.total) + (f" + {_worth(paper.bonus, 'bonus ')}" if paper.bonus else ""),
    ]
    context = {
        "paper": {"mark": printed_mark, "student": _student(paper, spec.engine)},
        "questions": shown,
        "points_tables": tables.points_tables(
            tuple(numbers(paper.questions, spec.engine)),
            tuple(asked.total for asked in paper.questions),
            tuple(asked.bonus for asked in paper.questions),
        ),
        "heads": [words.latex(head, spec.engine) for head in (spec.institution, spec.course) if head],
        "facts": [words.latex(fact, spec.engine) for fact in facts if fact],
        "notes": _notes(spec, paper),
        "large_print": bool(paper.student and paper.student.large_print),
    }
    title = f"{spec.title} - {mark} - {_NAMES[kind]}"
    return Document(f"{paper.folder}/{kind}", layout(kind, spec, title, context, user), title)


def layout(kind: str, spec: ExamSpec, title: str, context: dict[str, Any], user: Path | None) -> str:
    """Return the source of a sheet: its layout filled with `context` and what every sheet prints."""
    searched = folders(user)
    env = environment(searched)
    exam = {name: words.latex(getattr(spec, name), spec.engine) for name in ("title", "institution", "course")}
    every = {
        "exam": {**exam, "scratch_pages": spec.scratch_pages},
        "paper_size": spec.paper,
        "engine": spec.engine or "pdflatex",
        "script_fonts": families.declarations() if spec.engine == "lualatex" else [],
        "kind_name": _NAMES[kind],
        "pdf_info": Tex(f"/Title <FEFF{title.encode('utf-16-be', 'replace').hex().upper()}>"),
        "large_print": False,
        "tex": Tex,
    }
    return rendered(load(env, f"sheets/{kind}.tex.j2"), {**every, **context}) + "\n"


def key_grid(spec: ExamSpec, papers: Sequence[Paper], user: Path | None = None) -> Document:
    """Return the short answers of the papers side by side, at most eight on a page."""
    grids = []
    width = -(-len(papers) // -(-len(papers) // _GRID_COLUMNS))  # as many pages, equally full
    for start in range(0, len(papers), width):
        block = papers[start : start + width]
        rows = grid.rows(numbers(block[0].questions, spec.engine), [paper.questions for paper in block])
        grids += [
            tables.key_grid([words.latex(paper.label, spec.engine) for paper in block], some)
            for some in grid.pages(rows)
        ]
    title = f"{spec.title} - Key grid"
    context = {"grids": grids, "paper": {"mark": Tex(_span(papers, spec.engine)), "student": None}}
    return Document(GRID, layout("key_grid", spec, title, context, user), title)


def _span(papers: Sequence[Paper], engine: str | None) -> str:
    """Return what a key grid is of: all variants, or these of the students."""
    if not papers[0].student:
        return "all variants"
    first, last = (words.latex(paper.label, engine) for paper in (papers[0], papers[-1]))
    return f"{first} to {last}" if len(papers) > 1 else first


def _student(paper: Paper, engine: str | None) -> dict[str, Tex] | None:
    if paper.student is None:
        return None
    texts = {name: getattr(paper.student, name) for name in ("id", "extra_time")}
    texts["name"] = words.printable_name(paper.student.name, engine)
    return {name: words.latex(text, engine) for name, text in texts.items()}


def _mark(paper: Paper, engine: str | None) -> tuple[str, Tex]:
    """Return what stands in the head of every page, as it is and as LaTeX.

    A long name is cut, so that it leaves room for the title.
    """
    if paper.student is None:
        mark = f"Variant {paper.label}"
        return mark, words.latex(mark, engine)
    name = words.printable_name(paper.student.name, engine)
    short = name if len(name) <= _NAME else f"{name[: _NAME - 1].rstrip()}…"
    pieces = [short, f"({paper.student.id})"] if short else [paper.student.id]
    return " ".join(pieces), Tex(" ".join(words.latex(piece, engine) for piece in pieces))


def _minutes(spec: ExamSpec) -> str:
    return f"{spec.duration} minutes" if spec.duration else ""


def _notes(spec: ExamSpec, paper: Paper) -> list[Tex]:
    """Return the instructions of the spec, then the conventions on which the answers depend."""
    notes: list[str] = [words.latex(line, spec.engine) for line in spec.instructions]
    if spec.allowed:
        notes.append(rf"\textbf{{Allowed:}} {words.latex('; '.join(spec.allowed), spec.engine)}.")
    if spec.calculator is not None:
        notes.append("A calculator is allowed." if spec.calculator else "Calculators are not allowed.")
    notes += closed.note(paper.questions)
    notes += conventions(asked.instance.entry for asked in paper.questions)
    rounding = spec.rounding or "Give exact values, no decimals, unless a question asks for them."
    notes.append(rf"\textbf{{Rounding:}} {words.latex(rounding, spec.engine)}")
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


def questions(
    asked: Sequence[Asked], texts: Sequence[QuestionText], *, solved: bool, engine: str | None = None
) -> list[dict[str, Any]]:
    """Return what a layout prints of each question; answers and solutions only when `solved`."""
    return [
        _question(number, one, text, solved=solved)
        for number, one, text in zip(numbers(asked, engine), asked, texts, strict=True)
    ]


def _headed(spec: ExamSpec, paper: Paper, shown: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the questions, the first one of each section with its heading."""
    former = None
    for asked, question in zip(paper.questions, shown, strict=True):
        if asked.section is not None and asked.section != former:
            section = spec.sections[asked.section]
            inside = [one for one in paper.questions if one.section == asked.section]
            total, bonus = (sum(one.total for one in inside if one.bonus is extra) for extra in (False, True))
            question["heading"] = {
                "title": words.latex(section.title, spec.engine),
                "lines": [words.latex(line, spec.engine) for line in section.instructions],
                "worth": _worth(total) + (f" + {_worth(bonus, 'bonus ')}" if bonus else ""),
            }
        former = asked.section
    return shown


def _worth(points: Fraction | int, of: str = "") -> str:
    return f"{float(points):g} {of}{'point' if points == 1 else 'points'}"


def numbers(asked: Sequence[Asked], engine: str | None) -> list[Tex]:
    """Return the printed numbers of the questions: their own, else their places."""
    return [words.latex(one.number or str(place), engine) for place, one in enumerate(asked, start=1)]


def _question(number: str, asked: Asked, text: QuestionText, *, solved: bool) -> dict[str, Any]:
    where = f"question {number}, {asked.instance.name}"
    parts = [
        _part(where, asked, part, worth, solved=solved) for part, worth in zip(text.parts, asked.points, strict=True)
    ]
    return {
        "number": number,
        "heading": None,
        "title": marking.REVISED[asked.revised]
        + ("Bonus: " if asked.bonus else "")
        + about(asked.instance.record).title,
        "stem": traced(text.stem, f"{where}: stem"),
        "parts": parts,
        "total": tables.points(asked.total),
        "worth": Tex(_worth(asked.total, "bonus " if asked.bonus else "")),
    }


def _part(where: str, asked: Asked, text: PartText, worth: Fraction, *, solved: bool) -> dict[str, Any]:
    part, offer = text.part, text.part.offer
    shown: dict[str, Any] = {
        "points": tables.points(worth),
        "prompt": traced(text.prompt, f"{where}: {part.name}"),
        "space": Tex(asked.space or (_CLOSED_SPACE if offer else part.space or _SPACE)),
        "form": closed.form(part),
        "line": not offer and isinstance(part.answer, answers.Number | answers.Shape | answers.NumberSet),
    }
    if not solved:
        return shown
    shown["answer"] = closed.key(part, offer) if offer else tables.full(part.answer)
    return _Solved(
        shown,
        solution=lambda _: traced(text.solution, f"{where}: {part.name}_solution"),
        marking=lambda _: (
            marking.unmarked(asked) or (closed.given_for(offer, worth) if offer else marking.given_for(part, worth))
        ),
        mistakes=lambda _: closed.mistakes(asked, text, offer) if offer else marking.mistakes(asked, text),
        carries=lambda known: any(mistake["consequences"] for mistake in known["mistakes"]),
    )


class _Solved(dict[str, Any]):
    """A part whose texts are made when a layout first asks for them: most are of the solutions only."""

    def __init__(self, shown: dict[str, Any], **later: Callable[[_Solved], Any]) -> None:
        super().__init__(shown)
        self._later = later

    def __missing__(self, name: str) -> Any:
        value = self[name] = self._later[name](self)
        return value

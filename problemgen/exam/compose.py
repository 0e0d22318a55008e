"""From a spec to papers: every variant or student gets the same problems with numbers of its own.

A question's address is exam seed / paper / question id, so adding a question or a paper at the end moves no other.
A draw that repeats the parameters of an earlier paper is drawn again as long as there are others.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from problemgen import catalog, parameters
from problemgen.draw import Seed
from problemgen.errors import InvalidParameters, InvalidSpec, UnknownName, Unsatisfiable
from problemgen.exam.folders import folder_name
from problemgen.exam.points import drawn, share

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from problemgen.exam.roster import Student
    from problemgen.exam.spec import Exam, Question
    from problemgen.sampling import Instance

_REPEATS: Final = 40


@dataclass(frozen=True)
class Asked:
    """A question on a paper; `points` has one entry for each part, `space` overrides every part's own.

    `number` is printed in the place of its place on the paper, e.g. "2 (a)".
    """

    id: str
    instance: Instance
    points: tuple[Fraction, ...]
    space: str | None = None
    number: str | None = None

    @property
    def total(self) -> Fraction:
        """Return the points of the whole question."""
        return sum(self.points, start=Fraction(0))


@dataclass(frozen=True)
class Paper:
    """One paper: `label` is the variant's or the student's id, `folder` what its folder is called."""

    label: str
    folder: str
    questions: tuple[Asked, ...]
    student: Student | None = None

    @property
    def total(self) -> Fraction:
        """Return the points of the whole paper."""
        return sum((question.total for question in self.questions), start=Fraction(0))


@dataclass(frozen=True)
class Composed:
    """All papers of an exam, and what the instructor should know about them."""

    papers: tuple[Paper, ...]
    warnings: tuple[str, ...] = field(default=())


def compose(exam: Exam) -> Composed:
    """Return the papers of an exam; raises `InvalidSpec` naming each question whose pin or points cannot be met."""
    spec = exam.spec
    students: Sequence[Student | None] = exam.students or [None] * len(spec.variants)
    labels = [student.id for student in exam.students] if exam.students else list(spec.variants)
    entries = [catalog.get(question.problem) for question in spec.questions]
    columns: list[list[Asked]] = []
    faults: list[str] = []
    warnings = spec.warnings()
    for place, (question, entry, name) in enumerate(zip(spec.questions, entries, spec.question_ids(), strict=True)):
        try:
            column, noted = _column(question, entry, Seed.of(spec.seed), name, labels)
        except (InvalidParameters, UnknownName, Unsatisfiable) as error:
            faults.append(f"{exam.at(place)}: {error}")
        except InvalidSpec as error:
            faults.append(f"{exam.at(place)}.{error}")
        else:
            columns.append(column)
            warnings += [f"{exam.at(place)}: {note}" for note in noted]
    if faults:
        raise InvalidSpec("\n".join(faults))
    papers = tuple(
        Paper(label, folder_name(label), tuple(column[row] for column in columns), student)
        for row, (label, student) in enumerate(zip(labels, students, strict=True))
    )
    return Composed(papers, tuple(warnings))


def _column(
    question: Question, entry: catalog.Entry, seed: Seed, name: str, labels: Sequence[str]
) -> tuple[list[Asked], list[str]]:
    """Return one question on all papers, and its warnings, each once."""
    seen: set[Any] = set()
    asked, notes, repeated = [], {}, False
    for label in labels:
        instance = _unlike(entry, seed.child(label, name), question, seen)
        repeated = repeated or instance.record in seen
        seen.add(instance.record)
        notes.update(dict.fromkeys(instance.warnings))
        points = share(question.points, instance.solution.parts)
        asked.append(Asked(name, instance, points, question.space, question.number))
    if repeated and not _fully_pinned(question, entry):
        pinned = f" with {', '.join(question.pin)} pinned" if question.pin else ""
        few = f"{question.problem} has too few {question.level} instances{pinned}"
        notes[f"{few}: some papers share their numbers"] = None
    return asked, list(notes)


def _unlike(entry: catalog.Entry, seed: Seed, question: Question, seen: set[Any]) -> Instance:
    """Return an instance with other parameters than those seen, if one turns up soon enough."""
    found = drawn(question, entry, seed)
    if _fully_pinned(question, entry):
        return found
    for _ in range(_REPEATS):
        if found.record not in seen:
            break
        found = drawn(question, entry, seed, found.attempt + 1)
    return found


def _fully_pinned(question: Question, entry: catalog.Entry) -> bool:
    return bool(question.given) or question.pin.keys() >= set(parameters.names(entry.load()))

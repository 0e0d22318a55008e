"""From a spec to papers: every variant or student gets the same problems with numbers of its own.

A question's address is exam seed / paper / question id, so adding a question or a paper at the end moves no other.
What is drawn lies in a band of effort and repeats no earlier paper (`fairness`), so a question that is added moves
another one only where the paper would become too long or too short.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from problemgen.draw import Seed
from problemgen.exam import formats
from problemgen.exam.fairness import Chooser
from problemgen.exam.folders import folder_name
from problemgen.exam.points import share
from problemgen.exam.pools import plan

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from problemgen.exam.formats import Turn
    from problemgen.exam.pools import Format, Slot
    from problemgen.exam.proposals import Proposal
    from problemgen.exam.roster import Student
    from problemgen.exam.spec import Exam
    from problemgen.sampling import Instance

    Told: TypeAlias = tuple[Slot, dict[str, Any], tuple[Turn | None, ...]]

Revised: TypeAlias = Literal["", "replaced", "dropped", "credited"]


@dataclass(frozen=True)
class Asked:
    """A question on a paper; `points` has one entry for each part, `space` overrides every part's own.

    `number` is printed in the place of its place on the paper, e.g. "2 (a)"; `section` is the place of its section in
    the spec.  With `format` and `turns` the offers of its parts are made again: see `formats.offered`.  `revised` says
    what became of it after it was printed: see `replacing`.
    """

    id: str
    instance: Instance
    points: tuple[Fraction, ...]
    space: str | None = None
    number: str | None = None
    section: int | None = None
    bonus: bool = False
    format: Format = "open"
    turns: tuple[Turn | None, ...] = ()
    revised: Revised = ""

    @cached_property
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
        """Return the points of the whole paper, without its bonus questions."""
        return sum((question.total for question in self.questions if not question.bonus), start=Fraction(0))

    @property
    def bonus(self) -> Fraction:
        """Return the points of the bonus questions."""
        return sum((question.total for question in self.questions if question.bonus), start=Fraction(0))


@dataclass(frozen=True)
class Composed:
    """All papers of an exam, and what the instructor should know about them."""

    papers: tuple[Paper, ...]
    warnings: tuple[str, ...] = field(default=())


def compose(exam: Exam, proposals: Mapping[str, Mapping[str, Proposal]] | None = None) -> Composed:
    """Return the papers of an exam; raises `InvalidSpec` naming each question whose pin or points cannot be met.

    `proposals` are those of `propose`, if they were made before, in processes of their own.
    """
    composition = Composition(exam, proposals)
    return Composed(tuple(composition.papers()), composition.warnings())


class Composition:
    """The papers of an exam one after the other, so that those of a large course are never all in memory."""

    def __init__(self, exam: Exam, proposals: Mapping[str, Mapping[str, Proposal]] | None = None) -> None:
        self.exam = exam
        self._chooser = Chooser(exam, proposals)

    def papers(self) -> Iterator[Paper]:
        """Yield the papers in their order; raises as `compose` does."""
        planned, balance = plan(self.exam), formats.Balance(Seed.of(self.exam.spec.seed))
        for label, student in candidates(self.exam):
            slots = planned.slots(label)
            found = list(zip(slots, self._chooser.paper(label, slots), strict=True))
            yield Paper(label, folder_name(label), _asked(label, found, balance), student)

    def questions(self) -> Iterator[tuple[str, Student | None, list[Told]]]:
        """Yield label and student of every paper, and its questions as data."""
        planned, balance = plan(self.exam), formats.Balance(Seed.of(self.exam.spec.seed))
        for label, student in candidates(self.exam):
            found = self._chooser.told(label, planned.slots(label))
            closed = {slot.id: (slot, instance) for slot, _, instance in found if instance}
            dealt = sorted(closed, key=lambda name: (closed[name][0].place, name))
            asked = [(name, closed[name][1], closed[name][0].question.format) for name in dealt]
            turns = dict(zip(dealt, balance.paper(label, asked), strict=True))
            told = [(slot, data, turns.get(slot.id, (None,) * len(data["points"]))) for slot, data, _ in found]
            yield label, student, told

    def warnings(self) -> tuple[str, ...]:
        """Return what the instructor should know, once all papers were yielded."""
        return (*self.exam.spec.warnings(), *self._chooser.warnings())


def _asked(label: str, found: Sequence[tuple[Slot, Instance]], balance: formats.Balance) -> tuple[Asked, ...]:
    """Return the questions of a paper in their formats; turns are dealt in the spec's order, not the printed one."""
    dealt = sorted(found, key=lambda pair: (pair[0].place, pair[0].id))
    turns = balance.paper(label, [(slot.id, instance, slot.question.format) for slot, instance in dealt])
    turn_of = {slot.id: turn for (slot, _), turn in zip(dealt, turns, strict=True)}
    return tuple(
        Asked(
            slot.id,
            formats.offered(instance, slot.question.format, turn_of[slot.id]),
            share(slot.question.points, instance.solution.parts),
            slot.question.space,
            slot.question.number,
            slot.section,
            slot.question.bonus,
            slot.question.format,
            turn_of[slot.id],
        )
        for slot, instance in found
    )


def candidates(exam: Exam) -> list[tuple[str, Student | None]]:
    """Return the label of every paper, and whose it is."""
    if exam.students and not exam.spec.variants:  # with both, `seating` assigns the students to the variants
        return [(student.id, student) for student in exam.students]
    return [(label, None) for label in exam.spec.variants]

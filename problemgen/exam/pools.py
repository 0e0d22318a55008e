"""Which questions stand on which paper, and in what order: pools are drawn here, and orders shuffled.

Both go by rank: every problem of a pool, and every question of a paper, has a number of its own hashed from its
address, and the smallest come first.  So a problem, a question, a pool or a paper that is added moves no other,
but where two pools of a paper would have asked the same problem.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from problemgen import catalog
from problemgen.draw import Seed
from problemgen.errors import UnknownName

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from problemgen.exam.spec import Exam, Question

Format: TypeAlias = Literal["open", "choice", "true-false"]


@dataclass(frozen=True)
class Slot:
    """One question to be asked on a paper.

    `id` is its address in the seed below the paper's label; `question` names one problem; `place` is the 0-based place
    of the table it comes from among `ExamSpec.every_question`, for `exam.at(place)`; `section` is the 0-based place of
    its section in the spec.
    """

    id: str
    question: Question
    entry: catalog.Entry
    place: int
    section: int | None = None


@dataclass(frozen=True)
class Plan:
    """What is asked on every paper; `shared` are the problems of the pools that all papers draw alike, by id."""

    exam: Exam
    shared: Mapping[str, Sequence[str]]

    def slots(self, label: str) -> tuple[Slot, ...]:
        """Return the questions of a paper in the order in which they are printed."""
        spec = self.exam.spec
        drawn = _drawn(self.exam, label, self.shared)
        slots = []
        for place, ((section, one), name) in enumerate(zip(spec.every_question(), spec.question_ids(), strict=True)):
            if one.problem:
                slots.append(Slot(name, one, catalog.get(one.problem), place, section))
            for problem in drawn.get(name, ()):
                asked = one.model_copy(update={"problem": problem, "pool": ()})
                slots.append(Slot(f"{name}/{problem}", asked, catalog.get(problem), place, section))
        if spec.shuffle:
            slots.sort(key=lambda slot: _shuffled(slot, Seed.of(spec.seed, label, slot.id, "order")))
        return tuple(slots)


def _shuffled(slot: Slot, seed: Seed) -> tuple[int, bool, bytes]:
    """Return what a shuffled paper is sorted by: sections stay together, and a bonus comes last in its section."""
    return (-1 if slot.section is None else slot.section, slot.question.bonus, seed.key())


def plan(exam: Exam) -> Plan:
    """Return the questions of all papers of an exam."""
    pools = dict(_pools(exam))
    drawn = _drawn(exam, None, {})
    return Plan(exam, {name: drawn[name] for name, question in pools.items() if question.draw == "exam"})


def members(patterns: Sequence[str]) -> list[catalog.Entry]:
    """Return the problems that names, topics and globs mean, without those of patterns that begin with `!`.

    Raises `UnknownName` for a pattern that means none.
    """
    wanted = {entry.name: entry for one in patterns if not one.startswith("!") for entry in catalog.matching(one)}
    for one in patterns:
        if one.startswith("!"):
            for entry in catalog.matching(one.removeprefix("!")):
                wanted.pop(entry.name, None)
    if not wanted:
        raise UnknownName("is empty: its patterns leave no problem")
    return list(wanted.values())


def _pools(exam: Exam) -> list[tuple[str, Question]]:
    named = zip(exam.spec.question_ids(), exam.spec.every_question(), strict=True)
    return [(name, question) for name, (_, question) in named if question.pool]


def _drawn(exam: Exam, label: str | None, fixed: Mapping[str, Sequence[str]]) -> dict[str, list[str]]:
    """Return the problems of every pool, by the pool's id; `fixed` are drawn already, `label` is whose paper it is.

    Each pool takes its problems of lowest rank.  Where one of them is asked elsewhere on the paper, it takes the next,
    or, if it has none to spare, an earlier pool does; only when that leads nowhere is a problem asked twice.
    """
    taken = {question.problem for _, question in exam.spec.every_question()}
    taken |= {problem for problems in fixed.values() for problem in problems}
    ranked: dict[str, list[str]] = {}
    units: list[tuple[str, int]] = []
    for name, question in _pools(exam):
        if name not in fixed:
            address = (label, name, "pool") if label and question.draw == "variant" else (name, "pool")
            ranked[name] = _ranked(question.pool, Seed.of(exam.spec.seed, *address))
            units += [(name, turn) for turn in range(question.choose)]
    holders: dict[str, tuple[str, int]] = {}
    for unit in units:
        _place(unit, ranked, holders, set(taken))
    drawn: dict[str, list[str]] = {name: list(problems) for name, problems in fixed.items()}
    for name, problems in ranked.items():
        own = [problem for problem in problems if holders.get(problem, ("",))[0] == name]
        lacking = sum(unit[0] == name for unit in units) - len(own)
        again = [problem for problem in problems if problem not in own][:lacking]
        drawn[name] = [problem for problem in problems if problem in {*own, *again}]
    return drawn


def _ranked(patterns: Sequence[str], seed: Seed) -> list[str]:
    return sorted((entry.name for entry in members(patterns)), key=lambda problem: seed.child(problem).key())


def _place(
    unit: tuple[str, int], ranked: Mapping[str, list[str]], holders: dict[str, tuple[str, int]], tried: set[str]
) -> bool:
    """Find a problem for one question of a pool, moving others to a further one where necessary (Kuhn's matching)."""
    free = [problem for problem in ranked[unit[0]] if problem not in tried and problem not in holders]
    if free:
        holders[free[0]] = unit
        return True
    for problem in ranked[unit[0]]:
        if problem not in tried:
            tried.add(problem)
            if _place(holders[problem], ranked, holders, tried):
                holders[problem] = unit
                return True
    return False

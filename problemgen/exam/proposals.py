"""What each paper would ask if it were alone: for every question the first draw within its band of effort.

A paper looks at no other here, so papers are proposed in any order and in processes of their own; `fairness.Chooser`
settles the collisions between them.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from problemgen import answers, parameters, sampling
from problemgen.draw import Seed
from problemgen.effort import effort
from problemgen.errors import InvalidParameters, InvalidSpec, ProblemgenError, UnknownName, Unsatisfiable
from problemgen.exam.avoid import written
from problemgen.exam.instances import instance_data
from problemgen.exam.points import drawn, share
from problemgen.exam.pools import plan
from problemgen.exam.reference import Band, band_of
from problemgen.problem import asks

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from fractions import Fraction

    from problemgen.answers import Answer
    from problemgen.exam.pools import Slot
    from problemgen.exam.spec import Exam
    from problemgen.problem import Solution
    from problemgen.sampling import Instance

TOTAL: Final = 24  # thousandths that a paper's effort may be off: any two papers are within 5 % (1.024 / 0.976)
_DRAWS: Final = 200  # attempts for one question within its band
OTHERS: Final = 20  # questions tried in the place of one that makes a paper too long or too short


@dataclass(frozen=True)
class Proposal:
    """A question that may be asked, as plain data: the attempt at its address, its effort, and what it must not share.

    `parameters` and the `answers` of its parts are JSON as texts; parts with options or prose have no entry.  `asks`
    are the names of what it asks out of a bank.  One that is `verified` was confirmed by its oracle, in another
    process, which gives the instance's `data` and `warnings`.
    """

    attempt: int
    effort: int
    parameters: str
    answers: Mapping[str, str]
    asks: frozenset[str] = frozenset()
    verified: bool = field(default=False, compare=False)
    data: Mapping[str, Any] = field(default_factory=dict, compare=False)
    warnings: tuple[str, ...] = field(default=(), compare=False)


class Stream:
    """The good questions at one address within the band of effort, in the order of their attempts.

    `kept` holds those that were solved here, by their attempts, not verified.
    """

    def __init__(self, exam: Exam, label: str, slot: Slot) -> None:
        self.slot = slot
        self.seed = Seed.of(exam.spec.seed, label, slot.id)
        self._percent = slot.question.effort_band or exam.spec.effort_band
        self.kept: dict[int, Instance] = {}
        self._outside: dict[int, int] = {}
        self._first: Proposal | None = None

    @cached_property
    def band(self) -> Band | None:
        """Return the band of effort; None if nothing of the question is drawn."""
        return band_of(self.slot, self._percent)

    @cached_property
    def _fixed(self) -> Mapping[str, Any]:
        return parameters.read_some(self.slot.entry.load(), self.slot.question.pin)

    def first(self) -> Proposal:
        """Return the first question within the band, else the nearest to it of those tried.

        Raises what `points.drawn` raises where there is none.
        """
        if self._first is None:
            found = next(self.after(-1), None) or next(self.nearest(), None) if self.band else None
            self._first = found or self._kept_as(drawn(self.slot.question, self.slot.entry, self.seed))
        return self._first

    def after(self, attempt: int) -> Iterator[Proposal]:
        """Yield the questions within the band behind an attempt."""
        return map(self._kept_as, self._candidates(attempt + 1, _DRAWS, self.band))

    def nearest(self) -> Iterator[Proposal]:
        """Yield the questions outside the band that were met, the nearest first."""
        reference = self.band.reference if self.band else 0
        for attempt in sorted(self._outside, key=lambda one: (abs(self._outside[one] - reference), one)):
            yield from map(self._kept_as, self._candidates(attempt, 1, None))

    def instance(self, proposal: Proposal) -> Instance:
        """Return the verified question of a proposal made here or elsewhere; raises `OracleDisagreement`."""
        kept = self.kept.get(proposal.attempt)
        if kept is None and not self.band:
            return drawn(self.slot.question, self.slot.entry, self.seed)
        found = kept or next(self._candidates(proposal.attempt, 1, None), None)
        if found is None:
            return drawn(self.slot.question, self.slot.entry, self.seed, proposal.attempt)
        if not proposal.verified:
            sampling.verify(found.name, found.record, found.solution, self.seed.child(found.attempt))
        return found

    def _candidates(self, first: int, count: int, band: Band | None) -> Iterator[Instance]:
        def judge(attempt: int, solution: Solution) -> str | None:
            if band is None or band.holds(spent := effort(solution)):
                return None
            self._outside[attempt] = spent
            return "outside the band of effort"

        slot, reasons = self.slot, Counter[str]()
        return sampling.candidates(
            slot.entry,
            self.seed,
            slot.question.level,
            self._fixed,
            first=first,
            count=count,
            reasons=reasons,
            judge=judge,
        )

    def _kept_as(self, instance: Instance) -> Proposal:
        self.kept[instance.attempt] = instance
        told = {part.name: key(part.answer) for part in instance.solution.parts if comparable(part.answer)}
        values = written(parameters.to_json(instance.record))
        return Proposal(instance.attempt, effort(instance.solution), values, told, asks(instance.record))


def comparable(answer: Answer) -> bool:
    """Return whether there are so many answers of this kind that two papers need not share one."""
    return not isinstance(answer, answers.Choice | answers.Text)


def key(answer: Answer) -> str:
    """Return an answer as the text by which papers are compared."""
    return written(answers.to_json(answer))


class Draft:
    """A paper's questions as they stand, beside the reference paper; what is not drawn is its own reference."""

    def __init__(self, streams: Mapping[str, Stream], picks: Mapping[str, Proposal]) -> None:
        self.streams = streams
        self.picks = dict(picks)
        self.references = {
            name: stream.band.reference if stream.band else picks[name].effort for name, stream in streams.items()
        }

    @property
    def reference(self) -> int:
        """Return the effort of the reference paper."""
        return sum(self.references.values())

    @property
    def effort(self) -> int:
        """Return the effort of this paper."""
        return sum(pick.effort for pick in self.picks.values())

    def excess(self, name: str = "", other: Proposal | None = None) -> int:
        """Return by how many thousandths of a unit the effort is out of its limits, with `other` put in at `name`."""
        spent = self.effort + (other.effort - self.picks[name].effort if other else 0)
        return max(0, 1000 * abs(spent - self.reference) - TOTAL * self.reference)

    def blame(self, name: str) -> int:
        """Return by how much a question takes part in the paper's being too long or too short."""
        sign = 1 if self.effort > self.reference else -1
        return sign * (self.picks[name].effort - self.references[name])

    def repeated(self, name: str, other: Proposal) -> bool:
        """Return whether a question before this one, of the same problem, asks the same as `other`."""
        twins = map(self.picks.__getitem__, self._twins[name])
        return any(pick.parameters == other.parameters or pick.asks & other.asks for pick in twins)

    @cached_property
    def _twins(self) -> dict[str, list[str]]:
        """Return for each question those before it of the same problem."""
        before: defaultdict[str, list[str]] = defaultdict(list)
        found = {}
        for name, stream in self.streams.items():
            same = before[stream.slot.entry.name]
            found[name] = [*same]
            same.append(name)
        return found

    def mend(self, name: str) -> None:
        """Put in the first question behind this one with which the paper fits, else the one that is best for it."""
        best = self.picks[name]
        for other in islice(self.streams[name].after(best.attempt), OTHERS):
            if self.excess(name, other) < self.excess(name, best):
                best = other
            if not self.excess(name, best):
                break
        self.picks[name] = best


def propose(exam: Exam, labels: Iterable[str]) -> dict[str, dict[str, Proposal]]:
    """Return {paper: {question id: verified proposal}}, each paper looked at by itself; raises as `drafted` does.

    The work is done question by question, which takes a fifth less time than paper by paper: a processor's caches hold
    the code of one problem, not that of all.
    """
    planned = plan(exam)
    offered = {label: streams(exam, label, planned.slots(label)) for label in labels}
    every = [(label, name, stream) for label, known in offered.items() for name, stream in known.items()]
    every.sort(key=lambda one: (one[2].slot.place, one[2].slot.entry.name))
    for _, _, stream in every:
        with suppress(ProblemgenError):  # it is raised again, with its place, when its paper is drafted
            stream.first()
    drafts = {label: drafted(exam, known) for label, known in offered.items()}
    found: dict[str, dict[str, Proposal]] = {label: {} for label in offered}
    for label, name, stream in every:
        found[label][name] = _confirmed(exam, stream, drafts[label].picks[name])
    return found


def _confirmed(exam: Exam, stream: Stream, pick: Proposal) -> Proposal:
    instance = stream.instance(pick)
    data = instance_data(instance, fitting(exam, stream.slot, instance))
    return replace(pick, verified=True, data=data, warnings=instance.warnings)


def streams(exam: Exam, label: str, slots: Iterable[Slot]) -> dict[str, Stream]:
    """Return the stream of every question of a paper by its id."""
    return {slot.id: Stream(exam, label, slot) for slot in slots}


def drafted(exam: Exam, offered: Mapping[str, Stream]) -> Draft:
    """Return a paper by itself: questions within their bands that are together as long as the reference is.

    Raises `InvalidSpec` with a line for each question that cannot be drawn, or whose points do not fit its parts.
    """
    firsts: dict[str, Proposal] = {}
    faults: dict[int, str] = {}
    for name, stream in offered.items():
        place = stream.slot.place
        try:
            firsts[name] = stream.first()
            fitting(exam, stream.slot, stream.kept[firsts[name].attempt])
        except (InvalidParameters, UnknownName, Unsatisfiable) as error:
            faults[place] = f"{exam.at(place)}: {error}"
        except InvalidSpec as error:
            faults[place] = str(error)
    if faults:
        raise InvalidSpec("\n".join(faults[place] for place in sorted(faults)))
    draft = Draft(offered, firsts)
    waiting = [name for name, stream in offered.items() if stream.band]
    while draft.excess() and waiting:
        name = max(waiting, key=draft.blame)
        if draft.blame(name) > 0:
            draft.mend(name)
        waiting.remove(name)
    return draft


def fitting(exam: Exam, slot: Slot, instance: Instance) -> tuple[Fraction, ...]:
    """Return the points of the parts of this instance; raises `InvalidSpec` if they cannot be given to them."""
    try:
        return share(slot.question.points, instance.solution.parts)
    except InvalidSpec as error:
        raise InvalidSpec(f"{exam.at(slot.place)}.{error}") from None

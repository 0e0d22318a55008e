"""The fairness report: effort by question and paper, what papers share, and how many different ones there are."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from problemgen.exam.collisions import NUMBERS, group_of
from problemgen.exam.proposals import TOTAL

if TYPE_CHECKING:
    from collections.abc import Iterable

    from problemgen.exam.collisions import Collisions, Group
    from problemgen.exam.pools import Slot
    from problemgen.exam.proposals import Draft
    from problemgen.exam.reference import Band
    from problemgen.exam.spec import Exam


@dataclass
class Asked:
    """One question on all papers that ask it; `band` is None if nothing of it is drawn."""

    slot: Slot
    band: Band | None
    efforts: dict[str, int] = field(default_factory=dict)
    notes: dict[str, None] = field(default_factory=dict)

    @property
    def reference(self) -> int:
        """Return the effort that the question should have."""
        return self.band.reference if self.band else min(self.efforts.values())

    @property
    def outside(self) -> list[str]:
        """Return the papers on which the question lies outside its band."""
        return [label for label, spent in self.efforts.items() if self.band and not self.band.holds(spent)]

    @property
    def spread(self) -> float:
        """Return the difference of the largest and the smallest effort, in percent of the reference."""
        return percent(max(self.efforts.values()) - min(self.efforts.values()), self.reference)


@dataclass(frozen=True)
class Total:
    """The effort of a paper, and of the reference paper."""

    effort: int
    reference: int

    @property
    def off(self) -> float:
        """Return by how many percent the paper is longer than the reference."""
        return percent(self.effort - self.reference, self.reference)


class Report:
    """Is filled paper by paper."""

    def __init__(self, collisions: Collisions) -> None:
        self._collisions = collisions
        self._asked: dict[Group, Asked] = {}
        self.totals: dict[str, Total] = {}

    def add(self, label: str, draft: Draft) -> None:
        """Enter a paper."""
        for name, stream in draft.streams.items():
            asked = self._asked.setdefault(group_of(stream.slot), Asked(stream.slot, stream.band))
            asked.efforts[label] = draft.picks[name].effort
        self.totals[label] = Total(draft.effort, draft.reference)

    def note(self, slot: Slot, warnings: Iterable[str]) -> None:
        """Enter what the instructor should know of a question."""
        self._asked[group_of(slot)].notes.update(dict.fromkeys(warnings))

    @property
    def questions(self) -> list[Asked]:
        """Return the questions in the order of the spec."""
        return [self._asked[group] for group in sorted(self._asked)]

    @property
    def spread(self) -> float:
        """Return the difference between the longest and the shortest paper, in percent of the smallest reference."""
        efforts = [total.effort for total in self.totals.values()]
        return percent(max(efforts) - min(efforts), min(total.reference for total in self.totals.values()))

    def shared(self, asked: Asked) -> int:
        """Return on how many papers the question has numbers that were used before."""
        return self._collisions.repeats[group_of(asked.slot), NUMBERS]

    def found(self, asked: Asked) -> int:
        """Return how many different questions were met; there may be more."""
        return len(self._collisions.met[group_of(asked.slot), NUMBERS])

    def parts(self, asked: Asked) -> dict[str, dict[str, int]]:
        """Return by part: papers with an answer used before, different answers asked, and different ones met."""
        group, seen = group_of(asked.slot), self._collisions
        return {
            name: {
                "equal": seen.repeats[group, name],
                "asked": len(seen.used[group, name]),
                "available": len(seen.met[group, name]),
            }
            for its, name in list(seen.used)
            if its == group and name != NUMBERS
        }

    def warnings(self, exam: Exam) -> list[str]:
        """Return a line for everything that could not be met, and for every note, with the question's place."""
        lines = []
        whom = " with each other or with what is to be avoided" if exam.spec.avoid else ""
        for asked in self.questions:
            told = [*self._unmet(asked, whom), *asked.notes]
            lines += [f"{exam.at(asked.slot.place)}: {line}" for line in told]
        off = {label: total for label, total in self.totals.items() if 10 * abs(total.off) > TOTAL}
        if off:
            label = max(off, key=lambda one: abs(off[one].off))
            what = f"{len(off)} of {len(self.totals)} papers are more than {TOTAL / 10:g} % off the effort aimed at"
            lines.append(f"{what}, {label} most ({off[label].off:+.1f} %)")
        references = {total.reference for total in self.totals.values()}
        pooled = any(asked.slot.question.draw == "variant" for asked in self.questions)
        if pooled and len(references) > 1 and 10 * self.spread > 2 * TOTAL:
            pools = f"their pools draw problems of different length ({min(references)} to {max(references)} operations)"
            lines.append(
                f"the papers differ by {self.spread:.1f} % in effort: {pools}; draw = 'exam' gives all the same"
            )
        return lines

    def _unmet(self, asked: Asked, whom: str) -> list[str]:
        question, papers, lines = asked.slot.question, len(asked.efforts), []
        pinned = f" with {', '.join(question.pin)} pinned" if question.pin else ""
        if self.shared(asked):
            few = (
                f"{asked.slot.entry.name} has {self.found(asked)} distinct instances at level {question.level}{pinned}"
            )
            lines.append(f"{few}; {papers} papers share them{whom}")
        parts = self.parts(asked)
        if parts and all(part["equal"] for part in parts.values()) and not self.shared(asked):
            told = ", ".join(f"{part['available']} to {name}" for name, part in parts.items())
            lines.append(f"{asked.slot.entry.name} has few distinct answers ({told}); {papers} papers share them{whom}")
        if asked.band and asked.outside:
            low, high = min(asked.efforts.values()), max(asked.efforts.values())
            what = f"on {len(asked.outside)} of {papers} papers the effort is not within {asked.band.percent} %"
            lines.append(f"{what} of {asked.reference}: it goes from {low} to {high}; a wider effort_band would hold")
        return lines

    def to_json(self) -> dict[str, Any]:
        """Return the report as JSON's data."""
        return {
            "papers": {
                label: {"effort": total.effort, "reference": total.reference, "off_percent": round(total.off, 2)}
                for label, total in self.totals.items()
            },
            "spread_percent": round(self.spread, 2),
            "questions": [self._question_json(asked) for asked in self.questions],
        }

    def _question_json(self, asked: Asked) -> dict[str, Any]:
        return {
            "id": asked.slot.id,
            "problem": asked.slot.entry.name,
            "level": asked.slot.question.level,
            "reference": asked.reference,
            "band_percent": asked.band.percent if asked.band else None,
            "spread_percent": round(asked.spread, 2),
            "outside": asked.outside,
            "equal_instances": self.shared(asked),
            "instances_available": self.found(asked),
            "parts": self.parts(asked),
            "effort": asked.efforts,
        }


def percent(part: int, whole: int) -> float:
    """Return a part in percent; of nothing, 0."""
    return 100 * part / whole if whole else 0.0

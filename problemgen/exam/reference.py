"""What a question should cost: a band of effort around a fixed sample of its problem, level and pins.

The sample has an address of its own, outside of every exam: so no paper's question is measured by another's, and
adding a paper moves none.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from problemgen import parameters, sampling
from problemgen.draw import Level, Seed
from problemgen.effort import effort

if TYPE_CHECKING:
    from problemgen import catalog
    from problemgen.exam.pools import Slot

SAMPLE: Final = 15


@dataclass(frozen=True)
class Band:
    """Efforts that count as equal: at most `percent` away from the reference."""

    reference: int
    percent: int

    def holds(self, spent: int) -> bool:
        """Return whether an effort lies within the band, its ends included."""
        return 100 * abs(spent - self.reference) <= self.percent * self.reference


def band_of(slot: Slot, percent: int) -> Band | None:
    """Return the band of a slot's question; None if nothing of it is drawn, or its pins leave no good question."""
    question = slot.question
    problem: Any = slot.entry.load()
    if question.given or question.pin.keys() >= set(parameters.names(problem)):
        return None
    efforts = _efforts(slot.entry, question.level, json.dumps(question.pin, sort_keys=True))
    return Band(_centre(efforts, percent), percent) if efforts else None


@lru_cache(maxsize=512)
def _efforts(entry: catalog.Entry, level: Level, pin: str) -> tuple[int, ...]:
    """Return the efforts of the reference sample in increasing order."""
    fixed = parameters.read_some(entry.load(), json.loads(pin))
    seed = Seed.of("effort", entry.name, level)
    found = sampling.candidates(entry, seed, level, fixed, reasons=Counter())
    return tuple(sorted(effort(one.solution) for one in islice(found, SAMPLE)))


@lru_cache(maxsize=512)
def _centre(efforts: tuple[int, ...], percent: int) -> int:
    """Return the median, or the effort with most others in its band where hardly any question is like the median.

    So it is with problems that come in two sizes, and with narrow bands.
    """
    median = efforts[len(efforts) // 2]

    def fit(reference: int) -> tuple[int, int, int]:
        alike = sum(map(Band(reference, percent).holds, efforts))
        return min(alike, SAMPLE // 4), -abs(reference - median), -reference

    return max(efforts, key=fit)

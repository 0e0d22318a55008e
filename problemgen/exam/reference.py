"""What a question should cost: a band of effort where most questions of its problem, level and pins lie.

It is found in a fixed sample with an address of its own, outside of every exam: so no paper's question is measured by
another's, and adding a paper moves none.  The efforts of the sample are kept in the user's cache.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from problemgen import cache, parameters, sampling
from problemgen.draw import Level, Seed
from problemgen.effort import effort

if TYPE_CHECKING:
    from problemgen import catalog
    from problemgen.exam.pools import Slot

SAMPLE: Final = 60
_KIND: Final = "efforts"


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
    efforts = efforts_of(slot.entry, question.level, json.dumps(question.pin, sort_keys=True))
    return Band(reference_of(efforts, percent), percent) if efforts else None


@lru_cache(maxsize=512)
def reference_of(efforts: tuple[int, ...], percent: int) -> int:
    """Return the effort with most others in its band, of several the nearest to the median.

    So few draws are rejected, and the questions that are asked are as varied as the problem is.
    """
    median = efforts[len(efforts) // 2]
    alike = {effort: sum(map(Band(effort, percent).holds, efforts)) for effort in set(efforts)}
    return max(alike, key=lambda one: (alike[one], -abs(one - median), -one))


@lru_cache(maxsize=512)
def efforts_of(entry: catalog.Entry, level: Level, pin: str) -> tuple[int, ...]:
    """Return the efforts of the reference sample in increasing order; a pack's modules may change unseen."""
    name, known = f"{entry.name} {level} {pin}", None
    if not entry.templates:
        known = cache.kept(_KIND).get(name)
    if isinstance(known, list) and all(type(spent) is int for spent in known):
        return tuple(known)
    found = _sampled(entry, level, pin)
    if not entry.templates:
        cache.keep(_KIND, {name: found})
    return found


def _sampled(entry: catalog.Entry, level: Level, pin: str) -> tuple[int, ...]:
    fixed = parameters.read_some(entry.load(), json.loads(pin))
    seed = Seed.of("effort", entry.name, level)
    found = sampling.candidates(entry, seed, level, fixed, reasons=Counter())
    return tuple(sorted(effort(one.solution) for one in islice(found, SAMPLE)))

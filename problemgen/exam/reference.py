"""What a question should cost: a band of effort where most questions of its problem, level and pins lie.

It is found in a fixed sample with an address of its own, outside of every exam: so no paper's question is measured by
another's, and adding a paper moves none.  The efforts of the sample are kept in the user's cache.
"""

from __future__ import annotations

import json
import os
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice
from typing import TYPE_CHECKING, Any, Final

from problemgen import cache, parameters, sampling
from problemgen.draw import Level, Seed
from problemgen.effort import effort

if TYPE_CHECKING:
    from pathlib import Path

    from problemgen import catalog
    from problemgen.exam.pools import Slot

SAMPLE: Final = 60
_KEPT: Final = 2000  # samples in the cache; then it is begun anew


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
    kept = None if entry.templates else kept_in()
    if kept is None:
        return _sampled(entry, level, pin)
    known, name = _read(kept), f"{entry.name} {level} {pin}"
    if name not in known:
        known = {**(known if len(known) < _KEPT else {}), name: _sampled(entry, level, pin)}
        _write(kept, known)
    return tuple(known[name])


def _sampled(entry: catalog.Entry, level: Level, pin: str) -> tuple[int, ...]:
    fixed = parameters.read_some(entry.load(), json.loads(pin))
    seed = Seed.of("effort", entry.name, level)
    found = sampling.candidates(entry, seed, level, fixed, reasons=Counter())
    return tuple(sorted(effort(one.solution) for one in islice(found, SAMPLE)))


def kept_in() -> Path | None:
    """Return the file with the samples of this program."""
    return cache.cache_folder() / "efforts" / f"{cache.program()}.json"


def _read(path: Path) -> dict[str, tuple[int, ...]]:
    """Return the samples by problem, level and pins; none where the file is missing or damaged."""
    with suppress(OSError, ValueError, TypeError, AttributeError):
        told = json.loads(path.read_text(encoding="utf-8"))
        return {str(name): tuple(map(int, efforts)) for name, efforts in told.items()}
    return {}


def _write(path: Path, known: dict[str, tuple[int, ...]]) -> None:
    """Keep the samples, and forget those of other programs; a full disk is no reason to stop."""
    with suppress(OSError):
        path.parent.mkdir(exist_ok=True)
        for other in path.parent.glob("*.json"):
            if other != path:
                other.unlink(missing_ok=True)
        passing = path.with_suffix(f".{os.getpid()}")
        passing.write_text(json.dumps(known), encoding="utf-8")
        passing.replace(path)

"""What an author should change, told from the tallies of a problem."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Final

from problemgen.checking.offers import Offered
from problemgen.sampling import ATTEMPTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problemgen.checking.probes import Tally
    from problemgen.checking.run import Checked, Problem

REFUSED: Final = 0.9  # share of draws; `sampling.sample` gives up after ATTEMPTS of them
COINCIDE: Final = 0.2  # share of flawless draws in which a mistake leads to the key
INSTANCES: Final = 20  # different instances of a level, so that variants and a resit differ
ANSWERS: Final = 4  # different answers of a level in numbers, one for each of the usual variants
SKEWED: Final = 0.75  # share of questions whose key has the same place or rank among its options
_ENOUGH: Final = 100  # seeds from which few different instances mean that there are few


def findings(problem: Problem) -> list[str]:
    """Return a line for everything that is wrong with a problem."""
    told = [problem.setting.fault] if problem.setting.fault else []
    for level, checked in problem.levels.items():
        found = (one.removeprefix(problem.name).lstrip(": ") for one in _of_level(checked))
        told += [f"{problem.name} {level}: {one}" for one in found]
    return told


def _of_level(checked: Checked) -> Iterator[str]:
    yield from _faults(checked)
    drawn = checked.drawn
    if drawn.refused > REFUSED:
        common = "; ".join(f"{reason} ({count})" for reason, count in drawn.reasons.most_common(2))
        yield f"{drawn.refused:.0%} of {drawn.draws} draws are refused, and {ATTEMPTS} are tried: {common}"
    for mistake, count in drawn.coincide.items():
        if _clearly(count, drawn.flawless, COINCIDE):
            yield f"the mistake {mistake} leads to the right answer in {count / drawn.flawless:.0%} of the draws"
    yield from _few(checked)
    yield from _skewed(drawn)


def _clearly(count: int, total: int, share: float) -> bool:
    """Return whether these are more than a share, by two standard deviations at least: few seeds accuse nobody."""
    return count - 2 * math.sqrt(share * (1 - share) * total) > share * total


def _faults(checked: Checked) -> Iterator[str]:
    for tally in (checked.drawn, checked.whole):
        if tally is not None and tally.failed:
            yield from tally.faults
            if more := tally.failed - len(tally.faults):
                yield f"... and {more} more such draws of {tally.draws}"


def _few(checked: Checked) -> Iterator[str]:
    """Tell of too few questions: exactly where all were examined, else when many seeds gave few."""
    tally = checked.whole or (checked.drawn if checked.seeds >= _ENOUGH else None)
    if tally is None or not tally.records:
        return
    there = "there are" if checked.whole else f"{checked.seeds} seeds give"
    if len(tally.records) < INSTANCES:
        yield f"{there} only {len(tally.records)} different instances, fewer than {INSTANCES}"
    if tally.numbers and len(tally.keys) < ANSWERS:
        yield f"{there} only {len(tally.keys)} different answers, fewer than {ANSWERS}"


def _skewed(tally: Tally) -> Iterator[str]:
    """Tell of parts whose key can be guessed from its place, or from its size among the options."""
    for part, kind, of in sorted({(one.part, one.kind, one.of) for one in tally.offers}):
        counts = [tally.offers[Offered(part, kind, of, at)] for at in range(of)]
        most, total = max(counts), sum(counts)
        if _clearly(most, total, SKEWED):
            where = {"place": "place", "option": "option", "rank": "rank by size"}[kind]
            share = most / total
            yield f"{part}, offered as a choice of {of}: {where} {counts.index(most) + 1} is right in {share:.0%}"

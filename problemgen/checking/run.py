"""The check of some problems, cut into units of work that run in parallel."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, TypeAlias

from problemgen.checking import probes, setting, spaces
from problemgen.checking.probes import Tally
from problemgen.checking.setting import Setting
from problemgen.draw import Level
from problemgen.rendering.workers import cores, workers

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence
    from pathlib import Path

    from problemgen.catalog import Entry

NAMED: Final = 1_000_000  # draws up to which the space of a problem that was named is examined whole
OTHERS: Final = 2_000  # the same for one of many
_BLOCK: Final = 50  # seeds a unit
_LEAVES: Final = 1_000  # about so many paths a unit
_SET: Final = 3  # instances of each level that are typeset


@dataclass(frozen=True)
class Seeds:
    """Some seeds of one problem and level."""

    name: str
    level: Level
    numbers: range


@dataclass(frozen=True)
class Paths:
    """All draws of one problem and level that begin in one way."""

    name: str
    level: Level
    start: spaces.Path


@dataclass(frozen=True)
class Sheet:
    """Instances of all levels of one problem on a sheet."""

    name: str
    templates: Path | None


Unit: TypeAlias = Seeds | Paths | Sheet


@dataclass
class Checked:
    """What is known of one problem at one level: `drawn` from the seeds, `whole` over all draws there are.

    `space` is about how many there are; `whole` is None where they were not all examined.
    """

    seeds: int
    space: float
    drawn: Tally = field(default_factory=Tally)
    whole: Tally | None = None


@dataclass
class Problem:
    """What is known of one problem."""

    name: str
    levels: Mapping[Level, Checked]
    setting: Setting = field(default_factory=Setting)


def check(
    entries: Sequence[Entry],
    *,
    seeds: int,
    prove: Mapping[str, int],
    count: int | None = None,
    templates: Path | None = None,
    progress: Callable[[int, int], None] = lambda _done, _all: None,
) -> list[Problem]:
    """Return what so many seeds of every level show of the problems, and what is proved of their spaces.

    `prove` holds for each problem the number of draws up to which all of them are examined; `count` is the number of
    processes; `progress` is told how many units are done, and of how many.
    """
    found = {
        entry.name: Problem(entry.name, {level: Checked(seeds, _size(entry, level)) for level in Level})
        for entry in entries
    }
    starts = {}
    for entry in entries:
        for level, checked in found[entry.name].levels.items():
            if checked.space <= prove[entry.name]:
                starts[entry.name, level] = spaces.split(entry.load().sample, level, math.ceil(checked.space / _LEAVES))
    for (name, level), paths in starts.items():
        found[name].levels[level].whole = Tally() if paths else None
    units: list[Unit] = [Sheet(entry.name, templates) for entry in entries]
    units += [Seeds(entry.name, level, block) for entry in entries for level in Level for block in _blocks(seeds)]
    units += [Paths(name, level, start) for (name, level), paths in starts.items() for start in paths]
    progress(0, len(units))
    with workers(min(count or cores(), len(units))) as pool:
        results = {}
        for unit, result in pool.run(_work, units):
            results[unit] = result
            progress(len(results), len(units))
    for unit in units:  # in this order, whichever was finished first
        _add(found[unit.name], unit, results[unit])
    return list(found.values())


def _size(entry: Entry, level: Level) -> float:
    return spaces.estimated(entry.load().sample, level)


def _blocks(seeds: int) -> Iterator[range]:
    for start in range(0, seeds, _BLOCK):
        yield range(start, min(start + _BLOCK, seeds))


def _work(unit: Unit) -> tuple[Unit, Tally | Setting | None]:
    match unit:
        case Seeds(name, level, numbers):
            return unit, probes.by_seeds(name, level, numbers)
        case Paths(name, level, start):
            return unit, probes.by_paths(name, level, start)
        case Sheet(name, templates):
            return unit, setting.typeset(name, _SET, templates)


def _add(problem: Problem, unit: Unit, result: Tally | Setting | None) -> None:
    if isinstance(result, Setting):
        problem.setting = result
    elif isinstance(unit, Seeds) and result is not None:
        problem.levels[unit.level].drawn += result
    elif isinstance(unit, Paths):
        checked = problem.levels[unit.level]
        checked.whole = checked.whole + result if checked.whole is not None and result is not None else None

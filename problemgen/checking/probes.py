"""Many draws of one problem at one level, judged as `sampling` judges them, and counted.

A `Tally` adds up: blocks of seeds, or parts of the tree of all draws, are examined in parallel and put together.
"""

from __future__ import annotations

import hashlib
import time
import traceback
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from problemgen import answers, catalog, sampling
from problemgen.checking import offers, spaces
from problemgen.draw import Draw, Level, Seed
from problemgen.effort import effort
from problemgen.errors import InvalidParameters, ProblemgenError
from problemgen.exam.formats import Balance
from problemgen.problem import flaws

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from problemgen.checking.offers import Offered
    from problemgen.exact import Exact
    from problemgen.problem import Solution

_TOLD: Final = 3  # faults of a tally that are told in full


@dataclass
class Tally:
    """What was met: `draws` in all, the `reasons` for which some were refused, and all about the accepted ones.

    `records` and `keys` hold digests of the distinct instances and of their answers; `coincide` counts, for each
    mistake, the flawless draws in which it led to the right answer.
    """

    draws: int = 0
    flawless: int = 0
    accepted: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    records: set[bytes] = field(default_factory=set)
    keys: set[bytes] = field(default_factory=set)
    efforts: Counter[int] = field(default_factory=Counter)
    numbers: tuple[Exact, ...] = ()
    coincide: Counter[str] = field(default_factory=Counter)
    offers: Counter[Offered] = field(default_factory=Counter)
    faults: tuple[str, ...] = ()
    failed: int = 0
    seconds: float = 0.0

    def __add__(self, other: Tally) -> Tally:
        """Return both together."""
        return Tally(
            self.draws + other.draws,
            self.flawless + other.flawless,
            self.accepted + other.accepted,
            self.reasons + other.reasons,
            self.records | other.records,
            self.keys | other.keys,
            self.efforts + other.efforts,
            _ends(*self.numbers, *other.numbers),
            self.coincide + other.coincide,
            self.offers + other.offers,
            (self.faults + other.faults)[:_TOLD],
            self.failed + other.failed,
            self.seconds + other.seconds,
        )

    @property
    def refused(self) -> float:
        """Return the share of the draws that were refused."""
        return 1 - self.accepted / self.draws if self.draws else 0.0

    def fault(self, told: str) -> None:
        """Note that something is wrong with a draw."""
        self.failed += 1
        self.faults = (*self.faults, told)[:_TOLD]


def by_seeds(name: str, level: Level, seeds: Iterable[int]) -> Tally:
    """Return what these seeds of a problem give, each drawn from until a draw is accepted."""
    tally, entry, balance = Tally(), catalog.get(name), Balance(Seed.of("check"))
    for number in seeds:
        seed = Seed.of("check", number)
        draws = (Draw(seed.child(attempt), level) for attempt in range(sampling.ATTEMPTS))
        if not any(examine(tally, entry, draw, balance) for draw in draws):
            tally.fault(f"{name}: no valid {level} question at {seed} in {sampling.ATTEMPTS} draws")
    return tally


def by_paths(name: str, level: Level, start: spaces.Path) -> Tally | None:
    """Return what all draws give that begin with these choices; None if one of them does not end."""
    tally, entry = Tally(), catalog.get(name)
    try:
        for draw in spaces.below(level, start):
            examine(tally, entry, draw)
    except spaces.Endless:
        return None
    return tally


class _Refused(Exception):
    """A draw that makes no good question: another one is due."""


def examine(tally: Tally, entry: catalog.Entry, draw: Draw, balance: Balance | None = None) -> bool:
    """Add one draw to a tally; returns False when it was refused, and another one is due.

    A record that was accepted before is not examined again.  With a `balance` the question is offered as a choice, too.
    """
    tally.draws += 1
    record, start = None, time.perf_counter()
    try:
        record = _sampled(entry, draw)
        mark = _digest(record)
        solution = None if mark in tally.records else _solved(tally, entry.name, record)
        tally.seconds += time.perf_counter() - start
        if solution is not None:
            tally.records.add(mark)
            _measure(tally, solution)
        if solution is not None and balance is not None:
            instance = sampling.Instance(entry, record, solution, draw.seed, draw.level, reads=frozenset())
            tally.offers.update(offers.counted(instance, balance))
    except _Refused as refused:
        tally.seconds += time.perf_counter() - start
        tally.reasons[str(refused)] += 1
        return False
    except spaces.Endless:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a problem raises is a finding, with its line
        tally.fault(_told(entry.name, record or f"the draw {draw.seed}", error))
        return True
    tally.accepted += 1
    return True


def _sampled(entry: catalog.Entry, draw: Draw) -> Any:
    try:
        return entry.load().sample(draw)
    except InvalidParameters as error:
        raise _Refused(str(error)) from None


def _solved(tally: Tally, name: str, record: Any) -> Solution:
    """Return the verified solution of a good question; raises `_Refused` saying why it is none."""
    if reason := next(flaws(record), None):
        raise _Refused(reason)
    solution: Solution = record.solve()
    tally.flawless += 1
    if reason := sampling.clash(solution):
        tally.coincide.update(_coinciding(solution))
        raise _Refused(reason)
    sampling.verify(name, record, solution)
    return solution


def _told(name: str, record: Any, error: Exception) -> str:
    """Return what went wrong with which record, and where in the code if nobody meant to say it."""
    if isinstance(error, ProblemgenError):
        told = str(error)
        return told if told.startswith(name) else f"{name} with {record}: {told}"
    at = traceback.extract_tb(error.__traceback__)[-1]
    line = f"{at.filename.rpartition('/')[2]}:{at.lineno}"
    return f"{name} with {record}: {line}: {type(error).__name__}: {error}"


def _coinciding(solution: Solution) -> Iterator[str]:
    for part in solution.parts:
        for mistake in part.mistakes:
            if answers.same(mistake.value, sampling.target(part, mistake)):
                yield f"{mistake.id} of {part.name}"


def _measure(tally: Tally, solution: Solution) -> None:
    key = [answers.to_json(part.answer) for part in solution.parts]
    tally.keys.add(_digest(key))
    tally.efforts[effort(solution)] += 1
    found = [value for part in solution.parts for value in _values(part.answer)]
    tally.numbers = _ends(*tally.numbers, *found)


def _values(answer: answers.Answer) -> Iterator[Exact]:
    match answer:
        case answers.Number(value):
            yield value
        case answers.NumberSet(values):
            yield from values
        case answers.MatrixAnswer(entries):
            yield from (entry for row in entries for entry in row)
        case answers.Table():
            for _, cell in answer.cells():
                yield from _values(cell)


def _ends(*values: Exact) -> tuple[Exact, ...]:
    """Return the smallest and the largest of some numbers, if there are any."""
    return (min(values, key=float), max(values, key=float)) if values else ()


def _digest(value: Any) -> bytes:
    return hashlib.blake2b(repr(value).encode(), digest_size=12).digest()

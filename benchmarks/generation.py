"""Instances a second on one core, for every problem: drawn, solved, verified by the oracle, and written as LaTeX.

Run as `.venv/bin/python benchmarks/generation.py [ROUNDS]`.  Byte code must be cached (`PYTHONDONTWRITEBYTECODE`
unset).  The problems are made in turn, a block of questions of each, and the processor's time is taken, so that a busy
machine slows all of them alike; the first round, which fills the caches as the first papers of an exam do, is not
counted.

`drawn` and `solved` are all attempts until one is good, with the tests for flaws and for mistakes that cannot be told
apart; `text` is the question with its worked solution; `marking` is what the scheme adds:
answers, tables, and every mistake with what follows from it.  A problem is symbolic if the value of one of its
answers or mistakes is a SymPy expression: a formula, a root or a logarithm.  The others compute with whole numbers
and quotients.
"""

from __future__ import annotations

import statistics
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import sympy

from problemgen import answers, catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.exam.compose import Asked
from problemgen.exam.points import share
from problemgen.rendering import sheet
from problemgen.rendering.text import question_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from problemgen.problem import Solution

ROUNDS = 6
BLOCK = 8  # questions of each level in a row
PHASES = ("drawn", "solved", "verified", "text", "marking")


@dataclass
class Spent:
    """What the questions of one problem took: seconds by phase, all levels together."""

    seconds: Counter[str] = field(default_factory=Counter)
    made: int = 0
    symbolic: bool = False

    def took(self, *phases: str) -> float:
        """Return the milliseconds of one question in these phases."""
        return 1000 * sum(self.seconds[phase] for phase in phases) / self.made


class Solving:
    """The seconds spent in a problem's `solve`, whoever calls it."""

    def __init__(self, problem: Any) -> None:
        self.seconds = 0.0
        solve = problem.solve

        def clocked(record: Any, *carried: Any) -> Solution:
            start = time.process_time()
            solution: Solution = solve(record, *carried)
            self.seconds += time.process_time() - start
            return solution

        problem.solve = clocked


def make(entry: catalog.Entry, seed: Seed, level: Level, solving: Solving, spent: Spent) -> None:
    """Make one question as `sampling.sample` does, and its texts; note how long each phase took."""
    solving.seconds = 0.0
    clock = [time.process_time()]
    instance = next(sampling.candidates(entry, seed, level, {}, reasons=Counter()))
    solved = solving.seconds
    clock.append(time.process_time())
    sampling.verify(entry.name, instance.record, instance.solution)
    clock.append(time.process_time())
    text = question_text(instance)
    for part in text.parts:
        _ = part.solution  # rendered when it is first asked for
    clock.append(time.process_time())
    asked = Asked(entry.name, instance, share(None, instance.solution.parts))
    for part in sheet.questions([asked], [text], solved=True)[0]["parts"]:
        _ = [part[name] for name in ("solution", "marking", "mistakes", "carries")]  # made when a layout asks for them
    clock.append(time.process_time())
    drawn, *others = (end - start for start, end in pairwise(clock))
    spent.seconds.update(dict(zip(PHASES, (drawn - solved, solved, *others), strict=True)))
    spent.made += 1
    spent.symbolic = spent.symbolic or is_symbolic(instance.solution)


def is_symbolic(solution: Solution) -> bool:
    """Return whether an answer, a cell of one or a mistake has an expression as its value."""
    values = list(solution.every_answer.values())
    values += [mistake.value for part in solution.parts for mistake in part.mistakes]
    exact = [value.value for value in values if isinstance(value, answers.Number)]
    return any(isinstance(value, answers.Expression) for value in values) or any(
        isinstance(value, sympy.Expr) for value in exact
    )


def report(spent: dict[str, Spent]) -> None:
    """Print a line for each problem, the fastest first, and the medians of both kinds."""
    print(f"{'':<38}{'question':>9}{'+ marking':>10}   milliseconds of one question")
    print(f"{'problem (S: symbolic)':<38}{'/s':>9}{'/s':>10}   {' '.join(f'{phase:>8}' for phase in PHASES)}")
    for name, one in sorted(spent.items(), key=lambda item: item[1].took(*PHASES[:4])):
        rates = f"{1000 / one.took(*PHASES[:4]):>9.0f}{1000 / one.took(*PHASES):>10.0f}"
        print(f"{name + ' S' * one.symbolic:<38}{rates}   {' '.join(f'{one.took(phase):>8.2f}' for phase in PHASES)}")
    kinds = {
        "integer": [one for one in spent.values() if not one.symbolic],
        "symbolic": [one for one in spent.values() if one.symbolic],
        "all": list(spent.values()),
    }
    for kind, some in kinds.items():
        print(median(f"median of {len(some)} {kind}", some))


def median(title: str, some: Sequence[Spent]) -> str:
    """Return a line with the median of the rates and of each phase."""
    questions, wholes = (statistics.median(1000 / one.took(*phases) for one in some) for phases in (PHASES[:4], PHASES))
    phases = " ".join(f"{statistics.median(one.took(phase) for one in some):>8.2f}" for phase in PHASES)
    return f"{title:<38}{questions:>9.0f}{wholes:>10.0f}   {phases}"


def main() -> None:
    """Make the questions and report."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    problems = [(entry, Solving(entry.load())) for entry in catalog.entries().values()]
    spent: dict[str, Spent] = {}
    for number in range(rounds + 1):
        for entry, solving in problems:
            counted = spent.setdefault(entry.name, Spent()) if number else Spent()
            for place in range(BLOCK):
                for level in Level:
                    make(entry, Seed.of("benchmark", number, place), level, solving, counted)
    report(spent)


if __name__ == "__main__":
    main()

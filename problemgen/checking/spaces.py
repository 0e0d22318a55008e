"""All that a problem's `sample` may draw, as a tree: `Draw.below(count)` is a node with `count` branches.

Every method of `Draw` goes through `below`, so a draw is a path of choices.  A path is tried by running `sample` on a
`Scripted` draw; the counts that it was asked for tell which paths there are beside it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from problemgen.draw import Draw, Level, Seed
from problemgen.errors import ProblemgenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

Path: TypeAlias = tuple[int, ...]
Sample: TypeAlias = "Callable[[Draw], Any]"

_DEEPEST: Final = 2000
_TRIALS: Final = 100


class Endless(ProblemgenError):
    """A path of choices does not end: `sample` draws in a loop until something comes up."""


class Scripted(Draw):
    """A draw whose choices are given, 0 where they end; `counts` says how many there were to choose from each time."""

    def __init__(self, level: Level, choices: Path = ()) -> None:
        super().__init__(Seed.of("choices", *choices), level)
        self.choices = choices
        self.counts: list[int] = []

    def below(self, count: int) -> int:
        """Return the next choice of the script; raises `Endless`."""
        place = len(self.counts)
        if place == _DEEPEST:
            raise Endless(f"no question after {_DEEPEST} choices")
        if count < 1:
            raise ValueError(f"cannot draw one of {count} things")
        self.counts.append(count)
        return self.choices[place] if place < len(self.choices) else 0


class Counted(Draw):
    """A draw at random that multiplies up how many branches it passed."""

    def __init__(self, seed: Seed, level: Level) -> None:
        super().__init__(seed, level)
        self.branches = 1
        self._left = _DEEPEST

    def below(self, count: int) -> int:
        """Return a choice at random; raises `Endless`."""
        self._left -= 1
        if not self._left:
            raise Endless(f"no question after {_DEEPEST} choices")
        self.branches *= count
        return super().below(count)


def estimated(sample: Sample, level: Level) -> float:
    """Return about how many draws there are, infinity when a path does not end.

    The number of leaves of a tree is the expected product of the branches on a random path (Knuth, 1975).
    """
    total = 0
    for trial in range(_TRIALS):
        draw = Counted(Seed.of("estimate", trial), level)
        try:
            _run(sample, draw)
        except Endless:
            return math.inf
        total += draw.branches
    return total / _TRIALS


def split(sample: Sample, level: Level, wanted: int) -> list[Path]:
    """Return at least `wanted` beginnings of paths, if there are so many, that together begin every path once.

    Empty when a path does not end.
    """
    whole: list[Path] = []
    open_: list[Path] = [()]
    while open_ and len(open_) + len(whole) < wanted:
        deeper: list[Path] = []
        for path in open_:
            draw = Scripted(level, path)
            try:
                _run(sample, draw)
            except Endless:
                return []
            if len(draw.counts) == len(path):
                whole.append(path)
            else:
                deeper += [(*path, choice) for choice in range(draw.counts[len(path)])]
        open_ = deeper
    return [*whole, *open_]


def below(level: Level, start: Path) -> Iterator[Scripted]:
    """Yield one draw for every path that begins with `start`, each to be used before the next one is asked for."""
    path: Path | None = start
    while path is not None:
        draw = Scripted(level, path)
        yield draw
        path = _next(path, draw.counts, len(start))


def _next(path: Path, counts: list[int], fixed: int) -> Path | None:
    """Return the path after this one, which was asked for these counts; None after the last."""
    taken = [*path, *[0] * (len(counts) - len(path))]
    while len(taken) > fixed:
        if taken[-1] + 1 < counts[len(taken) - 1]:
            return (*taken[:-1], taken[-1] + 1)
        taken.pop()
    return None


def _run(sample: Sample, draw: Draw) -> None:
    """Draw, whatever comes of it: here only the choices matter, faults are found when the path is examined."""
    try:
        sample(draw)
    except Endless:
        raise
    except Exception:  # noqa: BLE001, S110 - see above
        pass

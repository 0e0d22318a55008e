"""Seeds that are addresses, and `Draw`, the only source of chance.

An address such as `midterm-2026/A/kernels/0` is hashed into a stream of its own, so that neighbouring seeds share
nothing and adding a question moves no other.  The stream is BLAKE2b in counter mode under the address's own key: a
published standard (RFC 7693) and no library's choice, so an address means the same numbers for good.  Bounded integers
come from its 64-bit words by rejection.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction
from hashlib import blake2b
from struct import Struct
from typing import TYPE_CHECKING, Final, TypeVar

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from problemgen.exact import Rational

T = TypeVar("T")
_WORD: Final = 1 << 64
_WORDS: Final = Struct(">8Q")  # what a block of 64 bytes holds


class Level(StrEnum):
    """What `sample` may draw: the levels of one problem differ in skill, not only in digits."""

    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


@dataclass(frozen=True, slots=True)
class Seed:
    """An address: exam seed, paper, question, attempt.  Elements may not be empty and are kept apart."""

    path: tuple[str, ...]

    @classmethod
    def of(cls, *path: str | int) -> Seed:
        """Return the address with these elements."""
        return cls(tuple(str(element) for element in path))

    def child(self, *path: str | int) -> Seed:
        """Return the address below this one."""
        return Seed.of(*self.path, *path)

    def __str__(self) -> str:
        """Return the address as it is printed, `/` between its elements."""
        return "/".join(self.path)

    def key(self) -> bytes:
        """Return 32 bytes that depend on every element and on where one ends and the next begins."""
        elements = [element.encode() for element in self.path]
        told = b"".join([len(element).to_bytes(8, "big") + element for element in elements])
        return blake2b(told, digest_size=32).digest()


class Draw:
    """A stream of ints, choices and rationals, drawn from one address.

    >>> Draw(Seed.of("docs"), Level.EASY).integer(3, 3)
    3
    """

    def __init__(self, seed: Seed, level: Level = Level.MEDIUM) -> None:
        self.seed = seed
        self.level = level
        self._key = seed.key()
        self._blocks = 0
        self._words: list[int] = []

    def below(self, count: int) -> int:
        """Return one of 0, ..., count - 1, each equally likely (`count` at most 2**64)."""
        if count < 1:
            raise ValueError(f"cannot draw one of {count} things")
        limit = _WORD - _WORD % count
        while True:
            if not self._words:
                block = blake2b(self._blocks.to_bytes(8, "big"), key=self._key).digest()
                self._blocks += 1
                self._words += reversed(_WORDS.unpack(block))  # the last is taken first
            if (word := self._words.pop()) < limit:
                return word % count

    def integer(self, low: int, high: int, step: int = 1) -> int:
        """Return one of low, low + step, ..., up to and including `high`."""
        return low + step * self.below((high - low) // step + 1)

    def choice(self, options: Sequence[T]) -> T:
        """Return one of the options."""
        return options[self.below(len(options))]

    def boolean(self) -> bool:
        """Return True or False."""
        return self.below(2) == 1

    def sample(self, options: Sequence[T], count: int) -> tuple[T, ...]:
        """Return `count` different elements in a drawn order."""
        rest = list(options)
        return tuple(rest.pop(self.below(len(rest))) for _ in range(count))

    def integers(self, count: int, low: int, high: int) -> tuple[int, ...]:
        """Return `count` integers between `low` and `high`, both included."""
        return tuple(self.integer(low, high) for _ in range(count))

    def matrix(self, rows: int, columns: int, low: int, high: int) -> tuple[tuple[int, ...], ...]:
        """Return a rows x columns matrix of integers between `low` and `high`, both included."""
        return tuple(self.integers(columns, low, high) for _ in range(rows))

    def sparse(self, size: int, zeros: int, entries: Sequence[int]) -> tuple[tuple[int, ...], ...]:
        """Return a size x size matrix of these entries with so many zeros in it, at drawn places."""
        empty = self.sample(range(size**2), zeros)
        flat = [0 if place in empty else self.choice(entries) for place in range(size**2)]
        return tuple(tuple(flat[start : start + size]) for start in range(0, size**2, size))

    def rational(self, low: int, high: int, denominators: Sequence[int]) -> Rational:
        """Return a quotient between `low` and `high` whose denominator divides one of those given."""
        denominator = self.choice(denominators)
        value = Fraction(self.integer(low * denominator, high * denominator), denominator)
        return int(value) if value.denominator == 1 else value

    def by_level(self, options: Mapping[str, T]) -> T:
        """Return the entry for the level of this draw, e.g. `{"easy": (1,), "medium": (2, 3), "hard": (3, 5)}`."""
        return options[self.level]

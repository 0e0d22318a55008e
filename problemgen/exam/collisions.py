"""What was asked already: on the papers before this one, in earlier exams, on practice sheets.

Two papers share neither a question's numbers nor, where there are enough, the answer to one of its parts.  A space
that is found to be used up is searched no more, so that a small one costs a large class little.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final, TypeAlias

from problemgen.exam.avoid import NOTHING

if TYPE_CHECKING:
    from problemgen.exam.avoid import Avoided
    from problemgen.exam.pools import Slot
    from problemgen.exam.proposals import Proposal

NUMBERS: Final = ""  # stands for the parameters where other names are those of parts
TWICE: Final = "?"  # stands for what a question before it on the same paper asks
_LEAST, _MOST, _EXHAUSTED = 8, 80, 3  # other questions that are tried

Group: TypeAlias = tuple[int, str]


def group_of(slot: Slot) -> Group:
    """Return what the papers' questions are compared within: the spec's question, and the problem."""
    return slot.place, slot.entry.name


class Collisions:
    """The numbers and answers used so far."""

    def __init__(self, avoided: Avoided = NOTHING) -> None:
        self._avoided = avoided
        self.used: dict[tuple[Group, str], set[str]] = defaultdict(set)
        self.met: dict[tuple[Group, str], set[str]] = defaultdict(set)
        self.repeats: Counter[tuple[Group, str]] = Counter()
        self._closed: set[tuple[Group, str]] = set()

    def between(self, group: Group, proposal: Proposal) -> frozenset[str]:
        """Return the parts whose answers were used already, `NUMBERS` if the whole question was; not what is closed."""
        found = set()
        for name, value in self._values(proposal):
            self.met[group, name].add(value)
            if self._taken(group, name, value) and (name == NUMBERS or (group, name) not in self._closed):
                found.add(name)
        return frozenset(found)

    def take(self, group: Group, proposal: Proposal) -> None:
        """Remember that this is asked."""
        for name, value in self._values(proposal):
            self.met[group, name].add(value)
            self.repeats[group, name] += self._taken(group, name, value)
            self.used[group, name].add(value)

    def patience(self, group: Group, stubborn: frozenset[str]) -> int:
        """Return how many other questions are worth a try when all so far collided in these."""
        if not stubborn:
            return _MOST
        if (group, NUMBERS) in self._closed and NUMBERS in stubborn:
            return _EXHAUSTED
        return min(_MOST, _LEAST + 4 * max(len(self.met[group, name]) for name in stubborn))

    def close(self, group: Group, name: str) -> None:
        """Give up looking for other answers to this part, or for other numbers."""
        self._closed.add((group, name))

    def _taken(self, group: Group, name: str, value: str) -> bool:
        if value in self.used[group, name]:
            return True
        if name == NUMBERS:
            return (group[1], value) in self._avoided.numbers
        return (group[1], name, value) in self._avoided.answers

    def _values(self, proposal: Proposal) -> list[tuple[str, str]]:
        return [(NUMBERS, proposal.parameters), *proposal.answers.items()]

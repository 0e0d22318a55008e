"""Where the right option is and how large it is among the others, when a question is offered as a choice.

Whoever knows the habits of a problem must not know its answer: a key that is always the largest of four numbers is
given away, and so is one that always stands at the same place of a list.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, NamedTuple, TypeAlias

from problemgen.answers import Choice, Number
from problemgen.exam.formats import Balance, offered

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problemgen.sampling import Instance

Kind: TypeAlias = Literal["place", "rank", "option"]


class Offered(NamedTuple):
    """What is counted of a part whose key is offered among `of` options; `at` counts from 0.

    Its `place` or its `rank` among options made from mistakes, or which `option` is right of those a problem has.
    """

    part: str
    kind: Kind
    of: int
    at: int


def counted(instance: Instance, balance: Balance) -> Iterator[Offered]:
    """Yield what is to be counted when this question is asked as a single choice."""
    (turns,) = balance.paper(str(instance.seed), [("question", instance, "choice")])
    shown = offered(instance, "choice", turns)
    for part, turn in zip(shown.solution.parts, turns, strict=True):
        if isinstance(part.answer, Choice):
            if len(part.answer.correct) == 1:
                yield Offered(part.name, "option", len(part.answer.options), min(part.answer.correct))
        elif turn is not None and part.offer is not None:
            options = len(part.offer.choice.options)
            place, rank = turn
            yield Offered(part.name, "place", options, place)
            if isinstance(part.answer, Number):
                yield Offered(part.name, "rank", options, rank)

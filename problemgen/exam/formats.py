"""Closed forms of a question: single choice whose wrong options are the part's mistakes, and true or false.

A part keeps its exact answer and its mistakes; what is printed to choose from is its `offer`.  Which place and rank
the key gets is settled for the whole exam by `Balance`; with these turns, an offer depends on nothing but the
solution and the question's address, so that an exam that was kept as data is rebuilt alike.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from problemgen import answers
from problemgen.answers import Choice, MatrixAnswer, Number, NumberSet, Shape
from problemgen.draw import Draw, Seed
from problemgen.errors import require
from problemgen.exact import rational
from problemgen.problem import Offer, Part, Solution

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from problemgen.answers import Answer
    from problemgen.exact import Matrix, Rational
    from problemgen.exam.pools import Format
    from problemgen.sampling import Instance

Turn: TypeAlias = tuple[int, int]
"""The place of the right option, and how many options are smaller than the key (0 for answers without an order)."""

WRONG: Final = 3
_MISTAKES: Final = 2  # are enough where more of them would leave the key
_FEW: Final = 2  # ranks or less: the other option may be a value near the key then
_NEAREST: Final = 5
VERDICTS: Final = ("true", "false")
_TOO_FEW: Final = "was printed with options to choose from, of which there are too few then; write drop = true"


@dataclass(frozen=True)
class _Wrong:
    value: Answer
    shown: str
    mistake: str = ""


def offered(instance: Instance, form: Format, turns: Sequence[Turn | None]) -> Instance:
    """Return the question in a closed form; parts whose turn is None stay open.

    Raises `InvalidParameters` if the turns are those of another question, and this one has too few wrong options.
    """
    if not any(turns):
        return instance
    seed = instance.seed or Seed.of(instance.name)
    make = _claim if form == "true-false" else _options
    parts = [
        replace(part, offer=make(part, turn, Draw(seed.child(part.name, "options")))) if turn else part
        for part, turn in zip(instance.solution.parts, turns, strict=True)
    ]
    solution = instance.solution
    kept = Solution(*parts, figures=solution.figures, solution_figures=solution.solution_figures)
    return replace(instance, solution=kept)


def refusal(parts: Iterable[Part], form: Format) -> str | None:
    """Return why no part can be asked in this form, or None."""
    if form == "open" or any(isinstance(part.answer, Choice) or _ranks(part, form) for part in parts):
        return None
    kinds = ", ".join(dict.fromkeys(answers.kind(part.answer) for part in parts))
    return f"the answers ({kinds}) cannot be asked as {form}; write format = 'open'"


class Balance:
    """Deals out the turns: in a paper, and for a question over all papers, every place and rank is as frequent.

    Papers are dealt in order, so that one added at the end moves no other; nor does a question added at the end.
    """

    def __init__(self, seed: Seed) -> None:
        self._seed = seed.child("turns")
        self._columns: defaultdict[tuple[str, ...], Counter[int]] = defaultdict(Counter)

    def paper(self, label: str, asked: Sequence[tuple[str, Instance, Format]]) -> list[tuple[Turn | None, ...]]:
        """Return the turns of a paper's questions, given as (id, instance, form)."""
        rows: defaultdict[str, Counter[int]] = defaultdict(Counter)
        return [
            tuple(self._turn(rows, (label, name, part.name), part, form) for part in instance.solution.parts)
            for name, instance, form in asked
        ]

    def _turn(
        self, rows: defaultdict[str, Counter[int]], at: tuple[str, str, str], part: Part, form: Format
    ) -> Turn | None:
        ranks = _ranks(part, form)
        if not ranks:
            return None
        if form == "true-false":  # a little slack in a paper, or the last statement would follow from the others
            return self._least(range(2), rows["truth"], ("truth", *at), slack=1), 0
        place = self._least(range(WRONG + 1), rows["place"], ("place", *at))
        return place, self._least(ranks, rows["rank"], ("rank", *at)) if isinstance(part.answer, Number) else 0

    def _least(self, options: Sequence[int], row: Counter[int], at: tuple[str, ...], slack: int = 0) -> int:
        """Return the option least used in the paper, then least used for this question, then drawn."""
        kind, label, *question = at
        column = self._columns[kind, *question]
        low = min(row[option] for option in options) + slack
        rare = [option for option in options if row[option] <= low]
        rarest = min(column[option] for option in rare)
        seed = self._seed.child(kind, label, *question)
        chosen = Draw(seed).choice([option for option in rare if column[option] == rarest])
        row[chosen] += 1
        column[chosen] += 1
        return chosen


def _ranks(part: Part, form: Format) -> list[int]:
    """Return the ranks the key can have among its options; none if the part cannot be asked in this form."""
    if form == "open":
        return []
    below, above = _sides(part)
    if form == "true-false":
        return [0] if below or above else []
    low, high = (sum(bool(wrong.mistake) for wrong in side) for side in (below, above))
    possible = [rank for rank in range(WRONG + 1) if rank <= len(below) and WRONG - rank <= len(above)]
    mistakes = {rank: min(rank, low) + min(WRONG - rank, high) for rank in possible}
    for least in (WRONG, _MISTAKES):
        ranks = [rank for rank in possible if mistakes[rank] >= min(least, low + high)]
        if len(ranks) > _FEW or not isinstance(part.answer, Number):
            break
    return ranks


def _options(part: Part, turn: Turn, draw: Draw) -> Offer:
    place, rank = turn
    below, above = _sides(part)
    require(len(below) >= rank and len(above) >= WRONG - rank, _TOO_FEW)
    wrong = [*_taken(below, rank, draw), *_taken(above, WRONG - rank, draw)]
    options = list(draw.sample(wrong, len(wrong)))
    options.insert(place, _Wrong(part.answer, _shown(part.answer)))
    choice = Choice(tuple(option.shown for option in options), frozenset({place}))
    return Offer(choice, tuple(option.mistake for option in options))


def _taken(side: Sequence[_Wrong], count: int, draw: Draw) -> list[_Wrong]:
    """Return so many of one side: mistakes first, near values only to complete them."""
    mistakes = [wrong for wrong in side if wrong.mistake]
    near = [wrong for wrong in side if not wrong.mistake]
    taken = list(draw.sample(mistakes, min(count, len(mistakes))))
    return [*taken, *draw.sample(near, count - len(taken))]


def _claim(part: Part, turn: Turn, draw: Draw) -> Offer:
    verdict, _ = turn
    choice = Choice(VERDICTS, frozenset({verdict}))
    if verdict == VERDICTS.index("true"):
        return Offer(choice, ("", ""), _shown(part.answer))
    wrong = [one for side in _sides(part) for one in side]
    require(wrong, _TOO_FEW)
    claimed = draw.choice([one for one in wrong if one.mistake] or wrong)
    return Offer(choice, (claimed.mistake, ""), claimed.shown)


def _sides(part: Part) -> tuple[list[_Wrong], list[_Wrong]]:
    """Return the wrong options smaller and larger than the key (all are in the second where there is no order).

    Near values are among them if there are too few mistakes, and for numbers in any case: where all mistakes are on
    one side, the key would always be the largest or the smallest.  No two options look alike, on paper or exactly.
    """
    key = part.answer
    if isinstance(key, Choice | answers.Text | answers.Table):
        return [], []
    found = {_shown(key): _Wrong(key, _shown(key))}
    for mistake in part.mistakes:
        value = mistake.value
        if isinstance(key, Number) and isinstance(value, Number):
            value = replace(value, unit=key.unit, places=key.places)
        if type(value) is type(key):
            found.setdefault(_shown(value), _Wrong(value, _shown(value), mistake.id))
    if len(found) <= WRONG or isinstance(key, Number):
        for value in _near(key):
            found.setdefault(_shown(value), _Wrong(value, _shown(value)))
    wrong = list(found.values())[1:]
    below = [one for one in wrong if _less(one.value, key)]
    return below, [one for one in wrong if not _less(one.value, key)]


def _shown(answer: Answer) -> str:
    """Return an option as LaTeX; the exact value of a rounded number would set it apart from others."""
    return f"${answers.latex_rounded(answer)}$"


def _near(key: Answer) -> list[Answer]:
    """Return plausible wrong values of the same kind, sign and size; none for kinds where they would be artificial."""
    match key:
        case Number(int() | Fraction() as value, unit, places):
            return [Number(near, unit, places) for near in _near_numbers(value)]
        case Shape(dims):
            changes = [(place, by) for place in range(len(dims)) for by in (-1, 1, 2) if dims[place] + by > 0]
            return [Shape((*dims[:place], dims[place] + by, *dims[place + 1 :])) for place, by in changes]
        case NumberSet(values) if values:
            ordered = key.sorted()
            least = 0 if 0 in values else 1  # only a key with a 0 tells that what it counts may be 0
            moved = [[value + by for value in ordered] for by in (-1, 1)]
            grown = [[*ordered, ordered[-1] + 1], [*ordered, ordered[-1] + 1, ordered[-1] + 2]]
            other = [ordered[1:], ordered[:-1], grown[0]] if len(ordered) > 1 else grown
            return [NumberSet(each) for each in (*other, *moved) if min(each) >= least]
        case MatrixAnswer(entries):
            flat = [(row, column) for row, line in enumerate(entries) for column in range(len(line))]
            return [MatrixAnswer(_moved(entries, place, by)) for place in flat for by in (-1, 1, 2)]
    return []


def _near_numbers(value: Rational) -> list[Rational]:
    """Return neighbours: steps in the second digit of a whole number, in the numerator of a fraction."""
    top = abs(value.numerator)
    step = 10 ** max(0, len(str(top)) - 2) if value.denominator == 1 else 1
    every = [Fraction(value.numerator + way * k * step, value.denominator) for k in range(1, 9) for way in (-1, 1)]
    alike = [
        near
        for near in every
        if near.denominator == value.denominator and near * value >= 0 and (near != 0 or value == 0)
    ]
    return [rational(near) for near in alike if value or near > 0][:_NEAREST]


def _moved(entries: Matrix, place: tuple[int, int], by: int) -> Matrix:
    """Return the matrix with one entry moved."""
    return tuple(
        tuple(entry + by if (row, column) == place else entry for column, entry in enumerate(line))
        for row, line in enumerate(entries)
    )


def _less(left: Answer, right: Answer) -> bool:
    if not isinstance(left, Number) or not isinstance(right, Number):
        return False
    if isinstance(left.value, int | Fraction) and isinstance(right.value, int | Fraction):
        return left.value < right.value
    return float(left.value) < float(right.value)

"""Effort: the arithmetic a student has to do by hand, counted over the steps of the worked solution.

The unit is one addition of two digits.  Written arithmetic sets the weights (`docs/effort.md`): what costs is each pair
of digits that is added, looked up or brought down; digits 0 at the end of a number, and factors 1 and 10, are free.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final, assert_never

from problemgen.answers import Choice, Expression, MatrixAnswer, Number, NumberSet, Shape, Table, Text
from problemgen.formula import Formula, Substitution
from problemgen.operations import carried_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    import sympy

    from problemgen.answers import Answer
    from problemgen.exact import Rational
    from problemgen.operations import Operation
    from problemgen.problem import Part, Solution

PRODUCT: Final = 2  # two digits multiplied: looked up, and its tens carried
SYMBOL: Final = 2  # a letter or number of a formula: thought of, and written
REASON: Final = 10  # an argument in words
OPTION: Final = 2  # an option read and judged
VALUE: Final = 1  # a result written where it belongs
FUNCTION: Final = 8  # a logarithm, exponential, root or long decimal: by table or calculator, its digits written
_LONGEST: Final = 3  # decimals of a quotient that is written as a decimal


def effort(solution: Solution) -> int:
    """Return the effort of a whole question, in additions of two digits."""
    worked = {
        id(step.formula.expr) for part in solution.parts for step in part.steps.values() if type(step) is Substitution
    }
    return sum(_part(part, worked) for part in solution.parts)


def _part(part: Part, worked: set[int]) -> int:
    """Return the effort of a part; a rule is no work of its own when numbers are put into it (`worked`)."""
    spent = _written(part.answer)
    for step in part.steps.values():
        if type(step) is Substitution:
            spent += _substituted(step.formula.expr, tuple(step.bindings.items()))
        elif not (isinstance(step, Formula) and id(step.expr) in worked):
            spent += sum(map(cost, step.operations()))
    return spent + sum(map(cost, part.unshown))


@lru_cache(maxsize=1 << 13)
def _substituted(expr: sympy.Expr, bindings: tuple[tuple[str, Rational], ...]) -> int:
    """Return the effort of a formula with its numbers, which the questions of a class share again and again."""
    return sum(map(cost, carried_out(expr, dict(bindings))))


def _written(answer: Answer) -> int:
    match answer:
        case Number() | Expression():
            return VALUE
        case Shape(dims):
            return VALUE * len(dims)
        case NumberSet(values):
            return VALUE * max(1, len(values))
        case MatrixAnswer(entries):
            return VALUE * len(entries) * len(entries[0])
        case Choice(options):
            return OPTION * len(options)
        case Text():
            return REASON
        case Table():
            return sum(_written(cell) for _, cell in answer.cells())
    assert_never(answer)


def cost(operation: Operation) -> int:
    """Return the effort of one operation; one whose name is not known costs a comparison for each operand."""
    name, operands = operation
    rule = _COSTS.get(name)
    return rule(operands) if rule else max(1, len(operands))


@lru_cache(maxsize=1 << 14)
def digits(value: Rational) -> int:
    """Return how many digits are worked with, without zeros at the end; a fraction has its decimals or both numbers."""
    if isinstance(value, Fraction):
        scaled = value * 10**_LONGEST
        if scaled.denominator > 1:
            return digits(value.numerator) + digits(value.denominator)
        value = int(scaled)
    return len(str(abs(value)).rstrip("0"))


@lru_cache(maxsize=1 << 14)
def _factor(value: Rational) -> int:
    """Return the digits to multiply or divide by: none for 0, 1, 10, 100, ..."""
    length = digits(value)
    return 0 if length == 1 and str(abs(value)).strip("0./") == "1" else length


def _add(terms: Sequence[Rational]) -> int:
    """Add one after the other: a column for each digit of the shorter number."""
    total, spent = terms[0], 0
    for term in terms[1:]:
        spent += max(1, min(digits(total), digits(term)))
        total += term
    return spent


def _multiply(factors: Sequence[Rational]) -> int:
    """Multiply one after the other: every pair of digits, and the rows added up."""
    product, spent = factors[0], 0
    for factor in factors[1:]:
        short, long = sorted((_factor(product), _factor(factor)))
        spent += max(1, PRODUCT * short * long + max(0, short - 1) * (long + 1))
        product *= factor
    return max(1, spent)


def _divide(operands: Sequence[Rational]) -> int:
    """Divide in writing: for each digit of the quotient, the divisor times it and a subtraction."""
    top, bottom = operands
    length = _factor(bottom)
    return max(1, digits(top) - length + 1) * (PRODUCT + 1) * length if length else 1


def _power(operands: Sequence[Rational]) -> int:
    base, exponent = operands
    return FUNCTION if isinstance(exponent, Fraction) else _multiply((base,) * max(1, abs(exponent)))


def _compare(operands: Sequence[Rational]) -> int:
    return max(1, len(operands) - 1)


_COSTS: Final[Mapping[str, Callable[[Sequence[Rational]], int]]] = {
    "add": _add,
    "multiply": _multiply,
    "divide": _divide,
    "power": _power,
    "max": _compare,
    "min": _compare,
    "calculated": lambda _: FUNCTION,
    "exp": lambda _: FUNCTION,
    "log": lambda _: FUNCTION,
    "symbols": lambda operands: SYMBOL * int(operands[0]),
    "reason": lambda _: REASON,
}

"""Exact linear systems by elimination, with the equations kept for the worked steps."""

from __future__ import annotations

from fractions import Fraction
from math import gcd, lcm
from typing import TYPE_CHECKING, TypeAlias

from sympy import Integer

from problemgen.exact import Matrix, Rational, rational
from problemgen.operations import Operation
from problemgen.worked import Equation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Row: TypeAlias = tuple[Rational, ...]


def echelon(rows: Matrix, values: Row) -> Matrix:
    """Return the augmented rows in triangular form, as small whole numbers; rows without unknowns are left out.

    Raises `ValueError` when two equations contradict each other.
    """
    return tuple(_whole(first) for first, _, _ in _eliminated(rows, values))


def work(rows: Matrix, values: Row, solution: Row) -> tuple[Operation, ...]:
    """Return the operations of eliminating one unknown after the other, and of putting in those that are known."""
    found: list[Operation] = []
    for first, rest, factors in _eliminated(rows, values):
        for row, factor in zip(rest, factors, strict=True):
            pairs = [(rational(a), rational(factor * b)) for a, b in zip(row, first, strict=True) if factor and b]
            found += [Operation("multiply", (rational(factor), rational(b))) for b in first if factor and b]
            found += [Operation("add", (a, -b)) for a, b in pairs]
    for *weights, value in echelon(rows, values):
        terms = [(a, known) for a, known in zip(weights, solution, strict=True) if a]
        found += [Operation("multiply", term) for term in terms[1:]]
        found += [Operation("add", (value, *(-a * known for a, known in terms[1:]))), Operation("divide", terms[0])]
    return tuple(found)


def _eliminated(rows: Matrix, values: Row) -> Iterator[tuple[list[Fraction], list[list[Fraction]], list[Fraction]]]:
    """Yield an equation that keeps its first unknown, those that lose it, and how many times it is taken off them."""
    rest = [[Fraction(entry) for entry in (*row, value)] for row, value in zip(rows, values, strict=True)]
    for column in range(len(rows[0])):
        first = min((row for row in rest if row[column]), key=lambda row: abs(row[column]), default=None)
        if first is None:
            continue
        rest.remove(first)
        factors = [row[column] / first[column] for row in rest]
        yield first, rest, factors
        rest = [
            [a - factor * b for a, b in zip(row, first, strict=True)] for row, factor in zip(rest, factors, strict=True)
        ]
    if any(row[-1] for row in rest):
        raise ValueError("the equations contradict each other")


def _whole(row: Sequence[Fraction]) -> Row:
    """Return the row multiplied or divided so that its entries are whole numbers without a common divisor."""
    common = lcm(*(entry.denominator for entry in row))
    whole = [int(entry * common) for entry in row]
    sign = 1 if next(entry for entry in whole if entry) > 0 else -1
    return tuple(sign * entry // gcd(*whole) for entry in whole)


def unique_solution(rows: Matrix, values: Row) -> Row | None:
    """Return the only solution; None if there are several or none at all."""
    try:
        return back_substituted(echelon(rows, values), len(rows[0]))
    except ValueError:
        return None


def back_substituted(triangle: Matrix, unknowns: int) -> Row:
    """Return the unknowns of a triangular system, from the last to the first; raises `ValueError` if one stays free."""
    if len(triangle) != unknowns or not all(row[place] for place, row in enumerate(triangle)):
        raise ValueError("the system does not determine its unknowns")
    found: list[Rational] = []
    for place in reversed(range(unknowns)):
        *row, value = triangle[place]
        known = sum(a * b for a, b in zip(row[place + 1 :], found, strict=True))
        found.insert(0, rational(Fraction(value - known) / row[place]))
    return tuple(found)


def equation(row: Row, value: Rational, letters: Sequence[str]) -> Equation:
    """Return `2 w_1 - w_3 = 5`."""
    written = ""
    for factor, letter in zip(row, letters, strict=True):
        if factor:
            sign = ("-" if factor < 0 else "") if not written else " - " if factor < 0 else " + "
            written += sign + ("" if abs(factor) == 1 else f"{abs(factor)} ") + letter
    read = Operation("symbols", (1 + sum(map(bool, row)),))
    return Equation(written or "0", (Integer(int(value)),), done=(read,))

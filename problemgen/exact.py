"""No float passes: the one gate through which every exact value goes.

Whole numbers stay `int` and quotients `Fraction`, because sampling and solving run on them hundreds of times a
second; an exact real such as `log(2)` stays a SymPy expression.  All three compare equal where they are equal.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import sympy

from problemgen.errors import InexactValue

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

Rational: TypeAlias = int | Fraction
Exact: TypeAlias = int | Fraction | sympy.Expr
Matrix: TypeAlias = tuple[tuple[Rational, ...], ...]

_DIGITS: Final = 40
_INEXACT = (sympy.Float, *map(type, (sympy.zoo, sympy.nan, sympy.oo, -sympy.oo)))


def exact(value: Any) -> Exact:
    """Return `value` as `int`, `Fraction` or a SymPy expression free of floats.

    Accepts ints (NumPy's too), `Fraction`, SymPy numbers and expressions, and texts such as "5/9".
    Raises `InexactValue` for floats, complex numbers, infinities and anything else.
    """
    if type(value) is int:  # nearly always; `match` is slow for Fraction, which is the child of an abstract class
        return value
    if type(value) is Fraction:
        return value.numerator if value.denominator == 1 else value
    return _converted(value)


def _converted(value: Any) -> Exact:
    match value:
        case bool():
            raise InexactValue(f"{value!r} is a truth value; write an int or a Rational")
        case int():
            return int(value)
        case Fraction():
            return int(value) if value.denominator == 1 else value
        case str():
            return _from_text(value)
        case sympy.Integer():
            return int(value)
        case sympy.Rational():
            return Fraction(int(value.p), int(value.q))
        case sympy.Expr() if not _holds_inexact(value):
            return value
    if type(value).__module__ == "numpy" and hasattr(value, "__index__"):
        return int(value)
    kind = "a float" if isinstance(value, float | sympy.Float) else f"a {type(value).__name__}"
    raise InexactValue(f"{value!r} is {kind}; write an int or a Rational")


@lru_cache(maxsize=4096)
def _holds_inexact(expr: sympy.Expr) -> bool:
    """Return whether a float, an infinity or something undefined stands anywhere in an expression."""
    waiting = [expr]
    while waiting:
        piece = waiting.pop()
        if isinstance(piece, _INEXACT):
            return True
        waiting.extend(piece.args)
    return False


def _from_text(text: str) -> Rational:
    try:
        if not {".", "e", "E"} & set(text):
            return rational(Fraction(text))
    except (ValueError, ZeroDivisionError):
        pass
    raise InexactValue(f"'{text}' is no whole number or quotient; write it as 7 or 5/9")


def rational(value: Any) -> Rational:
    """Return `value` as `int` or `Fraction`; raises `InexactValue` for anything else, exact reals included."""
    if type(value) is int:
        return value
    result = exact(value)
    if isinstance(result, sympy.Expr):
        raise InexactValue(f"{value!r} is no rational number; write an int or a Rational")
    return result


@lru_cache(maxsize=8192)
def rounded(value: Exact, places: int) -> Rational:
    """Return the value rounded half up to `places` decimals; exact reals are evaluated with digits to spare.

    What a mistake leads to is rounded for the key, the marking scheme and whatever is carried forward.
    """
    return rational(Fraction(math.floor(_scaled(value, places) + Fraction(1, 2)), 10**places))


def truncated(value: Exact, places: int) -> Rational:
    """Return the value with everything behind `places` decimals cut off, towards zero."""
    return rational(Fraction(math.trunc(_scaled(value, places)), 10**places))


def nearly(value: Exact) -> Fraction:
    """Return the value itself, or that of an exact real to 40 digits."""
    return _evaluated(value, _DIGITS) if isinstance(value, sympy.Expr) else Fraction(value)


def _scaled(value: Exact, places: int) -> Fraction:
    if places > _DIGITS - 30 and isinstance(value, sympy.Expr):
        return _evaluated(value, places + 30) * Fraction(10**places)
    return nearly(value) * Fraction(10**places)


@lru_cache(maxsize=8192)
def _evaluated(value: sympy.Expr, digits: int) -> Fraction:
    """Return an exact real to so many digits; one value is asked for again and again, at few precisions."""
    known = sympy.Rational(value.evalf(digits))
    return Fraction(int(known.p), int(known.q))


def decimal(value: Rational, places: int) -> str:
    """Return a value that has `places` decimals at most, written with all of them."""
    digits = f"{abs(int(value * 10**places)):0{places + 1}d}"
    return ("-" if value < 0 else "") + (f"{digits[:-places]}.{digits[-places:]}" if places else digits)


def matrix(rows: Iterable[Iterable[Any]]) -> Matrix:
    """Return the rows as a tuple of equally long tuples of rationals."""
    result = tuple([tuple([rational(entry) for entry in row]) for row in rows])
    if not result or any(len(row) != len(result[0]) or not row for row in result):
        raise InexactValue(f"{result!r} is no matrix: its rows must be non-empty and equally long")
    return result


def dot(left: Sequence[Rational], right: Sequence[Rational]) -> Rational:
    """Return the sum of the products of two equally long sequences, exactly."""
    return exact_sum(a * b for a, b in zip(left, right, strict=True))


def exact_sum(values: Iterable[Rational]) -> Rational:
    """Return the sum, as `int` when it is whole."""
    return rational(sum(values, start=0))

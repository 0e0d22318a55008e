"""When two symbolic answers mean the same: equal exact values at rational points, never `simplify`.

`simplify` may run for minutes and still miss an equality of indicator functions; points decide in microseconds.
Sums over indexed letters are compared at small whole sizes, with arrays of numbers that have an entry everywhere.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import sympy

from problemgen.compilation import compiled, u
from problemgen.errors import InexactValue
from problemgen.exact import Exact, exact, rational

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

PROBES: Final = 8
_PIECE_PROBES: Final = 64
_PIECEWISE: Final = (u, sympy.Max, sympy.Min, sympy.Abs, sympy.floor, sympy.ceiling, sympy.Piecewise, sympy.Sum)
_SIZES: Final = 5
_TOLERANCE: Final = 1e-9


class Points(tuple[tuple["Mapping[str, Any]", Any], ...]):
    """Pairs (point, value measured there) that many instances share, and that are equal to themselves only.

    Whether an expression has the measured values at them is found out once.
    """

    __slots__ = ()
    __eq__ = object.__eq__
    __ne__ = object.__ne__
    __hash__ = object.__hash__


def probe_points(names: Iterable[str]) -> Iterator[dict[str, Fraction]]:
    """Yield rational points for the named symbols, without end and always the same ones.

    Positive and negative values with a prime denominator, so that no two of them tie and none is zero.
    """
    ordered = sorted(names)
    for turn in count(1):
        yield {
            name: Fraction((37 * turn + 61 * place * (turn + 3) + turn * turn * (place + 1)) % 211 * 2 - 211, 101)
            for place, name in enumerate(ordered)
        }


class _Array(dict[Any, Fraction]):
    """Numbers for every index or pair of indices, always the same ones."""

    def __init__(self, place: int) -> None:
        self._place = place

    def __missing__(self, index: Any) -> Fraction:
        number = 0
        for step in index if isinstance(index, tuple) else (index,):
            number = 31 * number + 17 * step + 7
        return Fraction((rational(number * number + (61 + self._place) * number) * 5) % 211 * 2 - 211, 101)


def _fitted(point: dict[str, Fraction], turn: int, arrays: frozenset[str], whole: frozenset[str]) -> dict[str, Any]:
    """Return the point with arrays for the indexed letters, and small sizes for those that count or index."""
    fitted: dict[str, Any] = dict(point)
    for place, name in enumerate(point):
        if name in arrays:
            fitted[name] = _Array(place)
        elif name in whole:
            fitted[name] = 1 + (turn * (place + 2) + turn // _SIZES * (place + 1) + place) % _SIZES
    return fitted


@lru_cache(maxsize=4096)
def _indexing(expr: sympy.Expr) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the indexed letters, and of those that stand in an index or in the bounds of a sum."""
    indexed = expr.atoms(sympy.Indexed)
    inside = [index for entry in indexed for index in entry.indices]
    inside += [bound for series in expr.atoms(sympy.Sum) for _, *bounds in series.limits for bound in bounds]
    whole = frozenset(symbol.name for index in inside for symbol in _letters(index))
    return frozenset(str(entry.base.label) for entry in indexed), whole


def _letters(*exprs: sympy.Expr) -> list[sympy.Symbol]:
    """Return the free symbols in the order of their names, an indexed letter without its index."""
    found = {symbol for expr in exprs for symbol in expr.free_symbols if isinstance(symbol, sympy.Symbol)}
    return sorted(found, key=lambda symbol: symbol.name)


@lru_cache(maxsize=8192)
def equivalent(left: sympy.Expr, right: sympy.Expr) -> bool:
    """Return whether two expressions have the same exact value at rational points; never `simplify`.

    Symbols declared as integers are given whole numbers: ceil(i/2) and floor((i + 1)/2) mean the same for indices.
    Symbols declared positive are given positive ones: the root of sigma^2 is sigma.
    Points where either is undefined are passed over.  Expressions with indicators or maxima are compared at more
    points, because they may differ on one piece only.
    """
    symbols = _letters(left, right)
    arrays, whole = (ours | theirs for ours, theirs in zip(_indexing(left), _indexing(right), strict=True))
    whole |= {symbol.name for symbol in symbols if symbol.is_integer}
    compared = 0
    wanted = _PIECE_PROBES if left.has(*_PIECEWISE) or right.has(*_PIECEWISE) else PROBES
    positive = {symbol.name for symbol in symbols if symbol.is_positive}
    for attempt, probe in enumerate(probe_points({symbol.name for symbol in symbols})):
        if compared == wanted or attempt == 4 * wanted:
            break
        point = {name: abs(value) if name in positive else value for name, value in probe.items()}
        fitted = _fitted(point, attempt, arrays, whole) if arrays or whole else point
        try:
            difference = value_at(left, fitted) - value_at(right, fitted)
        except (InexactValue, ZeroDivisionError):
            continue
        compared += 1
        if difference != 0 and (isinstance(difference, int | Fraction) or not _vanishes(difference)):
            return False
    return compared > 0


def value_at(expr: sympy.Expr, point: Mapping[str, Any]) -> Exact:
    """Return the exact value, `point` giving indexed letters as {index: value}.

    Raises `InexactValue` or `ZeroDivisionError` where the expression is undefined.
    """
    names, function = _function(expr)
    values = (point[name] for name in names)
    return exact(function(*[value if isinstance(value, dict) else rational(value) for value in values]))


@lru_cache(maxsize=4096)
def _function(expr: sympy.Expr) -> tuple[tuple[str, ...], Callable[..., Any]]:
    """Return the names of the symbols and the expression compiled once as a function of v0, v1, ... in their place."""
    symbols = _letters(expr)
    places = tuple(f"v{place}" for place in range(len(symbols)))
    renamed = expr.xreplace({symbol: sympy.Symbol(place) for symbol, place in zip(symbols, places, strict=True)})
    return tuple(symbol.name for symbol in symbols), compiled(renamed, places)


def _vanishes(difference: sympy.Expr) -> bool:
    return difference.is_rational is not True and abs(complex(difference.evalf(30))) <= _TOLERANCE

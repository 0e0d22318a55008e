"""When two symbolic answers mean the same: equal exact values at rational points, never `simplify`.

`simplify` may run for minutes and still miss an equality of indicator functions; points decide in microseconds.
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
_PIECEWISE: Final = (u, sympy.Max, sympy.Min, sympy.Abs, sympy.floor, sympy.ceiling, sympy.Piecewise)
_TOLERANCE: Final = 1e-9


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


def equivalent(left: sympy.Expr, right: sympy.Expr) -> bool:
    """Return whether two expressions have the same exact value at rational points; never `simplify`.

    Points where either is undefined are passed over.  Expressions with indicators or maxima are compared at more
    points, because they may differ on one piece only.
    """
    symbols = sorted(left.free_symbols | right.free_symbols, key=str)
    compared = 0
    wanted = _PIECE_PROBES if left.has(*_PIECEWISE) or right.has(*_PIECEWISE) else PROBES
    for attempt, point in enumerate(probe_points(str(symbol) for symbol in symbols)):
        if compared == wanted or attempt == 4 * wanted:
            break
        try:
            difference = value_at(left, point) - value_at(right, point)
        except (InexactValue, ZeroDivisionError):
            continue
        compared += 1
        if difference != 0 and (isinstance(difference, int | Fraction) or not _vanishes(difference)):
            return False
    return compared > 0


def value_at(expr: sympy.Expr, point: Mapping[str, Any]) -> Exact:
    """Return the exact value; raises `InexactValue` or `ZeroDivisionError` where the expression is undefined."""
    names, function = _function(expr)
    return exact(function(**{f"v{place}": rational(point[name]) for place, name in enumerate(names)}))


@lru_cache(maxsize=4096)
def _function(expr: sympy.Expr) -> tuple[tuple[str, ...], Callable[..., Any]]:
    """Return the names of the symbols and the expression compiled once as a function of v0, v1, ... in their place."""
    symbols = sorted(expr.free_symbols, key=str)
    places = tuple(f"v{place}" for place in range(len(symbols)))
    renamed = expr.xreplace({symbol: sympy.Symbol(place) for symbol, place in zip(symbols, places, strict=True)})
    return tuple(str(symbol) for symbol in symbols), compiled(renamed, places)


def _vanishes(difference: sympy.Expr) -> bool:
    return difference.is_rational is not True and abs(complex(difference.evalf(30))) <= _TOLERANCE

"""Expressions compiled to plain integer Python, exact for ints and Fractions.

`sympy.lambdify` would turn an exact quotient into a float (it gave 38976.0 for a count with groups); here `floor(a/b)`
stays whole and every other quotient is a Fraction.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import sympy

from problemgen.errors import InexactValue
from problemgen.exact import Exact, Rational, exact, rational

if TYPE_CHECKING:
    from collections.abc import Callable


class u(sympy.Function):  # noqa: N801 - printed as the textbooks write it
    """The indicator u(x) = 1 for x > 0, else 0.  So u(0) = 0, unlike SymPy's Heaviside, which has 1/2 there."""

    @classmethod
    def eval(cls, arg: Any) -> Any:
        """Evaluate at numbers only; symbols stay as they are."""
        if arg.is_number and arg.is_comparable:
            return sympy.Integer(1) if arg > 0 else sympy.Integer(0)
        return None


@lru_cache(maxsize=4096)
def compiled(expr: sympy.Expr, arguments: tuple[str, ...]) -> Callable[..., Any]:
    """Return the expression as a Python function of its `arguments` in this order, exact for ints and Fractions.

    Expressions with functions outside integer arithmetic (logarithms, ...) are evaluated by SymPy.
    """
    try:
        source = _source(expr)
    except _NotCompilable:

        def substituted(*values: Any) -> Exact:
            pairs = zip(arguments, values, strict=True)
            bound = {sympy.Symbol(name): sympy.sympify(value) for name, value in pairs}
            return exact(expr.subs(bound).doit())

        return substituted
    names = {"_over": over, "_floor": math.floor, "_ceil": math.ceil, "_max": max, "_min": min, "_u": indicated}
    names |= {"_sum": sum, "_range": _range, "_entry": _entry, "_root": _root}
    # The source is made here from the author's expression tree; no text from outside reaches it.
    return eval(f"lambda {', '.join(arguments)}: {source}", {"__builtins__": {}, **names})  # noqa: S307


class _NotCompilable(Exception):
    """The expression holds a function that is not integer arithmetic."""


def indicated(value: Rational) -> int:
    """Return the indicator u of a number."""
    return int(value > 0)


def over(top: Any, bottom: Any) -> Any:
    """Return the exact quotient, whole when it is; that of a root is an expression."""
    if type(top) is int and type(bottom) is int and bottom:
        whole, rest = divmod(top, bottom)
        return Fraction(top, bottom) if rest else whole
    if isinstance(top, sympy.Expr) or isinstance(bottom, sympy.Expr):
        return exact(sympy.sympify(top) / sympy.sympify(bottom))
    return rational(Fraction(top) / Fraction(bottom))


def _root(base: Exact, halves: int) -> Exact:
    """Return base ** (halves / 2), which a square root may stand in."""
    return exact(sympy.sympify(base) ** sympy.Rational(halves, 2))


def _range(low: Rational, high: Rational) -> range:
    """Return the indices of a sum, both ends included; raises `InexactValue` between fractions."""
    if isinstance(low, Fraction) or isinstance(high, Fraction):
        raise InexactValue(f"a sum from {low} to {high} is not defined")
    return range(low, high + 1)


def _entry(array: Any, *indices: Rational) -> Any:
    """Return an entry of an array given as {index: value}, or {(row, column): value}."""
    place = indices if len(indices) > 1 else indices[0]
    try:
        return array[place]
    except KeyError:
        raise InexactValue(f"there is no entry {place}") from None


def _source(expr: Any) -> str:
    match expr:
        case sympy.Integer():
            return f"({int(expr)})"
        case sympy.Rational():
            return f"_over({int(expr.p)}, {int(expr.q)})"
        case sympy.Symbol():
            return str(expr.name)
        case sympy.Add():
            return "(" + " + ".join(_source(arg) for arg in expr.args) + ")"
        case sympy.Mul():
            return _product_source(expr)
        case sympy.Pow() if expr.exp.is_Rational and expr.exp.q <= 2:
            return _power_source(expr)
        case sympy.floor() | sympy.ceiling() | sympy.Max() | sympy.Min() | u():
            name = {"floor": "_floor", "ceiling": "_ceil", "Max": "_max", "Min": "_min", "u": "_u"}[expr.func.__name__]
            return f"{name}({', '.join(_source(arg) for arg in expr.args)})"
        case sympy.Indexed():
            return f"_entry({', '.join(_source(arg) for arg in (expr.base.label, *expr.indices))})"
        case sympy.Sum():
            *inner, (index, low, high) = expr.limits  # the last index of SymPy's is the outermost
            body = _source(sympy.Sum(expr.function, *inner) if inner else expr.function)
            return f"_sum({body} for {index.name} in _range({_source(low)}, {_source(high)}))"
    raise _NotCompilable


def _power_source(expr: sympy.Pow) -> str:
    base, (top, bottom) = _source(expr.base), expr.exp.as_numer_denom()
    if bottom == 2:
        return f"_root({base}, {int(top)})"
    return f"({base} ** {int(top)})" if top >= 0 else f"_over(1, ({base} ** {int(-top)}))"


def _product_source(expr: sympy.Mul) -> str:
    above, below = [], []
    for arg in expr.args:
        if isinstance(arg, sympy.Pow) and arg.exp == -1:
            below.append(_source(arg.base))
        else:
            above.append(_source(arg))
    top = " * ".join(above) or "1"
    return f"_over({top}, {' * '.join(below)})" if below else f"({top})"

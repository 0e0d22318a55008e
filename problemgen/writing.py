"""Expressions written once and kept as patterns, with gaps for the letters and the numbers that papers differ in.

Walking an expression takes a hundred times as long as filling a pattern.  What is printed around a number depends on
its kind alone, on whether it is negative and whether it is a quotient: these decide the parentheses.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import sympy

from problemgen.typeset import LATEX, Piece, Style, Writer, piece, plain

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problemgen.exact import Rational

LETTERS: Final[Mapping[str, str]] = {
    "in_size": "N", "in_height": "H", "in_width": "W", "in_channels": "C",
    "out_size": "O", "out_height": "H'", "out_width": "W'", "out_channels": "F",
    "kernel_size": "K", "stride": "S", "padding": "P", "dilation": "D", "groups": "G",
    "in_features": "I", "out_features": "J",
}  # fmt: skip
_EDGE: Final = "\0"
_QUOTIENT: Final = r"\frac"
_ODD: Final = re.compile(r"^\d|\s|\\frac|^$")  # letters around which something else may be printed

Numbers: TypeAlias = tuple[tuple[str, int, bool], ...]  # symbol, how loosely its number binds, whether it is a quotient


def sorted_out(expr: sympy.Expr, style: Style, letters: Mapping[str, str]) -> str:
    """Return an expression that was computed, in letters, its terms in the usual order."""
    return _filled(expr, style, letters, {}, ordered=True)


def as_written(
    expr: sympy.Expr, style: Style, letters: Mapping[str, str], values: Mapping[str, Rational] | None = None
) -> str:
    """Return an expression in the order in which it was written, with `values` put in for the letters."""
    return _filled(expr, style, letters, {name: piece(value, style) for name, value in (values or {}).items()})


def _filled(
    expr: sympy.Expr,
    style: Style,
    letters: Mapping[str, str],
    numbers: Mapping[str, Piece],
    *,
    ordered: bool = False,
) -> str:
    symbols, others = _names(expr)
    texts = {name: text for name, (text, _) in numbers.items()}
    kept = []
    for name, letter in letters.items() if others or len(numbers) < len(symbols) else ():
        if name in symbols and name not in numbers and not _ODD.search(letter):
            texts[name] = letter if style is LATEX else plain(letter)
        elif name in symbols or name in others:
            kept.append((name, letter))
    kinds = tuple((name, level, _QUOTIENT in text) for name, (text, level) in numbers.items())
    pattern = _pattern(expr, style, tuple(texts), kinds, tuple(kept), ordered=ordered)
    filling = list(texts.values())
    return "".join([filling[text] if isinstance(text, int) else text for text in pattern])


@lru_cache(maxsize=4096)
def _pattern(
    expr: sympy.Expr,
    style: Style,
    gaps: tuple[str, ...],
    numbers: Numbers,
    kept: tuple[tuple[str, str], ...],
    *,
    ordered: bool,
) -> tuple[str | int, ...]:
    """Return texts, and between any two of them the place in `gaps` of the symbol that stands there."""
    marks = {name: f"{_EDGE}{place}{_EDGE}" for place, name in enumerate(gaps)}
    values = {
        name: (marks[name].replace(_EDGE, _EDGE + _QUOTIENT, 1) if quotient else marks[name], level)
        for name, level, quotient in numbers
    }
    pieces = Writer(style, {**LETTERS, **dict(kept), **marks}, values, ordered=ordered).write(expr).split(_EDGE)
    return tuple(int(text.removeprefix(_QUOTIENT)) if place % 2 else text for place, text in enumerate(pieces))


@lru_cache(maxsize=4096)
def _names(expr: sympy.Expr) -> tuple[frozenset[str], frozenset[str]]:
    """Return the names of the free symbols, and those of functions and of indices that are summed over."""
    free = frozenset(symbol.name for symbol in expr.free_symbols)
    functions = {call.func.__name__ for call in expr.atoms(sympy.Function)}
    return free, frozenset({symbol.name for symbol in expr.atoms(sympy.Symbol)} | functions) - free

"""Expressions written once and kept as patterns, with gaps for the letters and the numbers that papers differ in.

Walking an expression takes a hundred times as long as filling a pattern.  What is printed around a number depends on
its kind alone, on whether it is negative and whether it is a quotient: these decide the parentheses.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

import sympy

from problemgen.typeset import LATEX, Piece, Style, Writer, plain

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

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
Pattern: TypeAlias = tuple[str | int, ...]  # texts, and between them the places of what is put in


def sorted_out(expr: sympy.Expr, style: Style, letters: Mapping[str, str]) -> str:
    """Return an expression that was computed, in letters, its terms in the usual order."""
    return filled(pattern(expr, style, letters, {}, ordered=True), ())


def kind(written: Piece) -> tuple[int, bool]:
    """Return what decides how a number is set among others: how loosely it binds, and whether it is a quotient."""
    text, level = written
    return level, _QUOTIENT in text


def filled(written: Pattern, texts: Sequence[str]) -> str:
    """Return a pattern with these texts in its gaps."""
    return "".join([texts[part] if isinstance(part, int) else part for part in written])


def pattern(
    expr: sympy.Expr,
    style: Style,
    letters: Mapping[str, str],
    numbers: Mapping[str, Piece],
    *,
    ordered: bool = False,
) -> Pattern:
    """Return an expression in the order in which it was written, or `ordered`, with gaps for numbers of these kinds.

    The symbols that `numbers` does not name stand as their letters; a gap is a number's place in `numbers`.
    """
    symbols, others = _names(expr)
    gaps, kept = dict.fromkeys(numbers, ""), []
    for name, letter in letters.items() if others or len(numbers) < len(symbols) else ():
        if name in symbols and name not in numbers and not _ODD.search(letter):
            gaps[name] = letter if style is LATEX else plain(letter)
        elif name in symbols or name in others:
            kept.append((name, letter))
    kinds = tuple((name, *kind(written)) for name, written in numbers.items())
    found = _pattern(expr, style, tuple(gaps), kinds, tuple(kept), ordered=ordered)
    texts = list(gaps.values())
    return tuple(texts[part] if isinstance(part, int) and part >= len(numbers) else part for part in found)


@lru_cache(maxsize=4096)
def _pattern(
    expr: sympy.Expr,
    style: Style,
    gaps: tuple[str, ...],
    numbers: Numbers,
    kept: tuple[tuple[str, str], ...],
    *,
    ordered: bool,
) -> Pattern:
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

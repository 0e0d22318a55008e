"""Patterns with gaps print what walking the expression prints, whatever numbers and letters are put in."""

from fractions import Fraction

import pytest
import sympy
from hypothesis import given
from hypothesis import strategies as st
from sympy import Max, ceiling, evaluate, floor, symbols

from problemgen.formula import Formula
from problemgen.typeset import LATEX, TEXT, Writer, piece
from problemgen.writing import LETTERS, filled, pattern, sorted_out

A, B, C = symbols("in_size kernel_size stride")
with evaluate(False):
    EXPRESSIONS = [
        floor((A + 2 * B - C) / C) + 1,
        A - B - C,
        A * (B - C) ** 2 / (2 * C),
        -A * B / C,
        (A / B) ** 2 * C,
        3 - A * -B,
        Max(A, B - C) * ceiling(A / B),
        A ** (B - 1) + C**-1,
        (A + B) / 2 - C / 3,
    ]
FORMULAS = [Formula("out_size", expr) for expr in EXPRESSIONS]  # each keeps the patterns it has met
NUMBERS = st.one_of(st.integers(-20_000, 20_000), st.builds(Fraction, st.integers(-30, 30), st.integers(1, 9))).map(
    lambda value: int(value) if value == int(value) else value
)
STYLES = pytest.mark.parametrize("style", [LATEX, TEXT], ids=["latex", "text"])


@STYLES
@pytest.mark.parametrize("expr", EXPRESSIONS, ids=str)
@given(values=st.tuples(NUMBERS, NUMBERS, NUMBERS))
def test_a_pattern_filled_with_numbers_is_the_expression_written_with_them(expr, style, values):
    known = dict(zip(("in_size", "kernel_size", "stride"), values, strict=True))
    pieces = {name: piece(value, style) for name, value in known.items()}
    walked = Writer(style, LETTERS, pieces).write(expr)
    assert filled(pattern(expr, style, {}, pieces), [text for text, _ in pieces.values()]) == walked
    formula = FORMULAS[EXPRESSIONS.index(expr)]
    assert formula.write(style, formula.bind(None, {name: known[name] for name in formula.arguments})) == walked


@STYLES
@pytest.mark.parametrize("letter", ["x", r"\hat{y}_{1}", "H'", r"\frac{a}{b}", "2x", r"\text{left over}", "", "σ_1"])
@pytest.mark.parametrize("expr", EXPRESSIONS, ids=str)
def test_a_pattern_filled_with_letters_is_the_expression_written_with_them(expr, letter, style):
    own = {"kernel_size": letter, "stride": "T", "unused": "U"}
    letters = {**LETTERS, **own}
    assert filled(pattern(expr, style, own, {}), ()) == Writer(style, letters).write(expr)
    assert Formula("out_size", expr, own).write(style) == Writer(style, letters).write(expr)
    assert sorted_out(expr, style, own) == Writer(style, letters, ordered=True).write(expr)


@STYLES
def test_functions_and_indices_keep_their_own_letters(style):
    x, i, n = sympy.IndexedBase("x"), *symbols("i n")
    series = sympy.Sum(sympy.Function("f")(x[i]), (i, 1, n))
    for own in ({"i": "j", "f": r"\phi"}, {"x": "a", "n": "m"}, {"f": "g"}):
        assert sorted_out(series, style, own) == Writer(style, {**LETTERS, **own}, ordered=True).write(series)

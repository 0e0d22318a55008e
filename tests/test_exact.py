"""No float passes."""

from fractions import Fraction

import numpy as np
import pytest
import sympy

from problemgen.errors import InexactValue
from problemgen.exact import decimal, dot, exact, exact_sum, matrix, rational, rounded, truncated


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, 3),
        (Fraction(4, 2), 2),
        (Fraction(1, 3), Fraction(1, 3)),
        ("5/9", Fraction(5, 9)),
        ("-7", -7),
        (sympy.Rational(5, 9), Fraction(5, 9)),
        (sympy.Integer(8), 8),
        (np.int64(8), 8),
        (sympy.log(2), sympy.log(2)),
    ],
)
def test_exact_values_pass(value, expected):
    assert exact(value) == expected
    assert type(exact(value)) is type(expected)


@pytest.mark.parametrize(
    "value", [0.1, 1.0, True, None, "0.1", "1e3", "x", "1/0", 1j, np.float64(2), sympy.Float(0.5), sympy.oo, sympy.nan]
)
def test_everything_else_is_refused_with_the_value(value):
    with pytest.raises(InexactValue) as error:
        exact(value)
    assert str(value) in str(error.value)


def test_rational_refuses_exact_reals():
    with pytest.raises(InexactValue, match="no rational"):
        rational(sympy.log(2))


def test_sums_and_products_stay_exact():
    assert exact_sum([Fraction(1, 2), Fraction(1, 2)]) == 1
    assert isinstance(exact_sum([Fraction(1, 2), Fraction(1, 2)]), int)
    assert dot((1, Fraction(1, 3)), (2, 3)) == 3


def test_a_matrix_has_equally_long_rows():
    assert matrix([[1, "1/2"], [3, 4]]) == ((1, Fraction(1, 2)), (3, 4))
    for wrong in ([], [[]], [[1, 2], [3]]):
        with pytest.raises(InexactValue, match="no matrix"):
            matrix(wrong)


@pytest.mark.parametrize(
    ("value", "places", "nearest", "cut", "shown"),
    [
        (Fraction(1, 8), 2, Fraction(13, 100), Fraction(12, 100), "0.13"),
        (Fraction(-1, 8), 2, Fraction(-12, 100), Fraction(-12, 100), "-0.12"),
        (Fraction(-1, 3), 1, Fraction(-3, 10), Fraction(-3, 10), "-0.3"),
        (sympy.exp(sympy.Rational(-1, 2)), 3, Fraction(607, 1000), Fraction(606, 1000), "0.607"),
        (-sympy.log(2), 2, Fraction(-69, 100), Fraction(-69, 100), "-0.69"),
        (7, 0, 7, 7, "7"),
    ],
)
def test_decimals_are_rounded_half_up_or_cut_towards_zero(value, places, nearest, cut, shown):
    assert rounded(value, places) == nearest
    assert truncated(value, places) == cut
    assert decimal(rounded(value, places), places) == shown

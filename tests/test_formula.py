"""Formulas: exact values, textbook order, numbers put in, operations."""

from fractions import Fraction
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import Max, Rational, ceiling, evaluate, log, symbols

from problemgen.compilation import u
from problemgen.errors import InexactValue, UnknownName
from problemgen.formula import Formula
from problemgen.measure.sliding import count_windows
from problemgen.nn.layers import CONV_MULTIPLICATIONS, DILATED_OUT_SIZE, GROUPED_PARAMETERS, OUT_SIZE
from problemgen.worked import Application, Equation, Evaluation, SumOfProducts

N, K, S, a, b = symbols("in_size kernel_size stride a b")
with evaluate(False):
    QUOTIENT = Formula("q", N / S - K / S)
    NEGATIVE = Formula("r", a - b + a**2 * b)
    PRODUCT = Formula("r", a * b + b * (a - b))
    ROUNDED = Formula("r", ceiling(N / S) + Max(a, b) - u(a - b) + Rational(1, 2))
    LOGARITHM = Formula("r", a * log(b))

sizes = st.fixed_dictionaries(
    {
        "in_size": st.integers(1, 40),
        "kernel_size": st.integers(1, 9),
        "stride": st.integers(1, 5),
        "padding": st.integers(0, 4),
        "dilation": st.integers(1, 3),
    }
)


@given(sizes)
def test_the_size_formula_counts_the_windows(size):
    span = size["dilation"] * (size["kernel_size"] - 1) + 1
    if span <= size["in_size"] + 2 * size["padding"]:
        assert DILATED_OUT_SIZE(**size) == count_windows(**size)
        if size["dilation"] == 1:
            size.pop("dilation")
            assert OUT_SIZE(**size) == count_windows(**size)


def test_it_reads_its_arguments_off_any_object_unless_they_are_overridden():
    layer = SimpleNamespace(in_size=205, padding=0, kernel_size=9, stride=3)
    assert OUT_SIZE(layer) == 66
    assert OUT_SIZE(layer, kernel_size=10) == 66
    assert OUT_SIZE(layer, kernel_size=11) == 65
    renamed = OUT_SIZE.named(kernel_size="filter_size")
    assert renamed(SimpleNamespace(in_size=7, padding=1, filter_size=3, stride=2)) == 4


@pytest.mark.parametrize("wrong", [{"kernel": 3}, {"kernel_siz": 3}])
def test_an_unknown_override_is_refused_with_the_nearest_name(wrong):
    with pytest.raises(UnknownName, match="kernel_size"):
        OUT_SIZE(SimpleNamespace(in_size=5, padding=0, kernel_size=3, stride=1), **wrong)


def test_a_missing_argument_is_named():
    with pytest.raises(UnknownName, match="needs 'stride'"):
        OUT_SIZE(SimpleNamespace(in_size=5, padding=0, kernel_size=3))


def test_floats_are_refused():
    with pytest.raises(InexactValue, match="float"):
        OUT_SIZE(in_size=5.0, padding=0, kernel_size=3, stride=1)


def test_values_are_exact():
    assert QUOTIENT(in_size=1, kernel_size=2, stride=3) == Fraction(-1, 3)
    assert isinstance(QUOTIENT(in_size=5, kernel_size=2, stride=3), int)
    assert GROUPED_PARAMETERS(in_channels=32, out_channels=64, groups=4, kernel_size=3) == 4672
    assert ROUNDED(in_size=7, stride=2, a=3, b=1) == 4 + 3 - 1 + Fraction(1, 2)
    big = CONV_MULTIPLICATIONS(out_height=10**6, out_width=10**6, out_channels=10**6, kernel_size=11, in_channels=3)
    assert big == 363 * 10**18


def test_letters_keep_the_textbooks_order():
    assert OUT_SIZE.latex() == r"O = \left\lfloor \frac{N + 2 P - K}{S} \right\rfloor + 1"
    assert OUT_SIZE.text() == "O = floor((N + 2 * P - K)/S) + 1"
    assert GROUPED_PARAMETERS.text() == "parameters = K^2 * (C/G) * F + F"
    assert OUT_SIZE.lettered(in_size="H", out_size="H'").text() == "H' = floor((H + 2 * P - K)/S) + 1"


def test_numbers_are_put_in_without_collapsing():
    worked = OUT_SIZE.worked(in_size=205, padding=0, kernel_size=9, stride=3)
    assert worked.latex() == r"O = \left\lfloor \frac{205 + 2 \cdot 0 - 9}{3} \right\rfloor + 1 = 66"
    assert worked.text() == "O = floor((205 + 2 * 0 - 9)/3) + 1 = 66"


def test_negative_and_fractional_numbers_are_bracketed():
    assert NEGATIVE.worked(a=-3, b=-4).text() == "r = -3 - (-4) + (-3)^2 * (-4) = -35"
    assert NEGATIVE.worked(a=3, b=-4).latex() == r"r = 3 - (-4) + 3^{2} \cdot (-4) = -29"
    half = NEGATIVE.worked(a=Fraction(1, 2), b=1)
    assert r"\left(\frac{1}{2}\right)^{2}" in half.latex()
    assert PRODUCT.worked(a=2, b=-1).text() == "r = 2 * (-1) + (-1) * (2 - (-1)) = -5"


def test_long_numbers_are_grouped_in_latex_only():
    worked = CONV_MULTIPLICATIONS.worked(out_height=66, out_width=66, out_channels=96, kernel_size=9, in_channels=10)
    assert worked.latex().endswith(r"= 338\,722\,560")
    assert worked.text().endswith("= 338722560")


def test_operations_are_those_a_student_carries_out():
    worked = OUT_SIZE.worked(in_size=11, padding=1, kernel_size=3, stride=2)
    names = [operation.name for operation in worked.operations()]
    assert names == ["multiply", "add", "add", "divide", "floor", "add"]
    assert worked.operations()[3].operands == (10, 2)


def test_other_functions_are_left_to_sympy():
    with evaluate(False):
        formula = Formula("r", a * Max(b, 2))
    assert formula(a=3, b=Fraction(5, 2)) == Fraction(15, 2)
    assert LOGARITHM.latex() == r"r = a \ln(b)"


def test_the_indicator_is_zero_at_zero():
    assert [u(value) for value in (-1, 0, 1, Rational(1, 9))] == [0, 0, 1, 1]
    assert u(a).free_symbols == {a}


def test_sums_of_products():
    line = SumOfProducts("y_{1}", ((1, -2), (-3, 4), (Fraction(1, 2), 3)), Fraction(-25, 2))
    assert line.text() == "y1 = 1 * (-2) + (-3) * 4 + 1/2 * 3 = -25/2"
    total = SumOfProducts("T", ((5,), (-3,), (0,)), 2)
    assert total.text() == "T = 5 - 3 + 0 = 2"
    assert [operation.name for operation in line.operations()] == ["multiply"] * 3 + ["add"]
    assert [operation.name for operation in total.operations()] == ["add"]


def test_applications_and_equations():
    assert Application("m_{1}", r"\max", (3, -5), 3).latex() == r"m_{1} = \max(3, -5) = 3"
    z1, z2, delta = symbols("z1 z2 delta1")
    line = Equation(r"\alpha_{1}", (delta * u(z1 - z2) * u(z1),), {"z1": "z_{1}"})
    assert line.latex().startswith(r"\alpha_{1} = \delta_{1}")
    assert line.text().startswith("α1 = δ1 * u(z1)")
    assert line.operations() == (("symbols", (4,)),)


def test_an_evaluation_shows_its_value_or_its_decimals():
    exactly = Evaluation("p", r"9 \cdot \frac{3}{37}", Fraction(27, 37))
    assert exactly.latex() == r"p = 9 \cdot \frac{3}{37} = \frac{27}{37}"
    assert exactly.text() == "p = 9*(3)/(37) = 27/37"
    assert Evaluation("L", r"-\ln 0.5", log(2), 3).latex() == r"L = -\ln 0.5 \approx 0.693"
    assert Evaluation("q", "1 / 4", Fraction(1, 4), 2).text() == "q = 1/4 = 0.25"
    assert exactly.operations() == ()


def test_terms_are_sorted_by_the_numbers_of_their_letters():
    assert Equation("s", (sum(symbols("x1 x2 x4 x10 x11")),)).text() == "s = x1 + x2 + x4 + x10 + x11"
    z = {"z_2_9": "p", "z_2_10": "q", "z_10_1": "r"}
    assert Equation("s", (sum(symbols(tuple(z))),), z).text() == "s = p + q + r"

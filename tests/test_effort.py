"""Effort: the order that written arithmetic suggests, and a count for every problem."""

from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sympy import evaluate, symbols

from problemgen import catalog, sampling
from problemgen.answers import Choice, MatrixAnswer, Number, Text
from problemgen.draw import Level, Seed
from problemgen.effort import OPTION, PRODUCT, REASON, VALUE, cost, digits, effort
from problemgen.formula import Formula
from problemgen.nn.conv2d import window_steps
from problemgen.operations import Operation
from problemgen.problem import Part, Solution
from problemgen.worked import Equation, Remark, SumOfProducts

nonzero = st.integers(1, 10**6).filter(lambda value: value % 10)
a, b = symbols("a b")
with evaluate(False):
    PRODUCT_RULE = Formula("r", a * b)


def multiplied(*factors):
    return cost(Operation("multiply", factors))


def added(*terms):
    return cost(Operation("add", terms))


def test_simple_ground():
    assert added(3, 4) == 1
    assert multiplied(3, 4) == PRODUCT
    assert added(3, 4) < multiplied(3, 4) < multiplied(12, 7) < multiplied(147, 32)
    assert multiplied(147, 32) == 6 * PRODUCT + 4  # six products of digits, and two rows added


def test_a_window_costs_its_nine_products_and_eight_sums():
    window = SumOfProducts(
        "y", tuple((weight, entry) for weight, entry in zip(range(2, 11), [7] * 9, strict=True)), 378
    )
    products = sum(multiplied(weight, 7) for weight in range(2, 11))
    sums = added(*(7 * weight for weight in range(2, 11)))
    assert sum(map(cost, window.operations())) == products + sums
    assert 8 * added(1, 1) <= sums <= 8 * added(99, 99)


@given(nonzero, nonzero, st.integers(1, 9))
def test_more_digits_are_more_work(left, right, digit):
    longer = 10 * left + digit
    assert multiplied(longer, right) >= multiplied(left, right)
    assert added(longer, right) >= added(left, right)
    assert digits(longer) == digits(left) + 1


@given(nonzero, nonzero, st.integers(0, 4))
def test_zeros_at_the_end_and_signs_are_free(left, right, zeros):
    assert multiplied(left * 10**zeros, right) == multiplied(left, right) == multiplied(-left, right)
    assert multiplied(left, 10**zeros) == 1
    assert multiplied(left, right) == multiplied(right, left)


@given(nonzero, nonzero, nonzero)
def test_every_further_operand_costs_something(first, second, third):
    assert multiplied(first, second) < multiplied(first, second, third)
    assert added(first, second) < added(first, second, third)
    assert cost(Operation("max", (first, second))) < cost(Operation("max", (first, second, third)))


def test_powers_are_products_and_quotients_cost_more_than_sums():
    assert cost(Operation("power", (7, 2))) == multiplied(7, 7)
    assert cost(Operation("power", (7, 3))) == multiplied(7, 7, 7)
    assert cost(Operation("divide", (96, 2))) > cost(Operation("divide", (96, 1))) == 1
    assert cost(Operation("divide", (9672, 31))) > cost(Operation("divide", (9672, 3)))
    assert cost(Operation("of a pack", (1, 2, 3))) == 3


def test_a_short_decimal_has_its_digits_and_another_fraction_both_its_numbers():
    assert digits(Fraction(3, 5)) == digits(6) == digits(Fraction(6, 1000)) == 1
    assert digits(Fraction(-41, 10)) == 2
    assert digits(Fraction(5, 12)) == 3
    assert digits(0) == 0


@pytest.mark.parametrize("size", [3, 4, 6])
def test_more_windows_are_more_work(size):
    kernel = ((2, 3), (4, 5))

    def spent(side):
        image = tuple((7,) * side for _ in range(side))
        steps = window_steps((image,), (kernel,))
        return effort(Solution(Part("y", MatrixAnswer(((0,) * (side - 1),) * (side - 1)), steps)))

    windows = (size - 1) ** 2
    assert spent(size + 1) / (windows + 2 * size - 1) == pytest.approx(spent(size) / windows)


def test_a_rule_costs_nothing_beside_the_numbers_put_into_it():
    worked = PRODUCT_RULE.worked(a=12, b=7)
    alone = effort(Solution(Part("r", Number(84), {"count": worked})))
    assert alone == multiplied(12, 7) + VALUE
    assert effort(Solution(Part("r", Number(84), {"rule": PRODUCT_RULE.lettered(a="A"), "count": worked}))) == alone
    assert effort(Solution(Part("r", Number(84), {"rule": PRODUCT_RULE}))) > VALUE


def test_symbols_reasons_and_options_have_their_constants():
    longer, shorter = (sum(map(cost, Equation("r", (side,)).operations())) for side in (a * b + 1, a))
    assert longer == 3 * shorter
    assert effort(Solution(Part("t", Text("because"), {"names": Remark("words")}))) == 2 * REASON
    assert effort(Solution(Part("c", Choice(("x", "y", "z"), frozenset({1}))))) == 3 * OPTION


def test_what_no_step_shows_counts_too():
    work = (Operation("multiply", (12, 7)),)
    assert effort(Solution(Part("r", Number(84), unshown=work))) == multiplied(12, 7) + VALUE


@pytest.mark.parametrize("name", catalog.entries())
def test_every_problem_has_an_effort_that_fits_its_minutes(name):
    entry = catalog.get(name)
    for level in Level:
        found = [sampling.sample(entry, Seed.of("effort", number), level).solution for number in range(3)]
        efforts = [effort(solution) for solution in found]
        assert efforts == [effort(solution) for solution in found]
        assert all(isinstance(spent, int) for spent in efforts)
        assert 1 <= sum(efforts) / 3 / entry.about().minutes <= 30, f"{level}: {efforts} in {entry.about().minutes} min"


def test_the_document_names_the_effort_of_every_problem():
    text = (Path(__file__).parents[1] / "docs" / "effort.md").read_text(encoding="utf-8")
    assert [name for name in catalog.entries() if f"| `{name}` |" not in text] == []

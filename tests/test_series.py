"""Sums over indexed letters are compared at small sizes with arrays of numbers, printed, and measured."""

import pytest
from sympy import IndexedBase, Sum, sqrt, symbols

from problemgen import answers
from problemgen.answers import Expression
from problemgen.equivalence import equivalent, value_at
from problemgen.errors import InexactValue

i, j, t, m, n, s, d = symbols("i j t m n s d")
alpha, x = IndexedBase("alpha"), IndexedBase("x")
GRADIENT = Sum(alpha[i] * x[s * (i - 1) + d * (j - 1) + 1], (i, 1, m))


@pytest.mark.parametrize("same", [
    Sum(alpha[t] * x[s * (t - 1) + d * (j - 1) + 1], (t, 1, m)),
    Sum(x[s * i + d * j - s - d + 1] * alpha[i], (i, 1, m)),
    Sum(alpha[i + 1] * x[s * i + d * (j - 1) + 1], (i, 0, m - 1)),
    Sum(2 * alpha[i] * x[s * (i - 1) + d * (j - 1) + 1], (i, 1, m)) / 2,
])  # fmt: skip
def test_a_sum_written_in_another_way_is_the_same(same):
    assert equivalent(GRADIENT, same)
    assert equivalent(same, GRADIENT)


@pytest.mark.parametrize("other", [
    Sum(alpha[i] * x[s * (i - 1) + d * j + 1], (i, 1, m)),
    Sum(alpha[i] * x[s * (i - 1) - d * (j - 1) + 1], (i, 1, m)),
    Sum(alpha[i] * x[s * (i - 1) + (j - 1) + 1], (i, 1, m)),
    Sum(alpha[i] * x[(i - 1) + d * (j - 1) + 1], (i, 1, m)),
    Sum(alpha[i] * x[d * (i - 1) + s * (j - 1) + 1], (i, 1, m)),
    Sum(alpha[i] * x[s * (i - 1) + d * (j - 1) + 1], (i, 1, m - 1)),
    Sum(alpha[i] * x[s * (i - 1) + d * (j - 1) + 1], (i, 1, n)),
    Sum(alpha[j] * x[s * (i - 1) + d * (j - 1) + 1], (i, 1, m)),
    Sum(alpha[i], (i, 1, m)),
    alpha[j] * x[j],
    m,
])  # fmt: skip
def test_a_sum_with_one_thing_wrong_is_another(other):
    assert not equivalent(GRADIENT, other)
    assert equivalent(other, other)


def test_letters_declared_positive_are_probed_with_positive_numbers_only():
    plain, sigma = symbols("sigma"), symbols("sigma", positive=True)
    assert equivalent(sigma, sqrt(plain**2))
    assert not equivalent(plain, sqrt(plain**2))


def test_a_double_sum_is_nested_the_way_sympy_reads_it():
    triangle = Sum(x[i, j] ** 2, (j, 1, i), (i, 1, m))
    assert answers.latex(Expression(triangle)) == r"\sum_{i=1}^{m} \sum_{j=1}^{i} x_{i,j}^{2}"
    squares = {(row, column): 10 * row + column for row in range(1, 4) for column in range(1, 4)}
    assert value_at(triangle, {"m": 2, "x": squares}) == 11**2 + 21**2 + 22**2
    assert not equivalent(triangle, Sum(x[i, j] ** 2, (j, 1, m), (i, 1, m)))


def test_a_sum_is_confirmed_with_arrays_and_refused_outside_them():
    entries = {place: place * place for place in range(1, 9)}
    points = [({"m": m_, "j": 2, "s": 1, "d": 1, "x": entries, "alpha": dict.fromkeys(range(1, 9), 1)},
               sum(place * place for place in range(2, m_ + 2))) for m_ in (1, 2, 3, 4) * 2]  # fmt: skip
    assert answers.agrees(Expression(GRADIENT), points)
    assert not answers.agrees(Expression(GRADIENT.xreplace({j: j + 5})), points)
    with pytest.raises(InexactValue, match="no entry 9"):
        value_at(x[j], {"j": 9, "x": entries})
    with pytest.raises(InexactValue, match="not defined"):
        value_at(Sum(i, (i, 1, m)), {"m": "5/2"})

"""Every kind of answer compares, prints, stores itself and is confirmed or refused by a measurement."""

import json
from fractions import Fraction

import pytest
import sympy
from sympy import symbols

from problemgen import answers, equivalence
from problemgen.answers import Choice, Expression, MatrixAnswer, Number, NumberSet, Row, Shape, Table, Text
from problemgen.compilation import u
from problemgen.errors import InexactValue, InvalidParameters

x, y = symbols("x y")
TABLE = Table(
    {"shape": "Shape", "count": "Count"},
    (Row("one", "first", {"shape": Shape((2, 3)), "count": Number(7)}), Row("sum", "Sum", {"count": Number(7)})),
)
EVERY = [
    (Number(Fraction(5, 9)), "5/9", "5/9", r"\frac{5}{9}"),
    (Number(77856, "bytes"), 77856, "77856 bytes", r"77\,856\ \text{bytes}"),
    (Number(sympy.log(2), places=3), "log(2)", "ln(2) ~ 0.693", r"\ln(2) \approx 0.693"),
    (Number(Fraction(1, 8), places=2), "1/8", "1/8 ~ 0.13", r"\frac{1}{8} \approx 0.13"),
    (Number(Fraction(-1, 4), places=2), "-1/4", "-1/4 = -0.25", r"-\frac{1}{4} = -0.25"),
    (Shape((32, 32, 10)), [32, 32, 10], "32 x 32 x 10", r"32 \times 32 \times 10"),
    (NumberSet([10, 8, 9]), [8, 9, 10], "{8, 9, 10}", r"\{8, 9, 10\}"),
    (NumberSet([]), [], "{}", r"\emptyset"),
    (MatrixAnswer(((1, Fraction(1, 2)),)), [[1, "1/2"]], "[1, 1/2]", r"\begin{pmatrix} 1 & \tfrac{1}{2} \end{pmatrix}"),
    (Expression(x * u(y), {"x": r"\delta_1"}), "x*u(y)", "δ1 * u(y)", r"\delta_1 u(y)"),
    (Choice(("yes", "no"), frozenset({1})), {"options": ["yes", "no"], "correct": [1]}, "(B) no", "(B) no"),
    (Text("because"), "because", "because", "because"),
    (
        TABLE,
        {"one": {"shape": [2, 3], "count": 7}, "sum": {"count": 7}},
        "one: Shape 2 x 3, Count 7; sum: Count 7",
        r"one: Shape 2 \times 3, Count 7; sum: Count 7",
    ),
]


@pytest.mark.parametrize(("answer", "stored", "typed", "printed"), EVERY)
def test_each_kind_stores_and_prints_itself(answer, stored, typed, printed):
    assert answers.to_json(answer) == stored
    assert json.loads(json.dumps(stored)) == stored
    assert answers.text(answer) == typed
    assert answers.latex(answer) == printed
    assert answers.same(answer, answer)


def test_kinds_have_names():
    kinds = [answers.kind(answer) for answer, *_ in EVERY]
    assert set(kinds) == {"number", "shape", "set", "matrix", "expression", "choice", "text", "table"}


@pytest.mark.parametrize(("answer", "measured", "wrong"), [
    (Number(7), 7, 8),
    (Number(Fraction(1, 3)), Fraction(1, 3), Fraction(1, 2)),
    (Number(sympy.log(2)), 0.6931471805599453, 0.6931471),
    (Shape((2, 3)), [2, 3], (3, 2)),
    (NumberSet([1, 2]), {2, 1}, {1, 2, 3}),
    (MatrixAnswer(((1, 2), (3, 4))), [[1, 2], [3, 4]], [[1, 2], [3, 5]]),
    (MatrixAnswer(((1, 2),)), [[1, 2]], [[1, 2], [3, 4]]),
    (Choice(("a", "b"), frozenset({0})), {0}, {1}),
    (Text("why"), None, "why"),
    (TABLE, {("one", "shape"): (2, 3), ("one", "count"): 7, ("sum", "count"): 7},
     {("one", "shape"): (2, 3), ("one", "count"): 7, ("sum", "count"): 6}),
    (TABLE, {("one", "shape"): (2, 3), ("one", "count"): 7, ("sum", "count"): 7}, {("one", "count"): 7}),
])  # fmt: skip
def test_a_measurement_confirms_or_refuses(answer, measured, wrong):
    assert answers.agrees(answer, measured)
    assert not answers.agrees(answer, wrong)


def test_an_expression_is_confirmed_at_eight_points_or_not_at_all():
    points = [({"x": value, "y": 3}, 2 * value + 3) for value in range(8)]
    assert answers.agrees(Expression(2 * x + y), points)
    assert not answers.agrees(Expression(2 * x + y), points[:7])
    assert not answers.agrees(Expression(2 * x - y), points)


@pytest.mark.parametrize(("left", "right", "equal"), [
    ((x + y) ** 2, x**2 + 2 * x * y + y**2, True),
    (u(x - y) + u(y - x), sympy.Integer(1), True),
    (u(x) * u(x), u(x), True),
    (sympy.Max(x, y), x * u(x - y) + y * u(y - x), True),
    (u(x - y), u(y - x), False),
    (x * y, x * y + x, False),
    (sympy.exp(x) * sympy.exp(y), sympy.exp(x + y), True),
    (1 / (x - x + y), 1 / y, True),
])  # fmt: skip
def test_expressions_are_judged_by_equivalence(left, right, equal):
    assert equivalence.equivalent(left, right) is equal
    assert answers.same(Expression(left), Expression(right)) is equal


def test_points_have_no_ties_and_no_zeros():
    names = [f"z{number}" for number in range(9)]
    points = equivalence.probe_points(names)
    for _ in range(32):
        point = next(points)
        assert len(set(point.values())) == len(names)
        assert all(point.values())


def test_kinds_never_mix():
    assert not answers.same(Number(1), NumberSet([1]))
    assert not answers.same(Shape((1, 2)), MatrixAnswer(((1, 2),)))


@pytest.mark.parametrize("make", [
    lambda: Number(0.5),
    lambda: Shape((1.0, 2)),
    lambda: NumberSet([0.5]),
    lambda: MatrixAnswer(((0.5,),)),
    lambda: Expression(sympy.Float(0.5) * x),
])  # fmt: skip
def test_no_kind_takes_a_float(make):
    with pytest.raises(InexactValue):
        make()


@pytest.mark.parametrize("make", [
    lambda: Shape((Fraction(1, 2),)),
    lambda: Choice(("a", "a"), frozenset({0})),
    lambda: Choice(("a", "b"), frozenset()),
    lambda: Choice(("a", "b"), frozenset({2})),
    lambda: Table({"a": "A"}, (Row("r", "R", {"b": Number(1)}),)),
    lambda: Table({"a": "A"}, (Row("r", "R", {}), Row("r", "R", {}))),
])  # fmt: skip
def test_answers_that_make_no_sense_cannot_be_made(make):
    with pytest.raises(InvalidParameters):
        make()

"""The golden cases of the blurred checkerboard and of the network conv1d -> max -> ReLU -> linear (seed 002)."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
import sympy

from problemgen import answers, catalog, equivalence, sampling
from problemgen.compilation import u

CASES = {
    case["id"]: case
    for case in json.loads((Path(__file__).parents[1] / "golden" / "golden_cases.json").read_text(encoding="utf-8"))
}
NETWORK = {"in_size": 5, "kernel_size": 3, "pool_size": 2, "pool_stride": 1}


def family(name):
    found = [case for case in CASES.values() if case["family"] == name]
    assert found
    return [pytest.param(case, id=case["id"]) for case in found]


def given(problem, **values):
    return sampling.given(catalog.get(problem), values).solution


def cells(part):
    return {row: cell for (row, _), cell in part.answer.cells()}


def parsed(text):
    return sympy.sympify(text, locals={"u": u})


def mistaken(part, row=None):
    """Return the wrong values a part lists, for one of its rows or as a whole."""
    return [mistake.value for mistake in part.mistakes if mistake.cell == (row and (row, "value"))]


@pytest.mark.parametrize("case", family("patterned_blur"))
def test_the_checkerboard_is_blurred_to_a_checkerboard(case):
    settings = case["params"]
    assert (settings["pattern"], settings["kernel"]) == ("checkerboard", "1/9 * ones(3,3)")
    size, first = settings["n"], settings["top_left"]
    image = [[first if (row + column) % 2 == 0 else 1 - first for column in range(size)] for row in range(size)]
    kernel = [["1/9"] * 3] * 3
    part = given(
        "cnn/conv_forward", image=[image], kernel=[kernel], stride=settings["stride"], padding=settings["pad"]
    ).part("output")
    right = tuple(tuple(Fraction(entry) for entry in row) for row in case["correct"])
    assert part.answer == answers.MatrixAnswer(right)
    not_normalised = answers.MatrixAnswer(case["distractors"]["not_normalised"])
    assert [mistake.id for mistake in part.mistakes if mistake.value == not_normalised] == ["denominator_dropped"]


@pytest.mark.parametrize("case", family("max_relu_indicator_backprop"))
def test_the_indicators_are_the_golden_ones(case):
    part = given("backprop/conv_max_relu", **NETWORK).part("alphas")
    found = cells(part)
    assert found.keys() == case["correct"].keys()
    for row, text in case["correct"].items():
        assert equivalence.equivalent(found[row].expr, parsed(text)), row


@pytest.mark.parametrize("case", family("max_relu_indicator_backprop"))
def test_the_golden_distractors_are_wrong_and_listed(case):
    part = given("backprop/conv_max_relu", **NETWORK).part("alphas")
    right = cells(part)
    every = {mistake.id: mistake for mistake in part.mistakes}
    names = {"one_branch_of_z2": "one_branch_only"}
    for name, rows in case["distractors"].items():
        mistake = every[names.get(name, name)]
        for row, text in rows.items():
            wrong = answers.Expression(parsed(text))
            assert not answers.same(wrong, right[row]), name
            if mistake.cell == (row, "value"):
                assert answers.same(wrong, mistake.value), name


def test_the_network_learns_seven_scalars():
    case = CASES["002-3.1"]
    part = given("backprop/conv_max_relu", **NETWORK).part("parameters")
    assert part.answer == answers.Number(len(case["correct"]))
    found = {mistake.id: mistake.value.value for mistake in part.mistakes}
    assert found[case["slip"]] == NETWORK["kernel_size"] + 1
    assert found["max_and_relu_counted"] == case["distractors"]["pool_or_relu_has_parameters"]


def test_the_gradients_of_the_linear_layer_are_the_golden_ones():
    case = CASES["002-3.2"]
    part = given("backprop/conv_max_relu", **NETWORK).part("linear_gradients")
    for row, cell in cells(part).items():
        assert equivalence.equivalent(cell.expr, parsed(case["correct"][f"dL/d{row}"])), row
    for rows in case["distractors"].values():
        wrong = answers.Expression(parsed(rows["dL/da"]))
        assert any(answers.same(wrong, value) for value in mistaken(part, "a"))


def test_the_gradients_of_the_kernel_are_the_golden_ones():
    case = CASES["002-3.4"]
    found = cells(given("backprop/conv_max_relu", **NETWORK).part("kernel_gradients"))
    assert {f"d{row}" for row in found} == case["correct"].keys()
    for row, cell in found.items():
        assert equivalence.equivalent(cell.expr, parsed(case["correct"][f"d{row}"])), row


def test_the_numeric_instance_has_the_golden_values():
    case = CASES["002-3-numeric"]
    numbers = case["params"]
    names = {"x": "x", "k": "kernel", "b": "bias", "w": "weights", "a": "out_bias", "y": "target"}
    solution = given("backprop/conv_max_relu", **NETWORK, **{names[name]: value for name, value in numbers.items()})
    found = {**cells(solution.part("forward")), **{f"d{row}": c for row, c in cells(solution.part("backward")).items()}}
    rows = {"z": "z{}", "v": "v{}", "dw": "dw{}", "dk": "dk{}", "delta": "ddelta{}", "alpha": "dalpha{}"}
    wanted = {"yhat": "yhat", "L": "L", "da": "da", "db": "db"}
    expected = {row: case["correct"][name] for name, row in wanted.items()}
    for name, row in rows.items():
        expected |= {row.format(place): value for place, value in enumerate(case["correct"][name], start=1)}
    assert {row: str(found[row].value) for row in expected} == {row: str(value) for row, value in expected.items()}


def test_expressions_that_differ_on_few_pieces_are_told_apart():
    assert not equivalence.equivalent(parsed("delta1*u(z1-z2)*u(z1)"), parsed("delta1*u(z1-z2)"))
    three = "delta1*u(z3-z1)*u(z3-z2)*u(z3)"
    assert not equivalence.equivalent(parsed(three), parsed(three.replace("*u(z3-z1)", "")))
    assert equivalence.equivalent(parsed(three), parsed("u(z3)*delta1*u(z3-z2)*u(z3-z1)"))

"""Every golden value, slip and distractor of the gradient families, one by one: cells, formulas, rounded decimals."""

from __future__ import annotations

import json
from fractions import Fraction
from pathlib import Path

import pytest
import sympy
from golden_families import gradients

from problemgen import answers, carrying, catalog, equivalence, sampling
from problemgen.exact import rounded

CASES = [
    case
    for case in json.loads((Path(__file__).parents[1] / "golden" / "golden_cases.json").read_text(encoding="utf-8"))
    if case["family"] in gradients.FAMILIES
]
EVERY = [pytest.param(case, id=case["id"]) for case in CASES]
BY_FAMILY = {case["family"]: case for case in CASES}


def solved(golden):
    return sampling.given(catalog.get(golden.problem), golden.parameters).solution


def places(solution):
    return solution.every_answer


def mistakes(solution):
    """Return the wrong values by path and id; merged ids are taken apart."""
    return {
        (carrying.path(part, mistake), single): mistake.value
        for part in solution.parts
        for mistake in part.mistakes
        for single in (mistake.id, *mistake.id.split("+"))
    }


@pytest.mark.parametrize("case", EVERY)
def test_every_golden_value_is_found(case):
    found = places(solved(gradients.FAMILIES[case["family"]](case)))
    wanted = gradients.every_value(case)
    assert wanted
    for path, value in wanted.items():
        if isinstance(value, sympy.Expr):
            expr = getattr(found[path], "expr", None) or sympy.sympify(found[path].value)
            assert equivalence.equivalent(expr, value), path
        else:
            assert str(answers.to_json(found[path])) == str(value), path


def test_the_golden_decimals_of_softmax_and_loss():
    case = BY_FAMILY["softmax_cross_entropy"]
    found = places(solved(gradients.softmax_cross_entropy(case)))
    for path, value in gradients.rounded_values(case).items():
        assert float(rounded(found[path].value, 4)) == value, path


def test_the_cut_digits_and_the_lost_sign_of_the_seed():
    case = BY_FAMILY["softmax_cross_entropy"]
    assert case["slip"] == "loss_sign_lost+truncation_instead_of_rounding"
    golden = gradients.softmax_cross_entropy(case)
    for digits, path, value in gradients.cut_values(case):
        golden.parameters["places"] = digits
        slip = case["slip"] if path == "loss" else "truncation_instead_of_rounding"
        wrong = mistakes(solved(golden))[path, slip]
        assert wrong == answers.Number(Fraction(str(value)), places=digits)


def test_the_golden_distractors_of_softmax():
    case = BY_FAMILY["softmax_cross_entropy"]
    wrong = {
        key: rounded(value.value, 4) for key, value in mistakes(solved(gradients.softmax_cross_entropy(case))).items()
    }
    listed = case["distractors"]
    lost = listed["first_logit_sign_lost_softmax"]
    assert float(wrong["probabilities.p2.value", "sign_lost_in_input"]) == lost[1]
    for slip in ("log10_loss", "log2_loss", "no_softmax"):
        assert float(wrong["loss", slip]) == listed[slip], slip


def test_the_golden_distractors_of_the_input_gradient():
    case = BY_FAMILY["conv_backward_input"]
    same, full = (solved(make(case)) for make in (gradients.conv_backward_input, gradients.full_input_gradient))
    assert places(full)["gradient"] == answers.MatrixAnswer(case["correct"]["valid_5x5"])
    listed = case["distractors"]
    wanted = {
        "not_flipped_same": (same, "kernel_not_flipped"),
        "not_flipped_full": (full, "kernel_not_flipped"),
        "elementwise_with_flip": (same, "elementwise_with_flip"),
        "valid_instead_of_full": (full, "valid_instead_of_full"),
    }
    assert wanted.keys() == listed.keys()
    for name, (solution, slip) in wanted.items():
        assert mistakes(solution)["gradient", slip] == answers.MatrixAnswer(listed[name]), name


@pytest.mark.parametrize(
    ("family", "row", "slip", "golden"),
    [
        ("linear_output_gradients", "a", "factor_2_kept", "factor_2_kept"),
        ("linear_output_gradients", "a", "sign_flipped", "sign_flipped"),
        ("max_relu_indicator_backprop", "alpha1", "relu_indicator_missing", "relu_indicator_missing"),
        ("max_relu_indicator_backprop", "alpha1", "max_indicator_missing", "max_indicator_missing"),
        ("max_relu_indicator_backprop", "alpha2", "one_branch_only", "one_branch_of_z2"),
    ],
)
def test_the_golden_distractors_in_letters(family, row, slip, golden):
    case = BY_FAMILY[family]
    wrong = mistakes(solved(gradients.FAMILIES[family](case)))[f"gradients.{row}.value", slip]
    wanted = case["distractors"][golden]
    assert equivalence.equivalent(wrong.expr, gradients.parsed(next(iter(wanted.values()))))


def test_the_flipped_upstream_gradient_and_the_wrong_sign_of_the_step():
    weight = solved(gradients.conv_backward_weight(BY_FAMILY["conv_backward_weight"]))
    assert {"entry_formula", "weight_gradient"} <= {path for path, slip in mistakes(weight) if slip == "flipped"}
    case = BY_FAMILY["sgd_step_conv"]
    wrong = mistakes(solved(gradients.sgd_step_conv(case)))["new_weights", "sgd_sign"]
    assert answers.to_json(wrong) == case["distractors"]["sgd_sign"]

"""True or false: each case is one statement of the bank in one of its two wordings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden_families import Golden

if TYPE_CHECKING:
    from collections.abc import Callable

STATEMENTS = {
    "004-4d-1": "pooling_learns_nothing",
    "004-4d-2": "pooling_lowers_cost",
    "004-4d-3": "cnn_without_pooling",
    "004-4d-4": "why_pooling_helps",
    "004-2d-tf": "pooling_doubles_field",
    "003-3-tf": "lenet_subsampling",
    "002-3.1-tf": "network_conv_max_relu",
}


def verdict(holds: bool) -> dict[str, Any]:  # noqa: FBT001 - JSON's own true and false
    return {"options": ["true", "false"], "correct": [0 if holds else 1]}


def true_false(case: dict[str, Any]) -> Golden:
    parameters = {"statements": [STATEMENTS[case["id"]]], "truths": [case["correct"]]}
    return Golden("concepts/true_false", parameters, "statement_1", verdict(case["correct"]))


def taken_for_true(case: dict[str, Any]) -> list[tuple[str, Any]]:
    assert case["correct"] is False
    return [("statement_1", verdict(True))]


FAMILIES: dict[str, Callable[[dict[str, Any]], Golden]] = {"true_false": true_false}

SLIPS: dict[str, Callable[[dict[str, Any]], list[tuple[str, Any]]]] = dict.fromkeys(
    ("004-4d-4", "004-2d-tf", "003-3-tf", "002-3.1-tf"), taken_for_true
)

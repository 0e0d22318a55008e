"""The golden cases: what real exams asked, the right answers, and the slips their solutions show.

A family is covered by a function in `FAMILIES` that turns a case into a problem's parameters and the expected
value.  To cover another family, write its function and enter it there; the tests range over all cases.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from problemgen import answers, catalog, sampling

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CASES = json.loads((Path(__file__).parent / "golden" / "golden_cases.json").read_text(encoding="utf-8"))

WRITING_SLIPS = {
    "digit_transposition": "two digits of the right number were swapped in writing: no rule of the problem leads there",
}


@dataclass(frozen=True)
class Golden:
    """A case as an instance of a problem: `expected` has the form of `answers.to_json` for the named part."""

    problem: str
    parameters: dict[str, Any]
    part: str
    expected: Any


def conv_params(case: dict[str, Any]) -> Golden:
    given = case["params"]
    fields = {"kernel_size": "k", "in_channels": "c_in", "out_channels": "filters", "bias": "bias"}
    parameters = {field: given[name] for field, name in fields.items()}
    return Golden("cnn/conv_params", parameters, "parameters", case["correct"])


def conv_out_shape(case: dict[str, Any]) -> Golden:
    given = case["params"]
    fields = {"in_height": "n", "in_width": "n", "in_channels": "c_in", "out_channels": "filters"}
    fields |= {"kernel_size": "k", "stride": "stride", "padding": "pad"}
    parameters = {field: given[name] for field, name in fields.items()}
    return Golden("cnn/conv_output_shape", parameters, "out_shape", case["correct"])


LAYER_FIELDS = {
    "conv": ("conv", ("kernel_size", "out_channels", "stride", "padding")),
    "pool": ("pool", ("kernel_size", "stride")),
    "flatten": ("flatten", ()),
    "fc": ("linear", ("out_features",)),
}


def cnn_table(case: dict[str, Any]) -> Golden:
    layers = []
    for name, *settings in case["params"]["layers"]:
        kind, fields = LAYER_FIELDS[name]
        layers.append({"kind": kind, **dict(zip(fields, settings, strict=True))})
    height, width, channels = case["params"]["input"]
    size = {"in_height": height, "in_width": width, "in_channels": channels}
    return Golden("cnn/layer_table", {**size, "layers": layers}, "table", table(case, case["correct"]))


def table(case: dict[str, Any], values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the rows of a case's table by the ids that the problem gives them."""
    numbers: Counter[str] = Counter()
    rows = {}
    for (kind, *_), out, count in zip(case["params"]["layers"], values["out"], values["params"], strict=True):
        numbers[kind] += 1
        name = kind if kind == "flatten" else f"{kind}{numbers[kind]}"
        rows[name] = {"out_shape": out, "parameters": count}
    return {**rows, **({"total": {"parameters": values["total_params"]}} if "total_params" in values else {})}


KERNEL_OF_002_4 = {"in_size": 205, "padding": 0, "stride": 3, "out_size": 66, "kernel_size": 9, "in_channels": 10}
"""Seed 002, question 4; only n + 2p = 205 is visible there, so no padding is taken."""


def inverse_kernel_size(case: dict[str, Any]) -> Golden:
    given = {"in_size": case["params"]["N=n+2p"], "stride": case["params"]["stride"], "out_size": case["params"]["out"]}
    parameters = {**KERNEL_OF_002_4, **given, "out_channels": 96}
    return Golden("cnn/inverse_kernel_size", parameters, "kernel_sizes", case["correct"])


def multiplication_count(case: dict[str, Any]) -> Golden:
    fields = {"kernel_size": "k", "in_channels": "c_in", "out_channels": "filters", "out_size": "out"}
    given = {field: case["params"][name] for field, name in fields.items()}
    return Golden("cnn/inverse_kernel_size", {**KERNEL_OF_002_4, **given}, "multiplications", case["correct"])


FAMILIES: dict[str, Callable[[dict[str, Any]], Golden]] = {
    "conv_params": conv_params,
    "conv_out_shape": conv_out_shape,
    "cnn_table": cnn_table,
    "inverse_kernel_size": inverse_kernel_size,
    "multiplication_count": multiplication_count,
}


def of_families(*wanted: str) -> list[Any]:
    """Return the cases of these families as test parameters; a family without cases is an error."""
    found = [case for case in CASES if case["family"] in wanted]
    assert {case["family"] for case in found} == set(wanted)
    return [pytest.param(case, id=f"{case['family']}-{case['id']}") for case in found]


@cache
def _solved(problem: str, parameters: str, part: str) -> Any:
    instance = sampling.given(catalog.get(problem), json.loads(parameters))
    return instance.solution.part(part)


def solved(golden: Golden) -> Any:
    """Return the part of the instance that `sampling.given` solved and its oracle confirmed."""
    return _solved(golden.problem, json.dumps(golden.parameters), golden.part)


@pytest.mark.parametrize("case", of_families(*FAMILIES))
def test_the_answer_is_the_golden_one(case):
    golden = FAMILIES[case["family"]](case)
    assert answers.to_json(solved(golden).answer) == golden.expected


def wrong_values(case: dict[str, Any]) -> Iterator[tuple[tuple[str, str] | None, Any]]:
    """Yield (cell of a table or None, wrong value) for every value the slip of a case made wrong."""
    if "slip_value" in case:
        yield None, case["slip_value"]
    elif case["family"] == "cnn_table":
        right, wrong = table(case, case["correct"]), table(case, case["seed_answer"])
        for row, cells in wrong.items():
            for column, value in cells.items():
                if value != right[row][column]:
                    yield (row, column), value
    else:
        yield None, case["seed_answer"]


def explained_slips() -> list[Any]:
    """Return the cases whose slip follows a rule exactly, as test parameters."""
    cases = of_families(*FAMILIES)
    exact = [param for param in cases if param.values[0].get("slip_confidence") == "exact"]
    return [param for param in exact if param.values[0]["slip"] not in WRITING_SLIPS]


@pytest.mark.parametrize("case", explained_slips())
def test_an_exact_slip_is_among_the_mistakes(case):
    part = solved(FAMILIES[case["family"]](case))
    wrong = list(wrong_values(case))
    assert wrong, "the case names a slip and no wrong value"
    for cell, value in wrong:
        found = {
            mistake.id for mistake in part.mistakes if mistake.cell == cell and answers.to_json(mistake.value) == value
        }
        assert found, f"no mistake leads to {value} at {cell}"
        if "+" not in case["slip"]:
            assert case["slip"] in ids(found)


def test_a_writing_slip_is_really_no_rule():
    cases = [case for case in CASES if case["family"] in FAMILIES and case["slip"] in WRITING_SLIPS]
    assert cases
    for case in cases:
        mistakes = solved(FAMILIES[case["family"]](case)).mistakes
        for cell, value in wrong_values(case):
            right = case["correct"] if cell is None else table(case, case["correct"])[cell[0]][cell[1]]
            assert sorted(str(value)) == sorted(str(right))
            assert not [m for m in mistakes if m.cell == cell and answers.to_json(m.value) == value]


def ids(found: set[str]) -> set[str]:
    """Return the single ids of mistakes that `given` merged, because they lead to the same value."""
    return {single for name in found for single in name.split("+")}


RULES = {
    "conv_params": {
        "forgot_bias",
        "forgot_input_channels",
        "own_filters_as_channels",
        "first_layer_channels_everywhere",
        "kernel_not_squared",
        "bias_per_weight_slice",
        "single_bias",
    },
    "conv_out_shape": {
        "stride_taken_as_1",
        "forgot_plus_one",
        "minus_one_for_plus_one",
        "forgot_padding",
        "single_sided_padding",
        "input_channels_kept",
        "ceil_for_floor",
    },
    "inverse_kernel_size": {"exact_division_only", "ceil_for_floor", "forgot_plus_one", "odd_only"},
}
"""The distractors whose rules the problems implement, under the same ids."""


@pytest.mark.parametrize("case", of_families(*RULES))
def test_the_golden_distractors_are_among_the_mistakes(case):
    mistakes = solved(FAMILIES[case["family"]](case)).mistakes
    by_value: dict[str, set[str]] = {}
    for mistake in mistakes:
        by_value.setdefault(json.dumps(answers.to_json(mistake.value)), set()).update(ids({mistake.id}))
    listed = {name: value for name, value in case["distractors"].items() if name in RULES[case["family"]]}
    assert listed
    for name, value in listed.items():
        found = by_value.get(json.dumps(value), set())
        # A rule that leads where another one leads, too, may be left to that one.
        assert found, f"no mistake leads to {value}, which is '{name}'"
        assert name in found or name not in ids({mistake.id for mistake in mistakes}), (
            f"'{name}' leads to another value"
        )


@pytest.mark.parametrize("family", RULES)
def test_every_implemented_distractor_occurs_under_its_own_name(family):
    met = {
        mistake.id for case in CASES if case["family"] == family for mistake in solved(FAMILIES[family](case)).mistakes
    }
    assert RULES[family] <= ids(met)
    assert {name for case in CASES if case["family"] == family for name in case["distractors"]} <= RULES[family]


def test_the_three_parts_of_002_4_and_their_distractors():
    case = next(case for case in CASES if case["family"] == "multiplication_count")
    mistakes = solved(multiplication_count(case)).mistakes
    assert {mistake.id: answers.to_json(mistake.value) for mistake in mistakes} == case["distractors"]
    count = next(case for case in CASES if case["id"] == "002-4.2")
    part = solved(Golden("cnn/inverse_kernel_size", {**KERNEL_OF_002_4, "out_channels": 96}, "parameters", None))
    assert answers.to_json(part.answer) == count["correct"] == 77856

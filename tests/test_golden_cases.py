"""The golden cases: what real exams asked, the right answers, and the slips their solutions show.

A family is covered by a function that turns a case into a problem's parameters and the expected value: see
`golden_families`.  The tests range over all cases of the covered families.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from golden_families import Golden, gathered
from golden_families.convolution import KERNEL_OF_002_4, multiplication_count, table

from problemgen import answers, catalog, sampling

if TYPE_CHECKING:
    from collections.abc import Iterator

CASES = json.loads((Path(__file__).parent / "golden" / "golden_cases.json").read_text(encoding="utf-8"))

WRITING_SLIPS = {
    "digit_transposition": "two digits of the right number were swapped in writing: no rule of the problem leads there",
}


FAMILIES = gathered("FAMILIES")


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


RULES = gathered("RULES")
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

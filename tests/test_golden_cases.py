"""The golden cases: what real exams asked, the right answers, and the slips their solutions show.

A family is covered by a function that turns a case into a problem's parameters and the expected value: see
`golden_families`.  The tests range over all cases; one that cannot be mapped is listed in `UNMAPPED`, with the reason.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import sympy
from golden_families import Golden, gathered
from golden_families.convolution import KERNEL_OF_002_4, multiplication_count, table

from problemgen import answers, carrying, catalog, equivalence, sampling

CASES = json.loads((Path(__file__).parent / "golden" / "golden_cases.json").read_text(encoding="utf-8"))
FAMILIES = gathered("FAMILIES")
RULES = gathered("RULES")
"""The distractors whose rules the problems implement, under the same ids."""
SLIPS = gathered("SLIPS")
"""{case id: function that returns (path, wrong value)}; without a value only the slip's id is looked for."""

UNMAPPED: dict[str, str] = {}
"""Cases that no problem asks, and why."""


def of_families(*wanted: str) -> list[Any]:
    """Return the cases of these families as test parameters; a family without cases is an error."""
    found = [case for case in CASES if case["family"] in wanted and case["id"] not in UNMAPPED]
    assert {case["family"] for case in found} == set(wanted)
    return [pytest.param(case, id=f"{case['family']}-{case['id']}") for case in found]


@cache
def _solved(problem: str, parameters: str) -> Any:
    return sampling.given(catalog.get(problem), json.loads(parameters)).solution


def solved(golden: Golden) -> Any:
    """Return the solution of the instance that `sampling.given` accepted and its oracle confirmed."""
    return _solved(golden.problem, json.dumps(golden.parameters))


def part_of(golden: Golden) -> Any:
    """Return the part a case is about."""
    return solved(golden).part(golden.part.partition(".")[0])


def means(answer: Any, expected: Any) -> bool:
    """Return whether an answer is the expected one: JSON, an expression, or a table of them."""
    match answer, expected:
        case answers.Table(), dict():
            rows = {row.id: row.cells for row in answer.rows}
            return rows.keys() == expected.keys() and all(
                rows[row].keys() == cells.keys() and all(means(rows[row][name], cells[name]) for name in cells)
                for row, cells in expected.items()
            )
        case answers.Expression(expr), sympy.Expr():
            return equivalence.equivalent(expr, expected)
        case answers.Number(value), sympy.Expr():
            return equivalence.equivalent(sympy.sympify(value), expected)
    return bool(answers.to_json(answer) == expected)


def test_every_case_is_mapped_or_listed_with_its_reason():
    families = {case["family"] for case in CASES}
    assert len(CASES) == 133
    assert {case["id"] for case in CASES if case["family"] not in FAMILIES} == set(UNMAPPED)
    assert len(UNMAPPED) <= 5
    assert set(FAMILIES) <= families
    assert all(UNMAPPED.values())


@pytest.mark.parametrize("case", of_families(*FAMILIES))
def test_the_answer_is_the_golden_one(case):
    golden = FAMILIES[case["family"]](case)
    found = solved(golden).every_answer
    answer = found[golden.part] if golden.part in found else part_of(golden).answer
    assert means(answer, golden.expected), answers.text(answer)


def wrong_values(case: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return (path, wrong value) for every value the slip of a case made wrong."""
    golden = FAMILIES[case["family"]](case)
    if case["id"] in SLIPS:
        return list(SLIPS[case["id"]](case))
    if "slip_value" in case:
        return [(golden.part, case["slip_value"])]
    if case["family"] == "cnn_table":
        right, wrong = table(case, case["correct"]), table(case, case["seed_answer"])
        return [
            (f"{golden.part}.{row}.{column}", value)
            for row, cells in wrong.items()
            for column, value in cells.items()
            if value != right[row][column]
        ]
    return [(golden.part, case["seed_answer"])]


def explained_slips() -> list[Any]:
    """Return the cases whose slip is known exactly, as test parameters."""
    return [param for param in of_families(*FAMILIES) if param.values[0].get("slip_confidence") == "exact"]


@pytest.mark.parametrize("case", explained_slips())
def test_an_exact_slip_is_among_the_mistakes(case):
    solution = solved(FAMILIES[case["family"]](case))
    wrong = wrong_values(case)
    assert wrong, "the case names a slip and no wrong value"
    for path, value in wrong:
        found = {
            single
            for part in solution.parts
            for mistake in part.mistakes
            if carrying.path(part, mistake) == path and (value is None or means(mistake.value, value))
            for single in (mistake.id, *mistake.id.split("+"))
        }
        assert found, f"no mistake leads to {value} at {path}"
        assert case["slip"] in found or "+" in case["slip"]


def ids(found: set[str]) -> set[str]:
    """Return the single ids of mistakes that `given` merged, because they lead to the same value."""
    return {single for name in found for single in (name, *name.split("+"))}


@pytest.mark.parametrize("case", [case for case in of_families(*RULES) if "distractors" in case.values[0]])
def test_the_golden_distractors_are_among_the_mistakes(case):
    solution = solved(FAMILIES[case["family"]](case))
    mistakes = [mistake for part in solution.parts for mistake in part.mistakes]
    by_value: dict[str, set[str]] = {}
    for mistake in mistakes:
        by_value.setdefault(json.dumps(answers.to_json(mistake.value)), set()).update(ids({mistake.id}))
    listed = {name: value for name, value in case["distractors"].items() if name in RULES[case["family"]]}
    for name, value in listed.items():
        found = by_value.get(json.dumps(value), set())
        # A rule that leads where another one leads, too, may be left to that one; values in letters and lists of
        # values are compared in the families' own tests.
        if not isinstance(value, int) and not found:
            assert name in ids({mistake.id for mistake in mistakes})
            continue
        assert found, f"no mistake leads to {value}, which is '{name}'"
        assert name in found or name not in ids({mistake.id for mistake in mistakes}), f"'{name}' leads elsewhere"


@pytest.mark.parametrize("family", RULES)
def test_every_implemented_distractor_occurs_under_its_own_name(family):
    met = {
        mistake.id
        for case in CASES
        if case["family"] == family
        for part in solved(FAMILIES[family](case)).parts
        for mistake in part.mistakes
    }
    assert RULES[family] <= ids(met)


def test_the_three_parts_of_002_4_and_their_distractors():
    case = next(case for case in CASES if case["family"] == "multiplication_count")
    mistakes = part_of(multiplication_count(case)).mistakes
    assert {mistake.id: answers.to_json(mistake.value) for mistake in mistakes} == case["distractors"]
    count = next(case for case in CASES if case["id"] == "002-4.2")
    part = part_of(Golden("cnn/inverse_kernel_size", {**KERNEL_OF_002_4, "out_channels": 96}, "parameters", None))
    assert answers.to_json(part.answer) == count["correct"] == 77856


def listing() -> str:
    """Return the table of all cases with the problem and part that asks each."""
    lines = [
        "# The golden cases",
        "",
        "Each case of `tests/golden/golden_cases.json`, and the problem and part that asks it.",
        "",
    ]
    lines += ["| case | family | problem | part |", "|---|---|---|---|"]
    for case in CASES:
        golden = None if case["id"] in UNMAPPED else FAMILIES[case["family"]](case)
        told = f"`{golden.problem}` | `{golden.part}`" if golden else f"none: {UNMAPPED[case['id']]} | "
        lines.append(f"| {case['id']} | `{case['family']}` | {told} |")
    return "\n".join(lines) + "\n"


def test_every_case_is_listed_with_its_problem_and_part(request):
    path = Path(__file__).parent.parent / "docs" / "golden_cases.md"
    if request.config.getoption("--regen"):
        path.write_text(listing(), encoding="utf-8")
    assert path.read_text(encoding="utf-8") == listing()

"""The golden cases whose answers are formulas, compared by equivalence; and their distractors, by value."""

import json
from pathlib import Path

import pytest
from golden_families.symbolic import FAMILIES, wrong_values

from problemgen import answers, catalog, sampling
from problemgen.answers import Choice, Expression
from problemgen.problems.init.gradient_moments import EXPONENTS

CASES = json.loads((Path(__file__).parents[1] / "golden" / "golden_cases.json").read_text(encoding="utf-8"))
COVERED = [pytest.param(case, id=case["id"]) for case in CASES if case["family"] in FAMILIES]


def solved(case):
    golden = FAMILIES[case["family"]](case)
    instance = sampling.given(catalog.get(golden.problem), golden.parameters)
    assert not instance.warnings
    return golden, instance.solution


@pytest.mark.parametrize("case", COVERED)
def test_the_formulas_mean_the_golden_ones(case):
    golden, solution = solved(case)
    table = solution.part(golden.part).answer
    assert {row.id: set(row.cells) for row in table.rows} == {row: set(cells) for row, cells in golden.expected.items()}
    for (row, column), answer in table.cells():
        assert answers.same(answer, Expression(golden.expected[row][column])), (row, column)


@pytest.mark.parametrize("case", [case for case in COVERED if wrong_values(case.values[0])])
def test_the_golden_distractors_are_among_the_mistakes(case):
    _, solution = solved(case)
    for name, (part, cell, wrong) in wrong_values(case).items():
        found = [
            mistake.value for mistake in solution.part(part).mistakes if (mistake.id, mistake.cell) == (name, cell)
        ]
        assert len(found) == 1, name
        if isinstance(found[0], Choice):
            assert found[0].correct == {EXPONENTS.index(wrong)}
        else:
            assert answers.same(found[0], Expression(wrong)), name


def test_the_growth_of_the_deviation_is_the_golden_one():
    case = next(case for case in CASES if case["id"] == "004-4b")
    assert case["correct"]["growth"] == "Theta(n)"
    growth = solved(case)[1].part("growth").answer
    assert growth.correct == {EXPONENTS.index("1")}
    assert growth.options[EXPONENTS.index("1")] == "like $n$"

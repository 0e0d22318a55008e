"""Golden distractors whose form differs from the answer's: a shape for a matrix, a list for a matrix of one row."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from golden_families.patterns import FAMILIES, ROWS, SHAPES

from problemgen import answers, catalog, sampling

CASES = json.loads((Path(__file__).parents[1] / "golden" / "golden_cases.json").read_text(encoding="utf-8"))


def listed(families):
    found = [
        pytest.param(case, name, id=f"{case['id']}-{name}")
        for case in CASES
        for name in families.get(case["family"], ())
    ]
    assert len(found) >= len(families)
    return found


def mistake(case, name):
    golden = FAMILIES[case["family"]](case)
    part = sampling.given(catalog.get(golden.problem), golden.parameters).solution.part(golden.part)
    return next(answers.to_json(one.value) for one in part.mistakes if one.id == name)


@pytest.mark.parametrize(("case", "name"), listed(SHAPES))
def test_the_wrong_matrix_has_the_golden_shape(case, name):
    rows = mistake(case, name)
    assert [len(rows), len(rows[0])] == case["distractors"][name]


@pytest.mark.parametrize(("case", "name"), listed(ROWS))
def test_the_wrong_row_is_the_golden_list(case, name):
    assert mistake(case, name) == [case["distractors"][name]]

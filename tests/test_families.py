"""Every family of the seed assignments is covered by a problem, and every problem's family is one of the list."""

import re
from pathlib import Path

import pytest

from problemgen import catalog
from problemgen.exam.compose import compose
from problemgen.exam.spec import read_spec

ROOT = Path(__file__).parent.parent
TABLES = re.findall(r"^\|.*\|$", (ROOT / "docs" / "families.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
LISTED = set(re.findall(r"`(\w+)`", "".join(TABLES)))
SEEDS = sorted((ROOT / "examples" / "seeds").glob("*.toml"))


def test_every_family_is_covered_and_none_is_unknown():
    named = {family for entry in catalog.entries().values() for family in entry.about().families}
    assert named <= LISTED
    assert LISTED - {"multiplication_count", "families"} <= named


def test_the_bank_has_at_least_thirty_problems():
    assert len(catalog.entries()) >= 30


def test_the_five_assignments_are_there():
    assert [path.stem for path in SEEDS] == ["000", "001", "002", "003", "004"]


@pytest.mark.parametrize("path", SEEDS, ids=lambda path: path.stem)
def test_an_assignment_has_its_own_numbers_and_every_question_is_given_whole(path):
    exam = read_spec(path)
    assert all(question.number and question.given for question in exam.spec.questions)
    assert len({question.number for question in exam.spec.questions}) == len(exam.spec.questions)
    (paper,) = compose(exam).papers
    assert [asked.number for asked in paper.questions] == [question.number for question in exam.spec.questions]


def test_the_keys_of_the_second_assignment_are_the_published_totals():
    (paper,) = compose(read_spec(ROOT / "examples" / "seeds" / "001.toml")).papers
    totals = [
        dict(asked.instance.solution.part("table").answer.cells())["total", "parameters"].value
        for asked in paper.questions
    ]
    assert totals == [2747585, 588734, 1197476, 155399050, 1239786]

"""The example exams build as they stand, and the benchmarks' copy of one of them for a course of any size."""

import json
import runpy
from pathlib import Path

import pytest

from problemgen.exam.compose import compose
from problemgen.exam.spec import read_spec

ROOT = Path(__file__).parent.parent
EXAMPLES = sorted((ROOT / "examples").glob("*.toml"))


def test_there_are_examples():
    assert {"final", "midterm", "quiz"} <= {path.stem for path in EXAMPLES}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_builds_and_only_pools_of_unlike_problems_cause_a_warning(path, run, tmp_path):
    done = run("build", path, "--tex-only", "--out", tmp_path / "out")
    assert done.code == 0, done.err
    warnings = [line for line in done.err.splitlines() if line.startswith("warning:")]
    assert all("their pools draw problems of different length" in warning for warning in warnings), done.err
    manifest = json.loads((tmp_path / "out" / "manifest.json").read_text(encoding="utf-8"))
    assert [paper["label"] for paper in manifest["papers"]] == list(read_spec(path).spec.variants)


def test_the_final_exam_has_twelve_questions_from_five_parts_of_the_course():
    (paper, *_) = compose(read_spec(ROOT / "examples" / "final.toml")).papers
    names = [asked.instance.name for asked in paper.questions]
    assert len(set(names)) == len(names) == 12
    assert {name.partition("/")[0] for name in names} == {"backprop", "cnn", "concepts", "loss", "mlp"}
    assert paper.total == 100


def test_the_benchmarks_can_give_the_final_exam_to_any_number_of_students(tmp_path):
    exam = runpy.run_path(str(ROOT / "benchmarks" / "measuring.py"))["exam"]
    first, second = (read_spec(exam(tmp_path / str(count), count)) for count in (1, 30))
    assert (len(first.students), len(second.students)) == (1, 30)
    assert first.spec.questions == second.spec.questions
    assert first.spec.sections == second.spec.sections == read_spec(ROOT / "examples" / "final.toml").spec.sections
    other = read_spec(exam(tmp_path / "other", 1, "another seed"))
    assert other.spec.seed == "another seed" != first.spec.seed

"""A stored paper as it is today: the same, or exactly what has changed since."""

import json
from dataclasses import replace

import pytest

from problemgen import catalog
from problemgen.answers import Number
from problemgen.exam.difference import compare, compare_students
from problemgen.exam.rebuild import again
from problemgen.exam.record import paper_of
from problemgen.problem import NOTHING

NO_SOURCES = {"module": "", "template": ""}
CLASS = """
title = "Quiz"
seed = "quiz"
variants = ["A", "B", "C", "D", "E", "F", "G", "H"]
[[questions]]
problem = "cnn/conv_params"
[[questions]]
problem = "cnn/pool_output_shape"
"""


def today(text, spec, sources=NO_SOURCES):
    """Return today's papers of a manifest by label."""
    stored = json.loads(text)["papers"]
    return {entry["label"]: again(entry, spec, lambda _: sources) for entry in stored}


def parts_changed(solution, by=1):
    parts = (replace(part, answer=Number(part.answer.value + by)) for part in solution.parts)
    return type(solution)(*parts, figures=solution.figures)


@pytest.fixture
def changed_formula(monkeypatch):
    """Return a function that adds one to the parameters of every convolution of some kernel size."""

    def change(kernel_size, *, oracle=True):
        problem = catalog.get("cnn/conv_params").load()
        solve, measure = problem.solve, problem.oracle

        def solved(self, carried=NOTHING):
            right = solve(self, carried)
            return parts_changed(right) if self.kernel_size == kernel_size else right

        def measured(self):
            return {name: value + (self.kernel_size == kernel_size) for name, value in measure(self).items()}

        monkeypatch.setattr(problem, "solve", solved)
        if oracle:
            monkeypatch.setattr(problem, "oracle", measured)

    return change


def test_a_manifest_of_today_is_the_same_today(everything, told):
    text = told(everything)
    found = today(text, everything.spec)
    assert len(found) == 2
    for entry in json.loads(text)["papers"]:
        one = found[entry["label"]]
        assert (one.changes, one.replaced, one.redrawn, one.sources, one.faults) == ([], [], [], set(), [])
        assert paper_of(json.loads(json.dumps(one.data))) == paper_of(entry)


def test_a_changed_formula_changes_exactly_the_papers_it_is_used_on(exam, told, changed_formula):
    read = exam(CLASS)
    text = told(read)
    sizes = {one["label"]: one["questions"][0]["parameters"]["kernel_size"] for one in json.loads(text)["papers"]}
    assert len(set(sizes.values())) > 1
    changed_formula(kernel_size := sizes["C"])
    found = today(text, read.spec)
    affected = {label for label, size in sizes.items() if size == kernel_size}
    assert {label for label, one in found.items() if one.changes} == affected
    for label in affected:
        (change,) = (one for one in found[label].changes if one.what == "answer")
        assert (change.paper, change.id, change.number) == (label, "cnn/conv_params#1", "1")
        assert int(change.new) == int(change.old) + 1
        assert found[label].faults == []
        assert paper_of(found[label].data).questions[0].instance.solution.parts[0].answer == Number(int(change.new))


def test_a_changed_key_that_the_oracle_does_not_confirm_is_a_fault(exam, told, changed_formula):
    read = exam(CLASS)
    text = told(read)
    stored = json.loads(text)["papers"][0]["questions"][0]
    changed_formula(stored["parameters"]["kernel_size"], oracle=False)
    (fault,) = today(text, read.spec)["A"].faults
    assert "oracle measured" in fault.new


def test_a_problem_that_is_gone_or_refuses_its_parameters_is_a_fault(exam, told):
    read = exam(CLASS)
    for field, value, reason in (
        ("problem", "cnn/conv_parms", "did you mean 'cnn/conv_params'"),
        ("parameters", {"kernel_size": 3}, "in_channels is missing"),
        ("points", [1, 1], "points"),
    ):
        record = json.loads(told(read))
        record["papers"][1]["questions"][0][field] = value
        found = today(json.dumps(record), read.spec)
        (fault,) = found["B"].faults
        assert (fault.paper, fault.id, fault.what) == ("B", "cnn/conv_params#1", "fault")
        assert reason in fault.new
        assert found["A"].faults == []


def test_other_draws_are_told_and_leave_the_keys(exam, told, monkeypatch):
    read = exam(f"{CLASS}pin = {{ stride = 2 }}\n")
    text = told(read)
    for name, field in (("cnn/conv_params", "out_channels"), ("cnn/pool_output_shape", "stride")):
        problem = catalog.get(name).load()
        drawn = problem.sample

        def other(draw, drawn=drawn, field=field):
            record = drawn(draw)
            return replace(record, **{field: getattr(record, field) + 1})

        monkeypatch.setattr(problem, "sample", other)
    found = today(text, read.spec)
    for label, one in found.items():
        assert (one.changes, one.faults) == ([], [])
        (change,) = one.redrawn  # the pinned stride is what the spec says, whatever is drawn
        assert (change.paper, change.id) == (label, "cnn/conv_params#1")
        was, now = (int(side.removeprefix("out_channels=")) for side in (change.old, change.new))
        assert now == was + 1


def test_changed_sources_are_named_and_change_no_key(exam, told):
    read = exam(CLASS)
    found = today(told(read), read.spec, {"module": "", "template": "0" * 16})
    assert found["A"].sources == {("cnn/conv_params", "template"), ("cnn/pool_output_shape", "template")}
    assert found["A"].changes == []


def papers_of(text):
    return {one["label"]: one for one in json.loads(text)["papers"]}


def test_two_manifests_differ_in_what_was_changed_between_them(exam, told):
    small = CLASS.replace(', "C", "D", "E", "F", "G", "H"', "")
    old = papers_of(told(exam(small)))
    assert list(compare(old, old)) == []
    pinned = papers_of(told(exam(small + "pin = { stride = 3 }\npoints = 7\n")))
    found = list(compare(old, pinned))
    assert {one.id for one in found} == {"cnn/pool_output_shape#1"}
    assert {one.paper for one in found if one.what == "points"} == {"A", "B"}
    assert all("stride=3" in one.new for one in found if one.what == "parameters" and "stride" in one.old)
    fewer = papers_of(told(exam(small.rpartition("[[questions]]")[0])))
    for before, after, word in ((old, fewer, "is not asked"), (fewer, old, "is asked")):
        found = [one for one in compare(before, after) if one.what == "question"]
        assert [(one.paper, one.id, one.new) for one in found] == [
            (label, "cnn/pool_output_shape#1", word) for label in "AB"
        ]
    alone = papers_of(told(exam(small.replace('["A", "B"]', '["B", "Z"]'))))
    assert [(one.paper, one.what) for one in compare(old, alone) if one.what == "paper"] == [
        ("A", "paper"),
        ("Z", "paper"),
    ]


def test_a_student_with_another_variant_is_told():
    old = [{"id": "s1", "variant": "A"}, {"id": "s2", "variant": "B"}]
    new = [{"id": "s1", "variant": "A"}, {"id": "s2", "variant": "A"}, {"id": "s3", "variant": "B"}]
    assert [(one.paper, one.old, one.new) for one in compare_students(old, new)] == [
        ("B", "s2 has B", "A"),
        ("", "s3 has none", "B"),
    ]

"""Questions that are replaced after the print: what a spec may say of them, and what becomes of them."""

import json

import pytest

from problemgen import catalog, sampling
from problemgen.exam.compose import compose
from problemgen.exam.rebuild import again
from problemgen.exam.record import paper_of
from problemgen.exam.replacing import questions_by_id
from problemgen.exam.spec import read_spec

SMALL = """
title = "Quiz"
seed = "quiz"
variants = ["A", "B"]
[[questions]]
problem = "cnn/pool_output_shape"
id = "pool"
points = 4
[[questions]]
problem = "cnn/conv_params"
id = "options"
format = "choice"
[[questions]]
pool = ["cnn/flatten_size", "cnn/conv_multiplications"]
id = "drawn"
"""


def replaced(exam, told, *tables):
    """Return the printed papers and what becomes of them by these `[[replace]]` tables."""
    printed = json.loads(told(exam(SMALL)))["papers"]
    spec = exam(SMALL + "".join(f"[[replace]]\n{table}\n" for table in tables)).spec
    return [(one, again(one, spec, lambda _: {"module": "", "template": ""})) for one in printed]


def test_other_parameters_are_put_in_and_solved_and_nothing_else_is_touched(exam, told):
    for printed, now in replaced(exam, told, 'question = "pool"\nwith = { stride = 5 }'):
        assert (now.faults, now.changes) == ([], [])
        question, *others = now.data["questions"]
        wanted = {**printed["questions"][0]["parameters"], "stride": 5}
        assert question["parameters"] == wanted
        assert question["revised"] == "replaced"
        right = sampling.given(catalog.get("cnn/pool_output_shape"), wanted).solution
        assert paper_of(now.data).questions[0].instance.solution.parts[0].answer == right.parts[0].answer
        for before, after in zip(printed["questions"][1:], json.loads(json.dumps(others)), strict=True):
            assert after == {name: before[name] for name in after} | {"points": [str(one) for one in before["points"]]}
        assert {"parameters", "answer"} <= {change.what for change in now.replaced}


def test_a_dropped_question_keeps_its_place_and_gives_no_points_or_all(exam, told):
    for credit, worth in (("", 0), ("credit = true", 4)):
        for printed, now in replaced(exam, told, f'question = "pool"\ndrop = true\n{credit}'):
            paper = paper_of(now.data)
            assert [asked.id for asked in paper.questions] == [one["id"] for one in printed["questions"]]
            assert paper.questions[0].total == worth
            assert paper.total == printed["points"] - 4 + worth
            (change,) = now.replaced
            assert (change.what, change.id, change.number) == ("revision", "pool", "1")


def test_a_question_is_replaced_on_the_papers_named_only(exam, told):
    found = replaced(exam, told, 'question = "pool"\ndrop = true\npapers = "B"')
    assert [[one.paper for one in now.replaced] for _, now in found] == [[], ["B"]]


def test_a_question_with_options_can_be_dropped_but_has_no_others_than_those_printed(exam, told):
    for _, now in replaced(exam, told, 'question = "options"\ndrop = true'):
        assert (len(now.replaced), now.faults) == (1, [])
    for _, now in replaced(exam, told, 'question = "options"\nwith = { kernel_size = 11 }'):
        (fault,) = now.faults
        assert "was printed with options to choose from" in fault.new
    for _, now in replaced(exam, told, 'question = "options"\nwith = {}'):
        assert (now.replaced, now.faults) == ([], [])


def test_parameters_that_cannot_be_are_a_fault(exam, told):
    for _, now in replaced(exam, told, 'question = "pool"\nwith = { stride = 0 }'):
        (fault,) = now.faults
        assert "stride" in fault.new


def test_all_questions_that_a_paper_may_ask_have_an_id(everything):
    known = questions_by_id(everything.spec)
    asked = [(one.id, one.instance.name) for paper in compose(everything).papers for one in paper.questions]
    assert asked
    assert all(known[name].problem == problem for name, problem in asked)


@pytest.mark.parametrize(
    ("table", "reason"),
    [
        ('question = "pol"\ndrop = true', "replace[1].question: no question 'pol'; did you mean 'pool'?"),
        (
            'question = "drawn"\ndrop = true',
            "replace[1].question: no question 'drawn'; did you mean 'drawn/cnn/conv_multiplications'?",
        ),
        ('question = "pool"', "replace[1]: says nothing; write with = { ... } for other parameters, or drop = true"),
        (
            'question = "pool"\ndrop = true\nwith = {}',
            "replace[1]: with and drop exclude each other; write with = { ... } for other parameters, or drop = true",
        ),
        (
            'question = "pool"\nwith = {}\ncredit = true',
            "replace[1].credit: is for a question that is dropped; write drop = true, too",
        ),
        ('question = "pool"\nwith = { strid = 2 }', "replace[1].with: no field 'strid'; did you mean 'stride'?"),
        ('question = "pool"\nwith = { stride = 0.5 }', "replace[1].with: stride: 0.5 is a float;"),
        ('question = "pool"\nwhit = {}', "replace[1].whit: there is no field 'whit'; did you mean 'with'?"),
        ("drop = true", "replace[1].question: missing"),
    ],
)
def test_what_is_wrong_in_a_table_is_told_with_its_line(faults, table, reason):
    (line,) = faults(f"{SMALL}[[replace]]\n{table}\n")
    _, at, told = line.split(":", maxsplit=2)
    assert told.strip().startswith(reason)
    assert int(at) > len(SMALL.splitlines())


def test_a_question_is_replaced_once(faults):
    table = '[[replace]]\nquestion = "pool"\ndrop = true\n'
    (line,) = faults(SMALL + table + table)
    assert line == "exam.toml:20: replace[2].question: 'pool' is replaced twice"
    apart = [f'{table}papers = ["{label}"]\n' for label in "AB"]
    assert faults(SMALL + "".join(apart) + table)


def test_tables_for_other_papers_stand_beside_each_other(tmp_path):
    path = tmp_path / "exam.toml"
    path.write_text(
        SMALL + "".join(f'[[replace]]\nquestion = "pool"\ndrop = true\npapers = ["{one}"]\n' for one in "AB")
    )
    assert [one.papers for one in read_spec(path).spec.replace] == [("A",), ("B",)]

"""Fairness: efforts in a band, no two papers alike, and what cannot be met is told."""

import json

import pytest
from click.testing import CliRunner

from problemgen import parameters
from problemgen.cli import commands
from problemgen.effort import effort
from problemgen.errors import InvalidSpec
from problemgen.exam.compose import candidates, compose
from problemgen.exam.fairness import Chooser
from problemgen.exam.manifest import SCHEMA
from problemgen.exam.pools import plan
from problemgen.exam.proposals import comparable, key, propose
from problemgen.exam.spec import read_spec

HEAD = 'title = "Quiz"\nseed = "fair"\n'
TWELVE = (
    "cnn/layer_table cnn/conv_forward cnn/conv_output_shape cnn/inverse_kernel_size cnn/find_wrong_row "
    "cnn/network_operations cnn/total_params backprop/conv_max_relu backprop/conv_backward_input "
    "backprop/pool_backward cnn/transposed_conv loss/softmax_cross_entropy"
).split()
FOUR = TWELVE[:3] + TWELVE[-1:]


def asking(names, more=""):
    return "".join(f'[[questions]]\nproblem = "{name}"\nlevel = "medium"\n{more}' for name in names)


def variants(count):
    return f"variants = {[f'v{number}' for number in range(count)]}\n"


def roster(count):
    return {"roster_csv": "id,name\n" + "".join(f"s{number},Student {number}\n" for number in range(count))}


def settled(exam, proposals=None):
    """Return the chooser after all papers, and {(paper, question id): proposal}."""
    chooser, planned = Chooser(exam, proposals), plan(exam)
    drafts = {label: chooser.settle(label, planned.slots(label)) for label, _ in candidates(exam)}
    return chooser, {(label, name): pick for label, draft in drafts.items() for name, pick in draft.picks.items()}


@pytest.fixture(scope="module")
def class_of_40(tmp_path_factory):
    folder = tmp_path_factory.mktemp("class")
    (folder / "roster.csv").write_text(roster(40)["roster_csv"])
    (folder / "exam.toml").write_text(f'{HEAD}roster = "roster.csv"\n{asking(TWELVE)}')
    exam = read_spec(folder / "exam.toml")
    return exam, *settled(exam)


def test_twelve_questions_for_a_class_lie_in_their_bands(class_of_40):
    _, chooser, _ = class_of_40
    assert len(chooser.report.questions) == len(TWELVE)
    for asked in chooser.report.questions:
        assert not asked.outside
        for spent in asked.efforts.values():
            assert 10 * abs(spent - asked.reference) <= asked.reference
    totals = [total.effort for total in chooser.report.totals.values()]
    assert len(totals) == 40
    assert max(totals) <= 1.05 * min(totals)
    assert chooser.warnings() == []


def test_nobody_in_a_class_has_the_numbers_of_another(class_of_40):
    _, chooser, picks = class_of_40
    asked = {(name, pick.parameters) for (_, name), pick in picks.items()}
    assert len(asked) == len(picks) == 40 * len(TWELVE)
    for question in chooser.report.questions:
        assert chooser.report.shared(question) == 0
        for name, part in chooser.report.parts(question).items():
            answers = [pick.answers[name] for (_, slot), pick in picks.items() if slot == question.slot.id]
            assert part["asked"] == len(set(answers))
            assert part["equal"] == 40 - part["asked"]
            assert part["equal"] == 0 or part["available"] < 120, f"{question.slot.id}.{name}"


def test_adding_a_variant_moves_no_other(exam):
    before = settled(exam(f"{HEAD}{variants(4)}{asking(FOUR)}"))[1]
    after = settled(exam(f"{HEAD}{variants(7)}{asking(FOUR)}"))[1]
    assert before.items() <= after.items()
    assert len(after) == 7 * len(FOUR)


def test_proposals_made_elsewhere_lead_to_the_same_papers(exam):
    read = exam(f"{HEAD}{variants(6)}{asking(FOUR)}")
    labels = [label for label, _ in candidates(read)]
    proposals = propose(read, labels[3:]) | propose(read, labels[:3])
    assert all(pick.verified for picks in proposals.values() for pick in picks.values())
    assert settled(read, proposals)[1] == settled(read)[1]
    here, there = compose(read), compose(read, proposals)
    assert [[one.instance.record for one in paper.questions] for paper in here.papers] == [
        [one.instance.record for one in paper.questions] for paper in there.papers
    ]


def test_what_was_proposed_is_what_is_asked(exam):
    read = exam(f"{HEAD}{variants(3)}{asking(FOUR)}")
    picks = settled(read)[1]
    for paper in compose(read).papers:
        for asked in paper.questions:
            pick, solution = picks[paper.label, asked.id], asked.instance.solution
            assert asked.instance.attempt == pick.attempt
            assert effort(solution) == pick.effort
            assert json.loads(pick.parameters) == parameters.to_json(asked.instance.record)
            assert pick.answers == {part.name: key(part.answer) for part in solution.parts if comparable(part.answer)}


def test_a_question_may_have_a_band_of_its_own(exam):
    body = asking(["cnn/layer_table"], "effort_band = 2\n") + asking(["cnn/layer_table"])
    report = settled(exam(f"{HEAD}effort_band = 30\n{variants(8)}{body}"))[0].report
    assert [asked.band.percent for asked in report.questions] == [2, 30]
    narrow, wide = (asked.spread for asked in report.questions)
    assert narrow <= 4 < wide <= 60


def test_what_earlier_exams_and_practice_sheets_asked_is_not_asked_again(exam, tmp_path):
    body = asking(["cnn/conv_params", "cnn/conv_forward"])
    first = settled(exam(f"{HEAD}{variants(5)}{body}"))[1]
    asked = [(name, pick) for (_, name), pick in first.items()]
    practice, earlier = asked[:4], asked[4:]
    questions = [_recorded(name, pick, answered=False) for name, pick in practice]
    (tmp_path / "practice.json").write_text(json.dumps({"schema": SCHEMA, "questions": questions}))
    papers = [{"questions": [_recorded(name, pick, answered=True)]} for name, pick in earlier]
    (tmp_path / "old.json").write_text(json.dumps({"schema": SCHEMA, "papers": papers}))
    again = settled(exam(f'{HEAD}avoid = ["practice.json", "old.json"]\n{variants(5)}{body}'))[1]
    assert not {pick.parameters for _, pick in asked} & {pick.parameters for pick in again.values()}
    answered = {value for _, pick in earlier for value in pick.answers.values()}
    assert not answered & {value for pick in again.values() for value in pick.answers.values()}


def _recorded(name, pick, *, answered):
    told = {part: {"type": "number", "value": json.loads(value)} for part, value in pick.answers.items()}
    problem = name.partition("#")[0]
    return {"problem": problem, "parameters": json.loads(pick.parameters), **({"answers": told} if answered else {})}


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "there is no such file"),
        ("{", "cannot be read as JSON"),
        ("[1]", "'schema' is missing or wrong"),
        ('{"schema": 7, "papers": []}', "schema 7"),
        ('{"schema": 1, "papers": {}}', "'papers' is missing or wrong"),
        ('{"schema": 1, "questions": [{"problem": "cnn/conv_params"}]}', "'parameters' is missing or wrong"),
        ('{"schema": 1, "questions": [{"problem": 3, "parameters": {}}]}', "'problem' is missing or wrong"),
        ('{"schema": 1, "questions": [{"problem": "x", "parameters": {}, "answers": {"a": 1}}]}', "'type'"),
    ],
)
def test_an_edited_manifest_is_one_line(exam, tmp_path, content, reason):
    if content is not None:
        (tmp_path / "old.json").write_text(content)
    with pytest.raises(InvalidSpec) as told:
        exam(top='avoid = "old.json"')
    assert str(told.value).startswith("exam.toml:4: avoid: old.json: ")
    assert reason in str(told.value)
    assert "\n" not in str(told.value)


@pytest.mark.parametrize("band", ["0", "-5", "101", "2.5", '"wide"', "true"])
def test_an_impossible_band_is_one_line(exam, band):
    with pytest.raises(InvalidSpec, match=r"^exam.toml:4: effort_band: [^\n]*$"):
        exam(top=f"effort_band = {band}")


def test_a_small_space_is_told_with_how_many_there_are(exam):
    pin = "pin = { in_channels = 20, out_channels = 48, bias = true, groups = 1 }\n"
    chooser, picks = settled(exam(f"{HEAD}{variants(9)}{asking(['cnn/conv_params'], pin)}"))
    distinct = {pick.parameters for pick in picks.values()}
    assert 1 < len(distinct) < 9
    told = [line for line in chooser.warnings() if "distinct instances" in line]
    assert len(told) == 1
    assert f"questions[1]: cnn/conv_params has {len(distinct)} distinct instances at level medium" in told[0]
    assert "9 papers share them" in told[0]


def test_what_is_given_is_neither_measured_nor_compared(exam):
    given = "given = { in_channels = 3, out_channels = 32, kernel_size = 3, bias = true, groups = 1 }\n"
    chooser, picks = settled(exam(f"{HEAD}{variants(3)}{asking(['cnn/conv_params'], given)}"))
    assert len({pick.parameters for pick in picks.values()}) == 1
    assert chooser.warnings() == []
    assert chooser.report.spread == 0


def test_the_command_shows_what_the_report_holds(exam, tmp_path):
    exam(f"{HEAD}{variants(3)}{asking(FOUR)}")
    spec, page = str(tmp_path / "exam.toml"), tmp_path / "fair.html"
    told = CliRunner().invoke(commands, ["fairness", spec, "--json", "--html", str(page)])
    assert told.exit_code == 0
    data = json.loads(told.stdout)
    assert [one["problem"] for one in data["questions"]] == FOUR
    for number in range(3):
        label = f"v{number}"
        assert data["papers"][label]["effort"] == sum(one["effort"][label] for one in data["questions"])
    shown = page.read_text()
    assert shown.count("<circle") == 3 * (len(FOUR) + 1)
    table = CliRunner().invoke(commands, ["fairness", spec]).stdout
    assert all(f"{name}#1" in table for name in FOUR)


def test_the_command_ends_with_1_when_something_is_not_met(exam, tmp_path):
    pin = "pin = { in_channels = 20, out_channels = 48, bias = true, groups = 1 }\n"
    exam(f"{HEAD}{variants(9)}{asking(['cnn/conv_params'], pin)}")
    told = CliRunner().invoke(commands, ["fairness", str(tmp_path / "exam.toml")], standalone_mode=False)
    assert told.return_value == 1
    assert "distinct instances" in told.stderr


def test_pools_of_different_length_are_told(exam):
    problems = '["cnn/layer_table", "cnn/receptive_field", "cnn/pool_output_shape"]'
    pool = f'[[questions]]\npool = {problems}\ndraw = "variant"\npoints = 4\n'
    chooser, _ = settled(exam(f"{HEAD}{variants(6)}{pool}"))
    totals = [total.effort for total in chooser.report.totals.values()]
    assert max(totals) > 2 * min(totals)
    assert any("pools draw problems of different length" in line for line in chooser.warnings())
    assert chooser.report.spread > 100


@pytest.mark.parametrize("name", ["concepts/true_false", "cnn/conv_params"])
def test_no_paper_asks_the_same_twice(tmp_path, name):
    (tmp_path / "exam.toml").write_text(HEAD + variants(12) + asking([name] * 3))
    exam = read_spec(tmp_path / "exam.toml")
    planned = plan(exam)
    for label, _ in candidates(exam):
        picks = Chooser(exam).settle(label, planned.slots(label)).picks.values()
        assert len({pick.parameters for pick in picks}) == 3
        asked = [name for pick in picks for name in pick.asks]
        assert len(set(asked)) == len(asked)

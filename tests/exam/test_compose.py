"""From a spec to papers: whose numbers move when, what pins do, and how points are shared."""

from fractions import Fraction

import pytest

from problemgen import parameters
from problemgen.exam.compose import compose
from problemgen.exam.points import share
from problemgen.problem import Part

HEAD = 'title = "Quiz"\nseed = "quiz"\n'
PARAMS = '[[questions]]\nproblem = "cnn/conv_params"\n'
KERNEL = '[[questions]]\nproblem = "cnn/inverse_kernel_size"\nid = "kernel"\n'


def composed(exam, body, variants='["A", "B", "C"]'):
    return compose(exam(f"{HEAD}variants = {variants}\n{body}"))


def records(papers):
    return {(paper.label, asked.id): asked.instance.record for paper in papers for asked in paper.questions}


def test_every_variant_has_the_same_questions_with_numbers_of_its_own(exam):
    papers = composed(exam, PARAMS + KERNEL + PARAMS, str(list("ABCDEFGHIJ"))).papers
    assert [paper.label for paper in papers] == list("ABCDEFGHIJ")
    for paper in papers:
        assert [asked.id for asked in paper.questions] == ["cnn/conv_params#1", "kernel", "cnn/conv_params#2"]
    found = records(papers)
    assert len(set(found.values())) == len(found)


def test_adding_questions_and_variants_moves_no_other(exam):
    narrow = "effort_band = 2\n"  # so no paper becomes too long or too short, whatever is added
    before = records(composed(exam, narrow + PARAMS + KERNEL, '["A", "B"]').papers)
    after = records(composed(exam, narrow + KERNEL + PARAMS + PARAMS, '["A", "B", "C", "D"]').papers)
    assert before.items() <= after.items()
    assert len(after) == 12


def test_another_seed_or_level_is_another_exam(exam):
    one = records(composed(exam, PARAMS).papers)
    other = records(compose(exam(f'title = "Quiz"\nseed = "other"\nvariants = ["A", "B", "C"]\n{PARAMS}')).papers)
    assert all(one[place] != other[place] for place in one)


def test_an_address_gives_the_same_question_for_ever(exam):
    found = [paper.questions[0].instance for paper in composed(exam, PARAMS, '["A", "B"]').papers]
    assert [str(one.seed) for one in found] == ["quiz/A/cnn/conv_params#1", "quiz/B/cnn/conv_params#1"]
    assert [parameters.to_json(one.record) for one in found] == [
        {"in_channels": 50, "out_channels": 64, "kernel_size": 7, "bias": False, "groups": 1},
        {"in_channels": 16, "out_channels": 64, "kernel_size": 3, "bias": False, "groups": 1},
    ]


def test_students_of_a_roster_are_papers_with_their_ids(exam):
    text = f'{HEAD}roster = "roster.csv"\n{PARAMS}'
    papers = compose(exam(text, roster_csv="id,name\ns/1,Ada\ns2,Alan\n")).papers
    assert [(paper.label, paper.folder, paper.student.name) for paper in papers] == [
        ("s/1", "s_1", "Ada"),
        ("s2", "s2", "Alan"),
    ]
    assert str(papers[0].questions[0].instance.seed) == "quiz/s/1/cnn/conv_params#1"
    assert papers[0].questions[0].instance.record != papers[1].questions[0].instance.record


def test_a_partial_pin_fixes_its_fields_and_leaves_the_others_to_chance(exam):
    papers = composed(exam, PARAMS + "pin = { kernel_size = 7, bias = false }\n").papers
    found = set(records(papers).values())
    assert {(one.kernel_size, one.bias) for one in found} == {(7, False)}
    assert len(found) == 3


def test_a_full_pin_is_the_same_question_on_every_paper_without_a_warning(exam):
    pin = "pin = { in_channels = 20, out_channels = 48, kernel_size = 3, bias = true, groups = 1 }\n"
    result = composed(exam, PARAMS + pin)
    (record,) = set(records(result.papers).values())
    assert (record.in_channels, record.kernel_size) == (20, 3)
    assert result.warnings == ()


def test_a_pin_that_is_defined_but_not_good_is_taken_with_a_warning(exam):
    result = composed(exam, PARAMS + "pin = { in_channels = 3 }\n")
    assert {record.in_channels for record in records(result.papers).values()} == {3}
    assert result.warnings
    for told in result.warnings:
        assert told.startswith("exam.toml:4: questions[1]: cnn/conv_params: 3 input channels hide")


def test_too_few_instances_are_shared_with_a_warning(exam):
    pin = "pin = { in_channels = 20, out_channels = 48, bias = true, groups = 1 }\nlevel = 'easy'\n"
    result = composed(exam, PARAMS + pin, str(list("ABCDEF")))
    found = list(records(result.papers).values())
    assert len(found) == 6
    assert len(set(found)) == 3
    assert any("has 3 distinct instances at level easy" in warning for warning in result.warnings)


def test_every_pin_and_every_points_that_cannot_be_met_is_named(faults):
    pinned = f"{PARAMS}pin = {{ in_channels = 4, groups = 3 }}\n"
    told = faults(f"{HEAD}variants = ['A']\n{pinned}{PARAMS}{KERNEL}points = 1\n")
    assert len(told) == 2
    assert told[0].startswith("exam.toml:4: questions[1]: cnn/conv_params: ")
    assert "groups do not divide" in told[0]
    assert told[1] == ("exam.toml:9: questions[3].points: 1 is too little for 3 parts; give at least 1.5")


def test_a_full_pin_without_an_answer_is_refused(faults):
    pin = "pin = { in_channels = 0, out_channels = 48, kernel_size = 3, bias = true, groups = 1 }\n"
    (told,) = faults(f"{HEAD}variants = ['A']\n{PARAMS}{pin}")
    assert told.startswith("exam.toml:4: questions[1]: ")
    assert "channels, kernel size and groups must be at least 1" in told


@pytest.mark.parametrize(
    ("points", "shares"),
    [
        ("", [3, 2, 2]),
        ("points = 7", [3, 2, 2]),
        ("points = 14", [6, 4, 4]),
        ("points = 3", [1, 1, 1]),
        ("points = 4.5", [2, 1.5, 1]),
        ("points = 1.5", [0.5, 0.5, 0.5]),
        ("points = [5, 0.5, 1]", [5, 0.5, 1]),
    ],
)
def test_points_are_listed_or_shared_by_the_weights_of_the_parts(exam, points, shares):
    paper = composed(exam, KERNEL + points).papers[0]
    assert [float(share) for share in paper.questions[0].points] == shares
    assert paper.total == sum(map(Fraction, paper.questions[0].points))


def test_points_for_another_number_of_parts_name_the_parts(faults):
    (told,) = faults(f"{HEAD}variants = ['A']\n{KERNEL}points = [1, 2]\n")
    assert told == (
        "exam.toml:4: questions[1].points: 2 values for the 3 parts kernel_sizes, parameters, multiplications"
    )


@pytest.mark.parametrize("weights", [(1,), (1, 1), (5, 1), (3, 2, 2), (1, 1, 1, 97), (10, 1, 1, 1, 1)])
def test_every_total_is_shared_exactly_in_positive_halves(weights):
    parts = [Part(str(place), None, points=weight) for place, weight in enumerate(weights)]
    for halves in range(len(weights), 60):
        shares = share(Fraction(halves, 2), parts)
        assert sum(shares) == Fraction(halves, 2)
        assert all(one > 0 and (2 * one).denominator == 1 for one in shares)
        if halves % 2 == 0 and halves >= 2 * len(weights):
            assert all(one.denominator == 1 for one in shares)


def test_space_overrides_the_parts_own(exam):
    assert composed(exam, PARAMS + 'space = "9cm"\n').papers[0].questions[0].space == "9cm"

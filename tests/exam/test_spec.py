"""Every rule of the exam spec, and what is said when one is broken."""

from fractions import Fraction

import pytest

from problemgen.draw import Level
from problemgen.errors import InvalidSpec
from problemgen.exam.spec import read_spec

HEAD = 'title = "Quiz"\nseed = "quiz"\nvariants = ["A", "B"]\n'
QUESTION = '[[questions]]\nproblem = "cnn/conv_params"\n'


def test_the_smallest_spec_has_sensible_defaults(exam):
    spec = exam(HEAD + QUESTION).spec
    (question,) = spec.questions
    assert question.level is Level.MEDIUM
    assert (question.points, question.pin, question.space) == (None, {}, None)
    assert (spec.paper, spec.duplex, spec.scratch_pages, spec.duration) == ("a4", False, 0, None)
    assert (spec.course, spec.instructions, spec.allowed, spec.calculator) == ("", (), (), None)


def test_a_full_spec_is_read(exam):
    spec = exam(
        HEAD
        + """
        course = "Deep Learning"
        institution = "University"
        date = 2026-12-12
        duration = "1 h 30 min"
        instructions = "Show your working."
        allowed = ["notes", "formula sheet"]
        calculator = false
        rounding = "two decimals"
        paper = "letter"
        scratch_pages = 2
        duplex = true
        [[questions]]
        id = "params"
        problem = "cnn/conv_params"
        level = "hard"
        points = 2.5
        space = "4cm"
        pin.kernel_size = 5
        """
    ).spec
    assert (spec.date, spec.duration, spec.paper, spec.scratch_pages) == ("2026-12-12", 90, "letter", 2)
    assert (spec.instructions, spec.allowed) == (("Show your working.",), ("notes", "formula sheet"))
    (question,) = spec.questions
    assert (question.id, question.level, question.points) == ("params", "hard", Fraction(5, 2))
    assert (question.space, question.pin) == ("4cm", {"kernel_size": 5})


def test_an_empty_file_lacks_everything_required(faults):
    told = "\n".join(faults("# nothing\n"))
    for name in ("title", "seed", "questions", "variants"):
        assert f"exam.toml:1: {name}: missing" in told


def test_every_mistake_is_reported_in_one_pass_with_its_line(faults):
    told = faults(
        """titel = "Quiz"
seed = ""
paper = "a5"
duration = "soon"
scratch_pages = -1
variants = ["A", "a", "A", ".."]

[[questions]]
problem = "cnn/inverse_kernel"
level = "medium"

[[questions]]
problem = "cnn/conv_params"
level = "hrad"
points = [0]
pin = { kernl_size = 3 }
space = "4cm}\\\\input{x}"

[[questions]]
problem = "cnn/conv_params"
pint = { kernel_size = 3 }
points = 2.3

[[questions]]
problem = "cnn/conv_params"
pin = { in_channels = 4, groups = 3 }

[[questions]]
problem = "cnn/conv_params"
points = [1, 2, 3]
"""
    )
    assert told == sorted(told, key=lambda line: int(line.split(":")[1]))
    expected = {
        (1, "'titel'", "did you mean 'title'?"),
        (1, "title: missing", ""),
        (2, "seed", "is empty"),
        (3, "'a5'", "none of a4, letter"),
        (4, "'soon'", "write 90, '90 min' or '1 h 30 min'"),
        (5, "-1", "greater than or equal to 0"),
        (6, "'a'", "would share the folder"),
        (6, "'A'", "is there twice"),
        (6, "'..'", "no letter A-Z or digit"),
        (9, "no problem 'cnn/inverse_kernel'", "did you mean 'cnn/inverse_kernel_size'?"),
        (14, "'hrad'", "none of easy, medium, hard; did you mean 'hard'?"),
        (15, "questions[2].points: [0]", "positive"),
        (16, "'kernl_size'", "did you mean 'kernel_size'?"),
        (17, "questions[2].space", "is no length; write 4cm"),
        (21, "'pint'", "did you mean 'pin'?"),
        (22, "2.3", "whole or half"),
        (26, "questions[4].pin", "3 groups do not divide 4 channels"),
        (30, "questions[5].points", "3 values for the only part, "),
    }
    for line, what, remedy in expected:
        assert any(one.startswith(f"exam.toml:{line}: ") and what in one and remedy in one for one in told), (
            line,
            what,
            told,
        )
    assert len(told) == len(expected)


@pytest.mark.parametrize(
    ("source", "line"),
    [('title = "Quiz"\nseed == 3\n', 2), ('title = "Quiz\n', 1), ("\n\n[[questions\n", 3), ('a = 1\na = 2\n"', 2)],
)
def test_a_syntax_error_names_its_line(faults, source, line):
    (told,) = faults(source)
    assert told.startswith(f"exam.toml:{line}: this is no valid TOML: ")


@pytest.mark.parametrize("source", ["a = " + "[" * 5000, "a = " + "9" * 5000])
def test_monstrous_toml_is_refused_in_one_line(faults, source):
    (told,) = faults(source)
    assert "cannot be read as TOML" in told


def test_a_file_that_is_not_utf_8_names_the_line_and_the_byte(tmp_path):
    (tmp_path / "exam.toml").write_bytes(b'seed = "x"\ntitle = "\xe9"\n')
    with pytest.raises(InvalidSpec, match=r"exam\.toml:2: the byte 0xe9 is not UTF-8; save the file as UTF-8"):
        read_spec(tmp_path / "exam.toml")


def test_a_missing_file_and_a_folder_are_named(tmp_path):
    with pytest.raises(InvalidSpec, match=r"no\.toml: there is no such file"):
        read_spec(tmp_path / "no.toml")
    with pytest.raises(InvalidSpec, match="cannot be read: Is a directory"):
        read_spec(tmp_path)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("level = []", "none of easy, medium, hard"),
        ("level = 3", "none of easy, medium, hard"),
        ('points = "three"', "is no number of points"),
        ("points = true", "is no number of points"),
        ("points = inf", "points are positive, whole or half"),
        ("points = nan", "points are positive, whole or half"),
        ("points = -1", "points are positive, whole or half"),
        ("points = 1e300", "at most 1000"),
        ("points = [1, 'x']", "is no number of points"),
        ("space = 4", "is no length"),
        ('space = "4 miles"', "is no length"),
        ('space = "-4cm"', "is no length"),
        ("space = '\\textheight'", "is no length"),
        ('space = "4cm\\n\\\\input{/etc/passwd}"', "is no length"),
        ("pin = 3", "pin: 3"),
        ("pin = { kernel_size = 3.0 }", "3.0 is a float"),
        ("pin = { kernel_size = '3' }", "kernel_size: '3' is wrong"),
        ("pin = { kernel_size = true }", "kernel_size: True is wrong"),
        ("pin = { kernel_size = 2026-12-12 }", "is a date"),
        ("pin = { kernel_size = 10_000_000_000 }", "too large to be counted"),
        ('id = "a/b"', "'a/b' has other characters"),
        ("id = []", "id: []"),
    ],
)
def test_a_wrong_value_of_a_question_is_one_line_that_names_it(faults, line, reason):
    (told,) = faults(question=line)
    assert told.startswith("exam.toml:7: questions[1]")
    assert reason in told


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("duration = 0", "0 is no duration"),
        ("duration = true", "is no duration"),
        ("duration = 1.5", "is no duration"),
        ("duration = '1:30'", "is no duration"),
        ("title = true", "title"),
        ("date = [1]", "date: [1]"),
        ("scratch_pages = 1000", "less than or equal to 20"),
        ("calculator = 'perhaps'", "calculator: 'perhaps'"),
        ("instructions = [1]", "instructions[1]"),
        ("instructons = 'x'", "did you mean 'instructions'?"),
        ("zzz = 1", "the fields are title, seed"),
    ],
)
def test_a_wrong_value_of_the_exam_is_named_with_its_line(faults, line, reason):
    told = faults(HEAD.replace('title = "Quiz"', "") + f"{line}\n" + QUESTION) if "title" in line else faults(top=line)
    assert any(one.startswith("exam.toml:4: ") and reason in one for one in told)


@pytest.mark.parametrize(
    ("written", "minutes"),
    [("90", 90), ("'90'", 90), ("'90 min'", 90), ("'1 h 30 min'", 90), ("'1h30'", 90), ("'2 hours'", 120)],
)
def test_durations(exam, written, minutes):
    assert exam(top=f"duration = {written}").spec.duration == minutes


def test_a_duration_that_disagrees_with_the_questions_is_a_warning(exam):
    (told,) = exam(top="duration = 90").spec.warnings()
    assert "about 3 min" in told
    assert "much less than the duration of 90 min" in told
    assert exam(top="duration = 4").spec.warnings() == []
    (told,) = exam(top="duration = 1").spec.warnings()
    assert "much more" in told


@pytest.mark.parametrize("length", ["4cm", "25mm", "1.5in", "12 pt", "3em", "10ex"])
def test_tex_lengths_are_lengths(exam, length):
    assert exam(question=f'space = "{length}"').spec.questions[0].space == length


def test_variants_and_seed_may_be_numbers(exam):
    spec = exam(f"title = 7\nseed = 2026\nvariants = [1, 2]\n{QUESTION}").spec
    assert (spec.title, spec.seed, spec.variants) == ("7", "2026", ("1", "2"))


def test_question_ids_are_what_is_given_else_problem_and_occurrence(exam):
    named = '[[questions]]\nid = "mine"\nproblem = "cnn/conv_params"\n'
    spec = exam(HEAD + QUESTION + named + QUESTION).spec
    assert spec.question_ids() == ["cnn/conv_params#1", "mine", "cnn/conv_params#3"]


def test_an_id_used_twice_is_refused_at_the_second(faults):
    named = '[[questions]]\nid = "mine"\nproblem = "cnn/conv_params"\n'
    assert faults(HEAD + named + named) == ["exam.toml:8: questions[2].id: 'mine' is used twice"]


def test_a_mistake_in_the_roster_and_one_in_the_spec_are_both_told(faults):
    text = f'title = "Quiz"\nseed = "q"\nroster = "roster.csv"\npaper = "a3"\n{QUESTION}'
    first, second = faults(text, roster_csv="id,name\n,Ada\n")
    assert first.startswith("exam.toml:4: paper: 'a3'")
    assert second == "roster.csv:2: the id of 'Ada' is empty"


def test_the_roster_is_looked_for_beside_the_spec(exam, monkeypatch):
    monkeypatch.chdir("/")
    text = f'title = "Quiz"\nseed = "q"\nroster = "roster.csv"\n{QUESTION}'
    assert [one.name for one in exam(text, roster_csv="id,name\n1,Ada\n").students] == ["Ada"]


@pytest.mark.parametrize("path", ["lost.csv", "\\u0000", "exam.toml/x.csv", "."])
def test_a_roster_that_cannot_be_read_is_one_line(faults, path):
    (told,) = faults(f'title = "Quiz"\nseed = "q"\nroster = "{path}"\n{QUESTION}')
    assert "there is no such file" in told or "cannot be read" in told

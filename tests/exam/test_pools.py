"""Which questions stand where: pools are drawn by address, orders shuffled, and nothing moves without need."""

from collections import Counter

import pytest

from problemgen import catalog
from problemgen.errors import UnknownName
from problemgen.exam.compose import compose
from problemgen.exam.pools import members, plan

TOP = 'title = "Quiz"\nseed = "quiz"\nvariants = ["A", "B", "C", "D", "E", "F"]\n'
CONV = ["cnn/conv_params", "cnn/conv_output_shape", "cnn/conv_forward", "cnn/conv_multiplications"]
PLAIN = '[[questions]]\nproblem = "cnn/pool_forward"\npoints = 4\n'


def pool(patterns, choose=2, **fields):
    rest = "".join(f"{name} = {value!r}\n" for name, value in fields.items())
    return f"[[questions]]\npool = {patterns}\nchoose = {choose}\npoints = 6\n{rest}"


def slots(exam, body, top=TOP):
    read = exam(top + body)
    made = plan(read)
    return {label: made.slots(label) for label in read.spec.variants}


def ids(found):
    return {label: [slot.id for slot in paper] for label, paper in found.items()}


def test_names_topics_and_globs_mean_problems_and_an_exclamation_mark_leaves_them_out():
    every = {entry.name for entry in catalog.matching("cnn")}
    assert {entry.name for entry in members(["cnn/*"])} == {name for name in every if name.startswith("cnn/")}
    assert {entry.name for entry in members(["cnn", "!cnn/conv_*"])} == {n for n in every if "cnn/conv_" not in n}
    assert [entry.name for entry in members([CONV[0], CONV[0], CONV[1]])] == CONV[:2]
    with pytest.raises(UnknownName, match="leave no problem"):
        members(["cnn/conv_*", "!cnn/*"])


def test_a_pool_of_the_exam_is_drawn_once_and_one_of_the_variants_for_each(exam):
    shared = ids(slots(exam, pool(["cnn/*"])))
    assert len({tuple(found) for found in shared.values()}) == 1
    own = ids(slots(exam, pool(["cnn/*"], draw="variant")))
    assert len({tuple(found) for found in own.values()}) == len(own)
    for found in (*shared.values(), *own.values()):
        assert len(set(found)) == 2


def test_a_problem_of_a_pool_is_drawn_about_as_often_as_any_other(exam):
    top = TOP.replace('["A", "B", "C", "D", "E", "F"]', str([str(n) for n in range(300)]).replace("'", '"'))
    found = Counter(
        slot.entry.name for paper in slots(exam, pool(CONV, draw="variant"), top).values() for slot in paper
    )
    assert set(found) == set(CONV)
    assert max(found.values()) < 1.3 * min(found.values())


@pytest.mark.parametrize("draw", ["exam", "variant"])
def test_adding_a_question_a_pool_a_paper_or_a_problem_moves_no_other(exam, draw):
    pooled = pool(CONV, id="mine", draw=draw)
    before = ids(slots(exam, pooled + PLAIN))
    other = pool(["backprop/*", "mlp/*"], draw="variant")
    after = ids(slots(exam, other + PLAIN + PLAIN + pooled, TOP.replace('"F"]', '"F", "G"]')))
    for label, found in before.items():
        assert set(found) <= set(after[label])
    wider = ids(slots(exam, pool([*CONV, "mlp/linear_params"], id="mine", draw=draw) + PLAIN))
    for label, found in before.items():
        lost = set(found) - set(wider[label])
        assert len(lost) <= 1
        assert bool(lost) == ("mine/mlp/linear_params" in wider[label])
    more = ids(slots(exam, pool(CONV, choose=3, id="mine", draw=draw) + PLAIN))
    assert all(set(found) <= set(more[label]) for label, found in before.items())


@pytest.mark.parametrize("draw", ["exam", "variant"])
def test_pools_that_overlap_ask_no_problem_twice_where_there_is_another_way(exam, draw):
    narrow, wide = pool(CONV[:2], draw=draw), pool(CONV[:3], choose=1, draw=draw)
    for body in (narrow + wide, wide + narrow, wide + wide + wide, f'[[questions]]\nproblem = "{CONV[2]}"\n' + narrow):
        for paper in slots(exam, body).values():
            assert len({slot.entry.name for slot in paper}) == 3
    mixed = pool(CONV[:2], choose=1, draw="exam") + pool(CONV[:1], choose=1, draw="variant")
    for paper in slots(exam, mixed).values():
        assert [slot.entry.name for slot in paper] == [CONV[1], CONV[0]]


def test_a_pool_that_cannot_but_repeat_a_problem_of_the_paper_still_draws_without_repeating_itself(exam):
    for paper in slots(exam, pool(CONV[:2]) + pool(CONV[:2])).values():
        assert Counter(slot.entry.name for slot in paper) == {CONV[0]: 2, CONV[1]: 2}
        assert len({slot.id for slot in paper}) == 4


def test_pooled_questions_keep_the_fields_of_their_pool_and_their_address(exam):
    read = exam(TOP + pool(CONV, id="mine", level="hard", space="9cm"))
    for paper in compose(read).papers:
        for asked in paper.questions:
            assert asked.id == f"mine/{asked.instance.name}"
            assert str(asked.instance.seed) == f"quiz/{paper.label}/{asked.id}"
            assert (asked.instance.level, asked.space, asked.total) == ("hard", "9cm", 6)


SECTIONS = """
[[sections]]
title = "Part I"
[[sections.questions]]
problem = "cnn/conv_params"
bonus = true
[[sections.questions]]
problem = "cnn/conv_output_shape"
[[sections.questions]]
problem = "cnn/kernel_flip"
[[sections.questions]]
problem = "cnn/transposed_conv"
[[sections]]
title = "Part II"
[[sections.questions]]
problem = "cnn/layer_table"
[[sections.questions]]
problem = "cnn/flatten_size"
"""


def test_shuffled_papers_have_the_same_questions_and_keep_sections_together_and_bonus_last(exam):
    plain, shuffled = slots(exam, PLAIN + SECTIONS), slots(exam, PLAIN + SECTIONS, TOP + "shuffle = true\n")
    for label, paper in shuffled.items():
        assert sorted(paper, key=lambda slot: slot.place) == list(plain[label])
        assert [slot.section for slot in paper] == [None, 0, 0, 0, 0, 1, 1]
        assert [slot.question.bonus for slot in paper] == [False, False, False, False, True, False, False]
    assert len({tuple(slot.place for slot in paper) for paper in shuffled.values()}) > 2
    assert {tuple(slot.place for slot in paper) for paper in plain.values()} == {tuple(range(7))}


def test_shuffling_moves_no_numbers_and_an_added_question_keeps_the_order_of_the_others(exam):
    top = TOP + "shuffle = true\n"
    records = [
        {
            (paper.label, asked.id): asked.instance.record
            for paper in compose(exam(text)).papers
            for asked in paper.questions
        }
        for text in (TOP + PLAIN + SECTIONS, top + PLAIN + SECTIONS)
    ]
    assert records[0] == records[1]
    before, after = ids(slots(exam, SECTIONS, top)), ids(slots(exam, PLAIN + SECTIONS, top))
    assert all([name for name in after[label] if name in found] == found for label, found in before.items())


def test_bonus_points_are_counted_apart(exam):
    (paper, *_) = compose(exam(TOP + PLAIN + PLAIN + "bonus = true\n")).papers
    assert (paper.total, paper.bonus) == (4, 4)


@pytest.mark.parametrize(
    ("table", "line", "reason"),
    [
        ('pool = ["cnn/inverse_*"]\nchoose = 9\n', 5, "questions[1].pool: has 2 problems, too few for choose = 9"),
        ('pool = ["cnn/inverse_conv"]\nchoose = 2\n', 5, "questions[1].pool: has 1 problem, too few"),
        ('pool = ["cnnn/*"]\n', 5, "questions[1].pool: no problem, topic or pattern 'cnnn/*'"),
        ('pool = ["cnn/*", "!cnn"]\n', 5, "questions[1].pool: is empty"),
        ("pool = []\n", 5, "questions[1].pool: is empty"),
        ("pool = [3]\n", 5, "questions[1].pool[1]: 3"),
        ('pool = "cnn/*"\nchoose = 0\n', 6, "questions[1].choose: 0"),
        ('pool = "cnn/*"\nchoose = "two"\n', 6, "questions[1].choose: 'two'"),
        ('pool = "cnn/*"\ndraw = "varaint"\npoints = 6\n', 6, "none of exam, variant; did you mean 'variant'?"),
        ('pool = "cnn/*"\ndraw = "variant"\n', 6, "questions[1].points: missing"),
        ('pool = "cnn/*"\nproblem = "cnn/conv_params"\n', 5, "write one of the two"),
        ('pool = "cnn/*"\npin = { stride = 2 }\n', 6, "questions[1].pin: fixes the fields of one problem"),
        ('pool = "cnn/*"\nchoose = 2\nnumber = "1 (a)"\n', 7, "questions[1].number: one number for the 2 questions"),
        ('pool = "cnn/conv_*"\npoints = [1, 2]\n', 6, "leave it out of the pool with '!cnn/conv_"),
        ('problem = "cnn/conv_params"\nchoose = 2\n', 6, "questions[1].choose: belongs to a pool"),
        ("points = 3\n", 4, "questions[1].problem: missing"),
        (
            'problem = "cnn/layer_table"\nformat = "choice"\n',
            6,
            "questions[1].format: cnn/layer_table: the answers (table)",
        ),
        ('problem = "cnn/layer_table"\nformat = "chioce"\n', 6, "did you mean 'choice'?"),
        ('pool = ["cnn/*"]\nformat = "choice"\n', 6, "leave it out of the pool with '!cnn/"),
        ('problem = "cnn/conv_params"\nbonus = "perhaps"\n', 6, "questions[1].bonus: 'perhaps'"),
    ],
)
def test_what_is_wrong_with_a_question_is_one_line(faults, table, line, reason):
    (told,) = faults(f"{TOP}[[questions]]\n{table}")
    assert told.startswith(f"exam.toml:{line}: ")
    assert reason in told


def test_faults_inside_sections_name_the_section_and_the_line(faults):
    told = faults(
        TOP
        + 'shuffle = true\n[[sections]]\ntitle = "I"\n[[sections.questions]]\nproblem = "cnn/conv_params"\n'
        + '[[sections]]\ntitle = ""\ntitel = "II"\n[[sections.questions]]\nproblem = "cnn/conv_parms"\n'
        + '[[sections.questions]]\nproblem = "cnn/conv_params"\nnumber = "7"\npoints = 1000.25\nlevle = "easy"\n'
    )
    assert [one.partition(": ")[0] for one in told] == [f"exam.toml:{line}" for line in (10, 11, 13, 16, 17, 18)]
    assert "sections[2].title: is empty" in told[0]
    assert "sections[2].titel: there is no field 'titel'; did you mean 'title'?" in told[1]
    assert "sections[2].questions[1].problem: no problem 'cnn/conv_parms'" in told[2]
    assert "sections[2].questions[2].number: a shuffled paper" in told[3]
    assert "sections[2].questions[2].points: 1000.25" in told[4]
    assert "sections[2].questions[2].levle" in told[5]


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ('[[sections]]\ntitle = "I"\n', "exam.toml:4: sections[1].questions: missing"),
        ('[sections]\ntitle = "I"\n', "exam.toml:4: sections: {'title': 'I'} is one table; begin each"),
        ('[[sections]]\ntitle = "I"\nquestions = []\n', "exam.toml:6: sections[1].questions: is empty"),
        (f'[[sections]]\ntitle = "I"\n[[sections.questions]]\nproblem = "{CONV[0]}"\n{PLAIN}',
         "exam.toml:8: questions[1]: stands below a section; begin it with [[sections.questions]]"),
    ],
)  # fmt: skip
def test_sections_that_are_malformed_are_one_line(faults, body, reason):
    (told,) = faults(TOP + body)
    assert told.startswith(reason)


def test_a_fault_found_while_composing_names_the_question_in_its_section(exam):
    read = exam(TOP + PLAIN + SECTIONS)
    assert read.at(0) == "exam.toml:4: questions[1]"
    assert read.at(2) == "exam.toml:13: sections[1].questions[2]"
    assert read.at(6) == "exam.toml:23: sections[2].questions[2]"

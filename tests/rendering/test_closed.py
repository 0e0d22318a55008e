"""Sections, bonus questions and closed forms on paper, and a key grid for papers that differ."""

import re

import pytest

from problemgen.exam.compose import compose
from problemgen.exam.spec import read_spec
from problemgen.rendering import sheet, tex
from problemgen.rendering.grid import pages, rows

SPEC = """
title = "Quiz"
seed = "closed"
variants = ["A", "B", "C", "D"]
shuffle = true
[[sections]]
title = "Part I: 100 % options"
instructions = ["One box & no more.", "No working."]
[[sections.questions]]
problem = "cnn/conv_params"
format = "choice"
points = 2
[[sections.questions]]
problem = "cnn/kernel_flip"
format = "choice"
points = 4
[[sections.questions]]
problem = "cnn/total_params"
format = "true-false"
points = 4
[[sections]]
title = "Part II"
[[sections.questions]]
pool = ["cnn/*", "!cnn/conv_*"]
choose = 2
draw = "variant"
points = 6
[[sections.questions]]
problem = "backprop/pool_backward"
points = 4
bonus = true
"""


@pytest.fixture(scope="module")
def exam(tmp_path_factory):
    path = tmp_path_factory.mktemp("closed") / "exam.toml"
    path.write_text(SPEC)
    return read_spec(path)


@pytest.fixture(scope="module")
def papers(exam):
    return compose(exam).papers


@pytest.fixture(scope="module")
def sources(exam, papers):
    return {
        paper.label: {kind: one.source for kind, one in sheet.documents(exam.spec, paper).items()} for paper in papers
    }


def offers(paper):
    return [part.offer for asked in paper.questions for part in asked.instance.solution.parts if part.offer]


def test_headings_stand_once_on_every_sheet_with_their_points(sources):
    for made in sources.values():
        for source in made.values():
            assert source.count(r"Part I: 100 \% options") == source.count("Part II}") == 1
            assert source.index(r"Part I: 100 \% options") < source.index("Part II}")
            assert source.count(r"\par One box \& no more.") == source.count(r"\par No working.") == 1
            assert source.count(r"}\hfill 10 points\par") == 1
            assert source.count(r"}\hfill 12 points + 4 bonus points\par") == 1


def test_bonus_questions_are_marked_and_not_in_the_total(sources):
    for made in sources.values():
        for source in made.values():
            assert source.count(r"\questiontitle{Bonus: ") == 1
            assert "22 points + 4 bonus points" in source
        assert re.search(r"Points ?(&\d+)+&\+4&22 \+ 4", made["questions"].replace(" & ", "&"))


def test_every_option_is_on_the_question_sheet_and_its_mistake_in_the_solutions(papers, sources):
    for paper in papers:
        made = sources[paper.label]
        for offer in offers(paper):
            for place, option in enumerate(offer.choice.options):
                shown = option if offer.claim else f"({chr(ord('A') + place)}) {option}"
                assert f"$\\square$~{shown}" in made["questions"]
                assert offer.claim or f"{{{shown}}}" in made["solutions"] or place in offer.choice.correct
            if offer.claim:
                assert f"The answer is {offer.claim}." in made["questions"]
                assert offer.mistakes[0] == "" or f"{{the claim {offer.claim}}}" in made["solutions"]


def test_the_key_names_the_right_option(papers, sources):
    for paper in papers:
        key = sources[paper.label]["answers"]
        for asked in paper.questions:
            for part in asked.instance.solution.parts:
                if part.offer and not part.offer.claim:
                    (place,) = part.offer.choice.correct
                    assert f"({chr(ord('A') + place)}) {part.offer.choice.options[place]}" in key
                elif part.offer:
                    assert ("false: the answer is" in key) or part.offer.choice.correct == {0}


def test_the_question_sheet_says_nothing_that_the_key_does(papers, sources):
    for paper in papers:
        source = sources[paper.label]["questions"]
        assert "the answer is $" not in source
        for asked in paper.questions:
            for part in asked.instance.solution.parts:
                for mistake in part.mistakes if part.offer else ():
                    assert mistake.why not in source


def test_the_key_grid_goes_down_every_paper_in_its_own_order_and_names_problems_that_differ(papers):
    numbers = sheet.numbers(papers[0].questions, None)
    found = rows(numbers, [paper.questions for paper in papers])
    for column, paper in enumerate(papers):
        for number, asked in zip(numbers, paper.questions, strict=True):
            own = [cells[column] for label, cells in found if re.fullmatch(rf"{number}(\(\w\))?", label)]
            ids = {other.questions[int(number) - 1].id for other in papers}
            answers = [part.offer.choice if part.offer else part.answer for part in asked.instance.solution.parts]
            shown = own[1:] if len(ids) > 1 else own
            assert shown[: len(answers)] == answers
            assert set(shown[len(answers) :]) <= {"--"}
            assert len(ids) == 1 or type(asked.instance.record).__about__.title.split()[0] in own[0]
    assert [row for page in pages(found * 4) for row in page] == found * 4
    assert len(pages(found * 4)) > 1


@pytest.mark.latex
def test_everything_compiles_and_nothing_runs_over_the_margin(exam, papers, sources):
    for source in [*sources["A"].values(), sheet.key_grid(exam.spec, papers).source]:
        preamble, begin, body = source.partition("\\begin{document}\n")
        done = tex.run(preamble, begin + body, 60)
        assert done.pdf, done.error
        assert "Overfull" not in done.log

"""Where pages may end: never behind the heading of a section, nor between what is asked and its solution."""

from dataclasses import replace
from fractions import Fraction

import pypdfium2
import pytest

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.exam.compose import Asked, Paper
from problemgen.exam.spec import ExamSpec, Question, Section
from problemgen.rendering import engine, tex
from problemgen.rendering.sheet import documents
from problemgen.rendering.text import question_text

pytestmark = pytest.mark.latex

FIRST, NEXT = "cnn/conv_params", "cnn/layer_table"
FIRST_WORDS = 40  # characters of what stands at the head of a page
ROOMS = [f"{millimetres}mm" for millimetres in range(20, 200, 6)]  # left for the answer that stands before the heading


def asked(name, section, space):
    instance = sampling.sample(catalog.get(name), Seed.of("breaks"), Level.MEDIUM)
    points = tuple(Fraction(part.points) for part in instance.solution.parts)
    return Asked(name, instance, points, space, section=section)


@pytest.fixture(scope="module")
def sources():
    """Return a question sheet for every room."""
    sections = [Section(title=title, questions=(Question(problem=FIRST),)) for title in ("Part One", "Part Two")]
    spec = ExamSpec(title="Title", seed="s", variants=("A",), sections=tuple(sections))
    papers = [Paper("A", room, (asked(FIRST, 0, room), asked(NEXT, 1, "1cm"))) for room in ROOMS]
    return [documents(spec, paper)["questions"] for paper in papers]


def pages_of(data):
    """Return the text of each page, on one line."""
    with pypdfium2.PdfDocument(data) as pdf:
        return [" ".join(page.get_textpage().get_text_bounded().split()) for page in pdf]


def page_of(words, data):
    """Return the number, from 0, of the one page with these words."""
    (found,) = (number for number, page in enumerate(pages_of(data)) if words in page)
    return found


def test_a_heading_stays_with_its_first_question(sources):
    done = engine.typeset(sources)
    assert done.failures == {}
    title = catalog.get(NEXT).about().title
    places = [page_of("Part Two", done.pdfs[source.name]) for source in sources]
    assert places == [page_of(title, done.pdfs[source.name]) for source in sources]
    assert {0, 1} <= set(places)
    last = places.index(1)  # with a little less room it was on the page before
    for source in sources[last - 1 : last + 1]:
        preamble, begin, body = source.source.partition("\\begin{document}\n")
        alone = tex.run(preamble, begin + body, 60)
        assert page_of("Part Two", alone.pdf) == page_of(title, alone.pdf) == page_of(title, done.pdfs[source.name])


def test_a_part_stays_with_the_beginning_of_its_solution():
    """Lines of instructions push a question with parts down, over the foot of a page."""
    paper = Paper("A", "A", (asked("loss/softmax_cross_entropy", None, "1cm"),))
    prompts = [part.prompt.replace("$", "") for part in question_text(paper.questions[0].instance).parts]
    lengths = range(0, 60, 2)
    sources = []
    for length in lengths:
        spec = ExamSpec(title="Title", seed="s", variants=("A",), instructions=("Read.",) * length, questions=())
        sources.append(replace(documents(spec, paper)["solutions"], name=str(length)))
    done = engine.typeset(sources)
    assert done.failures == {}
    opened = set()
    for length in lengths:
        pdf = done.pdfs[str(length)]
        for prompt in prompts:
            before, _, behind = pages_of(pdf)[page_of(prompt, pdf)].partition(prompt)
            assert "Solution." in behind
            opened.add(prompt if len(before) < FIRST_WORDS else "")
    assert opened == {*prompts, ""}  # each was the first thing on its page for some length

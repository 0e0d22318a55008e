"""Where pages may end: never between the heading of a section and its first question."""

from fractions import Fraction

import pypdfium2
import pytest

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.exam.compose import Asked, Paper
from problemgen.exam.spec import ExamSpec, Question, Section
from problemgen.rendering import engine, tex
from problemgen.rendering.sheet import documents

pytestmark = pytest.mark.latex

FIRST, NEXT = "cnn/conv_params", "cnn/layer_table"
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


def page_of(words, data):
    """Return the number, from 0, of the one page with these words."""
    with pypdfium2.PdfDocument(data) as pdf:
        (found,) = (number for number, page in enumerate(pdf) if words in page.get_textpage().get_text_bounded())
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

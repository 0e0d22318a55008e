"""Nothing runs over the margin: the TeX log of worked sheets of every problem and level is read for overfull lines."""

import re
from fractions import Fraction

import pytest

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.exam.compose import Asked, Paper
from problemgen.exam.spec import ExamSpec, Question
from problemgen.rendering import tex
from problemgen.rendering.sheet import KINDS, documents
from problemgen.rendering.tracing import block_at

EACH = 4
BEGIN = "\\begin{document}\n"
pytestmark = pytest.mark.latex


def overfull(source):
    """Return (points over the margin, the block they come from) of each line that is too long or page too full."""
    preamble, _, body = source.partition(BEGIN)
    done = tex.run(preamble, BEGIN + body, 60)
    assert done.pdf, done.error
    lines = (BEGIN + body).splitlines()
    found = re.findall(r"^Overfull \\[hv]box \(([\d.]+)pt too \w+\).*?(\d+)?(?:--\d+)?$", done.log, flags=re.MULTILINE)
    return [(float(excess), block_at(lines, int(line or 0))) for excess, line in found]


@pytest.mark.parametrize("paper_size", ["a4", "letter"])
@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("name", list(catalog.entries()))
def test_no_line_is_overfull(name, level, paper_size):
    asked = []
    for number in range(EACH):
        instance = sampling.sample(catalog.get(name), Seed.of("typography", number), level)
        points = tuple(part.points for part in instance.solution.parts)
        asked.append(Asked(str(number), instance, points))
    spec = ExamSpec(title="Title", seed="s", variants=("A",), paper=paper_size, questions=(Question(problem=name),))
    sources = documents(spec, Paper("A", "A", tuple(asked)))
    assert [(kind, found) for kind in KINDS if (found := overfull(sources[kind].source))] == []


def test_a_line_that_is_too_long_is_noticed():
    spec = ExamSpec(title="Title", seed="s", variants=("A",), questions=(Question(problem="cnn/conv_params"),))
    instance = sampling.sample(catalog.get("cnn/conv_params"), Seed.of("typography"), Level.EASY)
    source = documents(spec, Paper("A", "A", (Asked("1", instance, (Fraction(1),)),)))["questions"].source
    planted = source.replace("\\end{questions}", "\\rule{30cm}{1pt}\n\n\\[ \\rule{30cm}{1pt} \\]\n\\end{questions}")
    found = overfull(planted)
    assert len(found) == 2
    assert all(excess > 100 and block.startswith("question 1") for excess, block in found)

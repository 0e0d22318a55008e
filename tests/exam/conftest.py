"""Exam specs written into the test's folder, and manifests of their papers."""

from collections import defaultdict

import pytest

from problemgen.errors import InvalidSpec
from problemgen.exam import manifest
from problemgen.exam.compose import compose
from problemgen.exam.record import paper_data
from problemgen.exam.spec import read_spec

HEAD = 'title = "Quiz"\nseed = "quiz"\nvariants = ["A", "B"]\n'
QUESTION = '[[questions]]\nproblem = "cnn/conv_params"\n'


@pytest.fixture
def exam(tmp_path):
    """Return a function that reads a spec: `exam(text)` whole, `exam(top=..., question=...)` a small good one."""

    def read(text=None, *, top="", question="", **files):
        for name, content in files.items():
            path = tmp_path / name.replace("_csv", ".csv")
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (tmp_path / "exam.toml").write_text(text or f"{HEAD}{top}\n{QUESTION}{question}", encoding="utf-8")
        return read_spec(tmp_path / "exam.toml")

    return read


@pytest.fixture
def faults(exam):
    """Return a function that gives the lines of complaint about a spec, from reading or from composing it."""

    def lines(*arguments, **files):
        with pytest.raises(InvalidSpec) as told:
            compose(exam(*arguments, **files))
        return str(told.value).splitlines()

    return lines


DOCUMENTS = {"kinds": ["questions"], "papers": 2, "sheets": "0" * 16, "pikepdf": "", "tex": ""}
NO_SOURCES = {"module": "", "template": ""}


@pytest.fixture
def told():
    """Return a function that gives the text of an exam's manifest."""

    def text(exam):
        head = manifest.head(exam, DOCUMENTS)
        sources = defaultdict(lambda: NO_SOURCES)
        papers = compose(exam).papers
        entries = (manifest.paper_entry(one, paper_data(one), sources, head["spec_digest"]) for one in papers)
        return "".join(manifest.lines(head, entries))

    return text


EVERYTHING = """
title = "Quiz"
seed = "quiz"
variants = ["A", "B"]
shuffle = true
paper = "letter"
[[questions]]
problem = "cnn/conv_params"
format = "choice"
points = 2.5
[[sections]]
title = "Part II"
[[sections.questions]]
problem = "cnn/inverse_kernel_size"
level = "hard"
id = "kernel"
points = [3, 2, 1.5]
[[sections.questions]]
problem = "cnn/layer_table"
space = "3cm"
[[sections.questions]]
problem = "cnn/total_params"
format = "true-false"
[[sections.questions]]
pool = ["cnn/*", "!cnn/layer_table"]
choose = 2
draw = "variant"
points = 6
[[sections.questions]]
problem = "backprop/conv_max_relu"
bonus = true
[[sections.questions]]
problem = "cnn/pool_output_shape"
pin = { stride = 2 }
"""


@pytest.fixture
def everything(exam):
    """Return an exam with all that a manifest has to hold, for students in seats who share two variants."""
    rows = "".join(f"s{number},Student {number},A{number}\n" for number in range(1, 6))
    return exam(f'roster = "roster.csv"\n{EVERYTHING}', roster_csv=f"id,name,seat\n{rows}")

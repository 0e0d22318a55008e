"""Exam specs written into the test's folder."""

import pytest

from problemgen.errors import InvalidSpec
from problemgen.exam.compose import compose
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

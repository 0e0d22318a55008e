"""Both engines keep to one interface: errors with their lines, time limits, nothing read or run outside."""

import re

import pytest

from problemgen.errors import TexMissing
from problemgen.rendering import tex

PREAMBLE = "\\documentclass{article}\n"
BEGIN, END = "\\begin{document}\n", "\\end{document}\n"
pytestmark = pytest.mark.latex


@pytest.fixture(params=["pdflatex", pytest.param("lualatex", marks=pytest.mark.lualatex)])
def engine(request):
    return request.param


def test_a_text_is_set_and_the_same_bytes_come_twice(engine):
    tex.prepare(PREAMBLE, engine)
    first, second = (tex.run(PREAMBLE, f"{BEGIN}text\n{END}", 30, engine) for _ in range(2))
    assert first.pdf
    assert second.pdf
    # LuaTeX makes the identity of a file from its folder; the engine's callers write their own
    assert re.sub(rb"/ID ?\[.*?\]", b"", first.pdf) == re.sub(rb"/ID ?\[.*?\]", b"", second.pdf)


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("\\nosuch", "Undefined control sequence \\nosuch"),
        ("\\input{/etc/passwd}", "LaTeX Error: File `/etc/passwd.tex' not found"),
        ("\\def\\x{\\x}\\x", "LaTeX did not end within"),
    ],
)
def test_an_error_is_told_with_its_line_of_the_body(engine, line, error):
    done = tex.run(PREAMBLE, f"{BEGIN}text\n\n{line}\n{END}", 1 if "end" in error else 30, engine)
    assert (done.pdf, done.line) == (None, 4)
    assert done.error.startswith(error)


def test_no_program_is_run(engine, tmp_path):
    done = tex.run(PREAMBLE, f"{BEGIN}\\immediate\\write18{{touch {tmp_path}/x}}text\n{END}", 30, engine)
    assert done.pdf
    assert not (tmp_path / "x").exists()


def test_a_style_that_is_missing_is_named(engine):
    with pytest.raises(TexMissing, match=r"no nosuch\.sty"):
        tex.run(f"{PREAMBLE}\\usepackage{{nosuch}}\n", f"{BEGIN}text\n{END}", 30, engine)


def test_an_engine_says_which_it_is(engine):
    assert tex.available(engine)
    assert "TeX" in tex.identity(engine)


def test_a_long_document_may_hold_its_pages_in_memory():
    line = f"\\hbox{{{'a' * 100}}}"  # a letter and a box take more than five million words, TeX's usual memory
    held = f"\\count1=0 \\setbox1\\vbox{{\\loop{line}\\advance\\count1 1 \\ifnum\\count1<60000 \\repeat}}text"
    assert tex.run(PREAMBLE, f"{BEGIN}{held}\n{END}", 60).pdf

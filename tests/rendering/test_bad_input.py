"""Whatever is wrong is told in a line or two, the good papers are delivered, and nothing is left half-written."""

import json
import os
import shutil
import tempfile
import unicodedata
from pathlib import Path

import pypdfium2
import pytest

from problemgen import catalog
from problemgen.exam.spec import read_spec
from problemgen.rendering import delivery, engine, tex
from problemgen.rendering.characters import printable, settable
from problemgen.rendering.notation import escape

ROOT = Path(__file__).parents[2]
ONE = '[[questions]]\nproblem = "cnn/conv_params"\n'
HEAD = 'title = "Quiz"\nseed = "bad"\nvariants = ["A", "B", "C"]\n'
BLOCKS = """%% block stem
Filters: $<< out_channels >>$.
{stem}
%% endblock
%% block parameters
{prompt}
%% endblock
"""


def text_of(path):
    with pypdfium2.PdfDocument(path) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def files(folder):
    """Return the files a user sees, by name."""
    found = {str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file()}
    return {name for name in found if not name.startswith(".problemgen/")}


@pytest.fixture
def exam(tmp_path):
    def write(body=ONE, head=HEAD, **more):
        for name, text in more.items():
            (tmp_path / name.replace("_csv", ".csv")).write_text(text, encoding="utf-8")
        (tmp_path / "exam.toml").write_text(head + body, encoding="utf-8")
        return "exam.toml"

    return write


@pytest.fixture
def template(tmp_path):
    def write(stem="", prompt="How many parameters?", whole=None):
        path = tmp_path / "mine/problems/cnn/conv_params.tex.j2"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(whole or BLOCKS.format(stem=stem, prompt=prompt), encoding="utf-8")
        return "mine"

    return write


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    """Return the papers as they were before the fault."""
    folder = tmp_path_factory.mktemp("finished")
    (folder / "exam.toml").write_text(HEAD + ONE, encoding="utf-8")
    delivery.build(read_spec(folder / "exam.toml"), folder / "out")
    return folder / "out"


def only_on_b(folder):
    """Return a number that is on variant B only, so that a template can fail there and nowhere else."""
    record = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    found = {paper["label"]: paper["questions"][0]["parameters"]["in_channels"] for paper in record["papers"]}
    assert found["B"] not in {found["A"], found["C"]}
    return found["B"]


# Texts that are data


@pytest.mark.latex
def test_every_character_that_is_called_settable_is_set(run, exam, tmp_path):
    found = [chr(code) for code in range(0x21, 0x10000) if settable(chr(code))]
    assert len(found) > 300
    run("build", exam(), "--tex-only")
    preamble = (tmp_path / "output/exam/tex/A/questions.tex").read_text(encoding="utf-8").partition("\\begin{doc")[0]
    body = "\\newpage\n".join(f"|{escape(character)}|\n" for character in found)
    done = tex.run(preamble, f"\\begin{{document}}\n{body}\\end{{document}}\n", 60)
    assert done.error == ""
    assert "Missing character" not in done.log
    (tmp_path / "all.pdf").write_bytes(done.pdf)
    with pypdfium2.PdfDocument(tmp_path / "all.pdf") as pdf:
        texts = [page.get_textpage().get_text_bounded() for page in pdf]
    assert len(texts) == len(found)
    for character, text in zip(found, texts, strict=True):
        base = unicodedata.normalize("NFKD", character)[0]
        assert {character, base, _LOOKS_LIKE.get(character)} & set(text.replace("|", "", 1)), character


_LOOKS_LIKE = {"'": "\N{RIGHT SINGLE QUOTATION MARK}", "`": "\N{LEFT SINGLE QUOTATION MARK}", "Đ": "Ð"}
_LOOKS_LIKE |= dict.fromkeys("ĩīĭ", "\N{LATIN SMALL LETTER DOTLESS I}") | {"ĵ": "ȷ"}


@pytest.mark.latex
@pytest.mark.parametrize(
    ("name", "printed"),
    [
        (r"\\input{/etc/passwd}", r"\\input{/etc/passwd} (s1)"),
        ("100 % _ # $ & {x} }{ ~ ^ <<x>> %%", "100 % _ # $ & {x} }{ ~ ^ <<x>> %% (s1)"),
        (r"%% include \\end{document}", r"%% include \\end{document} (s1)"),
        ("[x] -- --- ''y''", "[x] -- ---"),
        ("Zoë Škvorecký-Ångström", "Zoë Škvorecký-Ångström (s1)"),
        ('""Ada\nLovelace""', '"Ada Lovelace" (s1)'),
    ],
)
def test_odd_names_are_printed_as_they_are(run, exam, tmp_path, name, printed):
    name = name.replace("\\\\", "\\")
    printed = printed.replace("\\\\", "\\")
    head = f'title = {json.dumps(name)}\nseed = "bad"\nroster = "roster.csv"\n'
    done = run("build", exam(head=head, roster_csv=f'id,name\ns1,"{name}"\n'))
    assert (done.code, done.err) == (0, "")
    assert printed in text_of(tmp_path / "output/exam/s1/questions.pdf")


@pytest.mark.latex
@pytest.mark.parametrize(
    ("name", "printed", "lacking"),
    [
        ("Ada 😀", "Ada ?", "😀"),
        ("\u202eabc\u200f", "abc", ""),
        ("Nguyễn Văn Bình", "Nguyen Văn Bình", "ễ"),
    ],
)
def test_what_the_fonts_lack_is_replaced_and_told_with_the_line(run, exam, tmp_path, name, printed, lacking):
    head = 'title = "Quiz"\nseed = "bad"\nroster = "roster.csv"\nengine = "pdflatex"\n'
    done = run("build", exam(head=head, roster_csv=f"id,name\ns1,Alan\ns2,{name}\n"))
    assert done.code == 0
    assert f"{printed} (s2)" in text_of(tmp_path / "output/exam/s2/questions.pdf")
    if lacking:
        assert f"warning: roster.csv:3: name: the fonts lack {lacking}; printed as '{printed}" in done.err
    assert len(done.err.splitlines()) == bool(lacking)


@pytest.mark.latex
@pytest.mark.parametrize("name", ["\u05e9\u05dc\u05d5\u05dd", "李明", "Ελένη", "محمد"])
def test_a_name_without_a_letter_that_can_be_printed_leaves_the_id(run, exam, tmp_path, name):
    head = 'title = "Quiz"\nseed = "bad"\nroster = "roster.csv"\nengine = "pdflatex"\n'
    done = run("build", exam(head=head, roster_csv=f"id,name\ns1,Alan\ns2,{name}\n"))
    assert done.code == 0
    told = f"warning: roster.csv:3: name: LaTeX's fonts lack the letters of '{name}'; only the id is printed"
    assert [line.startswith(told) for line in done.err.splitlines()] == [True]
    text = text_of(tmp_path / "output/exam/s2/questions.pdf")
    assert "?" not in text.partition("ID: s2")[0]
    assert "ID: s2" in text


def test_replacements_in_the_spec_are_told_with_the_field(run, exam):
    done = run(
        "build",
        exam(head='title = "Quiz 😀"\nseed = "q"\nvariants = ["A", "B→1"]\nengine = "pdflatex"\n'),
        "--tex-only",
    )
    assert done.code == 0
    assert "exam.toml: title: the fonts lack 😀; printed as 'Quiz ?'" in done.err
    assert "exam.toml: variants: the fonts lack →; printed as 'A B?1'" in done.err


def test_printable_texts_are_settable_throughout():
    for text in ("Ada", "Đặng\n\t x", "e\u0301", "q\u0301", "①ﬁ½", "\x00\u200d", "ǅ", "\ud7ff\ue000\uffff"):
        assert all(settable(character) for character in printable(text)[0])
    assert printable("e\u0301 q\u0301") == ("é q", ["\u0301"])


# What is missing on the machine


def without_tex():
    return {**os.environ, "PATH": "/nonexistent"}


def test_without_latex_one_line_says_what_to_do(run_apart, exam, tmp_path):
    done = run_apart("build", exam(), env=without_tex())
    assert (done.code, done.out) == (2, "")
    assert done.err == (
        "no LaTeX found: install it with 'make tex' (Debian, Ubuntu) or your TeX distribution; "
        "'problemgen build --tex-only' writes the sources without it\n"
    )
    assert not (tmp_path / "output").exists()
    assert run_apart("build", exam(), "--tex-only", env=without_tex()).code == 0
    done = run_apart("practice", "cnn/conv_params", "--count", "1", env=without_tex())
    assert (done.code, done.out) == (2, "")
    assert "no LaTeX found" in done.err


@pytest.mark.latex
def test_a_style_that_is_not_installed_is_named(run, exam, tmp_path):
    (tmp_path / "mine/sheets").mkdir(parents=True)
    preamble = (ROOT / "templates/sheets/preamble.tex.j2").read_text(encoding="utf-8")
    wanting = preamble.replace("\\usepackage{textcomp}", "\\usepackage{textcomp,nosuchstyle}")
    assert wanting != preamble
    (tmp_path / "mine/sheets/preamble.tex.j2").write_text(wanting, encoding="utf-8")
    done = run("build", exam(), "--templates", "mine")
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("this LaTeX has no nosuchstyle.sty: 'make tex'")
    assert not (tmp_path / "output").exists()


def test_a_file_in_the_place_of_the_output_folder(run, exam, tmp_path):
    (tmp_path / "taken").write_text("mine")
    for out in ("taken", "taken/below"):
        done = run("build", exam(), "--out", out)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(f"{out}: cannot be written: ")
        assert "taken is a file; choose another folder with --out" in done.err
    assert (tmp_path / "taken").read_text() == "mine"


def test_a_folder_in_the_place_of_a_file_and_a_file_in_the_place_of_a_folder(run, exam, tmp_path):
    (tmp_path / "out/manifest.json").mkdir(parents=True)
    (tmp_path / "other").mkdir()
    (tmp_path / "other/tex").write_text("mine")
    for out in ("out", "other"):
        done = run("build", exam(), "--out", out, "--tex-only")
        assert done.code == 2
        assert "cannot be written" in done.err
        assert not list((tmp_path / out).glob(".problemgen*"))


@pytest.mark.latex
def test_a_cache_that_cannot_be_written_does_not_matter(run_apart, exam, tmp_path):
    (tmp_path / "cache").write_text("a file")
    (tmp_path / "tmp").mkdir()
    for place in ({"XDG_CACHE_HOME": "cache"}, {"XDG_CACHE_HOME": "", "HOME": str(tmp_path / "cache")}):
        done = run_apart("build", exam(), env={**os.environ, **place, "TMPDIR": str(tmp_path / "tmp")})
        assert (done.code, done.err) == (0, "")
        assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.latex
def test_a_damaged_format_in_the_cache_is_made_anew(run_apart, exam, tmp_path):
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    assert run_apart("build", exam(), env=env).code == 0
    (kept,) = (tmp_path / "cache/problemgen").glob("*.fmt")
    whole = kept.read_bytes()
    flipped = bytearray(whole)
    flipped[len(whole) // 2] ^= 1
    for damaged in (whole[: len(whole) // 2], b"", bytes(flipped)):
        kept.write_bytes(damaged)
        done = run_apart("build", exam(), "--fresh", env=env)
        assert (done.code, done.err) == (0, "")
        (again,) = (tmp_path / "cache/problemgen").glob("*.fmt")
        assert len(again.read_bytes()) == len(whole)
        kept = again


# TeX that fails on one paper


@pytest.mark.latex
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (r"\undefinedcommand", r"Undefined control sequence \undefinedcommand"),
        (r"\textbf{open", "} is missing"),
        (r"}", "} closes nothing"),
        (r"\begin{itemize}\item open", r"\end{itemize} is missing"),
        (r"\begingroup", "a group or environment is left open"),
        (r"\[ x", r"\] is missing"),
        (r"$x_1_2$", "Double subscript"),
        (r"\end{document}", r"\end{document} closes nothing"),
        (r"\input{nosuchfile}", "File `nosuchfile.tex' not found"),
        (r"\input{/etc/passwd}", "File `/etc/passwd.tex' not found"),
    ],
)
def test_a_fault_on_one_variant_costs_that_variant_alone(run, exam, template, finished, tmp_path, fault, told):
    spec = exam()
    shutil.copytree(finished, tmp_path / "output/exam")
    before = {name: (tmp_path / "output/exam" / name).read_bytes() for name in files(tmp_path / "output/exam")}
    (tmp_path / "output/exam/A/questions.pdf").unlink()
    folder = template(stem=f"<% if in_channels == {only_on_b(tmp_path / 'output/exam')} %>{fault}<% endif %>")
    done = run("build", spec, "--templates", folder)
    assert done.code == 1
    assert "Traceback" not in done.err
    first, *_, last = done.err.splitlines()
    assert first.startswith("B/questions")
    assert told in first
    assert fault == r"\begingroup" or "question 1, cnn/conv_params: stem: " in first
    assert last == "The other papers are complete; the PDFs of these and of print/ are as they were before."
    assert "A/" not in done.err.replace("tex/A", "")
    assert len(done.err.splitlines()) <= 3
    made = text_of(tmp_path / "output/exam/A/questions.pdf")
    assert "Filters:" in made
    kept = [name for name in before if name.startswith("print/") or (name.startswith("B/") and name.endswith("pdf"))]
    assert len(kept) == 7
    assert all((tmp_path / "output/exam" / name).read_bytes() == before[name] for name in kept)
    assert files(tmp_path / "output/exam") == set(before)


@pytest.mark.latex
@pytest.mark.parametrize("layout", ["", "\\documentclass{article}\n", "\\begin{document}\n\\end{document}\n"])
def test_a_layout_without_a_text_is_told(run, exam, tmp_path, layout):
    (tmp_path / "mine/sheets").mkdir(parents=True)
    (tmp_path / "mine/sheets/questions.tex.j2").write_text(layout, encoding="utf-8")
    done = run("build", exam(), "--templates", "mine")
    assert (done.code, done.err.count("\n")) == (2, 1)
    assert "A/questions: its layout in templates/sheets has no text between" in done.err


@pytest.mark.latex
@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (r"\stop", "the text ends early"),
        (r"\begin{document}", r"parameters: \end{document} is missing"),
        (r"\pdfximage{nosuch.png}", "cannot find image file nosuch.png"),
    ],
)
def test_what_ends_latex_without_a_number_of_a_line_is_told_too(run, exam, template, fault, told):
    done = run("build", exam(), "--templates", template(prompt=fault))
    assert done.code == 1
    assert told in done.err
    assert "ended with code" not in done.err


@pytest.mark.latex
def test_a_fault_on_every_paper_is_told_once(run, exam, template, tmp_path):
    done = run("build", exam(), "--templates", template(prompt=r"\undefinedcommand"))
    assert done.code == 1
    first, last = done.err.splitlines()
    assert first.startswith("A/questions, A/solutions, B/questions, ")
    assert "question 1, cnn/conv_params: parameters: Undefined control sequence \\undefinedcommand" in first
    line = int(first.rpartition(":")[2].rstrip(")"))
    source = (tmp_path / "output/exam/tex/A/questions.tex").read_text(encoding="utf-8").splitlines()
    assert source[line - 1].startswith(r"\undefinedcommand")
    assert first.endswith(f"(output/exam/tex/A/questions.tex:{line})")
    assert last == "No PDF was made; those of the papers and of print/ are as they were before."
    assert not list((tmp_path / "output/exam").rglob("*.pdf"))


@pytest.mark.latex
def test_an_endless_loop_is_stopped(run, exam, template, tmp_path, monkeypatch):
    monkeypatch.setattr(engine, "_SECONDS", 1.0)
    monkeypatch.setattr(engine, "_SECONDS_EACH", 0.1)
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    run("build", exam(), "--tex-only")
    number = only_on_b(tmp_path / "output/exam")
    folder = template(stem=f"<% if in_channels == {number} %>\\loop\\iftrue\\repeat<% endif %>")
    done = run("build", exam(), "--templates", folder)
    assert done.code == 1
    assert "B/questions" in done.err
    assert "LaTeX did not end within 1 s" in done.err
    assert (tmp_path / "output/exam/C/questions.pdf").is_file()
    assert list((tmp_path / "tmp").iterdir()) == []


@pytest.mark.latex
def test_tex_neither_reads_outside_its_folder_nor_runs_programs(run, exam, template, tmp_path):
    stem = (
        r"""\newread\outside
\openin\outside=/etc/passwd \ifeof\outside CLOSED\else OPEN\fi
\openin\outside=../../etc/passwd \ifeof\outside CLOSED\else OPEN\fi
\immediate\write18{touch """
        + str(tmp_path / "written")
        + r"""}
\pdffilesize{/etc/passwd}\pdffiledump offset 0 length 4{/etc/passwd}."""
    )
    done = run("build", exam(), "--templates", template(stem=stem))
    assert done.code == 0
    text = text_of(tmp_path / "output/exam/A/questions.pdf")
    assert text.count("CLOSED") == 2
    assert "OPEN" not in text
    assert "726F" not in text
    assert not (tmp_path / "written").exists()


@pytest.mark.latex
def test_practice_with_a_fault_names_the_question_and_writes_nothing(run, template, tmp_path):
    done = run("practice", "cnn/conv_params", "--count", "2", "--templates", template(prompt=r"\undefinedcommand"))
    assert (done.code, done.out) == (1, "")
    assert "question 1, cnn/conv_params: parameters: Undefined control sequence" in done.err
    assert not (tmp_path / "output").exists()


# Templates


@pytest.mark.parametrize(
    ("stem", "told"),
    [
        ("<< nosuchname >>", ":3 (block stem): 'nosuchname' is undefined"),
        ("<< answer >>", ":3 (block stem): 'answer' is undefined"),
        ("<< 0.5 >>", ":3 (block stem): a float cannot be printed: 0.5"),
        ("<< bias >>", "cannot be printed; write"),
        ("<< 1 // 0 >>", "ZeroDivisionError"),
        ("<< (1, 2) | nosuchfilter >>", "nosuchfilter"),
        ("a << b", ":"),
        ("%% unless x", "unknown tag 'unless'"),
        ("%% if x", ":"),
        ("<< 10**5000 >>", "Exceeds the limit"),
        ("<< (10**5000) * in_channels >>", "Exceeds the limit"),
        ('<< "\\ud800" >>', "surrogates not allowed"),
        ("<< in_channels ~ '\\ud800' >>", "surrogates not allowed"),
        ("<% if 1 %>" * 300 + "<% endif %>" * 300, "too deep inside each other"),
        ("<< " + "(" * 3000 + "1" + ")" * 3000 + " >>", "too deep inside each other"),
        ("<< " + "not " * 3000 + "1 >>", "too deep inside each other"),
    ],
    ids=lambda text: text[:20],
)
def test_a_template_fault_is_one_line_with_its_place(run, exam, template, tmp_path, stem, told):
    done = run("build", exam(), "--templates", template(stem=stem))
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("mine/problems/cnn/conv_params.tex.j2")
    assert told in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "output").exists()


def test_a_missing_block_and_a_template_that_is_not_utf_8(run, exam, template, tmp_path):
    folder = template(whole="%% block stem\nx\n%% endblock\n")
    done = run("build", exam(), "--templates", folder)
    assert done.code == 2
    assert done.err == "mine/problems/cnn/conv_params.tex.j2: there is no block 'parameters'; it has stem\n"
    (tmp_path / "mine").rename(tmp_path / "yours")
    (tmp_path / "yours/problems/cnn/conv_params.tex.j2").write_bytes(b"%% block stem\n\xff\n%% endblock\n")
    done = run("show", "cnn/conv_params", "--templates", "yours")
    assert done.code == 2
    assert "not UTF-8" in done.err


# Oracles


def test_an_oracle_that_disagrees_stops_the_build_before_anything_is_typeset(run, exam, tmp_path, monkeypatch):
    record_type = catalog.get("cnn/conv_params").load()
    honest = record_type.oracle
    monkeypatch.setattr(record_type, "oracle", lambda self: {"parameters": honest(self)["parameters"] + 1})
    done = run("build", exam())
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("cnn/conv_params at bad/A/cnn/conv_params#1/")
    assert "part parameters: solved " in done.err
    assert "oracle measured " in done.err
    assert len(done.err.splitlines()) == 1
    assert not (tmp_path / "output").exists()

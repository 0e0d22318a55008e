"""An exam on disk: which files there are, and what their pages hold when they are read as a student reads them."""

import json
import re
import shutil
import subprocess

import pypdfium2
import pytest

from problemgen import catalog, sampling
from problemgen.exam.spec import read_spec
from problemgen.problem import visible
from problemgen.rendering import delivery

pytestmark = pytest.mark.latex

KINDS = ("questions", "answers", "solutions")
QUESTIONS = """
[[questions]]
problem = "cnn/conv_params"
points = 2.5
[[questions]]
problem = "cnn/inverse_kernel_size"
[[questions]]
problem = "cnn/layer_table"
"""
ONE = '[[questions]]\nproblem = "cnn/conv_params"\n'


def head(variants='["A", "B", "C"]', more=""):
    return f'title = "Midterm"\nseed = "build"\nvariants = {variants}\n{more}\n'


def opened(path):
    return pypdfium2.PdfDocument(path)


def pages(path):
    """Return the text of each page."""
    with opened(path) as pdf:
        return [page.get_textpage().get_text_bounded() for page in pdf]


def tokens(texts):
    """Return the numbers in the texts, with and without the blanks that group digits."""
    text = " ".join(texts)
    joined = re.sub(r"(?<=\d)\s(?=\d{3}\b)", "", text)
    return {int(token) for token in re.findall(r"\d+", f"{text} {joined}")}


def height(path, word):
    """Return the height of a word's first letter on the first page."""
    with opened(path) as pdf:
        text = pdf[0].get_textpage()
        place, _ = text.search(word).get_next()
        _, bottom, _, top = text.get_charbox(place)
        return top - bottom


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    folder = tmp_path_factory.mktemp("exam")
    more = 'course = "Deep Learning"\npaper = "letter"\nscratch_pages = 1\nduration = 30\ncalculator = false'
    (folder / "midterm.toml").write_text(head(more=more) + QUESTIONS, encoding="utf-8")
    done = delivery.build(read_spec(folder / "midterm.toml"), folder / "out")
    assert done.failures == {}
    return folder / "out"


@pytest.fixture(scope="module")
def personal(tmp_path_factory):
    folder = tmp_path_factory.mktemp("roster")
    (folder / "roster.csv").write_text(
        "id,name,extra_time,large_print\ns/1,Ada Lovelace,25 %,\ns2,Grace Hopper,,yes\ns3,Alan Turing,,\n",
        encoding="utf-8",
    )
    (folder / "exam.toml").write_text('title = "Midterm"\nseed = "r"\nroster = "roster.csv"\n' + QUESTIONS)
    done = delivery.build(read_spec(folder / "exam.toml"), folder / "out")
    assert done.failures == {}
    return folder / "out"


def test_the_files_are_those_that_were_promised(built):
    made = {str(path.relative_to(built)) for path in built.rglob("*") if path.is_file()}
    made = {name for name in made if not name.startswith(".problemgen/")}
    papers = {f"{label}/{kind}.pdf" for label in "ABC" for kind in KINDS}
    sources = {f"tex/{label}/{kind}.tex" for label in "ABC" for kind in KINDS}
    collections = {f"print/{kind}.pdf" for kind in (*KINDS, "key_grid")}
    assert made == {*papers, *sources, *collections, "manifest.json"}
    assert [path.name for path in built.glob(".*")] == [".problemgen"]


def test_every_page_names_its_variant_and_counts_right(built):
    for label in "ABC":
        for kind in KINDS:
            texts = pages(built / label / f"{kind}.pdf")
            for number, text in enumerate(texts, start=1):
                assert f"Variant {label}" in text
                assert f"Page {number} of {len(texts)}" in text
                assert "Midterm" in text


def test_the_cover_holds_what_a_student_must_know(built):
    cover = pages(built / "A/questions.pdf")[0]
    for text in ("Deep Learning", "30 minutes", "17.5 points", "Name:", "ID:", "Calculators are not allowed", "Total"):
        assert text in cover


def test_what_one_sheet_sets_for_itself_does_not_reach_the_next(built):
    for word, kind in (("Name:", "questions"), ("Answer key", "answers"), ("Solutions and", "solutions")):
        assert len({round(height(built / label / f"{kind}.pdf", word), 2) for label in "ABC"}) == 1


def test_metadata_name_title_and_variant(built):
    for label in "ABC":
        with opened(built / label / "questions.pdf") as pdf:
            title = pdf.get_metadata_dict()["Title"]
        assert title == f"Midterm - Variant {label} - Questions"


def test_the_key_grid_is_one_page_with_all_variants(built):
    (text,) = pages(built / "print/key_grid.pdf")
    printed = tokens([text])
    record = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    for paper in record["papers"]:
        assert paper["questions"][0]["answers"]["parameters"]["value"] in printed


def test_in_the_collections_every_paper_begins_on_an_odd_page(built):
    for kind in KINDS:
        texts = pages(built / f"print/{kind}.pdf")
        starts = [place for place, text in enumerate(texts) if "Page 1 of" in text]
        assert len(starts) == 3
        assert all(place % 2 == 0 for place in starts)
        written = [text for text in texts if text.strip()]
        assert written == [text for label in "ABC" for text in pages(built / label / f"{kind}.pdf")]


def test_the_scratch_page_and_the_paper_size(built):
    assert "Scratch paper" in pages(built / "A/questions.pdf")[-1]
    for path in built.rglob("*.pdf"):
        with opened(path) as pdf:
            assert {tuple(round(side) for side in page.get_size()) for page in pdf} == {(612, 792)}


def numbers(value):
    if isinstance(value, bool) or value is None:
        return set()
    if isinstance(value, int):
        return {value}
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return set().union(*(numbers(one) for one in value))
    return {int(found) for found in re.findall(r"\d+", str(value))}


def test_no_answer_that_is_not_a_given_is_on_the_question_sheet(built):
    record = json.loads((built / "manifest.json").read_text(encoding="utf-8"))
    looked_for = 0
    for paper in record["papers"]:
        given = {2026, *range(21)}  # small numbers are points, pages and labels
        asked = set()
        for question in paper["questions"]:
            instance = sampling.given(catalog.get(question["problem"]), question["parameters"])
            given |= numbers({name: str(value) for name, value in visible(instance.record).items()})
            asked |= numbers([answer["value"] for answer in question["answers"].values()])
        assert not (asked - given) & tokens(pages(built / paper["folder"] / "questions.pdf"))
        assert asked - given <= tokens(pages(built / paper["folder"] / "answers.pdf"))
        looked_for += len(asked - given)
    assert looked_for > 20


def test_the_sources_stand_alone(built, tmp_path):
    if not shutil.which("latexmk"):
        pytest.skip("there is no latexmk on this machine")
    shutil.copy(built / "tex/B/questions.tex", tmp_path)
    subprocess.run(
        ["latexmk", "-pdf", "-interaction=nonstopmode", "questions.tex"],  # noqa: S607 - as a user types it
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert pages(tmp_path / "questions.pdf") == pages(built / "B/questions.pdf")


def test_a_personal_paper_has_name_and_id_on_every_page(personal):
    for folder, mark in (("s_1", "Ada Lovelace (s/1)"), ("s2", "Grace Hopper (s2)"), ("s3", "Alan Turing (s3)")):
        for kind in KINDS:
            assert all(mark in text for text in pages(personal / folder / f"{kind}.pdf"))


def test_accommodations_change_that_students_paper_only(personal):
    covers = {folder: pages(personal / folder / "questions.pdf")[0] for folder in ("s_1", "s2", "s3")}
    assert "Extra time: 25 %" in covers["s_1"]
    assert "Extra time" not in covers["s2"] + covers["s3"]
    heights = {folder: height(personal / folder / "questions.pdf", "Name:") for folder in covers}
    assert heights["s_1"] == pytest.approx(heights["s3"])
    assert heights["s2"] > 1.3 * heights["s3"]
    for folder in covers:
        with opened(personal / folder / "questions.pdf") as pdf:
            assert {tuple(round(side) for side in page.get_size()) for page in pdf} == {(595, 842)}


@pytest.fixture
def exam(tmp_path):
    def write(text):
        (tmp_path / "exam.toml").write_text(text, encoding="utf-8")
        return "exam.toml"

    return write


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_duplex_pads_every_paper_to_even_pages(run, exam, tmp_path):
    assert run("build", exam(head('["A"]', "duplex = true") + ONE), "--out", "here").code == 0
    for kind in KINDS:
        texts = pages(tmp_path / "here/A" / f"{kind}.pdf")
        assert len(texts) == 2
        assert texts[1].strip() == ""
        assert "Page 1 of 1" in texts[0]


def test_the_same_spec_makes_the_same_bytes_and_only_rebuilds_one_paper(run, exam, tmp_path):
    spec = exam(head('["A", "B"]') + ONE)
    run("build", spec)
    first = contents(tmp_path / "output/exam")
    run("build", spec)
    assert contents(tmp_path / "output/exam") == first
    before = pages(tmp_path / "output/exam/A/questions.pdf")
    (tmp_path / "output/exam/B/questions.pdf").write_text("mine")
    (tmp_path / "output/exam/A/questions.pdf").unlink()
    done = run("build", spec, "--only", "A")
    assert done.code == 0
    again = contents(tmp_path / "output/exam")
    assert again["B/questions.pdf"] == b"mine"
    assert {name for name in first if again[name] != first[name]} <= {"B/questions.pdf", *(f"A/{k}.pdf" for k in KINDS)}
    assert pages(tmp_path / "output/exam/A/questions.pdf") == before


def test_a_variant_that_is_gone_leaves_no_paper_to_be_printed(run, exam, tmp_path):
    run("build", exam(head('["A", "B"]') + ONE))
    out = tmp_path / "output/exam"
    (out / "B/notes.txt").write_text("mine")
    run("build", exam(head('["A", "C"]') + ONE))
    assert {path.name for path in out.iterdir()} == {".problemgen", "A", "B", "C", "manifest.json", "print", "tex"}
    assert [path.name for path in (out / "B").iterdir()] == ["notes.txt"]
    assert {path.name for path in (out / "tex").iterdir()} == {"A", "C"}


def test_a_sheet_in_the_users_templates_replaces_ours(run, exam, tmp_path):
    spec = exam(head('["A"]') + ONE)
    sheet = '%% include "sheets/preamble.tex.j2"\n\\begin{document}\nMY OWN KEY: << exam.title >>\n\\end{document}\n'
    for folder in ("templates", "others"):
        (tmp_path / folder / "sheets").mkdir(parents=True)
        text = sheet.replace("OWN", folder.upper())
        (tmp_path / folder / "sheets/answers.tex.j2").write_text(text, encoding="utf-8")
    run("build", spec)
    assert "MY TEMPLATES KEY: Midterm" in pages(tmp_path / "output/exam/A/answers.pdf")[0]
    run("build", spec, "--templates", "others")
    assert "MY OTHERS KEY: Midterm" in pages(tmp_path / "output/exam/A/answers.pdf")[0]
    assert "Parameters of a convolution" in pages(tmp_path / "output/exam/A/questions.pdf")[0]


def test_a_practice_sheet_has_its_solutions_at_the_end(run, tmp_path):
    done = run("practice", "cnn", "--count", "5", "--level", "easy", "--seed", "s", "--title", "Drill 1")
    assert (done.code, done.out) == (0, "output/practice.pdf\noutput/practice.json\n")
    text = "\n".join(pages(tmp_path / "output/practice.pdf"))
    asked, _, solved = text.partition("Worked solutions")
    assert "Drill 1" in asked
    assert "5 questions" in asked
    assert "easy" in asked
    assert "Answer:" not in asked
    assert solved.count("Answer:") >= 5
    run("practice", "cnn", "--count", "5", "--level", "easy", "--seed", "s", "--title", "Drill 1", "--out", "again")
    assert "\n".join(pages(tmp_path / "again.pdf")) == text


def test_a_practice_sheet_with_separate_solutions(run, tmp_path):
    done = run("practice", "cnn/conv_p*", "--count", "4", "--separate-solutions", "--out", "deep/down/sheet.pdf")
    assert done.out.split() == [f"deep/down/{name}" for name in ("sheet.pdf", "sheet-solutions.pdf", "sheet.json")]
    sheet, solutions = ("\n".join(pages(tmp_path / name)) for name in done.out.split()[:2])
    assert sheet.count("Parameters of a convolution") == 4
    assert "Answer:" not in sheet
    assert solutions.count("Answer:") == 4
    written = {path.name: path for path in (tmp_path / "deep/down").iterdir()}
    assert sorted(written) == ["sheet-solutions.pdf", "sheet.json", "sheet.pdf"]
    assert len(json.loads(written["sheet.json"].read_text())["questions"]) == 4


def papers(folder):
    return {one["label"]: one for one in json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["papers"]}


def test_what_an_earlier_build_left_is_told_and_the_manifest_describes_what_is_there(run, tmp_path):
    spec = tmp_path / "exam.toml"
    spec.write_text(SMALL, encoding="utf-8")
    assert run("build", "exam.toml", "--out", "out").code == 0
    before = papers(tmp_path / "out")
    spec.write_text(SMALL.replace('seed = "small"', 'seed = "other"'), encoding="utf-8")
    done = run("build", "exam.toml", "--out", "out", "--only", "A")
    assert done.code == 0
    assert "print/ still holds the papers and keys of an earlier build" in done.err
    assert "B: the PDFs there are of an earlier build" in done.err
    after = papers(tmp_path / "out")
    assert after["B"] == before["B"]
    assert after["A"] != before["A"]
    assert "warning" not in run("build", "exam.toml", "--out", "out").err


SMALL = """
title = "Small"
seed = "small"
variants = ["A", "B"]

[[questions]]
problem = "cnn/conv_params"
"""

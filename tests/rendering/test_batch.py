"""A build in chunks: the same bytes however it is built, stopped anywhere, one bad question at a time."""

import contextlib
import errno
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import pypdfium2
import pytest

from problemgen.errors import OutputFault
from problemgen.rendering import batch, engine, printing, process, state
from problemgen.rendering.sheet import Document
from problemgen.rendering.workers import Workers

pytestmark = pytest.mark.latex

KINDS = ("questions", "answers", "solutions")
SPEC = """
title = "Quiz"
seed = "batch"
roster = "roster.csv"

[[questions]]
problem = "cnn/conv_params"

[[questions]]
problem = "cnn/pool_output_shape"
"""
STEM = """%% block stem
Filters: $<< out_channels >>$.
{fault}
%% endblock
%% block parameters
How many parameters?
%% endblock
"""


@pytest.fixture
def roster(tmp_path):
    def write(students, spec=SPEC):
        rows = "".join(f"s{number:02},Student {number}\n" for number in range(1, students + 1))
        (tmp_path / "roster.csv").write_text(f"id,name\n{rows}", encoding="utf-8")
        (tmp_path / "exam.toml").write_text(spec, encoding="utf-8")
        return "exam.toml"

    return write


@pytest.fixture
def spoiled(tmp_path):
    """Return a function that writes templates in which one paper of a build has a fault."""

    def write(out, label, fault):
        record = json.loads((tmp_path / out / "manifest.json").read_text(encoding="utf-8"))
        found = {one["label"]: one["questions"][0]["parameters"] for one in record["papers"]}
        alone = " and ".join(f"{name} == {value}" for name, value in found[label].items())
        assert [name for name, values in found.items() if values == found[label]] == [label]
        path = tmp_path / "mine/problems/cnn/conv_params.tex.j2"
        path.parent.mkdir(parents=True)
        path.write_text(STEM.format(fault=f"<% if {alone} %>{fault}<% endif %>"), encoding="utf-8")
        return "mine"

    return write


def contents(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def seen(folder):
    return {name: data for name, data in contents(folder).items() if not name.startswith(".")}


def text_of(data):
    with pypdfium2.PdfDocument(data) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


# The same bytes


def test_any_number_of_workers_gives_the_same_bytes(run, roster, tmp_path):
    spec = roster(12)
    for workers in (1, 2, 3):
        assert run("build", spec, "--out", f"by{workers}", "--workers", workers).code == 0
    one, two, three = (contents(tmp_path / f"by{workers}") for workers in (1, 2, 3))
    assert len(one) > 12 * 6
    assert one == two == three


def test_one_paper_built_alone_has_the_bytes_it_has_among_all(run, roster, tmp_path):
    spec = roster(12)
    run("build", spec, "--out", "all")
    done = run("build", spec, "--out", "alone", "--student", "s11", "--only", "s03")
    assert done.code == 0
    alone, everything = seen(tmp_path / "alone"), seen(tmp_path / "all")
    pdfs = {f"{label}/{kind}.pdf" for label in ("s03", "s11") for kind in KINDS}
    assert {name for name in alone if name.endswith(".pdf")} == pdfs
    assert all(alone[name] == everything[name] for name in pdfs)


def test_a_paper_more_leaves_the_numbers_of_the_others(run, roster, tmp_path):
    run("build", roster(11), "--out", "fewer", "--tex-only")
    run("build", roster(12), "--out", "more", "--tex-only")
    fewer, more = (
        {one["label"]: one["questions"] for one in json.loads((tmp_path / out / "manifest.json").read_text())["papers"]}
        for out in ("fewer", "more")
    )
    assert len(more) == 12
    assert {label: more[label] for label in fewer} == fewer


def test_only_the_documents_asked_for_are_made(run, roster, tmp_path):
    assert run("build", roster(9), "--documents", "questions,answers").code == 0
    assert {path.name for path in (tmp_path / "output/exam/s05").iterdir()} == {"questions.pdf", "answers.pdf"}
    done = run("build", "exam.toml", "--documents", "question")
    assert (done.code, done.err) == (2, "--documents: there is no document 'question'; did you mean 'questions'?\n")


def test_a_large_class_is_collected_in_parts(run, roster, tmp_path, monkeypatch):
    monkeypatch.setattr(printing, "PART", 10)
    assert run("build", roster(25)).code == 0
    names = {f"{kind}-{first}-{last}.pdf" for kind in (*KINDS, "key_grid") for first, last in PARTS}
    assert {path.name for path in (tmp_path / "output/exam/print").iterdir()} == names
    for first, last in PARTS:
        text = text_of(tmp_path / f"output/exam/print/questions-{first}-{last}.pdf")
        found = [f"s{number:02}" for number in range(1, 26) if f"ID: s{number:02}" in text]
        assert found == [f"s{number:02}" for number in range(int(first), int(last) + 1)]
    assert run("build", roster(8)).code == 0
    assert {path.name for path in (tmp_path / "output/exam/print").iterdir()} == {
        f"{k}.pdf" for k in (*KINDS, "key_grid")
    }


PARTS = (("0001", "0010"), ("0011", "0020"), ("0021", "0025"))


# Going on


def test_only_what_is_missing_or_changed_is_made_again(run, roster, tmp_path):
    spec = roster(22)
    run("build", spec)
    out = tmp_path / "output/exam"
    before = contents(out)
    done = run("build", spec)
    assert "all of them were there already" in done.out
    assert contents(out) == before
    (out / "s15/answers.pdf").unlink()
    (out / "s16/questions.pdf").write_text("mine")
    stamps = {name: (out / name).stat().st_mtime_ns for name in before if (out / name).exists()}
    done = run("build", spec)
    assert "22 papers" in done.out
    assert "16 were there already" in done.out
    assert contents(out) == before
    renewed = {name.partition("/")[0] for name in stamps if (out / name).stat().st_mtime_ns != stamps[name]}
    papers = {name for name in renewed if name.startswith("s")}
    assert papers == {f"s{number}" for number in range(13, 19)}  # 22 papers are set in runs of six
    done = run("build", spec, "--fresh")
    assert "there already" not in done.out
    assert contents(out) == before


def test_a_change_of_the_spec_makes_everything_anew(run, roster, tmp_path):
    run("build", roster(9))
    done = run("build", roster(9, SPEC.replace('"Quiz"', '"Other"')))
    assert "there already" not in done.out
    assert "Other" in text_of(tmp_path / "output/exam/s09/answers.pdf")


def test_papers_with_other_questions_than_before_are_counted(run, roster, tmp_path):
    spec = roster(3)
    run("build", spec, "--tex-only")
    assert "other questions" not in run("build", spec).out
    (tmp_path / spec).write_text((tmp_path / spec).read_text().replace("seed = ", 'seed = "other" # '))
    assert "3 with other questions than before" in run("build", spec).out


def test_a_damaged_memory_is_passed_over(run, roster, tmp_path):
    spec = roster(12)
    run("build", spec)
    out = tmp_path / "output/exam"
    before = contents(out)
    (out / ".problemgen/0001.json").write_text("{}")  # of two runs of six
    (out / ".problemgen/papers.json").write_text("[")
    done = run("build", spec)
    assert done.code == 0
    assert "6 were there already" in done.out
    assert contents(out) == before


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("0001.json", '{"key": "x", "files": null, "places": {}}'),
        ("0001.json", '{"key": "x", "files": {"a\\u0000": "x"}, "places": {}}'),
        ("0001.json", '{"key": "x", "files": {}, "places": {"s01/questions": [9, -1, 999]}}'),
        ("0001.json", "[" * 100_000),
        ("0001-entries.json", "[{}]"),
        ("papers.json", '{"print": 5, "papers": 5}'),
        ("papers.json", "[" * 100_000),
        ("1abc", ""),
        ("9999x/inner", ""),
    ],
)
def test_a_memory_of_other_types_counts_as_not_there(run, roster, tmp_path, name, content):
    spec = roster(2)
    run("build", spec)
    out = tmp_path / "output/exam"
    before = contents(out)
    place = out / ".problemgen" / name
    place.parent.mkdir(exist_ok=True)
    place.write_text(content)
    done = run("build", spec)
    assert (done.code, done.err) == (0, "")
    assert {kept: data for kept, data in contents(out).items() if kept in before} == before


def test_nothing_outside_of_the_folder_is_removed(run, roster, tmp_path):
    spec = roster(2)
    run("build", spec)
    out = tmp_path / "output/exam"
    victims = [out.parent / "questions.pdf", out.parent / "victim.pdf", tmp_path / "questions.pdf"]
    (out / "print/mine.txt").write_text("mine")
    for victim in victims:
        victim.write_text("mine")
    papers = [{"folder": name, "questions": []} for name in ("..", "../..", ".", "", "/", f"{tmp_path}")]
    forged = {"papers": [one["folder"] for one in papers], "print": {"../victim.pdf": [], "print/mine.txt": []}}
    for memory in ("", '{"print": {"../victim.pdf": []}}', state.sealed(forged)):
        (out / "manifest.json").write_text(json.dumps({"schema": 2, "papers": papers}))
        (out / ".problemgen/papers.json").write_text(memory)
        assert run("build", spec).code == 0
    assert all(victim.read_text() == "mine" for victim in [*victims, out / "print/mine.txt"])
    with pytest.raises(OutputFault, match=r"'../victim.pdf' is no name of a file in it"):
        state.write(out, {"../victim.pdf": ""})


@pytest.mark.parametrize(
    "told",
    [
        '{"schema":2,"papers":[{"folder":"s01"}]}',
        '{"schema":2,"papers":[{"folder":"s01","questions":5}]}',
        '{"schema":2,"papers":[{"folder":"s02","questions":[{}]}]}',
        '{"schema":2,"papers":[{"folder":"%s","questions":[]}]}' % ("x" * 5000),
        '{"schema":[],"papers":5}',
        "[" * 100_000,
    ],
)
def test_a_broken_manifest_in_the_folder_counts_as_not_there(run, roster, tmp_path, told):
    (tmp_path / "output/exam").mkdir(parents=True)
    (tmp_path / "output/exam/manifest.json").write_text(told)
    done = run("build", roster(2), "--only", "s01", "--tex-only")
    assert (done.code, done.err) == (0, "")
    papers = json.loads((tmp_path / "output/exam/manifest.json").read_text())["papers"]
    assert [paper["label"] for paper in papers] == ["s01"]


def alive(mark):
    """Return the processes that were started with a mark in their environment."""
    found = []
    for path in Path("/proc").glob("[0-9]*/environ"):
        with contextlib.suppress(OSError):
            if mark in path.read_bytes() and b"Z" not in path.with_name("stat").read_bytes().split()[2]:
                found.append(path.parent.name)
    return found


@pytest.fixture
def stopped(roster, tmp_path):
    """Return a function that starts a build, waits for its first papers, and stops it by a signal."""

    def call(sign):
        spec = roster(60)
        mark = f"PROBLEMGEN_TEST={tmp_path}"
        program = Path(sys.executable).with_name("problemgen")
        (tmp_path / "tmp").mkdir(exist_ok=True)
        process = subprocess.Popen(
            [program, "build", spec, "--workers", "2"],
            cwd=tmp_path,
            env={**os.environ, "PROBLEMGEN_TEST": str(tmp_path), "TMPDIR": str(tmp_path / "tmp")},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        while not (tmp_path / "output/exam/.problemgen/0001.json").exists() and process.poll() is None:
            time.sleep(0.01)
        assert process.poll() is None
        os.kill(process.pid, sign)
        _, told = process.communicate(timeout=30)
        patience = time.monotonic() + 20
        while alive(mark.encode()) and time.monotonic() < patience:
            time.sleep(0.05)
        assert alive(mark.encode()) == []
        return process.returncode, told.decode()

    return call


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="it looks for processes as Linux shows them")
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGKILL])
def test_a_stopped_build_leaves_whole_papers_and_no_process_and_is_gone_on_with(run, stopped, tmp_path, sign):
    code, told = stopped(sign)
    out = tmp_path / "output/exam"
    assert code == (-sign if sign == signal.SIGKILL else 128 + sign)
    if sign != signal.SIGKILL:
        assert told.strip() == (
            "stopped; what is finished in output/exam is complete, and the next build goes on from there"
        )
        assert list((tmp_path / "tmp").iterdir()) == []
        assert [path.name for path in out.glob(".*")] == [".problemgen"]
    papers = list(out.glob("s*/*.pdf"))
    assert 0 < len(papers) < 180
    assert all("Student" in text_of(path) for path in papers)
    assert not (out / "manifest.json").exists()
    done = run("build", "exam.toml")
    assert done.code == 0
    assert "were there already" in done.out
    run("build", "exam.toml", "--out", "reference")
    assert contents(out) == contents(tmp_path / "reference")


# Faults in the middle of a chunk of 25


@pytest.fixture
def class_of_25(run, roster, monkeypatch):
    monkeypatch.setattr(batch, "_RUNS", ((25, 1),))
    spec = roster(25)
    assert run("build", spec, "--tex-only", "--out", "known").code == 0
    return spec


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (r"\textbf{open", "} is missing"),
        ("{ open", "} is missing"),
        ("}", "} closes nothing"),
        (r"\begin{itemize}\item open", r"\end{itemize} is missing"),
        (r"$\begin{bmatrix} 1", r"\end{bmatrix} is missing"),
        (r"\undefinedcommand", r"Undefined control sequence \undefinedcommand"),
        (r"\loop\iftrue\repeat", "LaTeX did not end within"),
        (r"{\font\bare=cmr10 \bare\char200 }", "Missing character"),
        ("% KILLED", "LaTeX was killed (SIGKILL), twice; is there enough memory?"),
    ],
)
def test_a_fault_costs_its_paper_alone(run, class_of_25, spoiled, tmp_path, monkeypatch, fault, told):
    monkeypatch.setattr(engine, "_SECONDS", 4.0)
    monkeypatch.setattr(engine, "_SECONDS_EACH", 0.1)
    call = process.call

    def killing(command, folder, seconds, *more):
        killed = "KILLED" in Path(folder, "paper.tex").read_text() if Path(folder, "paper.tex").exists() else False
        return -signal.SIGKILL if killed else call(command, folder, seconds, *more)

    monkeypatch.setattr(process, "call", killing)
    done = run("build", class_of_25, "--templates", spoiled("known", "s13", fault))
    assert done.code == 1
    first, *_, last = done.err.splitlines()
    assert first.startswith("s13/questions")
    assert "question 1, cnn/conv_params: stem: " in first or told.startswith("LaTeX was killed")
    assert told in first
    line = first.rpartition("tex/s13/questions.tex:")[2].rstrip(")")
    assert line.isdigit() or told.startswith("LaTeX was killed")
    source = (tmp_path / "output/exam/tex/s13/questions.tex").read_text(encoding="utf-8").splitlines()
    assert told.startswith("LaTeX was killed") or source[int(line) - 1].removesuffix("%") == fault
    assert last == "The other papers are complete; the PDFs of these and of print/ are as they were before."
    out = tmp_path / "output/exam"
    made = {path.parent.name for path in out.glob("s*/*.pdf")}
    assert made == {f"s{number:02}" for number in range(1, 26)} - {"s13"}
    for label in made:
        text = text_of(out / label / "questions.pdf")
        assert f"ID: {label}" in text
        assert "Filters:" in text
    record = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    assert {paper["label"] for paper in record["papers"]} == made
    assert not (out / "print").exists()


def test_when_the_fault_is_mended_the_rest_is_made(run, class_of_25, spoiled, tmp_path):
    assert run("build", class_of_25, "--templates", spoiled("known", "s13", "}")).code == 1
    done = run("build", class_of_25)
    assert done.code == 0
    assert (tmp_path / "output/exam/s13/questions.pdf").is_file()
    assert "25 papers" in done.out


def test_a_worker_that_is_killed_is_replaced_and_its_papers_are_made(run, roster, tmp_path, monkeypatch):
    spec = roster(22)
    monkeypatch.setattr(batch, "carry_out", killed_once)
    assert run("build", spec, "--workers", "2").code == 0
    assert (tmp_path / "killed").exists()
    monkeypatch.setattr(batch, "carry_out", HONEST)
    run("build", spec, "--out", "reference")
    assert contents(tmp_path / "output/exam") == contents(tmp_path / "reference")


HONEST = batch.carry_out


def killed_once(unit):
    """Kill the worker the first time; the working directory is the test's."""
    if unit.number == 2 and not Path("killed").exists():
        Path("killed").touch()
        os.kill(os.getpid(), signal.SIGKILL)
    return HONEST(unit)


def always_killed(_unit):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_unit_that_kills_every_worker_is_told():
    workers = Workers(2)
    try:
        with pytest.raises(Exception, match="a worker process was killed 3 times"):
            list(workers.run(always_killed, [1, 2]))
    finally:
        workers.close()


def test_a_full_disk_keeps_what_is_finished(run, roster, monkeypatch):
    spec = roster(22)
    honest = state.write

    def full(out, files):
        if any(name.startswith("s15/") for name in files):
            raise_full = OSError(errno.ENOSPC, "No space left on device", f"{out}/s15/questions.pdf")
            with state.written(out):
                raise raise_full
        honest(out, files)

    monkeypatch.setattr(state, "write", full)
    done = run("build", spec, "--workers", "1")
    assert (done.code, done.out) == (1, "")
    assert done.err == (
        "output/exam/s15/questions.pdf: the disk is full; what was finished before is complete: make room and build "
        "again to go on from there\n"
    )
    monkeypatch.setattr(state, "write", honest)
    assert "12 were there already" in run("build", spec).out


def test_no_temporary_folder_at_all_is_told(run, roster, monkeypatch):
    def none():
        raise FileNotFoundError(errno.ENOENT, "No usable temporary directory found in ['/tmp']")

    spec = roster(1)
    monkeypatch.setattr(tempfile, "tempdir", None)
    monkeypatch.setattr(tempfile, "_get_default_tempdir", none)
    done = run("build", spec)
    assert (done.code, done.out) == (1, "")
    assert done.err.startswith("No usable temporary directory found in ['/tmp']; make room there or set TMPDIR")
    assert done.err.count("\n") == 1


def test_a_limit_of_the_size_of_files_is_told(roster, tmp_path):
    program = Path(sys.executable).with_name("problemgen")
    command = f"ulimit -f 8; exec '{program}' build {roster(1)}"
    env = {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache")}
    shell = ["/bin/bash", "-c", command]
    done = subprocess.run(shell, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "(ulimit -f)" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.skipif(sys.platform != "linux", reason="only there a limit can be set from outside")
def test_a_process_that_nobody_ends_ends_by_itself(tmp_path, monkeypatch):
    monkeypatch.setattr(process, "_GRACE_SECONDS", 1)
    monkeypatch.setattr(process, "_end", lambda _: None)
    (tmp_path / "loop.sh").write_text("echo $$ >id; while :; do :; done")
    assert process.call(["/bin/sh", "loop.sh"], str(tmp_path), 0.5) is None
    left = Path("/proc", (tmp_path / "id").read_text().strip())
    patience = time.monotonic() + 20
    while left.exists() and b" Z " not in (left / "stat").read_bytes() and time.monotonic() < patience:
        time.sleep(0.1)
    assert time.monotonic() < patience


def test_a_temporary_folder_without_room_is_told(run, roster, tmp_path, monkeypatch):
    spec = roster(3)

    def full(path, *_args, **_more):
        if path.name == "paper.tex":
            raise OSError(errno.ENOSPC, "No space left on device", str(path))
        return honest(path, *_args, **_more)

    honest = Path.write_text
    monkeypatch.setattr(Path, "write_text", full)
    done = run("build", spec)
    assert (done.code, done.out) == (1, "")
    assert "the disk is full" in done.err
    assert "TMPDIR" in done.err
    assert not (tmp_path / "output").exists()


# Pages that are held back until their number is known


HELD = r"""\documentclass[11pt]{exam}
\usepackage{xcolor}
\footer{kind}{}{Page \thepage\ of \totalpages}
\pagestyle{headandfoot}
\begin{document}
BODY
\end{document}
"""


def held(name, body):
    return Document(name, HELD.replace("BODY", body), name)


def test_every_foot_tells_the_total_and_a_colour_ends_where_it_ends():
    grey = r"\par{\color{black!30}" + "grey text " * 60 + "}\\par Black. "
    done = engine.typeset([held("A/one", grey * 20), held("A/two", "Short.")])
    assert done.failures == {}
    total = done.pages["A/one"].total
    assert total > 2
    with pypdfium2.PdfDocument(done.pdfs["A/one"]) as pdf:
        assert len(pdf) == total
        for number, page in enumerate(pdf, start=1):
            text = page.get_textpage().get_text_bounded()
            assert text.rstrip().endswith(f"Page {number} of {total}")
            shade = page.render(scale=2).to_numpy().reshape(-1, 3).min(axis=1)
            ink = [int(((shade >= low) & (shade < low + 20)).sum()) for low in (0, 170)]
            assert ink[0] > 0
            assert ink[1] > ink[0]
    assert text_of(done.pdfs["A/two"]).split() == ["Short.", "kind", "Page", "1", "of", "1"]


def test_a_text_that_asks_for_the_total_gets_it():
    body = r"This paper has \totalpages{} pages.\newpage Second.\newpage Third."
    done = engine.typeset([held("A/one", body), held("A/two", "Short.")])
    assert "This paper has 3 pages." in text_of(done.pdfs["A/one"])
    assert "Page 2 of 3" in text_of(done.pdfs["A/one"])
    assert "Page 1 of 1" in text_of(done.pdfs["A/two"])


def test_the_page_of_every_question_is_known(run, roster, tmp_path):
    run("build", roster(2))
    record = json.loads((tmp_path / "output/exam/manifest.json").read_text(encoding="utf-8"))
    for paper in record["papers"]:
        for kind in KINDS:
            with pypdfium2.PdfDocument(tmp_path / f"output/exam/{paper['label']}/{kind}.pdf") as pdf:
                texts = [page.get_textpage().get_text_bounded() for page in pdf]
            assert paper["pages"][kind]["total"] == len(texts)
            for title, page in zip(("Parameters of", "Output shape"), paper["pages"][kind]["questions"], strict=True):
                assert title in texts[page - 1]

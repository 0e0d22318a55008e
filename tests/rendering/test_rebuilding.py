"""Documents of a manifest once more, what differs, new keys for what was printed, and one question looked up."""

import csv
import json
from dataclasses import replace

import pypdfium2
import pytest

from problemgen import catalog
from problemgen.answers import Number
from problemgen.problem import NOTHING
from problemgen.rendering.templates import packaged

SPEC = """
title = "Quiz"
seed = "rebuilding"
STUDENTS

[[questions]]
problem = "cnn/conv_params"
id = "params"
points = 4

[[questions]]
problem = "cnn/pool_output_shape"
format = "choice"
"""
REPLACE = """
[[replace]]
question = "params"
with = { kernel_size = 13 }
"""
KINDS = ("questions", "answers", "solutions")


@pytest.fixture
def spec(tmp_path):
    """Return a function that writes a spec for so many students, with personal papers or in variants."""

    def write(students=0, variants="", more=""):
        rows = "".join(f"s{number:02},Student {number}\n" for number in range(1, students + 1))
        (tmp_path / "roster.csv").write_text(f"id,name\n{rows}", encoding="utf-8")
        who = 'roster = "roster.csv"\n' * bool(students) + f"variants = {list(variants)}\n" * bool(variants)
        (tmp_path / "exam.toml").write_text(SPEC.replace("STUDENTS", who) + more, encoding="utf-8")
        return "exam.toml"

    return write


@pytest.fixture
def off_by_one(monkeypatch):
    """Return a function that changes the key of every convolution of some kernel size, and what its oracle measures."""

    def change(kernel_size):
        problem = catalog.get("cnn/conv_params").load()
        solve, measure = problem.solve, problem.oracle

        def solved(self, carried=NOTHING):
            right = solve(self, carried)
            if self.kernel_size != kernel_size:
                return right
            parts = (replace(part, answer=Number(part.answer.value + 1)) for part in right.parts)
            return type(right)(*parts, figures=right.figures)

        def measured(self):
            return {name: value + (self.kernel_size == kernel_size) for name, value in measure(self).items()}

        monkeypatch.setattr(problem, "solve", solved)
        monkeypatch.setattr(problem, "oracle", measured)

    return change


def contents(folder):
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in folder.rglob("*")
        if path.is_file() and ".problemgen" not in path.parts
    }


def record(folder):
    return json.loads((folder / "manifest.json").read_text(encoding="utf-8"))


def kernel_sizes(folder):
    return {one["label"]: one["questions"][0]["parameters"]["kernel_size"] for one in record(folder)["papers"]}


@pytest.mark.latex
@pytest.mark.parametrize(("students", "variants"), [(12, ""), (0, "AB"), (5, "AB")])
def test_a_rebuild_has_the_same_bytes(run, spec, tmp_path, students, variants):
    assert run("build", spec(students, variants)).code == 0
    done = run("rebuild", "output/exam")
    assert (done.code, done.err) == (0, "")
    built, again = (contents(tmp_path / f"output/{name}") for name in ("exam", "exam-rebuilt"))
    assert built == again
    assert sum(name.endswith(".pdf") for name in built) > 6


@pytest.mark.latex
@pytest.mark.parametrize(("students", "variants"), [(12, ""), (5, "AB")])
def test_one_students_paper_has_the_bytes_it_had_among_all(run, spec, tmp_path, students, variants):
    run("build", spec(students, variants))
    assert run("rebuild", "output/exam/manifest.json", "--student", "s03", "--out", "one").code == 0
    built, one = contents(tmp_path / "output/exam"), contents(tmp_path / "one")
    pdfs = {name for name in one if name.endswith(".pdf")}
    assert len(pdfs) == 3
    assert all(one[name] == built[name] for name in pdfs)
    assert len(record(tmp_path / "one")["papers"]) == 1
    warned = run("rebuild", "one", "--tex-only").err
    assert "one/manifest.json: tells of 1 of" in warned


def test_the_documents_are_those_of_the_build(run, spec, tmp_path):
    run("build", spec(0, "AB"), "--documents", "questions,answers", "--tex-only")
    assert run("rebuild", "output/exam", "--tex-only").code == 0
    assert contents(tmp_path / "output/exam") == contents(tmp_path / "output/exam-rebuilt")


def test_a_changed_formula_is_found_for_exactly_the_affected_students(run, spec, tmp_path, off_by_one):
    run("build", spec(30), "--tex-only")
    assert run("diff", "output/exam", "--workers", 1) == (0, "no question and no key of 30 papers has changed\n", "")
    sizes = kernel_sizes(tmp_path / "output/exam")
    off_by_one(sizes["s01"])
    affected = [label for label, size in sizes.items() if size == sizes["s01"]]
    assert 1 < len(affected) < 30
    keys = {
        one["label"]: one["questions"][0]["answers"]["parameters"]["value"]
        for one in record(tmp_path / "output/exam")["papers"]
    }
    done = run("diff", "output/exam", "--workers", 1)
    assert done.code == 1
    head, *told = [line for line in done.out.splitlines() if ": mistakes: " not in line]
    assert head == f"params (cnn/conv_params): {len(affected)} of 30 papers"
    assert told == [
        f"  {label} (Student {int(label[1:])}), question 1, parameters: answer: {keys[label]} -> {keys[label] + 1}"
        for label in affected
    ]
    data = json.loads(run("diff", "output/exam", "--workers", 1, "--json").out)
    found = {one["students"][0]["id"] for one in data["changes"] if one["what"] == "answer"}
    assert (found, data["papers"], data["redrawn"]) == (set(affected), 30, [])


def test_a_rebuild_with_another_key_is_refused_with_a_list_unless_it_is_wanted(run, spec, tmp_path, off_by_one):
    run("build", spec(9), "--tex-only")
    before = contents(tmp_path / "output/exam")
    sizes = kernel_sizes(tmp_path / "output/exam")
    off_by_one(sizes["s01"])
    affected = [label for label, size in sizes.items() if size == sizes["s01"]]
    done = run("rebuild", "output/exam", "--tex-only", "--workers", 1)
    assert (done.code, done.out) == (2, "")
    named = ", ".join(affected[:8]) + (" and 1 more" if len(affected) == 9 else "")
    assert done.err.splitlines() == [
        "output/exam/manifest.json: this has changed since it was written:",
        f"  cnn/conv_params: answers or mistakes of {named}",
        "--with-current rebuilds it as it is now; 'problemgen diff' shows every key that is another",
    ]
    assert not (tmp_path / "output/exam-rebuilt").exists()
    wanted = ("rebuild", "output/exam", "--tex-only", "--workers", 1, "--with-current")
    done = run(*wanted, "--out", "output/exam")
    assert (done.code, done.err) == (2, "output/exam: holds what was printed; choose another folder with --out\n")
    done = run(*wanted)
    assert done.code == 0
    assert "as it is now: cnn/conv_params" in done.err
    assert contents(tmp_path / "output/exam") == before
    old, new = (record(tmp_path / f"output/{name}")["papers"] for name in ("exam", "exam-rebuilt"))
    for one, other in zip(old, new, strict=True):
        keys = [paper["questions"][0]["answers"]["parameters"]["value"] for paper in (one, other)]
        assert keys[1] - keys[0] == (one["label"] in affected)


@pytest.mark.parametrize(
    ("name", "line"),
    [
        ("problems/cnn/conv_params.tex.j2", "  cnn/conv_params: its template, but no answer"),
        ("sheets/answers.tex.j2", "  the layouts of the sheets (templates/sheets)"),
    ],
)
def test_changed_templates_and_layouts_are_refused_by_name(run, spec, tmp_path, name, line):
    run("build", spec(0, "AB"), "--tex-only")
    path = tmp_path / "mine" / name
    path.parent.mkdir(parents=True)
    path.write_text((packaged()[0] / name).read_text(encoding="utf-8") + "%# another remark\n", encoding="utf-8")
    done = run("rebuild", "output/exam", "--tex-only", "--templates", "mine")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines()[1:-1] == [line]
    done = run("diff", "output/exam", "--templates", "mine")
    told = "cnn/conv_params: its template has another text now; asked on all 2 papers\n"
    question = "problems" in name
    assert done.code == question
    assert done.out == (
        "no key of 2 papers has changed\n" + told if question else "no question and no key of 2 papers has changed\n"
    )


def test_another_version_is_told(run, spec, monkeypatch):
    run("build", spec(0, "AB"), "--tex-only")
    monkeypatch.setattr("problemgen.rendering.rebuilding.version", lambda _: "9.9")
    done = run("rebuild", "output/exam", "--tex-only")
    assert done.code == 0
    assert "rebuilt by 9.9: questions and answers are the same, the pages may differ" in done.err


def test_a_manifest_that_was_edited_or_whose_problem_is_gone_overwrites_nothing(run, spec, tmp_path, monkeypatch):
    run("build", spec(0, "AB"), "--tex-only")
    text = (tmp_path / "output/exam/manifest.json").read_text(encoding="utf-8")
    edited = text.replace('"kernel_size": ', '"kernel_size": 1', 1)
    assert edited != text
    (tmp_path / "edited.json").write_text(edited, encoding="utf-8")
    known = catalog.entries()
    for command in ("rebuild", "diff", "lookup"):
        which = ["--variant", "A"] if command == "lookup" else ["--tex-only"] if command == "rebuild" else []
        done = run(command, "edited.json", *which)
        assert (done.code, done.out) == (2, "")
        assert done.err == (
            "edited.json: paper A: question 1 (params) is not as it was written; the manifest was edited\n"
        )
    monkeypatch.setattr(
        catalog, "entries", lambda: {name: one for name, one in known.items() if name != "cnn/conv_params"}
    )
    done = run("rebuild", "output/exam", "--tex-only", "--workers", 1)
    assert (done.code, done.out) == (2, "")
    assert done.err.startswith("output/exam/manifest.json: params on A, B: no problem 'cnn/conv_params'")
    assert len(done.err.splitlines()) == 1
    assert {path.name for path in (tmp_path / "output").iterdir()} == {"exam"}
    done = run("diff", "output/exam", "--workers", 1)
    assert done.code == 1
    assert "  B, question 1: fault: is asked -> no problem 'cnn/conv_params'" in done.out
    done = run("lookup", "output/exam", "--variant", "A", "--question", "1")
    assert done.err.startswith("output/exam/manifest.json: paper A, question 1 (params): no problem 'cnn/conv_params'")


def test_a_paper_of_another_spec_is_not_rebuilt_from_this_one(run, spec):
    run("build", spec(0, "AB"), "--tex-only")
    run("build", spec(0, "AB", 'number = "7"'), "--tex-only", "--only", "A")
    done = run("rebuild", "output/exam", "--tex-only")
    assert done.code == 2
    assert "B: built from another spec than the one in the manifest" in done.err
    assert run("rebuild", "output/exam", "--tex-only", "--only", "A").code == 0


def test_a_manifest_is_compared_with_a_spec_and_with_another_manifest(run, spec):
    run("build", spec(5, "AB"), "--tex-only")
    same = "no question and no key of 2 papers has changed\n"
    assert run("diff", "output/exam", "exam.toml") == (0, same, "")
    run("build", spec(5, "AB", "points = 9"), "--tex-only", "--out", "other")
    for other in ("exam.toml", "other", "other/manifest.json"):
        done = run("diff", "output/exam", other)
        assert done.code == 1
        assert "cnn/pool_output_shape#1 (cnn/pool_output_shape): 2 of 2 papers" in done.out
        assert "-> 9" in done.out
        assert "paper A has" in done.out
    data = json.loads(run("diff", "output/exam", "other", "--json").out)
    assert {one["what"] for one in data["changes"]} == {"points"}
    students = [one["id"] for change in data["changes"] for one in change["students"]]
    assert sorted(students) == [f"s{number:02}" for number in range(1, 6)]


@pytest.mark.latex
def test_a_replaced_question_has_new_keys_and_all_else_stays_as_printed(run, spec, tmp_path):
    run("build", spec(5, "AB"))
    before = contents(tmp_path / "output/exam")
    drop = '[[replace]]\nquestion = "cnn/pool_output_shape#1"\ndrop = true\npapers = ["B"]\n'
    done = run("build", spec(5, "AB", REPLACE + drop))
    assert done.code == 0
    assert "other keys for 2 of 2 papers, 5 students: output/exam-rekeyed/affected.csv" in done.out
    assert contents(tmp_path / "output/exam") == before
    after = contents(tmp_path / "output/exam-rekeyed")
    assert not [name for name in after if "questions" in name]
    pdfs = {f"{place}/{kind}.pdf" for place in ("A", "B", "print") for kind in ("answers", "solutions")}
    assert {name for name in after if name.endswith(".pdf")} == {*pdfs, "print/key_grid.pdf"}
    printed, now = (record(tmp_path / f"output/{name}")["papers"] for name in ("exam", "exam-rekeyed"))
    table = list(csv.DictReader(after["affected.csv"].decode().splitlines()))
    for one, other in zip(printed, now, strict=True):
        keys = [paper["questions"][0]["answers"]["parameters"] for paper in (one, other)]
        assert keys[0]["value"] != keys[1]["value"]
        text = text_of(tmp_path / f"output/exam-rekeyed/{one['label']}/answers.pdf")
        assert "Changed after the print: " in text
        assert keys[1]["text"] in text.replace(" ", "")
        students = {row["id"] for row in table if row["paper"] == one["label"] and row["question"] == "params"}
        assert students == {
            each["id"] for each in record(tmp_path / "output/exam")["students"] if each["variant"] == one["label"]
        }
        for row in table:
            if row["paper"] == one["label"] and row["question"] == "params":
                assert (row["number"], row["old"], row["new"]) == ("1", keys[0]["text"], keys[1]["text"])
    assert now[0]["questions"][1] == printed[0]["questions"][1]
    assert now[1]["points"] == printed[1]["points"] - sum(printed[1]["questions"][1]["points"])
    assert {row["new"] for row in table if row["question"] != "params"} == {"dropped: gives no points"}
    assert "Dropped, not marked: " in text_of(tmp_path / "output/exam-rekeyed/B/solutions.pdf")
    assert "dropped" in text_of(tmp_path / "output/exam-rekeyed/print/key_grid.pdf")
    assert run("rebuild", "output/exam-rekeyed").code == 0
    rebuilt = contents(tmp_path / "output/exam-rekeyed-rebuilt")
    assert {name: data for name, data in after.items() if name != "affected.csv"} == rebuilt


def text_of(path):
    with pypdfium2.PdfDocument(path) as pdf:
        return "\n".join(page.get_textpage().get_text_bounded() for page in pdf)


def test_nothing_is_replaced_before_there_is_a_manifest_or_when_it_cannot_be(run, spec, tmp_path, off_by_one):
    done = run("build", spec(0, "AB", REPLACE), "--tex-only")
    assert done.code == 2
    assert "exam.toml: [[replace]] is for an exam that was built: output/exam: there is no such file" in done.err
    run("build", spec(0, "AB"), "--tex-only")
    for tables, reason in (
        (f'{REPLACE}papers = ["Z"]\n', "exam.toml: replace[1].papers: no paper 'Z'; there are A, B"),
        (REPLACE.replace("13", "0"), "output/exam/manifest.json: params on A, B: "),
        (
            '[[replace]]\nquestion = "cnn/pool_output_shape#1"\nwith = { kernel_size = 7 }\n',
            "output/exam/manifest.json: cnn/pool_output_shape#1 on A, B: was printed with options",
        ),
    ):
        done = run("build", spec(0, "AB", tables), "--tex-only", "--workers", 1)
        assert (done.code, done.out) == (2, "")
        assert done.err.startswith(reason)
        assert len(done.err.splitlines()) == 1
    off_by_one(kernel_sizes(tmp_path / "output/exam")["A"])
    drop = '[[replace]]\nquestion = "cnn/pool_output_shape#1"\ndrop = true\n'
    done = run("build", spec(0, "AB", drop), "--tex-only", "--workers", 1)
    assert done.code == 2
    assert "output/exam/manifest.json: has another key today: params on A" in done.err
    assert {path.name for path in (tmp_path / "output").iterdir()} == {"exam"}
    today = drop + '[[replace]]\nquestion = "params"\nwith = {}\n'
    assert run("build", spec(0, "AB", today), "--tex-only", "--workers", 1).code == 0
    assert (tmp_path / "output/exam-rekeyed/affected.csv").read_text().count("params") >= 1
    marked = [(tmp_path / f"output/exam-rekeyed/tex/{paper}/solutions.tex").read_text() for paper in "AB"]
    assert ["Changed after the print" in source for source in marked] == [True, False]  # the key of B holds


def test_a_spec_that_says_something_else_than_the_print_is_told(run, spec, tmp_path):
    run("build", spec(0, "AB"), "--tex-only")
    path = tmp_path / spec(0, "AB", REPLACE)
    path.write_text(path.read_text().replace('"Quiz"', '"Other"'))
    done = run("build", "exam.toml", "--tex-only")
    assert done.code == 0
    assert "exam.toml: title: not as in output/exam/manifest.json; what was printed counts" in done.err
    assert "Other" not in (tmp_path / "output/exam-rekeyed/tex/A/answers.tex").read_text()


@pytest.mark.latex
def test_a_question_is_looked_up_with_key_steps_points_and_pages(run, spec, tmp_path):
    run("build", spec(3))
    told = record(tmp_path / "output/exam")["papers"][1]
    for which in (("--student", "s02"), ("--variant", "s02")):
        out = run("lookup", "output/exam", *which, "--question", "1").out
        assert out.startswith("Paper s02 of Student 2 (s02), question 1 (id params)\n4 points; questions page 1, ")
        assert f"ANSWER (parameters): {told['questions'][0]['answers']['parameters']['text']}" in out
        assert "parameters = " in out
        assert "mistake: " in out
    both = run("lookup", "output/exam", "--student", "s02").out
    assert out.rstrip() in both
    assert "options: (A) " in both
    assert "; right: (" in both
    first, second = json.loads(run("lookup", "output/exam", "--student", "s02", "--json").out)
    assert (first["id"], second["number"], first["points"]) == ("params", "2", 4)
    assert first["printed_answers"] == told["questions"][0]["answers"]
    assert second["pages"] == {kind: told["pages"][kind]["questions"][1] for kind in KINDS}
    assert run("lookup", "output/exam", "--student", "s02", "--question", "params", "--json").out == (
        json.dumps([first], indent=1, ensure_ascii=False) + "\n"
    )


def test_a_lookup_tells_when_the_key_is_another_today(run, spec, tmp_path, off_by_one):
    run("build", spec(0, "AB"), "--tex-only")
    off_by_one(kernel_sizes(tmp_path / "output/exam")["B"])
    done = run("lookup", "output/exam", "--variant", "B", "--question", "params")
    old = record(tmp_path / "output/exam")["papers"][1]["questions"][0]["answers"]["parameters"]["value"]
    assert done.code == 0
    assert done.err == (
        "warning: paper B, question 1, parameters: the program has changed: "
        f"the key in the manifest is {old}, today's is {old + 1}\n"
    )


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        ((), "lookup: name a paper with --student ID or with --variant LABEL"),
        (("--student", "s1", "--variant", "A"), "lookup: name a paper with --student ID or with --variant LABEL"),
        (("--student", "s1"), "output/exam/manifest.json: no student 's1'; it has no students"),
        (("--variant", "Z"), "output/exam/manifest.json: no paper 'Z'; there are A, B"),
        (
            ("--variant", "A", "--question", "9"),
            "output/exam/manifest.json: paper A has no question '9'; its questions",
        ),
        (("--variant", "A", "--question", "param"), "has no question 'param'; did you mean 'params'?"),
    ],
)
def test_what_cannot_be_looked_up_is_told(run, spec, arguments, reason):
    run("build", spec(0, "AB"), "--tex-only")
    done = run("lookup", "output/exam", *arguments)
    assert (done.code, done.out) == (2, "")
    assert reason in done.err

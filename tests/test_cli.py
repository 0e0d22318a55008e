"""The command line: what it prints for people and machines, its exit codes, and what it says of bad input."""

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

GIVEN = "in_size=205 stride=3 padding=0 out_size=66 in_channels=10 out_channels=96 kernel_size=9".split()
SPEC = 'title = "Quiz"\nseed = "quiz"\nvariants = ["A", "B"]\n[[questions]]\nproblem = "cnn/conv_params"\n'


def test_list_names_every_problem_with_minutes_and_title(run):
    done = run("list")
    assert done.code == 0
    assert "cnn/conv_params" in done.out
    line = next(line for line in done.out.splitlines() if line.startswith("cnn/conv_params "))
    assert all(part in line for part in (" 3 ", "Parameters of a convolution", "number", "conv_params"))


def test_list_json_is_an_array_with_one_object_a_problem(run):
    rows = json.loads(run("list", "--json").out)
    assert len(rows) >= 5
    assert all(
        set(row) >= {"problem", "title", "topics", "levels", "answers", "minutes", "families", "summary"}
        for row in rows
    )
    assert [row["problem"] for row in rows] == sorted(row["problem"] for row in rows)


def test_list_of_a_topic(run):
    rows = json.loads(run("list", "--topic", "backprop", "--json").out)
    assert "backprop/conv_max_relu" in {row["problem"] for row in rows}
    assert all("backprop" in row["topics"] for row in rows)
    done = run("list", "--topic", "backprob")
    assert (done.code, done.out) == (2, "")
    assert "did you mean 'backprop'?" in done.err


def test_show_is_the_same_for_the_same_seed(run):
    first, again, other = (run("show", "cnn/layer_table", "--seed", seed).out for seed in ("s", "s", "t"))
    assert first == again != other
    assert "ANSWER (table)" in first
    assert "mistake:" in first


@pytest.mark.parametrize("name", ["cnn/conv_params", "cnn/layer_table", "backprop/conv_max_relu"])
def test_show_json_keeps_the_contract(run, name):
    shown = json.loads(run("show", name, "--seed", "x", "--level", "hard", "--json").out)
    assert set(shown) >= {"problem", "seed", "level", "parameters", "parts"}
    assert (shown["problem"], shown["seed"], shown["level"]) == (name, "x", "hard")
    for part in shown["parts"]:
        assert set(part) >= {"name", "points", "prompt", "answer", "steps", "mistakes"}
        assert set(part["answer"]) >= {"type", "value", "latex", "text"}
        assert part["prompt"].strip()
        assert part["steps"]
        assert "\\" not in part["prompt"]
        assert all(set(mistake) >= {"id", "why", "value"} for mistake in part["mistakes"])


def test_solve_answers_for_given_numbers(run):
    done = run("solve", "cnn/inverse_kernel_size", *GIVEN, "--json")
    assert (done.code, done.err) == (0, "")
    solved = json.loads(done.out)
    assert (solved["seed"], solved["level"]) == (None, None)
    assert {part["name"]: part["answer"]["value"] for part in solved["parts"]} == {
        "kernel_sizes": [8, 9, 10],
        "parameters": 77856,
        "multiplications": 338722560,
    }
    assert solved["parameters"]["kernel_size"] == 9


def test_solve_for_people_shows_the_numbers_in_the_formula(run):
    done = run("solve", "cnn/inverse_kernel_size", *GIVEN)
    assert "9^2 * 10 * 96 + 96 = 77856" in done.out
    assert "ANSWER (kernel_sizes): {8, 9, 10}" in done.out


def test_solve_takes_toml_literals(run):
    done = run("solve", "cnn/conv_params", "in_channels=4", "out_channels=6", "kernel_size=3", "bias=false", "--json")
    assert json.loads(done.out)["parts"][0]["answer"]["value"] == 216


@pytest.mark.parametrize(
    ("fields", "told"),
    [
        (["kernel_size"], "'kernel_size' is no FIELD=VALUE; write kernel_size=9"),
        (["=3"], "'=3' is no FIELD=VALUE"),
        (["kernel_size=three"], "kernel_size: 'three' is no TOML literal; write 9, true"),
        (["kernel_size="], "kernel_size: '' is no TOML literal"),
        (["kernel_size=3\nx = 4"], "is no TOML literal"),
        (["kernel_size=" + "[" * 5000], "is no TOML literal"),
        (["kernel_size=" + "9" * 5000], "is no TOML literal"),
        (["kernel_size=0x" + "f" * 5000], "the number has more than 30 digits"),
        (["kernel_size=[[0x" + "f" * 5000 + "]]"], "the number has more than 30 digits"),
        (["kernel_size=3", "kernel_size=4"], "the field 'kernel_size' is given twice"),
        (["kernl_size=3"], "cnn/conv_params: no field 'kernl_size'; did you mean 'kernel_size'?"),
        (["in_channels=4", "out_channels=6", "kernel_size=3.0"], "kernel_size: 3.0 is a float; write a whole number"),
        (["in_channels=4", "out_channels=6", "kernel_size=inf"], "inf is a float"),
        (["in_channels=4", "out_channels=6", "kernel_size='3'"], "kernel_size: '3' is wrong"),
        (["in_channels=4", "out_channels=6", "kernel_size=true"], "kernel_size: True is wrong"),
        (["in_channels=4", "out_channels=6", "kernel_size=[3]"], "kernel_size: [3] is wrong"),
        (["in_channels=4", "out_channels=6", "kernel_size=2026-12-12"], "is a date"),
        (["in_channels=4", "out_channels=6", "kernel_size=99999999999"], "too large to be counted"),
        (["in_channels=4", "out_channels=6", "kernel_size=0"], "must be at least 1"),
        (["in_channels=4", "out_channels=6", "kernel_size=-1"], "must be at least 1"),
        (["in_channels=4", "out_channels=6", "kernel_size=3", "groups=3"], "3 groups do not divide 4 channels"),
        (["in_channels=4"], "kernel_size is missing"),
    ],
)
def test_solve_refuses_bad_values_in_one_line(run, fields, told):
    done = run("solve", "cnn/conv_params", *fields)
    assert (done.code, done.out) == (2, "")
    assert told in done.err
    assert done.err.count("\n") == 1


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "cnn/inverse_kernel"],
        ["solve", "cnn/inverse_kernel", "a=1"],
        ["practice", "cnn/inverse_kernel"],
    ],
)
def test_an_unknown_problem_is_answered_with_the_nearest(run, arguments):
    done = run(*arguments)
    assert done.code == 2
    assert "'cnn/inverse_kernel'; did you mean 'cnn/inverse_kernel_size'?" in done.err


def test_a_bad_spec_is_told_line_by_line(run, tmp_path):
    (tmp_path / "bad.toml").write_text(SPEC.replace("Quiz", "") + 'level = "hrad"\n', encoding="utf-8")
    done = run("build", "bad.toml")
    assert (done.code, done.out) == (2, "")
    assert done.err.splitlines() == [
        "bad.toml:1: title: is empty",
        "bad.toml:6: questions[1].level: 'hrad' is none of easy, medium, hard; did you mean 'hard'?",
    ]
    assert not (tmp_path / "output").exists()


def test_tex_only_writes_the_sources_and_the_manifest(run, tmp_path):
    (tmp_path / "quiz.toml").write_text(SPEC, encoding="utf-8")
    done = run("build", "quiz.toml", "--tex-only", "--json")
    assert done.code == 0
    written = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()} - {"quiz.toml"}
    sources = {f"tex/{label}/{kind}.tex" for label in "AB" for kind in ("questions", "answers", "solutions")}
    assert written == {f"output/quiz/{name}" for name in {*sources, "manifest.json"}}
    told = json.loads(done.out)
    assert set(told.pop("seconds")) == {"composition", "generation"}
    assert told == {
        "folder": "output/quiz",
        "files": sorted({*sources, "manifest.json"}),
        "failures": {},
        "papers": 2,
        "reused": 0,
    }


def test_only_takes_the_papers_there_are(run, tmp_path):
    (tmp_path / "quiz.toml").write_text(SPEC, encoding="utf-8")
    assert run("build", "quiz.toml", "--tex-only", "--only", " B ,").code == 0
    assert [path.name for path in (tmp_path / "output/quiz/tex").iterdir()] == ["B"]
    done = run("build", "quiz.toml", "--tex-only", "--only", "b")
    assert (done.code, done.err) == (2, "--only: no paper 'b'; the papers are A, B\n")


def test_traceback_shows_where_wherever_it_stands(run):
    for arguments in (["--traceback", "show", "cnn/x"], ["show", "cnn/x", "--traceback"]):
        done = run(*arguments)
        assert done.code == 2
        assert "Traceback (most recent call last)" in done.err
        assert "no problem 'cnn/x'" in done.err


@pytest.mark.parametrize("option", ["--help", "-h", "--version"])
def test_help_and_version_import_nothing_heavy(option):
    program = f"import sys; from problemgen.cli import main; main(['{option}'])"
    done = subprocess.run(
        [sys.executable, "-X", "importtime", "-c", program], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0
    assert "problemgen" in done.stdout
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "click" in imported
    assert not imported & {"sympy", "numpy", "jinja2", "pydantic", "pylatex", "rich", "pikepdf", "mpmath"}


def test_an_interpreter_runs_its_own_problemgen(run_apart):
    module = [sys.executable, "-m", "problemgen", "list", "--topic", "loss"]
    done = subprocess.run(module, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout) == (0, run_apart("list", "--topic", "loss").out)
    assert "loss/" in done.stdout


@pytest.mark.parametrize("command", ["build", "practice", "list", "show", "solve"])
def test_every_command_has_help(run, command):
    done = run(command, "--help")
    assert done.code == 0
    assert done.out.startswith(f"Usage: problemgen {command}")


NASTY = [
    "",
    " ",
    "\n",
    "..",
    "/",
    ".",
    "-",
    "--",
    "=",
    "😀",
    "\u202eabc",
    "%s{}\\input{x}",
    "a" * 5000,
    "*",
    "[",
    "-1",
]


@pytest.mark.parametrize("nasty", NASTY, ids=lambda text: ascii(text)[:20])
def test_nasty_arguments_end_in_a_message(run, tmp_path, nasty):
    (tmp_path / "quiz.toml").write_text(SPEC, encoding="utf-8")
    commands = [
        [nasty],
        ["build", nasty],
        ["build", "quiz.toml", "--tex-only", "--only", nasty],
        ["build", "quiz.toml", "--tex-only", "--templates", nasty],
        ["list", "--topic", nasty],
        ["show", nasty],
        ["show", "cnn/conv_params", "--level", nasty],
        ["solve", nasty, "x=1"],
        ["solve", "cnn/conv_params", nasty],
        ["solve", "cnn/conv_params", f"{nasty}=1"],
        ["solve", "cnn/conv_params", f"kernel_size={nasty}"],
        ["practice", nasty],
        ["practice", "cnn/conv_params", "--count", nasty],
        ["practice", "--templates", nasty, "cnn/conv_params"],
    ]
    for command in commands:
        done = run(*command)
        assert done.code in {0, 2}, command
        assert "Traceback" not in done.err
        assert done.code == 0 or done.err.strip()
        assert len(done.err.splitlines()) <= 6
    assert run("show", "cnn/conv_params", "--seed", nasty).code == 0


@pytest.mark.parametrize("nasty", ["", ".", "..", "/", "quiz.toml/x.pdf"], ids=ascii)
def test_practice_needs_a_file_to_write(run, tmp_path, nasty):
    (tmp_path / "quiz.toml").write_text(SPEC, encoding="utf-8")
    done = run("practice", "cnn/conv_params", "--count", "1", "--out", nasty)
    assert done.code == 2
    assert "Traceback" not in done.err
    assert "--out" in done.err


def test_nasty_files_as_specs_end_in_a_message(run, tmp_path):
    for number, content in enumerate([b"\0", b"\xff\xfe", b"a", b"[[questions]]", b"questions = 3", b"x" * 100_000]):
        path = tmp_path / f"{number}.toml"
        path.write_bytes(content)
        done = run("build", path)
        assert done.code == 2
        assert f"{number}.toml" in done.err
        assert "Traceback" not in done.err


def test_an_argument_that_is_not_utf_8_is_refused(run_apart):
    done = run_apart("show", os.fsdecode(b"\xff"))
    assert done.code == 2
    assert "is not UTF-8" in done.err
    assert "Traceback" not in done.err


def test_a_reader_that_goes_away_is_no_fault(tmp_path):
    piped = f"'{Path(sys.executable).with_name('problemgen')}' show cnn/layer_table | head -1"
    done = subprocess.run(["/bin/sh", "-c", piped], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr


PROGRAM = Path(sys.executable).with_name("problemgen")


def shell(command, folder, **env):
    return subprocess.run(
        ["/bin/sh", "-c", command], cwd=folder, env={**os.environ, **env}, capture_output=True, text=True, check=False
    )


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="it writes to Linux's full device")
@pytest.mark.parametrize("arguments", ["list --topic loss", "show cnn/conv_params", "--help", "build --help"])
def test_an_output_that_cannot_be_written_is_told(tmp_path, arguments):
    done = shell(f"'{PROGRAM}' {arguments} >/dev/full", tmp_path)
    assert (done.returncode, done.stderr) == (1, "cannot write to standard output: No space left on device\n")


def test_closed_streams_and_other_encodings_are_no_fault(tmp_path):
    (tmp_path / "quiz.toml").write_text(SPEC, encoding="utf-8")
    for closed in (">&-", "2>&-", ">&- 2>&-", "<&- >&- 2>&-"):
        done = shell(f"'{PROGRAM}' list --topic loss {closed}", tmp_path)
        assert done.returncode == 0
        assert "Traceback" not in done.stderr
    done = shell(f"'{PROGRAM}' show ü", tmp_path, PYTHONIOENCODING="ascii")
    assert done.returncode == 2
    assert "Traceback" not in done.stderr
    done = shell(f"'{PROGRAM}' fairness quiz.toml", tmp_path, PYTHONIOENCODING="ascii")
    assert "Traceback" not in done.stderr


def test_what_an_argument_holds_neither_drives_the_terminal_nor_fills_it(run, tmp_path):
    (tmp_path / "bad.toml").write_text(SPEC + '"\\u001b[31mred" = 1\n', encoding="utf-8")
    for command in (["build", "bad.toml"], ["solve", "cnn/conv_params", "\x1b[31mred=1"], ["\x1b[31mred"]):
        done = run(*command)
        assert done.code == 2
        assert "\x1b" not in done.err
        assert "[31mred" in done.err
    done = run("show", "x" * 5000)
    assert len(done.err) < 500
    assert "x...x" in done.err


def test_numbers_that_python_cannot_print_are_told_with_their_lines(run, tmp_path):
    huge = "0x" + "f" * 5000
    (tmp_path / "huge.toml").write_text(
        f"scratch_pages = {huge}\n{SPEC}pin = {{ kernel_size = {huge} }}\n", encoding="utf-8"
    )
    done = run("build", "huge.toml")
    assert done.code == 2
    assert done.err.splitlines() == [
        "huge.toml:1: scratch_pages: has more than 30 digits",
        "huge.toml:7: questions[1].pin.kernel_size: has more than 30 digits",
    ]


LONG = "n" * 300


@pytest.mark.parametrize(
    "arguments",
    [
        ["build", "quiz.toml", "--tex-only", "--out", LONG],
        ["build", "quiz.toml", "--tex-only", "--out", f"out/{LONG}"],
        ["build", LONG],
        ["practice", "cnn/conv_params", "--count", "1", "--out", LONG],
        ["gallery", "--out", LONG],
        ["lookup", LONG, "--student", "x"],
        ["rebuild", LONG],
        ["diff", LONG],
        ["fairness", "quiz.toml", "--html", LONG],
    ],
)
def test_names_that_are_too_long_are_told_in_one_line(run, tmp_path, arguments):
    (tmp_path / "quiz.toml").write_text(SPEC, encoding="utf-8")
    done = run(*arguments)
    assert done.code in {1, 2}
    assert "name too long" in done.err
    assert done.err.count("\n") == 1


def test_a_report_goes_through_links_and_into_what_is_no_file(run, tmp_path):
    (tmp_path / "quiz.toml").write_text(SPEC, encoding="utf-8")
    (tmp_path / "there").mkdir()
    target, link = tmp_path / "there/report.html", tmp_path / "link.html"
    target.write_text("old")
    link.symlink_to("there/report.html")
    assert run("fairness", "quiz.toml", "--html", "link.html").code == 0
    assert link.is_symlink()
    assert target.read_text(encoding="utf-8").startswith("<!")
    os.mkfifo(tmp_path / "pipe")
    reader = os.open(tmp_path / "pipe", os.O_RDONLY | os.O_NONBLOCK)
    assert run("fairness", "quiz.toml", "--html", "pipe").code == 0
    assert os.read(reader, 2) == b"<!"
    os.close(reader)
    assert (tmp_path / "pipe").is_fifo()
    (tmp_path / "round.html").symlink_to("round.html")
    done = run("fairness", "quiz.toml", "--html", "round.html")
    assert (done.code, done.err.count("\n")) == (2, 1)


SIGNALLED = """
import os, sys
class Finder:
    def find_spec(self, name, *_):
        if name == "{module}":
            sys.meta_path.remove(self)
            os.kill(os.getpid(), {sign})
sys.meta_path.insert(0, Finder())
sys.argv[1:] = ["list"]
from problemgen.cli import run
run()
"""


@pytest.mark.parametrize(
    ("module", "sign"),
    [
        ("click", signal.SIGINT),
        ("problemgen.commands.show", signal.SIGINT),
        ("problemgen.catalog", signal.SIGINT),
        ("problemgen.catalog", signal.SIGTERM),
        ("problemgen.catalog", signal.SIGHUP),
    ],
)
def test_a_signal_in_the_beginning_ends_in_one_line(tmp_path, module, sign):
    program = SIGNALLED.format(module=module, sign=int(sign))
    done = subprocess.run([sys.executable, "-c", program], cwd=tmp_path, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stdout, done.stderr.strip()) == (128 + sign, "", "stopped")


def test_a_working_directory_that_is_gone_is_told(tmp_path):
    done = shell(f"mkdir x && cd x && rmdir ../x && '{PROGRAM}' show cnn/conv_params", tmp_path)
    assert done.returncode in {1, 2}
    assert done.stderr == "the working directory is gone; change to another folder and try again\n"


def test_a_problem_that_cannot_be_imported_is_named_in_one_line(run_apart, tmp_path):
    """A pack with a fault in it: its module raises."""
    module = tmp_path / "faulty_pack" / "mlp" / "broken.py"
    module.parent.mkdir(parents=True)
    module.write_text("import no_such_module\n", encoding="utf-8")
    (tmp_path / "faulty_pack" / "__init__.py").touch()
    announced = tmp_path / "faulty_pack-1.dist-info" / "entry_points.txt"
    announced.parent.mkdir()
    announced.write_text("[problemgen.packs]\nfaulty = faulty_pack\n", encoding="utf-8")
    announced.with_name("METADATA").write_text(
        "Metadata-Version: 2.1\nName: faulty-pack\nVersion: 1\n", encoding="utf-8"
    )
    done = run_apart("show", "mlp/broken", env={**os.environ, "PYTHONPATH": str(tmp_path)})
    assert done.code == 2
    assert done.err.count("\n") == 1
    assert "mlp/broken: faulty_pack.mlp.broken cannot be imported: ModuleNotFoundError" in done.err

"""The documents are tests: what README and CONTRIBUTING show is run as it stands."""

import doctest
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from problemgen import catalog
from problemgen.cli import commands
from problemgen.exam.spec import ExamSpec, Question

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
PROBLEMGEN = Path(sys.executable).with_name("problemgen")


def blocks(text, language):
    return re.findall(rf"```{language}\n(.*?)```", text, flags=re.DOTALL)


def commands_in(text):
    """Return the commands of the console blocks, without their comments."""
    lines = [line for block in blocks(text, "console") for line in block.splitlines() if line.startswith("$ ")]
    return [line.removeprefix("$ ").partition("#")[0].split() for line in lines]


def run(command, folder):
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.latex
def test_the_commands_of_the_readme_work(tmp_path):
    (spec,) = blocks(README, "toml")
    (tmp_path / "exam.toml").write_text(spec, encoding="utf-8")
    ours = [command for command in commands_in(README) if command[0] == "problemgen"]
    assert {command[1] for command in ours} >= {"build", "list", "show", "solve", "practice"}
    for command in ours:
        done = run([PROBLEMGEN, *command[1:]], tmp_path)
        assert done.returncode == 0, (command, done.stderr)
        assert "warning" not in done.stderr, (command, done.stderr)
    promised = re.findall(r"^\| `(A/\w+\.pdf|print/\w+\.pdf|manifest\.json)`", README, flags=re.MULTILINE)
    assert len(promised) >= 6
    for name in promised:
        assert (tmp_path / "output" / "exam" / name).is_file(), name


def test_the_python_of_the_readme_runs():
    (code,) = blocks(README, "python")
    done = run([sys.executable, "-c", code], ROOT)
    assert done.returncode == 0, done.stderr


def test_the_readme_names_problems_and_make_targets_that_are_there():
    named = set(re.findall(r"^\| `(\w+/\w+)` \|", README, flags=re.MULTILINE))
    assert named
    assert named <= set(catalog.entries())
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    assert {command[1] for command in commands_in(README) if command[0] == "make"} <= targets


def test_the_readme_names_every_key_of_a_spec():
    table = README.partition("## The exam spec")[2]
    for key in {*ExamSpec.model_fields, *Question.model_fields} - {"questions"}:
        assert f"`{key}`" in table or f"`{key} =" in table, key


def test_the_tutorial_makes_a_problem_that_passes_every_test(tmp_path):
    """Write the two blocks into a pack, announce it, and run the tests of the catalog over it."""
    (code,), (words,) = blocks(CONTRIBUTING, "python"), blocks(CONTRIBUTING, "latex")
    module = tmp_path / "tutorial_pack" / "mlp" / "dense_params.py"
    template = tmp_path / "tutorial_pack" / "templates" / "problems" / "mlp" / "dense_params.tex.j2"
    announced = tmp_path / "tutorial_pack-1.dist-info" / "entry_points.txt"
    metadata = announced.with_name("METADATA")
    for path, text in (
        (module, code),
        (template, words),
        (announced, "[problemgen.packs]\ntutorial = tutorial_pack\n"),
        (metadata, "Metadata-Version: 2.1\nName: tutorial-pack\nVersion: 1\n"),
        (module.with_name("__init__.py"), '"""Dense layers."""\n'),
        (module.parent.with_name("__init__.py"), '"""A pack."""\n'),
    ):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
    tests = [
        "tests/test_every_problem.py",
        "tests/test_planted_errors.py",
        "-k",
        "dense_params",
        "-p",
        "no:cacheprovider",
    ]
    done = subprocess.run(
        [sys.executable, "-m", "pytest", *tests], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert int(re.search(r"(\d+) passed", done.stdout)[1]) > 30
    shown = subprocess.run(
        [PROBLEMGEN, "show", "mlp/dense_params"], env=environment, capture_output=True, text=True, check=False
    )
    assert "How many parameters does it learn?" in shown.stdout


def test_the_tutorial_passes_lint_and_types_where_it_would_stand(tmp_path):
    (code,) = blocks(CONTRIBUTING, "python")
    module = "problemgen/problems/mlp/dense_params.py"
    lint = [sys.executable, "-m", "ruff", "check", "--stdin-filename", module, "-"]
    done = subprocess.run(lint, cwd=ROOT, input=code, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    (tmp_path / "dense_params.py").write_text(code, encoding="utf-8")
    types = [sys.executable, "-m", "mypy", "--strict", "--cache-dir", ".mypy_cache", str(tmp_path / "dense_params.py")]
    done = subprocess.run(types, cwd=ROOT, capture_output=True, text=True, check=False)
    assert "dense_params.py" not in done.stdout, done.stdout


def test_the_formulas_of_contributing_print_what_it_says():
    (block,) = blocks(CONTRIBUTING, "pycon")
    examples = doctest.DocTestParser().get_doctest(block, {}, "CONTRIBUTING", None, 0)
    found = doctest.DocTestRunner().run(examples)
    assert found.attempted >= 4
    assert found.failed == 0


def test_the_tutorial_is_two_files():
    assert len(blocks(CONTRIBUTING, "python")) == len(blocks(CONTRIBUTING, "latex")) == 1


def test_every_command_has_help():
    others = {"fairness", "gallery", "practice", "list", "show", "solve"}
    assert set(commands.commands) == {"build", "check", "rebuild", "diff", "lookup", *others}
    assert all(command.help for command in commands.commands.values())

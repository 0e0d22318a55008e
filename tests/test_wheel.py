"""The built wheel, in a clean virtual environment, away from the source tree and without a network."""

import os
import subprocess
import sys
import venv
from pathlib import Path
from zipfile import ZipFile

import pytest

ROOT = Path(__file__).parent.parent
SPEC = """
title = "A quiz"
seed = "quiz-2026"
variants = ["A"]

[[questions]]
problem = "cnn/conv_params"
level = "easy"
points = 2
"""


def run(*command, cwd):
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    done = subprocess.run(command, cwd=cwd, env=inherited, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("dist")
    run(sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", folder, ROOT, cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel, tmp_path_factory):
    """The programs of an environment that has the wheel and borrows our copies of its dependencies."""
    environment = tmp_path_factory.mktemp("installed")
    venv.create(environment, symlinks=True)
    python = environment / "bin" / "python"
    pip = (sys.executable, "-m", "pip", "--python", python)
    run(*pip, "install", "--quiet", "--no-index", "--no-deps", wheel, cwd=environment)
    (packages,) = environment.glob("lib/python*/site-packages")
    ours = [path for path in sys.path if path.endswith(("site-packages", "dist-packages"))]
    (packages / "dependencies.pth").write_text("\n".join(ours))
    return python.parent


def test_the_wheel_holds_every_template_and_the_type_marker(wheel):
    templates = [path for path in (ROOT / "templates").rglob("*") if path.is_file()]
    wanted = {f"problemgen/{path.relative_to(ROOT).as_posix()}" for path in templates}
    names = set(ZipFile(wheel).namelist())
    assert wanted
    assert {*wanted, "problemgen/py.typed", "problemgen/exam/manifest.schema.json"} <= names
    assert not [name for name in names if name.startswith(("tests/", "output/"))]


def test_the_installed_program_knows_its_version(wheel, installed, tmp_path):
    version = wheel.name.split("-")[1]
    assert version in run(installed / "problemgen", "--version", cwd=tmp_path)


def test_the_installed_program_builds_an_exam_outside_the_source_tree(installed, tmp_path):
    found = run(installed / "python", "-c", "import problemgen; print(problemgen.__file__)", cwd=tmp_path)
    assert Path(found).is_relative_to(installed.parent)
    (tmp_path / "quiz.toml").write_text(SPEC)
    run(installed / "problemgen", "build", "quiz.toml", "--tex-only", cwd=tmp_path)
    questions = tmp_path / "output" / "quiz" / "tex" / "A" / "questions.tex"
    assert "\\documentclass" in questions.read_text()

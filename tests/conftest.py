"""What all tests share: the command line run in the test's own folder, and the skip where there is no LaTeX."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest

from problemgen import cache
from problemgen.cli import main
from problemgen.rendering import tex
from problemgen.rendering.families import families
from problemgen.rendering.lualatex import PACKAGES


def pytest_addoption(parser):
    parser.addoption(
        "--regen", action="store_true", help="rewrite the golden texts; read the diff before committing it"
    )


def pytest_collection_modifyitems(items):
    reasons = {}
    if not shutil.which("pdflatex"):
        reasons["latex"] = "there is no pdflatex on this machine ('make tex' installs it)"
    if not (tex.available() and tex.available("lualatex") and {"arab", "hani"} <= families().keys()):
        reasons["lualatex"] = f"there is no lualatex, or no font for it, on this machine (packages {PACKAGES})"
    for item in items:
        for marker, reason in reasons.items():
            if item.get_closest_marker(marker):
                item.add_marker(pytest.mark.skip(reason=reason))


@pytest.fixture(autouse=True)
def nothing_of_a_changed_program_is_kept(monkeypatch):
    """Keep what tests change in this process out of the user's cache, which cannot know of it."""
    monkeypatch.setattr(cache, "file_of", lambda _: None)


class Ran(NamedTuple):
    code: int
    out: str
    err: str


@pytest.fixture
def run(tmp_path, monkeypatch, capsys):
    """Return a function that runs `problemgen ARGUMENTS` in this process, with the test's folder as its own."""
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main([str(argument) for argument in arguments])
        return Ran(ended.value.code, *capsys.readouterr())

    return call


@pytest.fixture
def run_apart(tmp_path):
    """Return a function that runs `problemgen ARGUMENTS` as a program of its own, in the test's folder."""
    program = Path(sys.executable).with_name("problemgen")

    def call(*arguments, env=None):
        command = [program, *arguments]
        done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=False)
        return Ran(done.returncode, done.stdout, done.stderr)

    return call

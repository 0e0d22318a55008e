"""`scripts/install_tex`, with stand-ins for everything it calls, so that nothing is installed here."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parent.parent / "scripts" / "install_tex"
PACKAGES = "texlive-latex-extra lmodern"
COMMAND = f"sudo apt-get update && sudo apt-get install --no-install-recommends {PACKAGES}"


class Machine:
    """A PATH with stand-ins, and what they were called with."""

    def __init__(self, folder: Path):
        self.bin = folder / "bin"
        self.bin.mkdir()
        self.calls = folder / "calls"
        self.tex = folder / "exam.cls"
        for tool in ("env", "tail", "touch", "true"):
            (self.bin / tool).symlink_to(shutil.which(tool))
        self.has("id", "echo 0")
        self.has("pdflatex")
        self.has("kpsewhich", f'case " $* " in *" exam.cls "*) [ -e {self.tex} ];; esac')

    def has(self, name, body="true"):
        program = self.bin / name
        program.write_text(f'#!/bin/sh\necho "{name} $*" >> {self.calls}\n{body}\n')
        program.chmod(0o755)

    def run(self, *packages):
        done = subprocess.run(
            ["/bin/sh", SCRIPT, *packages],
            env={**os.environ, "PATH": str(self.bin)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        assert "not found" not in done.stderr
        return done

    def calls_of(self, name):
        return [call for call in self.calls.read_text().splitlines() if call.startswith(f"{name} ")]


def test_looks_for_every_style_the_sheets_load():
    loads = re.compile(r"\\usepackage(?:\[[^]]*])?\{([\w,-]+)}")
    sheets = (SCRIPT.parent.parent / "templates" / "sheets").glob("*.j2")
    styles = {
        f"{style}.sty" for sheet in sheets for some in loads.findall(sheet.read_text()) for style in some.split(",")
    }
    assert "amsmath.sty" in styles
    assert styles <= set(re.findall(r"\w+\.sty", SCRIPT.read_text()))


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


def test_is_silent_and_calls_nothing_more_where_tex_is_complete(machine):
    machine.tex.touch()
    machine.has("apt-get")
    done = machine.run()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert len(machine.calls.read_text().splitlines()) == 1


def test_installs_exactly_the_set_without_recommends(machine):
    machine.has("apt-get", f"touch {machine.tex}")
    done = machine.run()
    assert done.returncode == 0
    assert "missing exam.cls" in done.stdout
    assert PACKAGES in done.stdout
    assert "410 MB" in done.stdout
    (install,) = machine.calls_of("apt-get")
    assert install.endswith(f"install -y --no-install-recommends {PACKAGES}")


def test_fetches_the_lists_once_when_the_first_try_fails(machine, tmp_path):
    lists = tmp_path / "lists"
    machine.has("apt-get", f'case "$*" in *update*) touch {lists};; *) [ -e {lists} ] && touch {machine.tex};; esac')
    assert machine.run().returncode == 0
    verbs = [word for call in machine.calls_of("apt-get") for word in call.split() if word in {"install", "update"}]
    assert verbs == ["install", "update", "install"]


def test_names_what_to_install_elsewhere_when_there_is_no_apt(machine):
    done = machine.run()
    assert done.returncode == 3
    assert "no apt" in done.stderr
    for system in ("Debian, Ubuntu", "Fedora", "Arch", "macOS", "Windows"):
        assert system in done.stderr


def test_says_what_apt_said_and_what_to_type_when_apt_fails(machine):
    machine.has("apt-get", "echo 'E: Unable to locate package lmodern' >&2; exit 100")
    done = machine.run()
    assert done.returncode == 3
    assert "E: Unable to locate package lmodern" in done.stderr
    assert COMMAND in done.stderr


def test_says_what_is_still_missing_when_the_packages_did_not_help(machine):
    machine.has("apt-get")
    done = machine.run()
    assert done.returncode == 3
    assert f"{machine.bin}/pdflatex still misses exam.cls" in done.stderr


def test_needs_root_or_sudo(machine):
    machine.has("apt-get", f"touch {machine.tex}")
    machine.has("id", "echo 1000")
    done = machine.run()
    assert done.returncode == 3
    assert "no sudo" in done.stderr
    assert not machine.calls_of("apt-get")


def test_does_not_wait_for_a_password_nobody_can_type(machine):
    machine.has("apt-get", f"touch {machine.tex}")
    machine.has("id", "echo 1000")
    machine.has("sudo", "false")
    done = machine.run()
    assert done.returncode == 3
    assert "password" in done.stderr
    assert machine.calls_of("sudo") == ["sudo -n true"]


def test_installs_through_sudo(machine):
    machine.has("apt-get", f"touch {machine.tex}")
    machine.has("id", "echo 1000")
    machine.has("sudo", '[ "$1" = -n ] && shift; exec "$@"')
    assert machine.run().returncode == 0
    assert "DEBIAN_FRONTEND=noninteractive apt-get" in machine.calls_of("sudo")[-1]


def test_installs_other_packages_in_the_same_way(machine):
    machine.has("apt-get")
    done = machine.run("python3-venv")
    assert (done.returncode, done.stdout) == (0, "Installing python3-venv with apt.\n")
    machine.has("apt-get", "exit 100")
    done = machine.run("python3-venv")
    assert done.returncode == 3
    assert "apt-get install --no-install-recommends python3-venv" in done.stderr

"""Running pdfTeX safely and quietly: a fresh folder, no shell, no reading outside, a time limit, the first error.

The preamble of a sheet is compiled once into a format and kept in the user's cache folder; loading it saves about a
quarter of a second a run.  The plain preamble is used when a format cannot be made.
"""

from __future__ import annotations

import gzip
import hashlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from problemgen.errors import TexMissing

_OPTIONS: Final = ("-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "-file-line-error")
_ERROR: Final = re.compile(r"^(?:\./)?[^:\n]*\.tex:(\d+): (.*)$", re.MULTILINE)
_STUCK: Final = re.compile(r"^! (.*)$", re.MULTILINE)
_DUMP_SECONDS: Final = 60


@dataclass(frozen=True)
class Run:
    """What one run gave: `pdf` is None when it failed, `line` the source line of the first error (0: unknown)."""

    pdf: bytes | None
    log: str
    error: str = ""
    line: int = 0


@cache
def pdflatex() -> str:
    """Return the path of pdflatex; raises `TexMissing` saying how to get it."""
    found = shutil.which("pdflatex")
    if not found:
        raise TexMissing(
            "no LaTeX found: install it with 'make tex' (Debian, Ubuntu) or your TeX distribution, or pass --tex-only"
        )
    return found


def run(preamble: str, body: str, seconds: float) -> Run:
    r"""Typeset `preamble` + `body` (which begins with `\begin{document}`) in one pass."""
    program = pdflatex()
    format_file = _format(preamble)
    with tempfile.TemporaryDirectory(prefix="problemgen-") as folder:
        source = Path(folder, "paper.tex")
        if format_file is None:
            source.write_text(preamble + body, encoding="utf-8")
            command = [program, *_OPTIONS, "paper.tex"]
            shift = preamble.count("\n")
        else:
            Path(folder, "sheet.fmt").symlink_to(format_file)
            source.write_text(body, encoding="utf-8")
            command = [_pdftex(), "-fmt=sheet", *_OPTIONS, "paper.tex"]
            shift = 0
        code = _call(command, folder, seconds)
        log = _read(Path(folder, "paper.log"))
        pdf = Path(folder, "paper.pdf")
        if code == 0 and pdf.is_file():
            return Run(pdf.read_bytes(), log)
    error, line = _first_error(log, code, seconds)
    return Run(None, log, error, max(line - shift, 0) if line else 0)


def prepare(preamble: str) -> None:
    """Compile a preamble now, so that parallel runs do not each do it."""
    _format(preamble)


def _pdftex() -> str:
    return str(Path(pdflatex()).with_name("pdftex"))


def _call(command: list[str], folder: str, seconds: float) -> int | None:
    """Return the exit code, or None when the time limit killed the process and its children."""
    limits = {
        "openin_any": "p",
        "openout_any": "p",
        "max_print_line": "10000",
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
        "TEXINPUTS": ".:",
    }
    process = subprocess.Popen(  # noqa: S603 - a fixed program and options; the source is a file
        command,
        cwd=folder,
        env={**os.environ, **limits},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.wait()


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _first_error(log: str, code: int | None, seconds: float) -> tuple[str, int]:
    if code is None:
        return f"LaTeX did not end within {seconds:.0f} s", 0
    found = _ERROR.search(log)
    if found:
        undefined = (
            re.search(r"^l\.\d+ .*?(\\[A-Za-z@]+|\S)\s*$", log, re.MULTILINE) if "Undefined" in found[2] else None
        )
        return found[2].rstrip(".") + (f" {undefined[1]}" if undefined else ""), int(found[1])
    stuck = _STUCK.search(log)
    return (stuck[1] if stuck else f"LaTeX ended with code {code}"), 0


def cache_folder() -> Path:
    """Return the folder for compiled preambles, in the user's cache; a temporary one if that cannot be written."""
    root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "problemgen"
    try:
        root.mkdir(parents=True, exist_ok=True)
        if os.access(root, os.W_OK):
            return root
    except OSError:
        pass
    return Path(tempfile.mkdtemp(prefix="problemgen-cache-"))


@cache
def _format(preamble: str) -> Path | None:
    """Return the compiled preamble, made now if it is not in the cache; None when it cannot be compiled.

    It depends on the preamble and on the TeX installation (the stock format's size and time of change).  pdfTeX
    reads an inflated format as it is, twice as fast; one that does not run a probe page is not kept.
    """
    stock = subprocess.run(  # noqa: S603 - a fixed program
        [str(Path(pdflatex()).with_name("kpsewhich")), "-engine=pdftex", "pdflatex.fmt"],
        capture_output=True,
        text=True,
        check=False,
    ).stdout.strip()
    if not stock or not Path(stock).is_file():
        return None
    state = Path(stock).stat()
    key = hashlib.blake2b(f"{stock} {state.st_size} {state.st_mtime_ns}\n{preamble}".encode(), digest_size=16)
    kept = cache_folder() / f"{key.hexdigest()}.fmt"
    return kept if kept.is_file() or _compile(preamble, kept) else None


def _compile(preamble: str, kept: Path) -> bool:
    with tempfile.TemporaryDirectory(prefix="problemgen-") as folder:
        Path(folder, "sheet.tex").write_text(f"{preamble}\n\\nofiles\n\\dump\n", encoding="utf-8")
        made = Path(folder, "sheet.fmt")
        command = [_pdftex(), "-ini", *_OPTIONS, "-jobname=sheet", "&pdflatex", "sheet.tex"]
        if _call(command, folder, _DUMP_SECONDS) != 0 or not made.is_file():
            return False
        data = made.read_bytes()
        Path(folder, "probe.tex").write_text("\\begin{document}probe\\end{document}\n", encoding="utf-8")
        for content in (gzip.decompress(data), data) if data[:2] == b"\x1f\x8b" else (data,):
            made.write_bytes(content)
            if _call([_pdftex(), "-fmt=sheet", *_OPTIONS, "probe.tex"], folder, _DUMP_SECONDS) == 0:
                waiting = kept.with_name(f"{kept.name}.{os.getpid()}")
                shutil.copyfile(made, waiting)
                waiting.replace(kept)
                return True
    return False

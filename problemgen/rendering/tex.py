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
_LACKING: Final = re.compile(r"File `([^']+\.(?:cls|sty|def))' not found")
_DUMP_SECONDS: Final = 60
_FORMATS: Final = 6


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
            "no LaTeX found: install it with 'make tex' (Debian, Ubuntu) or your TeX distribution; "
            "'problemgen build --tex-only' writes the sources without it"
        )
    return found


def run(preamble: str, body: str, seconds: float) -> Run:
    r"""Typeset `preamble` + `body` (which begins with `\begin{document}`) in one pass.

    Raises `TexMissing` when the preamble asks for a style that is not installed.
    """
    program, kept = pdflatex(), _format(preamble)
    if kept is not None:
        found = _run([_beside("pdftex"), "-fmt=sheet"], body, seconds, kept)
        if found is not None:
            return found
        kept.unlink(missing_ok=True)  # it is damaged; the next program makes it anew
    found = _run([program], preamble + body, seconds) or Run(None, "", "LaTeX crashed")
    before = preamble.count("\n")
    lacking = _LACKING.search(found.error)
    if lacking and found.line <= before:
        raise TexMissing(
            f"this LaTeX has no {lacking[1]}: 'make tex' (Debian, Ubuntu) installs what our sheets need, tlmgr or "
            "your TeX distribution the rest; or pass --tex-only"
        )
    if 0 < found.line <= before:
        return Run(None, found.log, f"{found.error} (line {found.line} of the .tex)")
    return Run(found.pdf, found.log, found.error, max(found.line - before, 0))


def _run(command: list[str], source: str, seconds: float, kept: Path | None = None) -> Run | None:
    """Run TeX in a fresh folder; None when it crashed or did not even begin, as it does with a damaged format."""
    with tempfile.TemporaryDirectory(prefix="problemgen-") as folder:
        Path(folder, "paper.tex").write_text(source, encoding="utf-8")
        if kept is not None:
            Path(folder, "sheet.fmt").symlink_to(kept)
        code = _call([*command, *_OPTIONS, "paper.tex"], folder, seconds)
        log, pdf = _read(Path(folder, "paper.log")), Path(folder, "paper.pdf")
        if code == 0 and pdf.is_file():
            return Run(pdf.read_bytes(), log)
        if not log or (code is not None and code < 0):
            return None
    return Run(None, log, *_first_error(log, code, seconds))


def prepare(preamble: str) -> None:
    """Compile a preamble now, so that parallel runs do not each do it."""
    _format(preamble)


def _beside(name: str) -> str:
    """Return another program of the same TeX."""
    beside = Path(pdflatex()).with_name(name)
    return str(beside if beside.is_file() else shutil.which(name) or beside)


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
    found, stuck = _ERROR.search(log), _STUCK.search(log)
    line = int(found[1]) if found else 0
    if stuck and (not found or stuck.start() < found.start()):  # "File not found" comes before the error it leads to
        return stuck[1].rstrip(" ."), line
    if not found:
        return f"LaTeX ended with code {code}", 0
    culprit = re.search(r"^l\.\d+ .*?(\\[A-Za-z@]+|\S)\s*$", log, re.MULTILINE) if "Undefined" in found[2] else None
    return found[2].rstrip(" .") + (f" {culprit[1]}" if culprit else ""), line


def cache_folder() -> Path:
    """Return the folder for compiled preambles, in the user's cache; a temporary one if that cannot be written."""
    try:
        root = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "problemgen"
        root.mkdir(parents=True, exist_ok=True)
        if os.access(root, os.W_OK):
            return root
    except (OSError, RuntimeError):  # RuntimeError: there is no home
        pass
    return Path(_passing_cache().name)


@cache
def _passing_cache() -> tempfile.TemporaryDirectory[str]:
    return tempfile.TemporaryDirectory(prefix="problemgen-cache-")  # removed when the program ends


@cache
def _format(preamble: str) -> Path | None:
    """Return the compiled preamble, made now if it is not in the cache; None when it cannot be compiled.

    It depends on the preamble and on the TeX installation (the stock format's size and time of change).
    """
    try:
        asked = subprocess.run(  # noqa: S603 - a fixed program
            [_beside("kpsewhich"), "-engine=pdftex", "pdflatex.fmt"], capture_output=True, text=True, check=False
        )
        stock = Path(asked.stdout.strip())
        state = stock.stat()
        unique = f"{stock} {state.st_size} {state.st_mtime_ns}\n{preamble}"
        kept = cache_folder() / f"{hashlib.blake2b(unique.encode(), digest_size=16).hexdigest()}.fmt"
        if kept.is_file():
            kept.touch()
            return kept
        return kept if _compile(preamble, kept) else None
    except OSError:
        return None  # no kpsewhich, no stock format, a full disk: the plain preamble does as well


def _compile(preamble: str, kept: Path) -> bool:
    """Compile a preamble and keep it if it sets a probe page; pdfTeX reads an inflated format twice as fast."""
    with tempfile.TemporaryDirectory(prefix="problemgen-") as folder:
        Path(folder, "sheet.tex").write_text(f"{preamble}\n\\nofiles\n\\dump\n", encoding="utf-8")
        made = Path(folder, "sheet.fmt")
        command = [_beside("pdftex"), "-ini", *_OPTIONS, "-jobname=sheet", "&pdflatex", "sheet.tex"]
        if _call(command, folder, _DUMP_SECONDS) != 0 or not made.is_file():
            return False
        data = made.read_bytes()
        Path(folder, "probe.tex").write_text("\\begin{document}probe\\end{document}\n", encoding="utf-8")
        for content in (gzip.decompress(data), data) if data[:2] == b"\x1f\x8b" else (data,):
            made.write_bytes(content)
            if _call([_beside("pdftex"), "-fmt=sheet", *_OPTIONS, "probe.tex"], folder, _DUMP_SECONDS) == 0:
                waiting = kept.with_name(f"{kept.name}.{os.getpid()}")
                shutil.copyfile(made, waiting)
                waiting.replace(kept)
                _forget_old(kept.parent)
                return True
    return False


def _forget_old(folder: Path) -> None:
    """Keep the few formats that were used last: each has the size of a TeX, and every change of a sheet makes one."""
    by_use = sorted(folder.glob("*.fmt"), key=lambda path: path.stat().st_mtime, reverse=True)
    for old in by_use[_FORMATS:]:
        old.unlink(missing_ok=True)

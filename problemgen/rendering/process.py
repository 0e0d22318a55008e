"""Running TeX safely and quietly: a fresh folder, no shell, no reading outside, a time limit, the first error."""

from __future__ import annotations

import contextlib
import errno
import os
import re
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final

from problemgen.errors import DiskFull, TexMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

OPTIONS: Final = ("-no-shell-escape", "-halt-on-error", "-interaction=nonstopmode", "-file-line-error")
_ERROR: Final = re.compile(r"^(?:\./)?[^:\n]*\.tex:(\d+): (.*)$", re.MULTILINE)
_STUCK: Final = re.compile(r"^!(?: |(?:pdf|Lua)TeX error:? )(.*)$", re.MULTILINE)
_LACKING: Final = re.compile(r"File `([^']+\.(?:cls|sty|def))' not found")
_LEAST_ROOM: Final = 1 << 20
_GRACE_SECONDS: Final = 5
_KILLED: Final = (signal.SIGKILL, signal.SIGTERM, signal.SIGXCPU, signal.SIGHUP)


@dataclass(frozen=True)
class Run:
    """What one run gave: `pdf` is None when it failed, `line` the source line of the first error (0: unknown)."""

    pdf: bytes | None
    log: str
    error: str = ""
    line: int = 0


@dataclass(frozen=True)
class Tool:
    """A command, the variables of its environment, and files beside the source: a text, or a path to link to."""

    command: tuple[str, ...]
    settings: Mapping[str, str] = field(default_factory=dict)
    files: Mapping[str, str | Path] = field(default_factory=dict)


def whole(tool: Tool, preamble: str, body: str, seconds: float) -> Run:
    """Set `preamble` + `body`; the line of an error is one of the body.

    Raises `TexMissing` when the preamble asks for a style that is not installed.
    """
    found = attempt(tool, preamble + body, seconds) or Run(None, "", "LaTeX crashed")
    before = preamble.count("\n")
    lacking = _LACKING.search(found.error)
    if lacking and found.line <= before + 1:  # it looks for an option on the next line before it opens the style
        raise TexMissing(
            f"this LaTeX has no {lacking[1]}: 'make tex' (Debian, Ubuntu) installs what our sheets need, tlmgr or "
            "your TeX distribution the rest; or pass --tex-only"
        )
    if 0 < found.line <= before:
        return Run(None, found.log, f"{found.error} (line {found.line} of the .tex)")
    return Run(found.pdf, found.log, found.error, max(found.line - before, 0))


def attempt(tool: Tool, source: str, seconds: float) -> Run | None:
    """Run TeX in a fresh folder; None when it crashed or did not even begin, as it does with a damaged format."""
    with _room(), tempfile.TemporaryDirectory(prefix="problemgen-") as folder:
        for name, content in {"paper.tex": source, **tool.files}.items():
            place = Path(folder, name)
            if isinstance(content, Path):
                place.symlink_to(content)
            else:
                place.write_text(content, encoding="utf-8")
        command = [*tool.command, *OPTIONS, "paper.tex"]
        code = call(command, folder, seconds, tool.settings)
        if code is not None and -code in _KILLED:  # not by us: perhaps for want of memory, which may have passed
            code = call(command, folder, seconds, tool.settings)
        log, pdf = _read(Path(folder, "paper.log")), Path(folder, "paper.pdf")
        if code == 0 and pdf.is_file():
            return Run(pdf.read_bytes(), log)
        if code == -signal.SIGXFSZ:
            raise OSError(errno.EFBIG, "what TeX writes is too large")
        if shutil.disk_usage(folder).free < _LEAST_ROOM:
            raise OSError(errno.ENOSPC, "no room for what TeX writes")
        if code is not None and -code not in _KILLED and (not log or code < 0):
            return None
    return Run(None, log, *_first_error(log, code, seconds))


@contextlib.contextmanager
def _room() -> Iterator[None]:
    """Raise `DiskFull` when the folder for temporary files turns out to be full."""
    try:
        yield
    except OSError as error:
        if error.errno == errno.EFBIG:
            raise DiskFull(
                f"{tempfile.gettempdir()}: files may not be as large as TeX's; raise the shell's limit (ulimit -f)"
            ) from None
        if tempfile.tempdir is None:  # no folder was found in which a file can be written
            raise DiskFull(f"{error.strerror}; make room there or set TMPDIR to a folder that has some") from None
        if error.errno not in {errno.ENOSPC, errno.EDQUOT}:
            raise
        raise DiskFull(
            f"{tempfile.gettempdir()}: the disk is full; make room there or set TMPDIR to a folder that has some, "
            "and build again to go on with what is finished"
        ) from None


def call(command: list[str], folder: str, seconds: float, settings: Mapping[str, str] | None = None) -> int | None:
    """Return the exit code, or None when the time limit killed the process and its children."""
    limits = {
        "openin_any": "p",
        "openout_any": "p",
        "max_print_line": "10000",
        "extra_mem_bot": "40000000",  # boxes, and
        "extra_mem_top": "20000000",  # letters: the pages of a document are held until its last one
        "SOURCE_DATE_EPOCH": "0",
        "FORCE_SOURCE_DATE": "1",
        "TEXINPUTS": ".:",
    }
    process = subprocess.Popen(  # noqa: S603 - a fixed program and options; the source is a file
        command,
        cwd=folder,
        env={**os.environ, **limits, **(settings or {})},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        _limit(process.pid, seconds)
        return process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return None
    finally:
        _end(process)


def _limit(process: int, seconds: float) -> None:
    """Let a process end by itself, soon after its time is over, if nobody is left to end it."""
    if sys.platform == "linux":
        most = int(seconds) + _GRACE_SECONDS
        with contextlib.suppress(OSError, ValueError):  # it has ended, or has a lower limit
            resource.prlimit(process, resource.RLIMIT_CPU, (most, most))


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a process and its children; TeX, when interrupted, still writes its log, which tells where it was."""
    for sign, patience in ((signal.SIGINT, 1.0), (signal.SIGKILL, None)):
        if process.poll() is None:
            os.killpg(process.pid, sign)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(patience)


def _read(path: Path) -> str:
    return path.read_text(encoding="utf-8", errors="replace") if path.is_file() else ""


def _first_error(log: str, code: int | None, seconds: float) -> tuple[str, int]:
    found, stuck = _ERROR.search(log), _STUCK.search(log)
    line = int(found[1]) if found else 0
    if code is None:
        return f"LaTeX did not end within {seconds:.0f} s", line
    if -code in _KILLED:
        return f"LaTeX was killed ({signal.Signals(-code).name}), twice; is there enough memory?", line
    if stuck and (not found or stuck.start() < found.start()):  # "File not found" comes before the error it leads to
        return stuck[1].rstrip(" ."), line
    if not found:
        return f"LaTeX ended with code {code}" if code else "", 0  # 0: who reads the log knows better
    culprit = re.search(r"^l\.\d+ .*?(\\[A-Za-z@]+|\S)\s*$", log, re.MULTILINE) if "Undefined" in found[2] else None
    return found[2].rstrip(" .") + (f" {culprit[1]}" if culprit else ""), line


@cache
def version(program: str) -> str:
    """Return the first line a program says of its version: equal texts make equal pages where this is equal."""
    told = subprocess.run([program, "--version"], capture_output=True, text=True, check=False)  # noqa: S603 - TeX
    return told.stdout.partition("\n")[0]


def sibling(program: str, name: str) -> str:
    """Return another program of the same TeX."""
    beside = Path(program).with_name(name)
    return str(beside if beside.is_file() else shutil.which(name) or beside)

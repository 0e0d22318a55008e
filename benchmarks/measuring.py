"""What the benchmarks share: an exam for so many students, a program's time and memory, medians and tables.

Memory is read from /proc, so the benchmarks run on Linux only.
"""

from __future__ import annotations

import json
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

ROOT = Path(__file__).parent.parent
SPEC = ROOT / "examples" / "final.toml"
KINDS = ("questions", "answers", "solutions")
CORES = len(os.sched_getaffinity(0))
_POLL_SECONDS = 0.1


@dataclass
class Run:
    """A program that has ended: wall-clock seconds, what it printed, and the peaks of memory in MiB by part of it."""

    seconds: float
    printed: str
    memory: dict[str, float] = field(default_factory=dict)


@dataclass
class Build:
    """One `problemgen build`: `parts` are seconds summed over all workers, `pages` those of the papers' documents."""

    run: Run
    papers: int
    kinds: tuple[str, ...]
    parts: dict[str, float]
    pages: int

    @property
    def each(self) -> float:
        """Return the seconds for one paper."""
        return self.run.seconds / self.papers


def exam(folder: Path, students: int, seed: str = "") -> Path:
    """Write the twelve-question exam for a roster of so many students, and return the path of its spec."""
    text = SPEC.read_text(encoding="utf-8")
    text, found = re.subn(r"^variants = .*$", 'roster = "roster.csv"', text, flags=re.MULTILINE)
    if found != 1:
        sys.exit(f"{SPEC}: there must be one line 'variants = ...' to put a roster in its place")
    if seed:
        text = re.sub(r"^seed = .*$", f'seed = "{seed}"', text, flags=re.MULTILINE)
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f"{1_000_000 + number},Student {number} of the Course" for number in range(1, students + 1)]
    (folder / "roster.csv").write_text("\n".join(["id,name", *rows, ""]), encoding="utf-8")
    spec = folder / "final.toml"
    spec.write_text(text, encoding="utf-8")
    return spec


def build(
    folder: Path, papers: int, kinds: tuple[str, ...] = KINDS, options: Sequence[str] = (), *, watched: bool = False
) -> Build:
    """Build the exam for so many students into `folder`/out, in a process of its own, which must succeed."""
    spec, out = exam(folder, papers), folder / "out"
    shutil.rmtree(out, ignore_errors=True)
    program = str(Path(sys.executable).with_name("problemgen"))
    command = [program, "build", str(spec), "--out", str(out), "--fresh", "--json", "--documents", ",".join(kinds)]
    done = run([*command, *options], watched=watched)
    told: dict[str, Any] = json.loads(done.printed)
    if told["papers"] != papers or told["failures"]:
        sys.exit(f"{told['papers']} of {papers} papers were built; {told['failures']}")
    manifest = json.loads((out / "manifest.json").read_text(encoding="utf-8"))
    pages = sum(paper["pages"][kind]["total"] for paper in manifest["papers"] for kind in kinds)
    return Build(done, papers, kinds, told["seconds"], pages)


def run(command: Sequence[str], *, watched: bool = False) -> Run:
    """Run a program to its end, which must be a good one; its memory is `watched` only where that is asked for."""
    start = time.perf_counter()
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)  # noqa: S603
    peaks: dict[str, float] = {}
    before: set[int] = set()
    while True:
        try:
            printed, warned = process.communicate(timeout=_POLL_SECONDS if watched else None)
            break
        except subprocess.TimeoutExpired:
            # seen twice: a process that is about to become another program still has its parent's memory
            now = set(_family(process.pid))
            for part, size in _sizes(process.pid, now & before):
                peaks[part] = max(peaks.get(part, 0.0), size)
            before = now
    seconds = time.perf_counter() - start
    if process.returncode:
        sys.exit(f"{' '.join(command)} ended with {process.returncode}: {warned.strip()[-500:]}")
    return Run(seconds, printed, peaks)


def _family(root: int) -> Iterator[int]:
    yield root
    with suppress(OSError):
        for thread in Path(f"/proc/{root}/task").iterdir():
            for child in (thread / "children").read_text(encoding="ascii").split():
                yield from _family(int(child))


def _sizes(root: int, processes: Iterable[int]) -> Iterator[tuple[str, float]]:
    for process in processes:
        with suppress(OSError):
            status = Path(f"/proc/{process}/status").read_text(encoding="utf-8")
            peak, name = re.search(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE), status.partition("\n")[0]
            if peak:
                yield "parent" if process == root else "TeX" if "tex" in name else "worker", int(peak[1]) / 1024


def machine() -> str:
    """Return the cores and the CPU, and the versions of what the figures depend on."""
    found = re.search(r"^model name\s*:\s*(.*)$", Path("/proc/cpuinfo").read_text(encoding="utf-8"), re.MULTILINE)
    told = subprocess.run(["pdftex", "--version"], capture_output=True, text=True, check=True)  # noqa: S607
    tex = told.stdout.partition("\n")[0]
    return f"{CORES} cores ({found[1] if found else platform.machine()}), CPython {platform.python_version()}, {tex}"


def table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """Return a Markdown table."""
    lines = [columns, ["---:"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + "\n"

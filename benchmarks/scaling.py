"""Does the cost of a paper stay the same in large exams, and the memory flat?  The exam of `examples/final.toml`.

Run as `.venv/bin/python benchmarks/scaling.py [--rounds N] [--papers 10 100 1000 3000] [--workers 1 2]` (Linux,
needs LaTeX).  Every build is a process of its own with all three documents; its output is removed at once (a thousand
papers take about 1 GB).  Memory is the largest resident set of the parent, of any worker and of any TeX.
Prints Markdown for RESULTS.md.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from measuring import build, machine, table

if TYPE_CHECKING:
    from measuring import Build

MEMORY = ("parent", "worker", "TeX")


def main() -> None:
    """Build exams of all sizes with all numbers of workers in turn, and print the table."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=1, help="how often everything is run [1]")
    parser.add_argument("--papers", type=int, nargs="+", default=[10, 30, 100, 300, 1000, 3000], help="exam sizes")
    parser.add_argument("--workers", type=int, nargs="+", default=[1, 2], help="numbers of worker processes")
    chosen = parser.parse_args()
    found: dict[tuple[int, int], list[Build]] = {}
    with tempfile.TemporaryDirectory(prefix="scaling-") as place:
        folder = Path(place)
        build(folder, 1)  # compiles the preamble
        for _ in range(chosen.rounds):
            for papers in chosen.papers:
                for workers in chosen.workers:
                    done = build(folder, papers, options=["--workers", str(workers)], watched=True)
                    shutil.rmtree(folder / "out")
                    found.setdefault((workers, papers), []).append(done)
                    print(f"{papers} papers, {workers} workers: {done.run.seconds:.1f} s", file=sys.stderr)
    print(f"{machine()}; rounds: {chosen.rounds}\n")
    for workers in chosen.workers:
        print(grown(workers, {papers: found[workers, papers] for papers in chosen.papers}))


def grown(workers: int, builds: dict[int, list[Build]]) -> str:
    """Return the table for one number of workers.

    "each further" is what a paper costs beyond the smaller exam of the row before, that is, without the start of the
    program.
    """
    rows, before = [], (0, 0.0)
    for papers, found in sorted(builds.items()):
        seconds = statistics.median(one.run.seconds for one in found)
        further = (seconds - before[1]) / (papers - before[0])
        peaks = [max((one.run.memory.get(part, 0.0) for one in found), default=0.0) for part in MEMORY]
        rows.append(
            [
                str(workers),
                f"{papers:,}",
                f"{seconds:.1f}",
                f"{1000 * seconds / papers:.1f}",
                f"{1000 * further:.1f}" if before[0] else "",
                *(f"{peak:.0f}" if peak else "" for peak in peaks),
            ]
        )
        before = (papers, seconds)
    return table(["workers", "papers", "s", "ms a paper", "each further", *(f"MiB {part}" for part in MEMORY)], rows)


if __name__ == "__main__":
    main()

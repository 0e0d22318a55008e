"""How fast an exam becomes PDFs: the twelve questions of `examples/final.toml`, against LaTeX document by document.

Run as `.venv/bin/python benchmarks/throughput.py [--rounds N] [--papers 1 4 40 50 1000]` (needs latexmk and
texlive-latex-extra).  Ours are whole processes on all cores, generation included, with the compiled preamble in the
cache.  The two baselines are `latexmk -pdf` on each document, as many at a time as there are cores: `naive/`, the
same paper with TikZ figures, hyperref and microtype, and the sources that our own build exports.  All are run in turn
in every round; a ratio is the median of the rounds' ratios.  Prints Markdown for RESULTS.md.
"""

from __future__ import annotations

import argparse
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

from measuring import CORES, KINDS, Build, build, exam, machine, table

from problemgen.exam.spec import read_spec
from problemgen.rendering import delivery
from problemgen.rendering.batch import chunk_size

NAIVE = Path(__file__).parent / "naive"
SHORT = ("questions", "answers")
PARTS = ("generation", "TeX", "splitting")


@dataclass
class Round:
    """Builds by documents, and what one document of each kind takes with the baselines, which were run next to them."""

    builds: dict[tuple[str, ...], Build] = field(default_factory=dict)
    naive: dict[str, float] = field(default_factory=dict)
    exported: dict[str, float] = field(default_factory=dict)
    inside: float = 0.0


def main() -> None:
    """Measure in rounds, and print the tables."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--rounds", type=int, default=3, help="how often everything is run [3]")
    parser.add_argument("--papers", type=int, nargs="+", default=[1, 4, 40, 50, 1000], help="sizes of the exam")
    parser.add_argument("--baseline", type=int, default=2, help="papers that each baseline sets, a time [2]")
    chosen = parser.parse_args()
    if not shutil.which("latexmk"):
        sys.exit("latexmk is not installed")
    with tempfile.TemporaryDirectory(prefix="throughput-") as place:
        folder = Path(place)
        build(folder, chosen.baseline)  # compiles the preamble, and gives the sources of the second baseline
        sources = folder / "sources"
        shutil.copytree(folder / "out" / "tex", sources)
        rounds: dict[int, list[Round]] = {papers: [] for papers in chosen.papers}
        for number in range(chosen.rounds):
            for papers in chosen.papers:
                rounds[papers].append(measured(folder, papers, sources, chosen.baseline))
                print(f"round {number + 1} of {chosen.rounds}, {papers} papers: done", file=sys.stderr)
        alone = [single(folder, sources, number, chosen.baseline) for number in range(chosen.rounds)]
    print(f"{machine()}; {chosen.rounds} rounds\n")
    print(speeds(rounds))
    print(ratios(rounds))
    print(inside(alone))


def measured(folder: Path, papers: int, sources: Path, baseline: int) -> Round:
    """Run everything once for an exam of so many papers."""
    found = Round()
    for kinds in (SHORT, KINDS):
        found.builds[kinds] = build(folder, papers, kinds)
        shutil.rmtree(folder / "out")
    found.naive = latexmk(folder, [NAIVE] * baseline)
    found.exported = latexmk(folder, sorted(sources.iterdir()))
    return found


def single(folder: Path, sources: Path, number: int, baseline: int) -> Round:
    """Build one paper in this process, with numbers it has not seen before, and run the baselines."""
    spent = 0.0
    for seed in (f"warm {number}", f"timed {number}"):
        spec = exam(folder / "single", 1, seed)
        start = time.perf_counter()
        delivery.build(read_spec(spec), folder / "out", delivery.Options(fresh=True))
        spent = time.perf_counter() - start
        shutil.rmtree(folder / "out")
    naive, exported = latexmk(folder, [NAIVE] * baseline), latexmk(folder, sorted(sources.iterdir()))
    return Round(naive=naive, exported=exported, inside=spent)


def latexmk(folder: Path, papers: list[Path]) -> dict[str, float]:
    """Return the mean seconds of a document of each kind; as many are set at a time as there are cores."""

    def seconds(number: int, paper: Path, kind: str) -> tuple[str, float]:
        place = folder / "latexmk" / str(number) / kind
        shutil.copytree(paper, place)
        command = ["latexmk", "-pdf", "-silent", "-interaction=nonstopmode", f"{kind}.tex"]
        start = time.perf_counter()
        subprocess.run(command, cwd=place, check=True, capture_output=True)  # noqa: S603 - our own command
        return kind, time.perf_counter() - start

    jobs = [(number, paper, kind) for number, paper in enumerate(papers) for kind in reversed(KINDS)]
    with ThreadPoolExecutor(CORES) as pool:
        told = list(pool.map(lambda job: seconds(*job), jobs))
    shutil.rmtree(folder / "latexmk")
    return {kind: statistics.mean(spent for of, spent in told if of == kind) for kind in KINDS}


def for_paper(documents: dict[str, float], kinds: tuple[str, ...]) -> float:
    """Return the seconds a baseline takes for a paper, were no core ever idle."""
    return sum(documents[kind] for kind in kinds) / CORES


def speeds(rounds: dict[int, list[Round]]) -> str:
    """Return a table of our medians; the parts of the work are shares of the time of all processes at work."""
    rows = []
    for papers, found in rounds.items():
        for kinds in (SHORT, KINDS):
            builds = [one.builds[kinds] for one in found]
            seconds = statistics.median(one.run.seconds for one in builds)
            working = CORES if papers > chunk_size(papers) else 1
            shares = [
                statistics.median(one.parts.get(part, 0.0) / (one.run.seconds * working) for one in builds)
                for part in PARTS
            ]
            pages = builds[0].pages
            rows.append(
                [
                    f"{papers:,}",
                    str(len(kinds)),
                    f"{seconds:.2f}",
                    f"{1000 * seconds / papers:.1f}",
                    f"{pages / papers:.1f}",
                    f"{pages / seconds:.0f}",
                    f"{papers * len(kinds) / seconds:.1f}",
                    *(f"{100 * share:.0f} %" for share in (*shares, max(0.0, 1 - sum(shares)))),
                ]
            )
    columns = ["papers", "documents", "s", "ms a paper", "pages a paper", "pages/s", "PDFs/s", *PARTS, "else"]
    return table(columns, rows)


def ratios(rounds: dict[int, list[Round]]) -> str:
    """Return a table of what the baselines take, and how often our time fits into that."""
    rows = []
    for papers, found in rounds.items():
        for kinds in (SHORT, KINDS):
            row = [f"{papers:,}", str(len(kinds))]
            row.append(f"{1000 * statistics.median(one.builds[kinds].each for one in found):.1f}")
            for baselines in ([one.naive for one in found], [one.exported for one in found]):
                theirs = [for_paper(baseline, kinds) for baseline in baselines]
                times = [spent / one.builds[kinds].each for spent, one in zip(theirs, found, strict=True)]
                row += [f"{1000 * statistics.median(theirs):.0f}", f"{statistics.median(times):.1f} x"]
            rows.append(row)
    return table(["papers", "documents", "ours, ms a paper", "naive", "ratio", "exported", "ratio"], rows)


def inside(alone: list[Round]) -> str:
    """Return a table of one paper in a process that is already running."""
    row = [f"{1000 * statistics.median(one.inside for one in alone):.0f}"]
    for baselines in ([one.naive for one in alone], [one.exported for one in alone]):
        theirs = [for_paper(baseline, KINDS) for baseline in baselines]
        times = [spent / one.inside for spent, one in zip(theirs, alone, strict=True)]
        row += [f"{1000 * statistics.median(theirs):.0f}", f"{statistics.median(times):.1f} x"]
    return table(["one paper inside a process, ms", "naive", "ratio", "exported", "ratio"], [row])


if __name__ == "__main__":
    main()

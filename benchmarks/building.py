"""Seconds for `examples/midterm.toml`, twelve PDFs, side by side with `latexmk` on the exported sources.

Run as `.venv/bin/python benchmarks/building.py` (needs LaTeX and latexmk).  Both are whole processes, run in turn;
the first build, which compiles the preamble, is not counted.
"""

from __future__ import annotations

import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

ROUNDS = 3
SPEC = Path(__file__).parent.parent / "examples" / "midterm.toml"


def seconds(command: list[str], folder: Path) -> float:
    """Return how long a command takes, which must succeed."""
    start = time.perf_counter()
    subprocess.run(command, cwd=folder, check=True, capture_output=True)  # noqa: S603 - our own commands
    return time.perf_counter() - start


def main() -> None:
    """Print both medians and their ratio."""
    latexmk = shutil.which("latexmk")
    if not latexmk:
        sys.exit("latexmk is not installed")
    with tempfile.TemporaryDirectory() as place:
        out = Path(place, "out")
        build = [str(Path(sys.executable).with_name("problemgen")), "build", str(SPEC), "--out", str(out)]
        seconds(build, out.parent)
        ours, theirs = [], []
        for _ in range(ROUNDS):
            ours.append(seconds(build, out.parent))
            total = 0.0
            for source in sorted(out.glob("tex/*/*.tex")):
                total += seconds([latexmk, "-pdf", "-silent", source.name], source.parent)
                seconds([latexmk, "-C", "-silent", source.name], source.parent)
            theirs.append(total)
    print(f"problemgen build           {statistics.median(ours):6.2f} s")
    print(f"latexmk on the same pages  {statistics.median(theirs):6.2f} s")
    print(f"ratio                      {statistics.median(theirs) / statistics.median(ours):6.1f} x")


if __name__ == "__main__":
    main()

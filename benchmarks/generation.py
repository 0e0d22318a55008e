"""Instances a second on one core, for every problem: sampled, solved and verified by the oracle.

Run as `.venv/bin/python benchmarks/generation.py`.  Byte code must be cached (`PYTHONDONTWRITEBYTECODE` unset).
The instances of all problems are made in turn, so that a busy machine slows all of them alike; the last column
is the time relative to the fastest problem.
"""

from __future__ import annotations

import statistics
import time

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed

ROUNDS = 60


def main() -> None:
    """Print a table of the problems, fastest first, and the median."""
    entries = list(catalog.entries().values())
    spent = dict.fromkeys((entry.name for entry in entries), 0.0)
    for number in range(ROUNDS):
        for entry in entries:
            for level in Level:
                start = time.perf_counter()
                sampling.sample(entry, Seed.of("benchmark", number), level)
                spent[entry.name] += time.perf_counter() - start
    rates = {name: ROUNDS * len(Level) / seconds for name, seconds in spent.items()}
    fastest = max(rates.values())
    for name, rate in sorted(rates.items(), key=lambda item: -item[1]):
        print(f"{name:<38}{rate:>8.0f} /s {fastest / rate:>7.1f} x")
    print(f"{'median':<38}{statistics.median(rates.values()):>8.0f} /s")


if __name__ == "__main__":
    main()

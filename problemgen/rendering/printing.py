"""`print/`: all papers of a kind in one file for the copier, and the key grids; a hundred papers in each file.

The pages are taken from the runs of the chunks, where papers share their fonts.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from problemgen.rendering import batch, engine, state, tex

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from problemgen.exam.spec import ExamSpec
    from problemgen.rendering.sheet import Kind
    from problemgen.rendering.state import State
    from problemgen.rendering.workers import Executor

PART: Final = 100


@dataclass(frozen=True)
class Joined:
    """One collection to be written: the pages (first, number) of each document, file by file; `key` is the caller's."""

    name: str
    key: str
    title: str
    pages: tuple[tuple[Path, int, int], ...]


def join(unit: Joined) -> tuple[str, str, bytes]:
    """Return name, key and content of a collection."""
    return unit.name, unit.key, engine.joined(unit.pages, unit.title)


@dataclass
class Collecting:
    """What is collected of an exam; `told` is {path: [key, digest]}, to be remembered."""

    state: State
    spec: ExamSpec
    folders: Sequence[str]
    data: Sequence[str]
    kinds: Sequence[Kind]
    templates: Path | None
    size: int
    told: dict[str, list[str]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)

    def run(self, here: Executor, executor: Executor) -> None:
        """Write what is missing or stale: what TeX has to set by `executor`, what reads our files `here`."""
        former = self.state.papers().get("print", {})
        joins, grids = [], []
        for start in range(0, len(self.folders), PART):
            numbers = range(start // self.size + 1, -(-min(start + PART, len(self.folders)) // self.size) + 1)
            key = " ".join(self.state.chunk(number).key for number in numbers)
            for kind in self.kinds:
                name = self._name(kind, start)
                if not self._there(name, key, former):
                    pages = tuple(self._pages(kind, start, numbers))
                    joins.append(Joined(name, key, f"{self.spec.title} - {kind}", pages))
            grid = self._name("key_grid", start)
            if len(self.folders) > self.size and not self._there(grid, key, former):
                papers = tuple(self.data[start : start + PART])
                by = self.spec.engine or tex.PDFLATEX
                grids.append(batch.GridUnit(grid, key, self.spec, papers, self.templates, by))
        for name, key, pdf in here.run(join, joins):
            self._write(name, key, pdf)
        for made in executor.run(batch.grid, grids):
            if made.pdf is None:
                self.failures[made.unit.name.removesuffix(".pdf")] = made.reason
            else:
                self._write(made.unit.name, made.unit.key, made.pdf)
        for name in former.keys() - self.told.keys():
            (self.state.out / name).unlink(missing_ok=True)

    def _name(self, kind: str, start: int) -> str:
        last = min(start + PART, len(self.folders))
        some = f"-{start + 1:04}-{last:04}" if len(self.folders) > PART else ""
        return f"print/{kind}{some}.pdf"

    def _there(self, name: str, key: str, former: dict[str, list[str]]) -> bool:
        found = former.get(name) == [key, state.digest_of(self.state.out / name)]
        if found:
            self.told[name] = former[name]
        return found

    def _pages(self, kind: Kind, start: int, numbers: Sequence[int]) -> Iterator[tuple[Path, int, int]]:
        wanted = self.folders[start : start + PART]
        for number in numbers:
            places = self.state.chunk(number).places
            for folder in wanted:
                if place := places.get(f"{folder}/{kind}"):
                    run, first, total = place
                    yield self.state.out / self.state.run(number, run), first, total

    def _write(self, name: str, key: str, pdf: bytes) -> None:
        state.write(self.state.out, {name: pdf})
        self.told[name] = [key, state.digest(pdf)]

"""`print/`: all papers of a kind in one file for the copier, and the key grids; a hundred papers in each file.

The pages are taken from the runs of the chunks, where papers share their fonts.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from problemgen.rendering import pages, state
from problemgen.rendering.sheet import GRID

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from problemgen.exam.spec import ExamSpec
    from problemgen.rendering.sheet import Kind
    from problemgen.rendering.state import Chunk, State
    from problemgen.rendering.workers import Executor

PART: Final = 100
_OURS: Final = re.compile(r"print/[\w-]+\.pdf", re.ASCII)


@dataclass(frozen=True)
class Joined:
    """One collection to be written: the pages (file, first, number) of each document, `apart` on sheets of its own."""

    name: str
    key: str
    title: str
    pages: tuple[tuple[Path, int, int], ...]
    apart: bool


def join(units: Sequence[Joined]) -> list[tuple[str, str, bytes]]:
    """Return name, key and content of the collections of the same papers."""
    paths = {path for unit in units for path, _, _ in unit.pages}
    runs = {path: pages.Run(path.read_bytes()) for path in paths}
    made = []
    for unit in units:
        places = [(runs[path], first, total) for path, first, total in unit.pages]
        made.append((unit.name, unit.key, pages.joined(places, unit.title, apart=unit.apart)))
    return made


@dataclass
class Collecting:
    """What is collected of an exam; `told` is {path: [key, digest]}, to be remembered."""

    state: State
    spec: ExamSpec
    folders: Sequence[str]
    kinds: Sequence[Kind]
    size: int
    told: dict[str, list[str]] = field(default_factory=dict)

    def run(self, here: Executor) -> None:
        """Write what is missing or stale, by workers that can read our files."""
        found = self.state.papers().get("print")
        former = found if isinstance(found, dict) else {}
        blocks = []
        for start in range(0, len(self.folders), PART):
            numbers = range(start // self.size + 1, -(-min(start + PART, len(self.folders)) // self.size) + 1)
            chunks = [(number, self.state.chunk(number)) for number in numbers]
            key = " ".join(chunk.key for _, chunk in chunks)
            wanted = self.folders[start : start + PART]
            documents: dict[str, list[str]] = {kind: [f"{folder}/{kind}" for folder in wanted] for kind in self.kinds}
            documents[GRID.partition("/")[2]] = [GRID]
            joins = []
            for kind, names in documents.items():
                name = self._name(kind, start)
                told = [key, state.digest_of(self.state.out / name)]
                if former.get(name) == told:
                    self.told[name] = told
                else:
                    places = tuple(self._pages(names, chunks))
                    joins.append(Joined(name, key, f"{self.spec.title} - {kind}", places, apart=names != [GRID]))
            blocks += [joins] if joins else []
        for made in here.run(join, blocks):
            for name, key, pdf in made:
                state.write(self.state.out, {name: pdf})
                self.told[name] = [key, state.digest(pdf)]
        for name in former.keys() - self.told.keys():
            if _OURS.fullmatch(name):
                state.remove(self.state.out / name)

    def _name(self, kind: str, start: int) -> str:
        last = min(start + PART, len(self.folders))
        some = f"-{start + 1:04}-{last:04}" if len(self.folders) > PART else ""
        return f"print/{kind}{some}.pdf"

    def _pages(self, names: Sequence[str], chunks: Sequence[tuple[int, Chunk]]) -> Iterator[tuple[Path, int, int]]:
        for number, chunk in chunks:
            for name in names:
                if place := chunk.places.get(name):
                    run, first, total = place
                    yield self.state.out / self.state.run(number, run), first, total

"""Units of work: the papers of one chunk, from plain data to PDFs as bytes, on this machine or another.

Which papers share a chunk depends on their number alone, never on the workers: fonts are subset for all papers of a
run together, so that the same exam gives the same bytes however it is built.
"""

from __future__ import annotations

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from problemgen.exam.manifest import digest_of, paper_entry, prepared, spec_json
from problemgen.exam.record import papers_of
from problemgen.rendering import engine, origins, state, tex
from problemgen.rendering.sheet import GRID, documents, key_grid

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from problemgen.exam.compose import Paper
    from problemgen.exam.spec import ExamSpec
    from problemgen.rendering.sheet import Document, Kind

_RUNS: Final = ((8, 1), (20, 2), (60, 4), (100, 8))  # up to so many papers are shared out to so many runs
_CHUNK: Final = 25


def chunk_size(papers: int) -> int:
    """Return how many papers are typeset in one run, for an exam of so many.

    A small exam has 1, 2, 4 or 8 runs of equal length, so that two, four or eight workers end at the same time.
    """
    runs = next((count for most, count in _RUNS if papers <= most), 0)
    return -(-max(papers, 1) // runs) if runs else _CHUNK


@dataclass(frozen=True)
class Unit:
    """The papers of one chunk as plain data.

    `known` is the key of the chunk's earlier build if all of its files are still there, and `templates` the user's
    own folder.  Without `typesetting` only the sources are made, else the chunk's part of the key grid is set, too.
    """

    number: int
    spec: ExamSpec
    papers: tuple[str, ...]
    kinds: tuple[Kind, ...]
    engine: str = "pdflatex"
    templates: Path | None = None
    known: str = ""
    typesetting: bool = True


@dataclass
class Finished:
    """What a unit gave: files by their paths below the output folder, and what the manifest says of each paper.

    `reused` says that the earlier files are still right; `runs` are what TeX gave, and
    `places` where each document is in them: run, first page, number of pages.
    """

    number: int
    key: str = ""
    reused: bool = False
    sources: dict[str, str] = field(default_factory=dict)
    pdfs: dict[str, bytes] = field(default_factory=dict)
    runs: list[bytes] = field(default_factory=list)
    places: dict[str, list[int]] = field(default_factory=dict)
    failures: dict[str, str] = field(default_factory=dict)
    entries: list[dict[str, Any]] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


def carry_out(unit: Unit) -> Finished:
    """Make the sources of a chunk, and its PDFs unless they are there; raises `TemplateFault`, `TexMissing`."""
    begun = time.perf_counter()
    data = [json.loads(paper) for paper in unit.papers]
    papers = papers_of(data)
    made: list[Document] = []
    for paper in papers:
        made += documents(unit.spec, paper, unit.templates, unit.kinds).values()
    if unit.typesetting:
        made.append(key_grid(unit.spec, papers, unit.templates))
    answers = [question["digest"] for paper in data for question in paper["questions"]]
    finished = Finished(unit.number, _key(unit, made, answers), entries=_entries(unit, papers, data))
    finished.sources = {one.name: one.source for one in made if one.name != GRID}
    finished.seconds["generation"] = time.perf_counter() - begun
    finished.reused = finished.key == unit.known
    if unit.typesetting and not finished.reused:
        done = engine.typeset(made, engine=unit.engine, even=unit.spec.duplex)
        finished.pdfs, finished.failures = done.pdfs, done.failures
        finished.pdfs.pop(GRID, None)
        finished.runs, finished.places = done.runs, done.places
        finished.seconds |= done.seconds
        finished.digests = {f"{name}.pdf": state.digest(pdf) for name, pdf in finished.pdfs.items()}
        for entry in finished.entries:
            of = {kind: done.pages.get(f"{entry['folder']}/{kind}", engine.Pages(0)) for kind in unit.kinds}
            entry["pages"] = {kind: asdict(pages) for kind, pages in of.items()}
    return finished


def _entries(unit: Unit, papers: Sequence[Paper], data: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Return what the manifest says of the papers, but for their pages."""
    sources = origins.sources({asked.instance.entry for paper in papers for asked in paper.questions}, unit.templates)
    spec = digest_of(spec_json(unit.spec))
    return [prepared(paper_entry(paper, told, sources, spec)) for paper, told in zip(papers, data, strict=True)]


def _key(unit: Unit, made: Sequence[Document], answers: Sequence[str]) -> str:
    """Return a digest of all that the bytes of a chunk's PDFs depend on."""
    digest = hashlib.blake2b(digest_size=16)
    told = [
        version("problemgen"),
        version("pikepdf"),
        tex.identity(unit.engine) if unit.typesetting else "",
        str(unit.spec.duplex),
    ]
    told += answers
    for text in [*told, *(part for document in made for part in (document.name, document.title, document.source))]:
        digest.update(f"{len(text)}:{text}".encode())
    return digest.hexdigest()

"""An exam's or practice sheet's files: made in a temporary place, moved when complete, never half-written.

Papers are built in chunks; each is written as soon as it is finished, so that a build that is stopped goes on from
there.  What spans the papers, `print/` and the manifest, is written last, and only of papers that are there.
"""

from __future__ import annotations

import json
import time
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from problemgen.errors import UnknownName, did_you_mean
from problemgen.exam import manifest, seating
from problemgen.exam.compose import Composition
from problemgen.exam.folders import folder_name
from problemgen.exam.record import records
from problemgen.exam.schema import Paper as Form
from problemgen.rendering import batch, engine, origins, state, targets, tex
from problemgen.rendering.lacking import lacking, settled
from problemgen.rendering.printing import Collecting
from problemgen.rendering.proposing import proposals
from problemgen.rendering.sheet import KINDS, Document, Kind
from problemgen.rendering.state import Chunk, State
from problemgen.rendering.workers import workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from problemgen.exam.spec import Exam
    from problemgen.rendering.batch import Finished, Unit
    from problemgen.rendering.workers import Executor

MANIFEST: Final = "manifest.json"
ASSIGNMENT: Final = "assignment.csv"
_NAMED: Final = 8


@dataclass(frozen=True)
class Options:
    """How an exam is built: which papers and documents, from which templates, by whom, and whether from scratch."""

    only: Sequence[str] = ()
    kinds: tuple[Kind, ...] = KINDS
    tex_only: bool = False
    templates: Path | None = None
    workers: int | None = None
    fresh: bool = False


@dataclass
class Delivery:
    """What was written: paths below `folder`, and what the instructor should know.

    `reused` counts papers that were there, `redrawn` those that ask other questions than the build before.
    """

    folder: Path
    files: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)
    papers: int = 0
    reused: int = 0
    redrawn: int = 0
    pages: int = 0
    seconds: dict[str, float] = field(default_factory=dict)


class Watcher:
    """Is told how a build goes on; this one does not mind."""

    def begun(self, papers: int) -> None:
        """So many papers are composed and about to be typeset."""

    def advanced(self, papers: int, failed: int, reused: int) -> None:
        """So many more papers are finished; some of them failed, some were there already."""


@dataclass(frozen=True)
class Named:
    """A paper on its way: the rest of it is text, because a course has thousands."""

    label: str
    folder: str
    data: str


def build(
    exam: Exam,
    out: Path,
    options: Options | None = None,
    *,
    watcher: Watcher | None = None,
    executor: Executor | None = None,
) -> Delivery:
    """Write the papers of an exam below `out`.

    Papers whose typesetting failed are missing from it and named in `failures`; earlier files of theirs, and the
    collections in `print/`, then stay as they were.  Raises `TexMissing`, `InvalidSpec`, `OutputFault`, `DiskFull`.
    """
    options = options or Options()
    exam, notices = settled(exam)
    _refuse(exam, out, options)
    with workers(options.workers) as local:
        composition, begun = Composition(exam, proposals(exam, executor or local)), time.perf_counter()
        papers = [Named(one["label"], one["folder"], json.dumps(one)) for one in records(composition)]
        building = _Building(exam, out, options, papers)
        building.delivery.seconds["composition"] = time.perf_counter() - begun
        building.delivery.warnings = [*composition.warnings(), *seating.warnings(exam), *notices, *lacking(exam)]
        building.run(local, executor or local, watcher or Watcher())
    return building.delivery


def deliver(
    exam: Exam,
    papers: list[Named],
    out: Path,
    options: Options | None = None,
    *,
    watcher: Watcher | None = None,
    executor: Executor | None = None,
) -> Delivery:
    """Write papers that are composed already; else like `build`."""
    options = options or Options()
    exam, notices = settled(exam)
    _refuse(exam, out, options)
    with workers(options.workers) as local:
        building = _Building(exam, out, options, papers)
        building.delivery.warnings = [*notices]
        building.run(local, executor or local, watcher or Watcher())
    return building.delivery


def _refuse(exam: Exam, out: Path, options: Options) -> None:
    """Raise what would make the work useless before it is done."""
    targets.refuse_unwritable(out)
    if not options.tex_only:
        tex.program(exam.spec.engine or tex.PDFLATEX)


class _Building:
    """One build: units go out, finished ones come back in any order and are written as they come."""

    def __init__(self, exam: Exam, out: Path, options: Options, papers: list[Named]) -> None:
        self.exam, self.out, self.options, self.papers = exam, out, options, papers
        self.delivery = Delivery(out)
        self.state = State(out)
        self.size = batch.chunk_size(len(papers))
        self.chosen = _chosen(papers, options.only)
        self.kept = not options.only and not options.tex_only  # what is made is remembered for the next build
        self.entries: dict[str, dict[str, Any]] = {}  # of what is not kept
        self.made: set[str] = set()

    def run(self, here: Executor, executor: Executor, watcher: Watcher) -> None:
        """Carry out the units and write what they give, then what spans the papers; `here` is on this machine."""
        try:
            self._run(here, executor, watcher)
        except KeyboardInterrupt:
            state.tidy(self.out, mine=True)
            raise

    def _run(self, here: Executor, executor: Executor, watcher: Watcher) -> None:
        if self.options.fresh and self.kept:
            self.state.forget()
        units = {unit.number: unit for unit in self._units()}
        watcher.begun(sum(len(unit.papers) for unit in units.values()))
        for finished in executor.run(batch.carry_out, units.values()):
            spoiled = self._deliver(finished)
            count = len(units[finished.number].papers)
            watcher.advanced(count, len(spoiled), count if finished.reused else 0)
            for what, spent in finished.seconds.items():
                self.delivery.seconds[what] = self.delivery.seconds.get(what, 0.0) + spent
        if self.kept and not self.delivery.failures:
            self._collect(here)
        self._finish()
        self.delivery.files.sort()

    def _units(self) -> Iterator[Unit]:
        starts = range(0, len(self.papers), self.size)
        for number, start in enumerate(starts, start=1):
            papers = self.papers[start : start + self.size]
            if self.chosen.isdisjoint(paper.folder for paper in papers):
                continue
            chunk = self.state.chunk(number) if self.kept else Chunk()
            yield batch.Unit(
                number,
                self.exam.spec,
                tuple(paper.data for paper in papers),
                self.options.kinds,
                engine=self.exam.spec.engine or tex.PDFLATEX,
                templates=self.options.templates,
                known=chunk.key if chunk.intact(self.out) else "",
                typesetting=not self.options.tex_only,
            )

    def _deliver(self, finished: Finished) -> set[str]:
        """Write the files of a chunk, and return the folders of the papers that failed."""
        spoiled = {name.partition("/")[0] for name in finished.failures}
        self.delivery.failures |= finished.failures
        mine = {entry["folder"] for entry in finished.entries} & self.chosen
        former = self.state.chunk(finished.number) if finished.reused else Chunk()
        entries: list[dict[str, Any]] = []
        if finished.reused:
            entries = self.state.entries(finished.number)
            pages = {entry["folder"]: entry["pages"] for entry in entries}
            finished.entries = [{**entry, "pages": pages[entry["folder"]]} for entry in finished.entries]
            self.delivery.files += [name for name in former.files if not name.startswith(".")]
            self.delivery.reused += len(mine)
        else:
            self._write(finished, mine, spoiled)
            self.delivery.redrawn += self._redrawn(finished, mine)
        good = [entry for entry in finished.entries if entry["folder"] in mine - spoiled]
        self.made |= {entry["folder"] for entry in good}
        self.delivery.papers += len(mine - spoiled)
        self.delivery.pages += sum(kind["total"] for entry in good for kind in entry.get("pages", {}).values())
        if not self.kept:
            self.entries |= {entry["folder"]: entry for entry in good}
        elif not finished.reused:
            self.state.keep(
                finished.number, Chunk("" if spoiled else finished.key, finished.digests, finished.places), good
            )
        elif finished.entries != entries:
            self.state.keep(finished.number, former, good)
        return spoiled

    def _redrawn(self, finished: Finished, mine: set[str]) -> int:
        kept = self.state.former(finished.number) if self.kept else []
        before = {entry["folder"]: {"questions": [json.loads(one) for one in entry["questions"]]} for entry in kept}
        chunk = self.papers[(finished.number - 1) * self.size : finished.number * self.size]
        there = (paper for paper in chunk if paper.folder in mine & before.keys())
        return sum(_asked(json.loads(paper.data)) != _asked(before[paper.folder]) for paper in there)

    def _write(self, finished: Finished, mine: set[str], spoiled: set[str]) -> None:
        good = mine - spoiled
        files: dict[str, str | bytes] = {}
        for name, source in finished.sources.items():
            if name.partition("/")[0] in mine:
                files[f"tex/{name}.tex"] = source
        for name, pdf in finished.pdfs.items():
            if name.partition("/")[0] in good:
                files[f"{name}.pdf"] = pdf
        shown = list(files)
        if self.kept and not spoiled:
            files |= {self.state.run(finished.number, place): pdf for place, pdf in enumerate(finished.runs)}
        state.write(self.out, files)
        known = finished.digests
        finished.digests = {name: known.get(name) or state.digest(data) for name, data in files.items()}
        self.delivery.files += shown

    def _collect(self, here: Executor) -> None:
        folders = [paper.folder for paper in self.papers]
        collecting = Collecting(self.state, self.exam.spec, folders, self.options.kinds, self.size)
        collecting.run(here)
        self.delivery.files += collecting.told
        self.collections = collecting.told

    def _written(self, name: str, pdf: bytes) -> str:
        state.write(self.out, {name: pdf})
        self.delivery.files.append(name)
        return state.digest(pdf)

    def _finish(self) -> None:
        """Write the manifest, and remove the papers that the exam no longer has."""
        before = _before(self.state.papers().get("papers"), self.out)
        if self.kept and not self.delivery.failures:
            self._record(entry for number in self._numbers() for entry in self.state.entries(number))
            folders = [paper.folder for paper in self.papers]
            self.state.finish(len(self._numbers()), {"papers": folders, "print": self.collections})
        else:
            former = _former(self.out)
            self.delivery.warnings += self._stale(former)
            known = {**former, **self._entries()}
            if self.made:
                self._record(known[paper.folder] for paper in self.papers if paper.folder in known)
        if not self.options.only and not self.delivery.failures:
            _remove(self.out, before - {paper.folder for paper in self.papers})

    def _numbers(self) -> range:
        return range(1, -(-len(self.papers) // self.size) + 1)

    def _entries(self) -> dict[str, dict[str, Any]]:
        """Return what the manifest says of the papers made now."""
        if not self.kept:
            return self.entries
        kept = (entry for number in self._numbers() for entry in self.state.entries(number))
        return {entry["folder"]: entry for entry in kept if entry["folder"] in self.made}

    def _record(self, entries: Iterable[dict[str, Any]]) -> None:
        """Write the manifest, and who has which variant."""
        if assigned := seating.assignment_csv(self.exam):
            self._written(ASSIGNMENT, assigned.encode())
        typeset_by = None if self.options.tex_only else self.exam.spec.engine
        made = origins.documents(self.options.kinds, len(self.papers), typeset_by, self.options.templates)
        state.write_lines(self.out, MANIFEST, manifest.lines(manifest.head(self.exam, made), entries))
        self.delivery.files.append(MANIFEST)

    def _stale(self, former: Mapping[str, Any]) -> Iterator[str]:
        """Yield a warning where PDFs of an earlier build, with other questions, stay beside what was made now."""
        changed = {
            paper.folder
            for paper in self.papers
            if paper.folder in former and _asked(json.loads(paper.data)) != _asked(former[paper.folder])
        }
        typeset = set() if self.options.tex_only else self.made
        kept = [name for name in former if name in changed - typeset and (self.out / name).is_dir()]
        if kept:
            of = ", ".join(kept[:_NAMED]) + (", ..." if len(kept) > _NAMED else "")
            yield f"{of}: the PDFs there are of an earlier build with other questions; build all papers again"
        if changed & self.made and (self.out / "print").is_dir():
            yield (
                "print/ still holds the papers and keys of an earlier build; build all papers again before printing it"
            )


def _chosen(papers: Sequence[Named], only: Sequence[str]) -> set[str]:
    """Return the folders of the papers that are asked for."""
    known = {paper.label: paper.folder for paper in papers}
    for label in only:
        if label not in known:
            some = f"; the papers are {', '.join([*known][:_NAMED])}{', ...' if len(known) > _NAMED else ''}"
            raise UnknownName(f"--only: no paper '{label}'{did_you_mean(label, known) or some}")
    return {known[label] for label in only or known}


def _asked(paper: Mapping[str, Any]) -> list[tuple[str, str, Any]]:
    return [(one["id"], one["problem"], one["parameters"]) for one in paper["questions"]]


def _former(out: Path) -> dict[str, Any]:
    """Return the manifest's entries of the papers that are in the folder, by their own folders.

    What no build would have written counts as not there: files are removed by it.
    """
    try:
        told: Any = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        if told["schema"] != manifest.SCHEMA:
            return {}
        return {Form.model_validate(paper).folder: paper for paper in told["papers"]}
    except (OSError, ValueError, KeyError, TypeError, RecursionError):  # pydantic's errors are ValueErrors
        return {}


def _before(remembered: Any, out: Path) -> set[str]:
    """Return the folders of the papers of an earlier build, from its memory or else from its manifest."""
    if isinstance(remembered, list) and remembered:
        return {name for name in remembered if isinstance(name, str) and folder_name(name) == name}
    return set(_former(out))


def _remove(out: Path, gone: set[str]) -> None:
    """Remove the files of papers that the exam no longer has, so that none is printed; others' files stay."""
    for name in sorted(gone):
        for folder, suffix in ((out / name, "pdf"), (out / "tex" / name, "tex")):
            if folder.is_symlink() or not folder.is_dir():
                continue
            for kind in KINDS:
                state.remove(folder / f"{kind}.{suffix}")
            if not any(folder.iterdir()):
                folder.rmdir()


def typeset_one(document: Document) -> tuple[bytes | None, str]:
    """Return the PDF of one document, or None and the reason."""
    done = engine.typeset([replace(document, name="one")])
    return done.pdfs.get("one"), done.failures.get("one", "")

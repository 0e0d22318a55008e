"""An exam's or practice sheet's files: made in a temporary place, moved when complete, never half-written."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from problemgen.errors import OutputFault, UnknownName, did_you_mean
from problemgen.exam.compose import Composed, compose
from problemgen.exam.manifest import manifest
from problemgen.rendering import engine
from problemgen.rendering.characters import printable, printable_name
from problemgen.rendering.sheet import KINDS, Document, Kind, documents, key_grid

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from problemgen.exam.compose import Paper
    from problemgen.exam.spec import Exam, ExamSpec

MANIFEST: Final = "manifest.json"
_NAMED: Final = 8


@dataclass
class Delivery:
    """What was written: paths below `folder`, and what the instructor should know."""

    folder: Path
    files: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    failures: dict[str, str] = field(default_factory=dict)


def build(
    exam: Exam,
    out: Path,
    *,
    only: Sequence[str] = (),
    tex_only: bool = False,
    templates: Path | None = None,
) -> Delivery:
    """Write the papers of an exam below `out`.

    Papers whose typesetting failed are missing from it and named in `failures`; earlier files of theirs, and the
    collections in `print/`, then stay as they were.  Raises `TexMissing`, `InvalidSpec`, `OutputFault`.
    """
    refuse_unwritable(out)
    composed = compose(exam)
    chosen = _chosen(composed, only)
    sources = {paper.label: documents(exam.spec, paper, templates) for paper in chosen}
    delivery = Delivery(out, warnings=[*composed.warnings, *_replaced(exam)])
    pdfs: dict[str, bytes] = {}
    spoiled: set[str] = set()
    if not tex_only:
        whole = [] if only else [key_grid(exam.spec, composed.papers, templates)]
        done = engine.typeset([*(sources[paper.label][kind] for paper in chosen for kind in KINDS), *whole])
        spoiled = {paper.folder for paper in chosen for kind in KINDS if f"{paper.folder}/{kind}" in done.failures}
        delivery.failures = done.failures
        pdfs = {name: pdf for name, pdf in done.pdfs.items() if name.partition("/")[0] not in spoiled}
        pdfs = _finished(exam.spec, chosen, sources, pdfs) if not done.failures else pdfs
        if only or done.failures:
            pdfs = {name: pdf for name, pdf in pdfs.items() if not name.startswith("print/")}
    with written(out) as place:
        for name, pdf in pdfs.items():
            _write(place / f"{name}.pdf", pdf)
        for paper in chosen:
            for kind in KINDS:
                _write(place / "tex" / paper.folder / f"{kind}.tex", sources[paper.label][kind].source.encode())
        former, record = _former(out), manifest(exam.spec, composed.papers)
        made = {paper.folder for paper in chosen} - spoiled
        delivery.warnings += _stale(out, former, record, made, {name.partition("/")[0] for name in pdfs})
        gone = former.keys() - {paper.folder for paper in composed.papers}
        if made:
            record["papers"] = [one if one["folder"] in made else former.get(one["folder"]) for one in record["papers"]]
            record["papers"] = [one for one in record["papers"] if one]
            _write(place / MANIFEST, json.dumps(record, indent=1, ensure_ascii=False).encode())
        delivery.files = sorted(str(path.relative_to(place)) for path in place.rglob("*") if path.is_file())
    if not only and not delivery.failures:
        _remove(out, gone)
    return delivery


def _chosen(composed: Composed, only: Sequence[str]) -> list[Paper]:
    known = {paper.label: paper for paper in composed.papers}
    for label in only:
        if label not in known:
            some = f"; the papers are {', '.join([*known][:_NAMED])}{', ...' if len(known) > _NAMED else ''}"
            raise UnknownName(f"--only: no paper '{label}'{did_you_mean(label, known) or some}")
    return [paper for paper in composed.papers if not only or paper.label in only]


def _finished(
    spec: ExamSpec, papers: Sequence[Paper], sources: dict[str, dict[Kind, Document]], pdfs: dict[str, bytes]
) -> dict[str, bytes]:
    """Return the PDFs with the collections for the printer, and even page counts where wanted."""
    if spec.duplex:
        titles = {document.name: document.title for made in sources.values() for document in made.values()}
        pdfs = {name: engine.padded(pdf, titles[name]) if name in titles else pdf for name, pdf in pdfs.items()}
    collected = {
        f"print/{kind}": engine.joined([pdfs[f"{paper.folder}/{kind}"] for paper in papers], f"{spec.title} - {kind}")
        for kind in KINDS
    }
    return {**pdfs, **collected}


def _replaced(exam: Exam) -> list[str]:
    """Return a warning for each text with characters that the fonts lack."""
    spec = exam.spec
    texts = {name: getattr(spec, name) for name in ("title", "course", "institution", "date", "rounding")}
    texts |= {name: " ".join(getattr(spec, name)) for name in ("instructions", "allowed", "variants")}
    found = [(f"{exam.file}: {name}", text) for name, text in texts.items()]
    for student in exam.students:
        place = f"{spec.roster}:{student.line}"
        found += [(f"{place}: {name}", getattr(student, name)) for name in ("name", "id", "extra_time")]
    return [warning for where, text in found for warning in replaced(where, text)]


def replaced(where: str, text: str) -> list[str]:
    """Return a warning if the fonts lack characters of a text."""
    shown, lacking = printable(text)
    if not lacking:
        return []
    if where.endswith(": name") and not printable_name(text):
        return [
            f"{where}: LaTeX's fonts lack the letters of '{text}'; only the id is printed (write it in Latin letters)"
        ]
    return [f"{where}: the fonts lack {' '.join(lacking)}; printed as '{shown.strip()}'"]


def refuse_unwritable(out: Path) -> None:
    """Raise `OutputFault` if a folder cannot be made or written, before the work for it is done."""
    there = next(place for place in (out.absolute(), *out.absolute().parents) if place.exists())
    if not there.is_dir():
        raise OutputFault(f"{out}: cannot be written: {there} is a file; choose another folder with --out")
    if not os.access(there, os.W_OK):
        raise OutputFault(f"{out}: cannot be written: no permission for {there}; choose another folder with --out")


@contextmanager
def written(out: Path) -> Iterator[Path]:
    """Yield a temporary folder whose files are moved to `out` when the block ends well."""
    try:
        out.mkdir(parents=True, exist_ok=True)
        place = Path(tempfile.mkdtemp(prefix=".problemgen-", dir=out))
    except OSError as error:
        raise OutputFault(f"{out}: cannot be written: {error.strerror}; choose another folder with --out") from None
    try:
        yield place
        for path in sorted(place.rglob("*")):
            goal = out / path.relative_to(place)
            if path.is_dir():
                goal.mkdir(exist_ok=True)
            else:
                path.replace(goal)
    except OSError as error:
        raise OutputFault(f"{error.filename or out}: cannot be written: {error.strerror}") from None
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _write(path: Path, data: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)


def _former(out: Path) -> dict[str, Any]:
    """Return the manifest's entries of the papers that are in the folder, by their own folders."""
    try:
        manifest: Any = json.loads((out / MANIFEST).read_text(encoding="utf-8"))
        return {str(paper["folder"]): paper for paper in manifest["papers"]}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _stale(
    out: Path, former: dict[str, Any], record: dict[str, Any], made: set[str], typeset: set[str]
) -> Iterator[str]:
    """Yield a warning where PDFs of an earlier build, with other questions, stay beside what was made now."""
    changed = [one["folder"] for one in record["papers"] if former.get(one["folder"], one) != one]
    kept = [name for name in changed if name not in typeset and (out / name).is_dir()]
    if kept:
        of = ", ".join(kept[:_NAMED]) + (", ..." if len(kept) > _NAMED else "")
        yield f"{of}: the PDFs there are of an earlier build with other questions; build all papers again"
    if set(changed) & made and "print" not in typeset and (out / "print").is_dir():
        yield "print/ still holds the papers and keys of an earlier build; build all papers again before printing it"


def _remove(out: Path, gone: set[str]) -> None:
    """Remove the files of papers that the exam no longer has, so that none is printed; others' files stay."""
    for name in sorted(gone):
        for folder, suffix in ((out / name, "pdf"), (out / "tex" / name, "tex")):
            if Path(name).name != name or not folder.is_dir():
                continue
            for kind in KINDS:
                (folder / f"{kind}.{suffix}").unlink(missing_ok=True)
            if not any(folder.iterdir()):
                folder.rmdir()


def deliver_file(path: Path, data: bytes) -> None:
    """Write one file, complete or not at all."""
    with written(path.parent) as place:
        _write(place / path.name, data)


def typeset_one(document: Document) -> tuple[bytes | None, str]:
    """Return the PDF of one document, or None and the reason."""
    done = engine.typeset([replace(document, name="one")], workers=1)
    return done.pdfs.get("one"), done.failures.get("one", "")

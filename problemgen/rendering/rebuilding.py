"""Documents of a manifest once more: the same ones, or the keys of questions that were replaced after the print."""

from __future__ import annotations

import json
from collections import defaultdict
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import TYPE_CHECKING, Final

from problemgen.errors import InvalidSpec, OutputFault, UnknownName, did_you_mean
from problemgen.exam.difference import KEYS
from problemgen.exam.files import csv_text
from problemgen.exam.rebuild import Again, again
from problemgen.rendering import batch, delivery, origins, state
from problemgen.rendering.workers import workers

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

    from problemgen.catalog import Entry
    from problemgen.exam.difference import Change
    from problemgen.exam.spec import Exam, ExamSpec
    from problemgen.exam.stored import Manifest
    from problemgen.rendering.delivery import Delivery, Options, Watcher
    from problemgen.rendering.sheet import Kind

AFFECTED: Final = "affected.csv"
_BLOCK: Final = 10
_NAMED: Final = 8


@dataclass(frozen=True)
class _Unit:
    number: int
    spec: ExamSpec
    entries: tuple[str, ...]
    templates: Path | None


def papers_again(
    manifest: Manifest, labels: Sequence[str], options: Options, spec: ExamSpec | None = None
) -> list[Again]:
    """Return papers of a manifest as they are today, in this order; `spec` may replace questions of them.

    Raises `InvalidSpec` for a paper that is not as it was written.
    """
    entries = (json.dumps(manifest.paper(label)) for label in labels)
    blocks: list[tuple[str, ...]] = []
    for place, entry in enumerate(entries):
        if place % _BLOCK == 0:
            blocks.append(())
        blocks[-1] += (entry,)
    units = [_Unit(number, spec or manifest.spec, block, options.templates) for number, block in enumerate(blocks)]
    with workers(options.workers) as local:
        done = dict(local.run(_carried_out, units))
    return [one for number in range(len(units)) for one in done[number]]


def _carried_out(unit: _Unit) -> tuple[int, list[Again]]:
    def sources_of(entry: Entry) -> dict[str, str]:
        return origins.sources([entry], unit.templates)[entry.name]

    return unit.number, [again(json.loads(entry), unit.spec, sources_of) for entry in unit.entries]


def rebuild(
    manifest: Manifest, out: Path, options: Options, *, with_current: bool = False, watcher: Watcher | None = None
) -> Delivery:
    """Write the documents of a manifest again.

    Raises `InvalidSpec` with a list when something that they depend on has changed, unless they are wanted
    `with_current` problems; nothing is written then.
    """
    kinds: tuple[Kind, ...] = tuple(manifest.head["documents"]["kinds"])
    options = replace(options, kinds=kinds)
    labels = [*manifest.entries]
    concerned = _sharing(labels, options.only)
    _refuse_mixed(manifest, options.only or labels)
    found = {one.label: one for one in papers_again(manifest, concerned, options)}
    if faults := [fault for one in found.values() for fault in one.faults]:
        raise InvalidSpec("\n".join(f"{manifest.shown}: {told}" for told in _grouped(faults)))
    changed = [*_changed(found.values()), *_layouts(manifest, options)]
    if changed and not with_current:
        raise InvalidSpec(
            "\n".join(
                [
                    f"{manifest.shown}: this has changed since it was written:",
                    *(f"  {line}" for line in changed),
                    "--with-current rebuilds it as it is now; 'problemgen diff' shows every key that is another",
                ]
            )
        )
    if changed:
        _refuse_printed(manifest, out)
    named = [
        delivery.Named(
            label, manifest.entries[label]["folder"], json.dumps(found[label].data if label in found else {})
        )
        for label in labels
    ]
    done = delivery.deliver(manifest.exam(), named, out, options, watcher=watcher)
    done.warnings = [*_unequal(manifest, options), *(f"as it is now: {line}" for line in changed), *done.warnings]
    return done


def _sharing(labels: Sequence[str], only: Sequence[str]) -> list[str]:
    """Return the papers that share a run of TeX with those that are wanted."""
    size = batch.chunk_size(len(labels))
    chunks = (labels[start : start + size] for start in range(0, len(labels), size))
    return [label for chunk in chunks if not only or not set(only).isdisjoint(chunk) for label in chunk]


def _refuse_mixed(manifest: Manifest, labels: Iterable[str]) -> None:
    other = [label for label in labels if manifest.entries[label]["spec_digest"] != manifest.head["spec_digest"]]
    if other:
        raise InvalidSpec(
            f"{manifest.shown}: {_some(other)}: built from another spec than the one in the manifest; build them anew"
        )


def _refuse_printed(manifest: Manifest, out: Path) -> None:
    """Raise `OutputFault` rather than overwrite with other documents what was printed."""
    if out.resolve() == manifest.folder.resolve():
        raise OutputFault(f"{out}: holds what was printed; choose another folder with --out")


def _changed(found: Iterable[Again]) -> Iterator[str]:
    """Yield a line for each problem that has changed."""
    what: dict[str, dict[str, None]] = defaultdict(dict)
    papers: dict[str, dict[str, None]] = defaultdict(dict)
    for one in found:
        for problem, name in sorted(one.sources):
            what[problem][f"its {name}"] = None
        for change in one.changes:
            papers[change.problem][change.paper] = None
    for problem in sorted({*what, *papers}):
        keys = f"answers or mistakes of {_some([*papers[problem]])}" if problem in papers else "but no answer"
        yield f"{problem}: {', '.join([*what[problem], keys])}"


def _layouts(manifest: Manifest, options: Options) -> Iterator[str]:
    if _documents(manifest, options)["sheets"] != manifest.head["documents"]["sheets"]:
        yield "the layouts of the sheets (templates/sheets)"


def _documents(manifest: Manifest, options: Options) -> dict[str, str]:
    engine = None if options.tex_only else manifest.spec.engine
    return origins.documents(options.kinds, len(manifest.entries), engine, options.templates)


def _unequal(manifest: Manifest, options: Options) -> Iterator[str]:
    """Yield why PDFs of equal papers may have other bytes than those that were printed."""
    told, now = manifest.head["documents"], _documents(manifest, options)
    if manifest.head["problemgen"] != version("problemgen"):
        by = f"written by problemgen {manifest.head['problemgen']}, rebuilt by {version('problemgen')}"
        yield f"{manifest.shown}: {by}: questions and answers are the same, the pages may differ"
    for name in ("tex", "pikepdf"):
        if now[name] and told[name] and now[name] != told[name]:
            yield f"{name} is {now[name]}, and was {told[name]}: the PDFs may differ"
    if told["papers"] != len(manifest.entries):
        some = f"{len(manifest.entries)} of {told['papers']} papers"
        yield f"{manifest.shown}: tells of {some}: PDFs show the same and may differ in their bytes"


def rekey(
    manifest: Manifest, exam: Exam, out: Path, options: Options, *, watcher: Watcher | None = None
) -> tuple[Delivery, list[Change]]:
    """Write keys, solutions and manifest of printed papers anew, with the questions that a spec replaces.

    Returns what was written and what has changed for whom; `affected.csv` holds it, too.  Raises `InvalidSpec` if
    another question would be changed by that, and when one cannot be replaced.
    """
    labels = [*manifest.entries]
    _refuse_printed(manifest, out)
    _refuse_mixed(manifest, labels)
    for place, one in enumerate(exam.spec.replace, start=1):
        for label in one.papers:
            if label not in manifest.entries:
                hint = did_you_mean(label, labels) or f"; there are {_some(labels)}"
                raise UnknownName(f"{exam.file}: replace[{place}].papers: no paper '{label}'{hint}")
    spec = manifest.spec.model_copy(update={"replace": exam.spec.replace})
    found = papers_again(manifest, labels, options, spec)
    if faults := [fault for one in found for fault in one.faults]:
        raise InvalidSpec("\n".join(f"{manifest.shown}: {told}" for told in _grouped(faults)))
    if others := [change for one in found for change in one.changes if change.what in KEYS]:
        hint = "replace these, too (with = {} takes today's key), or use the version that made the manifest"
        told = (f"{manifest.shown}: has another key today: {one}" for one in _grouped(others))
        raise InvalidSpec("\n".join([*told, hint]))
    named = [delivery.Named(one.label, one.data["folder"], json.dumps(one.data)) for one in found]
    options = replace(options, kinds=("answers", "solutions"))
    done = delivery.deliver(replace(manifest.exam(), spec=spec), named, out, options, watcher=watcher)
    done.warnings = [*_other_specs(manifest, exam), *done.warnings]
    changes = [change for one in found for change in one.replaced if change.what in KEYS]
    state.write(out, {AFFECTED: affected(manifest, changes)})
    done.files.append(AFFECTED)
    return done, changes


def _other_specs(manifest: Manifest, exam: Exam) -> Iterator[str]:
    """Yield a warning if the spec says other things than the one from which the papers were printed."""
    names = [name for name in type(exam.spec).model_fields if name not in {"replace", "engine"}]
    other = [name for name in names if getattr(exam.spec, name) != getattr(manifest.spec, name)]
    if other:
        yield f"{exam.file}: {', '.join(other)}: not as in {manifest.shown}; what was printed counts"


def affected(manifest: Manifest, changes: Iterable[Change]) -> str:
    """Return the changes as CSV, a line for each student and part; without a roster for each paper."""
    told = (
        [*student, change.paper, change.number, change.id, change.part, change.old, change.new]
        for change in changes
        for student in manifest.holders(change.paper) or [("", "")]
    )
    return csv_text([["id", "name", "paper", "number", "question", "part", "old", "new"], *told])


def _grouped(changes: Iterable[Change]) -> Iterator[str]:
    """Yield a line for each kind of change, with the papers that have it."""
    papers: dict[tuple[str, ...], dict[str, None]] = defaultdict(dict)
    for change in changes:
        told = change.new if change.what == "fault" else f"part {change.part}: {change.old} -> {change.new}"
        papers[change.id, told][change.paper] = None
    for (question, told), labels in papers.items():
        yield f"{question} on {_some([*labels])}: {told}"


def _some(labels: Sequence[str]) -> str:
    more = f" and {len(labels) - _NAMED} more" if len(labels) > _NAMED else ""
    return ", ".join(labels[:_NAMED]) + more

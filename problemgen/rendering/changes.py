"""A manifest against today's program, an exam spec or another manifest, and how the differences are told."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from problemgen.exam import seating
from problemgen.exam.compose import Composition
from problemgen.exam.difference import Change, compare, compare_students
from problemgen.exam.manifest import paper_entry
from problemgen.exam.record import paper_data
from problemgen.rendering.proposing import proposals
from problemgen.rendering.rebuilding import papers_again
from problemgen.rendering.workers import workers

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping

    from problemgen.exam.spec import Exam
    from problemgen.exam.stored import Manifest
    from problemgen.rendering.delivery import Options

_NAMED: Final = 40
_LONGEST: Final = 300


@dataclass(frozen=True)
class Comparison:
    """What differs from a manifest, and the questions whose addresses would now draw other parameters.

    `sources` has the papers that ask a problem whose module or template has another text now: {(problem, which): ...}.
    """

    manifest: Manifest
    changes: list[Change]
    redrawn: list[Change] = field(default_factory=list)
    sources: dict[tuple[str, str], list[str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        """Return whether anything differs."""
        return bool(self.changes or self.sources)

    def holders(self, label: str) -> list[tuple[str, str]]:
        """Return id and name of the students who have a paper of the manifest."""
        return self.manifest.holders(label) if label in self.manifest.entries else []

    def to_json(self) -> dict[str, Any]:
        """Return the differences as JSON's data."""
        return {
            "papers": len(self.manifest.entries),
            "changes": [self._told(change) for change in self.changes],
            "redrawn": [self._told(change) for change in self.redrawn],
            "sources": [
                {"problem": problem, "what": which, "papers": papers}
                for (problem, which), papers in self.sources.items()
            ],
        }

    def _told(self, change: Change) -> dict[str, Any]:
        students = [{"id": name, "name": full} for name, full in self.holders(change.paper)]
        return {**vars(change), "students": students}


def with_today(manifest: Manifest, options: Options) -> Comparison:
    """Compare a manifest with what today's program gives for its parameters."""
    found = papers_again(manifest, [*manifest.entries], options)
    changes = [change for one in found for change in (*one.changes, *one.faults)]
    sources: dict[tuple[str, str], list[str]] = defaultdict(list)
    for one in found:
        for source in sorted(one.sources):
            sources[source].append(one.label)
    return Comparison(manifest, changes, [change for one in found for change in one.redrawn], sources)


def with_manifest(manifest: Manifest, other: Manifest) -> Comparison:
    """Compare a manifest with a later one; raises `InvalidSpec` when one of them was edited."""
    old, new = ({label: each.paper(label) for label in each.entries} for each in (manifest, other))
    students = compare_students(manifest.head["students"], other.head["students"])
    return Comparison(manifest, [*compare(old, new), *students])


def with_exam(manifest: Manifest, exam: Exam, options: Options) -> Comparison:
    """Compare a manifest with the papers that a spec gives today."""
    unknown: Mapping[str, dict[str, str]] = defaultdict(dict)
    with workers(options.workers) as local:
        papers = Composition(exam, proposals(exam, local)).papers()
        new = {paper.label: paper_entry(paper, paper_data(paper), unknown, "") for paper in papers}
    old = {label: manifest.paper(label) for label in manifest.entries}
    students = compare_students(manifest.head["students"], seating.rows(exam))
    return Comparison(manifest, [*compare(old, new), *students])


def lines(found: Comparison) -> Iterator[str]:
    """Yield what to tell in the terminal, the papers of each question together."""
    total = len(found.manifest.entries)
    if not found.changes:
        yield f"{'no key' if found.sources else 'no question and no key'} of {total} papers has changed"
    for (problem, which), papers in found.sources.items():
        yield f"{problem}: its {which} has another text now; asked on {_papers(papers, total)}"
    for (name, problem), changes in _by_question(found.changes).items():
        if not name:
            yield from (f"{_named(found, one)}: {one.old} -> {one.new}" for one in changes)
            continue
        yield f"{name} ({problem}): {len({one.paper for one in changes})} of {total} papers"
        for one in changes:
            where = ", ".join([_named(found, one), f"question {one.number}", *([one.part] if one.part else [])])
            yield f"  {where}: {one.what}: {_short(one.old)} -> {_short(one.new)}"
    for label in dict.fromkeys(one.paper for one in found.changes):
        holders = found.holders(label)
        if len(holders) > 1:
            yield f"paper {label} has {len(holders)} students: {_some(name for name, _ in holders)}"
    if found.redrawn:
        yield "From the spec, these would now be drawn with other parameters; those of the manifest were compared:"
    for (name, problem), changes in _by_question(found.redrawn).items():
        yield f"  {name} ({problem}): {_papers({one.paper: None for one in changes}, total)}"


def _by_question(changes: Iterable[Change]) -> dict[tuple[str, str], list[Change]]:
    found: dict[tuple[str, str], list[Change]] = defaultdict(list)
    for change in changes:
        found[change.id, change.problem].append(change)
    return found


def _named(found: Comparison, change: Change) -> str:
    """Return the paper of a change, with the student's name if it is a personal one."""
    holders = found.holders(change.paper)
    name = holders[0][1] if [change.paper] == [one for one, _ in holders] else ""
    return f"{change.paper} ({name})" if name else change.paper


def _papers(labels: Collection[str], total: int) -> str:
    return f"all {total} papers" if len(labels) == total else _some(labels)


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _some(names: Iterable[str]) -> str:
    every = list(names)
    return ", ".join(every[:_NAMED]) + (f" and {len(every) - _NAMED} more" if len(every) > _NAMED else "")

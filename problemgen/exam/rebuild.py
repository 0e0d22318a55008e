"""Papers of a manifest as today's program makes them, and what has changed since it was written.

The stored parameters are what counts; what their addresses would draw today is told beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from problemgen import catalog, parameters, sampling
from problemgen.draw import Draw, Level, Seed
from problemgen.errors import InvalidParameters, ProblemgenError, require
from problemgen.exam.difference import Change, change, compare_questions, differing
from problemgen.exam.instances import digest
from problemgen.exam.manifest import question_entry
from problemgen.exam.record import asked_data, asked_of
from problemgen.exam.replacing import questions_by_id, replacement_of, revised
from problemgen.problem import flaws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from problemgen.exam.compose import Asked
    from problemgen.exam.spec import ExamSpec, Question

    SourcesOf = Callable[[catalog.Entry], Mapping[str, str]]


@dataclass
class Again:
    """A paper of a manifest, today: its data for `record.paper_of`, and how it differs from what is stored.

    `replaced` are the differences that were asked for, by `[[replace]]`; `sources` are the (problem, "module" or
    "template") that have changed; `redrawn` are the questions whose addresses would draw other parameters.  With
    `faults` there is no such paper any more: a problem is gone, refuses the parameters, or its oracle disagrees.
    """

    label: str
    data: dict[str, Any]
    changes: list[Change] = field(default_factory=list)
    replaced: list[Change] = field(default_factory=list)
    redrawn: list[Change] = field(default_factory=list)
    sources: set[tuple[str, str]] = field(default_factory=set)
    faults: list[Change] = field(default_factory=list)


def again(entry: Mapping[str, Any], spec: ExamSpec, sources_of: SourcesOf) -> Again:
    """Return a paper, given as the manifest's entry, as it is today; `spec` may replace questions of it."""
    known, label = questions_by_id(spec), entry["label"]
    found = Again(label, {name: entry[name] for name in ("label", "folder", "student")} | {"questions": []})
    for stored in entry["questions"]:
        wanted = replacement_of(spec, label, stored["id"]) if not stored["revised"] else None
        try:
            asked = _fitting(asked_of(stored))
            asked = revised(asked, wanted) if wanted else asked
            sources = sources_of(asked.instance.entry)
            told = question_entry(stored["place"], asked, asked_data(asked), sources)
            differences = list(compare_questions(label, stored, told))
            if asked.revised == "replaced" and not differences:  # what was printed holds, and needs no mark
                asked = replace(asked, revised=stored["revised"])
        except (ProblemgenError, ValueError) as error:
            found.faults.append(change(label, stored, "fault", "is asked", " ".join(str(error).split())))
            continue
        found.data["questions"].append(asked_data(asked))
        (found.replaced if wanted else found.changes).extend(differences)
        if wanted is None:
            changed = [name for name, value in sources.items() if stored["sources"][name] != value]
            found.sources |= {(stored["problem"], name) for name in changed}
            found.faults += _unconfirmed(label, stored, asked)
        if stored["id"] in known and not wanted:
            found.redrawn += _redrawn(label, stored, known[stored["id"]])
    return found


def _fitting(asked: Asked) -> Asked:
    parts = [part.name for part in asked.instance.solution.parts]
    require(
        len(parts) == len(asked.points), f"has the parts {', '.join(parts)} now, and points for {len(asked.points)}"
    )
    return asked


def _unconfirmed(label: str, stored: Mapping[str, Any], asked: Asked) -> list[Change]:
    """Return the fault of a question whose answers have changed and are not what its oracle measures."""
    instance = asked.instance
    try:
        if digest(instance.solution) != stored["digest"]:
            sampling.verify(instance.name, instance.record, instance.solution, instance.seed)
    except ProblemgenError as error:
        return [change(label, stored, "fault", "is asked", " ".join(str(error).split()))]
    return []


def _redrawn(label: str, stored: Mapping[str, Any], question: Question) -> list[Change]:
    """Return the change of parameters that a build from the spec would bring, without the order of attempts."""
    problem = catalog.get(stored["problem"]).load()
    fixed = parameters.read_some(problem, question.pin)
    everything = fixed.keys() >= set(parameters.names(problem))
    if everything or question.given or not stored["seed"] or stored["revised"] == "replaced":
        return []
    seed = Seed((*stored["seed"], str(stored["attempt"])))
    try:
        record = replace(problem.sample(Draw(seed, Level(stored["level"]))), **fixed)
    except InvalidParameters as error:
        return [change(label, stored, "parameters", "is drawn", f"is refused: {error}")]
    drawn = parameters.to_json(record)
    if drawn != stored["parameters"]:
        return [change(label, stored, "parameters", *differing(stored["parameters"], drawn))]
    refused = "; ".join(flaws(record)) if not fixed else ""
    return [change(label, stored, "parameters", "is drawn", f"is refused: {refused}")] if refused else []

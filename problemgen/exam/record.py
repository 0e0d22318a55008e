"""Papers as plain data: what a process elsewhere, a later build or a rebuild needs to make the same paper again.

An instance is kept as its parameters and solved anew; a digest of its answers tells when the problem has changed.
"""

from __future__ import annotations

from dataclasses import asdict
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from problemgen import catalog, parameters, sampling
from problemgen.draw import Level, Seed
from problemgen.errors import ProblemgenError
from problemgen.exam import formats
from problemgen.exam.compose import Asked, Composition, Paper
from problemgen.exam.folders import folder_name
from problemgen.exam.instances import digest, instance_data
from problemgen.exam.roster import Student
from problemgen.problem import Carried

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


def records(composition: Composition) -> Iterator[dict[str, Any]]:
    """Yield the data of all papers in their order, those of `paper_data`, without solving what was solved elsewhere."""
    for label, student, questions in composition.questions():
        told = [
            {
                "id": slot.id,
                **data,
                "space": slot.question.space,
                "number": slot.question.number,
                "section": slot.section,
                "bonus": slot.question.bonus,
                "format": slot.question.format,
                "turns": turns,
                "revised": "",
            }
            for slot, data, turns in questions
        ]
        yield {
            "label": label,
            "folder": folder_name(label),
            "student": asdict(student) if student else None,
            "questions": told,
        }


def paper_data(paper: Paper) -> dict[str, Any]:
    """Return a paper as JSON's data; `paper_of` reverses it."""
    return {
        "label": paper.label,
        "folder": paper.folder,
        "student": asdict(paper.student) if paper.student else None,
        "questions": [asked_data(asked) for asked in paper.questions],
    }


def paper_of(data: dict[str, Any]) -> Paper:
    """Return the paper of its data; raises `ProblemgenError` if a problem has other answers now."""
    return papers_of([data])[0]


def papers_of(several: Sequence[dict[str, Any]]) -> list[Paper]:
    """Return papers as `paper_of` does; problem by problem, for the reason `proposals.propose` gives."""
    every = [
        (one["problem"], place, number)
        for place, data in enumerate(several)
        for number, one in enumerate(data["questions"])
    ]
    asked = {(place, number): _same(several[place]["questions"][number]) for _, place, number in sorted(every)}
    return [
        Paper(
            data["label"],
            data["folder"],
            tuple(asked[place, number] for number in range(len(data["questions"]))),
            Student(**data["student"]) if data["student"] else None,
        )
        for place, data in enumerate(several)
    ]


def asked_data(asked: Asked) -> dict[str, Any]:
    """Return a question as JSON's data; `asked_of` reverses it."""
    return {
        "id": asked.id,
        **instance_data(asked.instance, asked.points),
        "space": asked.space,
        "number": asked.number,
        "section": asked.section,
        "bonus": asked.bonus,
        "format": asked.format,
        "turns": asked.turns,
        "revised": asked.revised,
    }


def _same(data: dict[str, Any]) -> Asked:
    asked = asked_of(data)
    if digest(asked.instance.solution) != data["digest"]:
        raise ProblemgenError(
            f"{data['problem']} at {'/'.join(data['seed'] or ())}: solved again with other answers; the programs differ"
        )
    return asked


def asked_of(data: Mapping[str, Any]) -> Asked:
    """Return the question of its data with the answers that it has now, which need not be those it had."""
    entry = catalog.get(data["problem"])
    record = parameters.read(entry.load(), data["parameters"])
    carried = Carried()
    solution, _ = sampling.tidied(record.solve(carried))
    seed = Seed(tuple(data["seed"])) if data["seed"] else None
    level = Level(data["level"]) if data["level"] else None
    reads = frozenset(carried.reads)
    instance = sampling.Instance(entry, record, solution, seed, level, data["attempt"], reads=reads)
    points = tuple(Fraction(points) for points in data["points"])
    turns = tuple(tuple(turn) if turn else None for turn in data["turns"])
    shown = formats.offered(instance, data["format"], turns)
    how = {name: data[name] for name in ("space", "number", "section", "bonus", "format", "revised")}
    return Asked(data["id"], shown, points, **how, turns=turns)

"""Instances and exams as JSON: what a machine needs to rebuild, audit and mark them.

`manifest.schema.json` describes the file, `stored` reads it.  A question is the data from which it is solved again
(`record`) and what came of it; it has a digest of its own, a paper has one over those of its questions, and the file
one over those of its papers, so that the place of a later change is known.
"""

from __future__ import annotations

import hashlib
import json
from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from problemgen import answers, parameters
from problemgen.effort import effort
from problemgen.exam import seating
from problemgen.problem import Part, about

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from problemgen.exam.compose import Asked, Paper
    from problemgen.exam.spec import Exam, ExamSpec
    from problemgen.sampling import Instance

SCHEMA: Final = 2
CHECK: Final = "check"
CHECKS: Final = "checks"  # of the questions, in an entry that is `prepared`


def instance_json(
    instance: Instance, prompts: Mapping[str, str], points: Sequence[Any] | None = None
) -> dict[str, Any]:
    """Return the JSON of one instance; `prompts` are the parts' questions as text."""
    parts = instance.solution.parts
    given = points or [part.points for part in parts]
    return {
        "problem": instance.name,
        "title": about(instance.record).title,
        "seed": str(instance.seed) if instance.seed else None,
        "level": instance.level.value if instance.level else None,
        "attempt": instance.attempt if instance.seed else None,
        "parameters": parameters.to_json(instance.record),
        "parts": [_part(part, prompts[part.name], worth) for part, worth in zip(parts, given, strict=True)],
    }


def _part(part: Part, prompt: str, points: Any) -> dict[str, Any]:
    return {
        "name": part.name,
        "points": _points(points),
        "prompt": prompt,
        "answer": {**_answer(part.answer), "latex": answers.latex(part.answer)},
        "steps": [{"name": name, "latex": step.latex(), "text": step.text()} for name, step in part.steps.items()],
        "mistakes": [
            {**told, "why": mistake.why} for told, mistake in zip(_mistakes(part), part.mistakes, strict=True)
        ],
    }


def _answer(answer: answers.Answer) -> dict[str, Any]:
    return {"type": answers.kind(answer), "value": answers.to_json(answer), "text": answers.text(answer)}


def _mistakes(part: Part) -> list[dict[str, Any]]:
    return [
        {"id": mistake.id, "value": answers.to_json(mistake.value)}
        | ({"cell": [*mistake.cell]} if mistake.cell else {})
        for mistake in part.mistakes
    ]


def _points(points: Any) -> int | float:
    return int(points) if points == int(points) else float(points)


def spec_json(spec: ExamSpec) -> dict[str, Any]:
    """Return a spec as JSON's data, from which `ExamSpec` reads it again."""
    return spec.model_dump(mode="json", exclude_defaults=True, by_alias=True)


def head(exam: Exam, documents: Mapping[str, Any]) -> dict[str, Any]:
    """Return what the manifest says of an exam as a whole; `documents` is what its PDFs depend on beside the papers."""
    spec = spec_json(exam.spec)
    return {
        "schema": SCHEMA,
        "problemgen": version("problemgen"),
        "spec": spec,
        "spec_digest": digest_of(spec),
        "documents": dict(documents),
        "students": seating.rows(exam),
    }


def paper_entry(
    paper: Paper, data: Mapping[str, Any], sources: Mapping[str, Mapping[str, str]], spec_digest: str
) -> dict[str, Any]:
    """Return what the manifest says of a paper.

    `data` is the paper's own (`record.paper_data`), `sources` has digests of module and template for each problem.
    """
    questions = [
        question_entry(place, asked, told, sources[asked.instance.name])
        for place, (asked, told) in enumerate(zip(paper.questions, data["questions"], strict=True), start=1)
    ]
    own = {"spec_digest": spec_digest, "points": _points(paper.total), "bonus_points": _points(paper.bonus)}
    return {**data, **own, "questions": questions}


def question_entry(place: int, asked: Asked, data: Mapping[str, Any], sources: Mapping[str, str]) -> dict[str, Any]:
    """Return what the manifest says of a question: its data, and what came of them."""
    entry = {
        "place": place,
        **data,
        "points": [_points(points) for points in asked.points],
        "effort": effort(asked.instance.solution),
        "answers": {part.name: _asked_part(part) for part in asked.instance.solution.parts},
        "sources": dict(sources),
    }
    return {**entry, CHECK: digest_of(entry)}


def _asked_part(part: Part) -> dict[str, Any]:
    told = {**_answer(part.answer), "mistakes": _mistakes(part)}
    if part.offer is None:
        return told
    choice = part.offer.choice
    offer = {"options": list(choice.options), "correct": sorted(choice.correct), "mistakes": list(part.offer.mistakes)}
    return {**told, "offer": {**offer, "claim": part.offer.claim}}


def prepared(entry: Mapping[str, Any]) -> dict[str, Any]:
    """Return the entry of a paper with its questions as they are written, and their digests, for `lines`."""
    texts = [json.dumps(question, ensure_ascii=False) for question in entry["questions"]]
    return {**entry, "questions": texts, CHECKS: [question[CHECK] for question in entry["questions"]]}


def lines(told: Mapping[str, Any], entries: Iterable[Mapping[str, Any]]) -> Iterator[str]:
    """Yield the manifest piece by piece, a question to a line: the papers of a course are never all in memory.

    `told` is its `head`; entries may be `prepared`, those that come from an earlier manifest keep their digests.
    """
    yield f'{json.dumps(told, indent=1, ensure_ascii=False)[:-2]},\n "papers": ['
    between, checks = "\n", []
    for entry in entries:
        ready = entry if CHECKS in entry else prepared(entry)
        own = {name: value for name, value in ready.items() if name not in {"questions", CHECKS}}
        own[CHECK] = own.get(CHECK) or _paper_check(own, ready[CHECKS])
        checks.append(own[CHECK])
        questions = ",\n   ".join(ready["questions"])
        yield f'{between}  {json.dumps(own, ensure_ascii=False)[:-1]}, "questions": [\n   {questions}\n  ]}}'
        between = ",\n"
    yield f'\n ],\n "{CHECK}": "{file_check(told, checks)}"\n}}\n'


def file_check(told: Mapping[str, Any], checks: Sequence[str]) -> str:
    """Return the digest of a whole manifest from its head and the digests of its papers."""
    return digest_of([{**told}, *checks])


def paper_check(entry: Mapping[str, Any]) -> str:
    """Return the digest of a paper from its own fields and the digests of its questions."""
    own = {name: value for name, value in entry.items() if name not in {"questions", CHECK}}
    return _paper_check(own, [question[CHECK] for question in entry["questions"]])


def _paper_check(own: Mapping[str, Any], checks: Sequence[str]) -> str:
    return digest_of([own, *checks])


def digest_of(value: object) -> str:
    """Return a short digest of JSON's data, whatever the order of its fields."""
    told = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()

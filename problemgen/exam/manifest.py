"""Instances and exams as JSON: what a machine needs to rebuild, audit and mark them."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any, Final

from problemgen import answers, parameters
from problemgen.problem import Part, about

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from problemgen.exam.compose import Asked, Paper
    from problemgen.exam.spec import ExamSpec
    from problemgen.sampling import Instance

SCHEMA: Final = 1


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
        "answer": answer_json(part.answer),
        "steps": [{"name": name, "latex": step.latex(), "text": step.text()} for name, step in part.steps.items()],
        "mistakes": [
            {
                "id": mistake.id,
                "why": mistake.why,
                "value": answers.to_json(mistake.value),
                **({"cell": list(mistake.cell)} if mistake.cell else {}),
            }
            for mistake in part.mistakes
        ],
    }


def answer_json(answer: answers.Answer) -> dict[str, Any]:
    """Return an answer with its kind, its exact value, and how it is printed and typed."""
    return {
        "type": answers.kind(answer),
        "value": answers.to_json(answer),
        "latex": answers.latex(answer),
        "text": answers.text(answer),
    }


def _points(points: Any) -> int | float:
    return int(points) if points == int(points) else float(points)


def manifest(spec: ExamSpec, papers: Sequence[Paper]) -> dict[str, Any]:
    """Return the record of an exam: schema 1, with parameters, attempt and answers of every question."""
    return {
        "schema": SCHEMA,
        "problemgen": version("problemgen"),
        "spec": spec.model_dump(mode="json", exclude_defaults=True),
        "papers": [_paper(paper) for paper in papers],
    }


def _paper(paper: Paper) -> dict[str, Any]:
    student = {"student": {"id": paper.student.id, "name": paper.student.name}} if paper.student else {}
    return {
        "label": paper.label,
        "folder": paper.folder,
        **student,
        "points": _points(paper.total),
        "questions": [_question(number, asked) for number, asked in enumerate(paper.questions, start=1)],
    }


def _question(number: int, asked: Asked) -> dict[str, Any]:
    instance = asked.instance
    return {
        "number": number,
        "id": asked.id,
        "problem": instance.name,
        "seed": str(instance.seed),
        "level": instance.level,
        "attempt": instance.attempt,
        "parameters": parameters.to_json(instance.record),
        "answers": {
            part.name: {"points": _points(points), **answer_json(part.answer)}
            for part, points in zip(instance.solution.parts, asked.points, strict=True)
        },
    }

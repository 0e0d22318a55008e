"""Questions that turn out to be broken after they were printed: other parameters, as announced in the hall, or none.

A question keeps its place and number on every paper, so that the new keys fit what was printed.
"""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from typing import TYPE_CHECKING

from problemgen import catalog, parameters, sampling
from problemgen.errors import InvalidParameters, InvalidSpec, UnknownName, did_you_mean
from problemgen.exam import formats
from problemgen.exam.pools import members

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problemgen.exam.compose import Asked
    from problemgen.exam.faults import Path
    from problemgen.exam.spec import ExamSpec, Question, Replacement


def questions_by_id(spec: ExamSpec) -> dict[str, Question]:
    """Return every question that a paper may ask by its id; those of a pool each with its problem."""
    found = {}
    for name, (_, question) in zip(spec.question_ids(), spec.every_question(), strict=True):
        if question.problem:
            found[name] = question
        for entry in members(question.pool) if question.pool else ():
            found[f"{name}/{entry.name}"] = question.model_copy(update={"problem": entry.name, "pool": ()})
    return found


def misfits(spec: ExamSpec) -> Iterator[tuple[Path, str]]:
    """Yield (path, reason) for what is wrong in the `[[replace]]` tables of a spec."""
    known = questions_by_id(spec) if spec.replace else {}
    for place, one in enumerate(spec.replace):
        here, path = f"replace[{place + 1}]", ("replace", place)
        if one.question not in known:
            hint = did_you_mean(one.question, known) or f"; the questions are {', '.join(known)}"
            yield (*path, "question"), f"{here}.question: no question '{one.question}'{hint}"
            continue
        if one.drop == (one.fields is not None):
            wrong = "with and drop exclude each other" if one.drop else "says nothing"
            yield path, f"{here}: {wrong}; write with = {{ ... }} for other parameters, or drop = true"
        if one.credit and not one.drop:
            yield (*path, "credit"), f"{here}.credit: is for a question that is dropped; write drop = true, too"
        try:
            parameters.read_some(catalog.get(known[one.question].problem).load(), one.fields or {})
        except (InvalidParameters, UnknownName) as error:
            yield (*path, "with"), f"{here}.with: {error}"
        if any(_overlap(one, other) for other in spec.replace[:place]):
            yield (*path, "question"), f"{here}.question: '{one.question}' is replaced twice"


def _overlap(one: Replacement, other: Replacement) -> bool:
    everywhere = not one.papers or not other.papers
    return one.question == other.question and (everywhere or not set(one.papers).isdisjoint(other.papers))


def replacement_of(spec: ExamSpec, label: str, name: str) -> Replacement | None:
    """Return what is to be done with a question of a paper, if anything is."""
    wanted = (one for one in spec.replace if one.question == name and (not one.papers or label in one.papers))
    return next(wanted, None)


def revised(asked: Asked, one: Replacement) -> Asked:
    """Return a question as it counts now, its new answers verified; raises `ProblemgenError` if it cannot be so."""
    if one.drop:
        points = asked.points if one.credit else (Fraction(0),) * len(asked.points)
        return replace(asked, points=points, revised="credited" if one.credit else "dropped")
    former = asked.instance
    instance = sampling.given(former.entry, {**parameters.to_json(former.record), **(one.fields or {})})
    if [part.name for part in instance.solution.parts] != [part.name for part in former.solution.parts]:
        raise InvalidSpec("has other parts then than those that were printed; write drop = true")
    instance = replace(instance, seed=former.seed, level=former.level, attempt=former.attempt)
    instance = formats.offered(instance, asked.format, asked.turns)
    if _offers(instance) != _offers(former):
        raise InvalidSpec("was printed with options to choose from, and would have others then; write drop = true")
    return replace(asked, instance=instance, revised="replaced")


def _offers(instance: sampling.Instance) -> list[object]:
    return [part.offer for part in instance.solution.parts]

"""Error carried forward: what later parts become when a student goes on from a wrong earlier result.

Sampling, the marking scheme and marking share this one path through `solve(carried)`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from problemgen import answers
from problemgen.errors import InvalidParameters, NotCarriable
from problemgen.problem import Carried, Mistake, Part, Solution

if TYPE_CHECKING:
    from collections.abc import Iterator

    from problemgen.sampling import Instance


def path(part: Part, mistake: Mistake) -> str:
    """Return the path under which `solve` asks for the result a mistake spoils."""
    return ".".join((part.name, *(mistake.cell or ())))


def spoiled(part: Part, mistake: Mistake) -> dict[str, answers.Answer]:
    """Return every result that a mistake spoils, by its path."""
    others = {".".join((part.name, *cell)): answer for cell, answer in mistake.also.items()}
    return {path(part, mistake): mistake.value, **others}


def value(answer: answers.Answer) -> Any:
    """Return an answer in the form in which `carried` takes it; raises `NotCarriable` for kinds without one."""
    match answer:
        case answers.Number(number):
            return number
        case answers.Shape(dims):
            return dims
        case answers.MatrixAnswer(entries):
            return entries
        case answers.NumberSet(values):
            return values
    raise NotCarriable(f"a {answers.kind(answer)} is not carried forward")


def solve(record: Any, values: dict[str, Any], *, answers_only: bool = False) -> Solution:
    """Return the solution of one who goes on from `values`; raises `NotCarriable` where that leads nowhere."""
    try:
        solution: Solution = record.solve(Carried(values, answers_only=answers_only))
    except (InvalidParameters, ArithmeticError) as error:
        raise NotCarriable(str(error)) from error
    return solution


def reads(record: Any) -> list[str]:
    """Return the paths of the earlier results that a problem's later ones depend on."""
    carried = Carried()
    record.solve(carried)
    return carried.reads


def consequences(instance: Instance, part: Part, mistake: Mistake) -> dict[str, answers.Answer]:
    """Return the answers that change when a mistake is carried forward, by `part` or `part.row.column`.

    Raises `NotCarriable` when nothing can follow from the wrong value.
    """
    before = spoiled(part, mistake)
    if instance.reads.isdisjoint(before):
        return {}
    values = {place: value(answer) for place, answer in before.items()}
    wrong = solve(instance.record, values, answers_only=True)
    return {place: answer for place, answer in _changed(instance.solution, wrong) if place not in before}


def _changed(right: Solution, wrong: Solution) -> Iterator[tuple[str, answers.Answer]]:
    """Yield the answers that are others in `wrong`, by their paths; what is the same object is not looked at."""
    others = {part.name: part.answer for part in wrong.parts}
    for part in right.parts:
        answer, other = part.answer, others.get(part.name)
        if isinstance(answer, answers.Table) and isinstance(other, answers.Table):
            rows = {row.id: row for row in other.rows}
            for row in answer.rows:
                if (theirs := rows.get(row.id)) is not None and theirs is not row:
                    for column, cell in row.cells.items():
                        now = theirs.cells.get(column)
                        if now is not None and now is not cell and not answers.same(now, cell):
                            yield f"{part.name}.{row.id}.{column}", now
        elif other is not None and not answers.same(other, answer):
            yield part.name, other

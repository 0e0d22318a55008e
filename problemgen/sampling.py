"""From a seed to a question that may be printed: draw until it is valid and good, solve it, verify the key.

Nothing leaves here whose exact answers were not confirmed by the problem's oracle.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final

from problemgen import answers, catalog, parameters
from problemgen.draw import Draw, Level, Seed
from problemgen.errors import InvalidParameters, OracleDisagreement, ProblemgenError, Unsatisfiable
from problemgen.problem import Mistake, Part, Solution, flaws

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

ATTEMPTS: Final = 400


@dataclass(frozen=True)
class Instance:
    """A verified question.

    `seed` and `level` are None for a record that was given rather than drawn; `redraws` counts the reasons for
    which earlier attempts were refused; `warnings` are for the instructor.
    """

    entry: catalog.Entry
    record: Any
    solution: Solution
    seed: Seed | None = None
    level: Level | None = None
    attempt: int = 0
    redraws: Mapping[str, int] | None = None
    warnings: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """Return the problem's name."""
        return self.entry.name


def given(entry: catalog.Entry, values: Mapping[str, Any]) -> Instance:
    """Return the verified instance with these parameters; any that has an answer is accepted."""
    return accept(entry, parameters.read(entry.load(), values))


def accept(entry: catalog.Entry, record: Any) -> Instance:
    """Return the verified instance of a record made by hand, its useless mistakes dropped with one warning."""
    solution, dropped = tidied(record.solve())
    verify(entry.name, record, solution)
    notes = [*flaws(record), *dropped]
    return Instance(entry, record, solution, warnings=(f"{entry.name}: {'; '.join(notes)}",) if notes else ())


def sample(
    entry: catalog.Entry,
    seed: Seed,
    level: Level,
    pin: Mapping[str, Any] | None = None,
    *,
    first: int = 0,
    refuse: Callable[[Any], str | None] = lambda _record: None,
) -> Instance:
    """Return the first good instance at `seed/attempt`, attempts counted from `first`.

    `pin` fixes fields (plain data); if no draw is good with them, the first one that has an answer is taken, with a
    warning.  `refuse` may name a reason to draw again.  Raises `Unsatisfiable` with the most frequent reasons.
    """
    problem = entry.load()
    fixed = parameters.read_some(problem, pin or {})
    if fixed.keys() >= set(parameters.names(problem)):
        return replace(accept(entry, problem(**fixed)), seed=seed, level=level)
    reasons: Counter[str] = Counter()
    fallback: tuple[int, Any] | None = None
    for attempt in range(first, first + ATTEMPTS):
        try:
            record = problem.sample(Draw(seed.child(attempt), level))
            record = replace(record, **fixed) if fixed else record
        except InvalidParameters as error:
            reasons[str(error)] += 1
            continue
        if fixed and fallback is None:
            fallback = (attempt, record)
        solution, reason = _judged(record, refuse)
        if solution is not None:
            verify(entry.name, record, solution, seed.child(attempt))
            return Instance(entry, record, solution, seed, level, attempt, reasons)
        reasons[reason] += 1
    if fallback is not None:
        attempt, record = fallback
        return replace(accept(entry, record), seed=seed, level=level, attempt=attempt, redraws=reasons)
    commonest = "; ".join(f"{reason} ({count} times)" for reason, count in reasons.most_common(2))
    pinned = f" with {', '.join(fixed)} pinned" if fixed else ""
    hint = "; pin the fields they must agree with, too" if fixed else ""
    raise Unsatisfiable(
        f"{entry.name}: no valid {level} question at {seed} in {ATTEMPTS} draws{pinned}: {commonest}{hint}"
    )


def _judged(record: Any, refuse: Callable[[Any], str | None]) -> tuple[Solution | None, str]:
    """Return the solution of a good question, or None and why it is not good; the cheap tests come first."""
    reason = next(iter(flaws(record)), None) or refuse(record)
    if reason:
        return None, reason
    solution: Solution = record.solve()
    reason = clash(solution)
    return (None, reason) if reason else (solution, "")


def verify(name: str, record: Any, solution: Solution, seed: Seed | None = None) -> None:
    """Raise `OracleDisagreement` unless the oracle measures every answer of the solution."""
    where = f"{name} at {seed}" if seed else f"{name} with {record}"
    try:
        measured = record.oracle()
    except (MemoryError, OverflowError):
        raise InvalidParameters(f"{where}: too large to be counted one by one; choose smaller numbers") from None
    if set(measured) != {part.name for part in solution.parts}:
        asked = ", ".join(part.name for part in solution.parts)
        raise OracleDisagreement(f"{where}: the parts are {asked}, the oracle measured {', '.join(measured)}")
    for part in solution.parts:
        if not answers.agrees(part.answer, measured[part.name]):
            raise OracleDisagreement(
                f"{where}: part {part.name}: solved {answers.text(part.answer)}, "
                f"oracle measured {_shown(part.answer, measured[part.name])}"
            )


def _shown(answer: answers.Answer, measured: Any) -> str:
    if isinstance(answer, answers.Table) and isinstance(measured, dict):
        cells = dict(answer.cells())
        wrong = {place for place in measured if place not in cells or not answers.agrees(cells[place], measured[place])}
        return "; ".join(f"{'.'.join(place)} {measured[place]}" for place in sorted(wrong)) or "other cells"
    if isinstance(answer, answers.Expression):
        return "other values at the probe points"
    return str(measured)


def target(part: Part, mistake: Mistake) -> answers.Answer:
    """Return the right answer that a mistake misses: the part's, or that of one cell of its table."""
    if mistake.cell is None or not isinstance(part.answer, answers.Table):
        return part.answer
    cells = dict(part.answer.cells())
    if mistake.cell not in cells:
        raise ProblemgenError(f"mistake '{mistake.id}' points at {mistake.cell}, which is no cell of {part.name}")
    return cells[mistake.cell]


def clash(solution: Solution) -> str | None:
    """Return why two wrong values cannot be told apart, from each other or from the key; None if all can."""
    for part in solution.parts:
        for index, mistake in enumerate(part.mistakes):
            if answers.same(mistake.value, target(part, mistake)):
                return f"the mistake '{mistake.id}' of {part.name} leads to the right answer"
            for other in part.mistakes[:index]:
                if other.cell == mistake.cell and answers.same(mistake.value, other.value):
                    return f"the mistakes '{other.id}' and '{mistake.id}' of {part.name} lead to the same value"
    return None


def tidied(solution: Solution) -> tuple[Solution, list[str]]:
    """Return the solution without mistakes that lead to the key, equal ones merged, and what was done."""
    parts, notes = [], []
    for part in solution.parts:
        kept: list[Mistake] = []
        for mistake in part.mistakes:
            twin = next((k for k in kept if k.cell == mistake.cell and answers.same(k.value, mistake.value)), None)
            if answers.same(mistake.value, target(part, mistake)):
                notes.append(f"'{mistake.id}' leads to the right answer here and is left out")
            elif twin:
                names = dict.fromkeys([*twin.id.split("+"), *mistake.id.split("+")])
                merged = replace(twin, id="+".join(names), why=f"{twin.why}, or {mistake.why}")
                kept[kept.index(twin)] = merged
                notes.append(f"'{twin.id}' and '{mistake.id}' lead to the same value and are merged")
            else:
                kept.append(mistake)
        parts.append(replace(part, mistakes=tuple(kept)))
    return Solution(*parts, figures=solution.figures, solution_figures=solution.solution_figures), notes

"""From a seed to a question that may be printed: draw until it is valid and good, solve it, verify the key.

Nothing leaves here whose exact answers were not confirmed by the problem's oracle.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from problemgen import answers, catalog, parameters
from problemgen.draw import Draw, Level, Seed
from problemgen.errors import InvalidParameters, OracleDisagreement, ProblemgenError, Unsatisfiable
from problemgen.problem import Carried, Mistake, Part, Solution, flaws

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ATTEMPTS: Final = 400


@dataclass(frozen=True)
class Instance:
    """A verified question.

    `seed` and `level` are None for a record that was given rather than drawn; `redraws` counts the reasons for
    which earlier attempts were refused; `warnings` are for the instructor; `reads` holds the paths of the earlier
    results on which later ones depend.
    """

    entry: catalog.Entry
    record: Any
    solution: Solution
    seed: Seed | None = None
    level: Level | None = None
    attempt: int = 0
    redraws: Mapping[str, int] | None = None
    warnings: tuple[str, ...] = ()
    reads: frozenset[str] = field(kw_only=True, repr=False)

    @property
    def name(self) -> str:
        """Return the problem's name."""
        return self.entry.name


def given(entry: catalog.Entry, values: Mapping[str, Any]) -> Instance:
    """Return the verified instance with these parameters; any that has an answer is accepted."""
    return accept(entry, parameters.read(entry.load(), values))


def accept(entry: catalog.Entry, record: Any) -> Instance:
    """Return the verified instance of a record made by hand, its useless mistakes dropped with one warning."""
    carried = Carried()
    solution, dropped = tidied(record.solve(carried))
    verify(entry.name, record, solution)
    notes = [*flaws(record), *dropped]
    warnings = (f"{entry.name}: {'; '.join(notes)}",) if notes else ()
    return Instance(entry, record, solution, warnings=warnings, reads=frozenset(carried.reads))


def sample(
    entry: catalog.Entry, seed: Seed, level: Level, pin: Mapping[str, Any] | None = None, *, first: int = 0
) -> Instance:
    """Return the first good instance at `seed/attempt`, attempts counted from `first`.

    `pin` fixes fields (plain data); if no draw is good with them, the first one that has an answer is taken, with a
    warning.  Raises `Unsatisfiable` with the most frequent reasons.
    """
    problem = entry.load()
    fixed = parameters.read_some(problem, pin or {})
    if fixed.keys() >= set(parameters.names(problem)):
        return replace(accept(entry, problem(**fixed)), seed=seed, level=level)
    reasons: Counter[str] = Counter()
    for found in candidates(entry, seed, level, fixed, first=first, reasons=reasons):
        verify(entry.name, found.record, found.solution, seed.child(found.attempt))
        return replace(found, redraws=reasons)
    for attempt in range(first, first + ATTEMPTS if fixed else first):
        record, _ = _drawn(problem, seed.child(attempt), level, fixed)
        if record is not None:
            return replace(accept(entry, record), seed=seed, level=level, attempt=attempt, redraws=reasons)
    commonest = "; ".join(f"{reason} ({count} times)" for reason, count in reasons.most_common(2))
    pinned = f" with {', '.join(fixed)} pinned" if fixed else ""
    hint = "; pin what they must agree with, too, or a value that this level draws (problemgen show)" if fixed else ""
    raise Unsatisfiable(
        f"{entry.name}: no valid {level} question at {seed} in {ATTEMPTS} draws{pinned}: {commonest}{hint}"
    )


def candidates(
    entry: catalog.Entry,
    seed: Seed,
    level: Level,
    fixed: Mapping[str, Any],
    *,
    first: int = 0,
    count: int = ATTEMPTS,
    reasons: Counter[str],
    judge: Callable[[int, Solution], str | None] = lambda _attempt, _solution: None,
) -> Iterator[Instance]:
    """Yield the good questions among `count` attempts from `first` on, in their order, not verified yet.

    `fixed` are fields as `parameters.read_some` returns them.  `judge` may name a reason against an attempt's solution.
    The reasons against the others are counted in `reasons`.
    """
    problem = entry.load()
    for attempt in range(first, first + count):
        record, reason = _drawn(problem, seed.child(attempt), level, fixed)
        reason = reason or next(flaws(record), "")
        if not reason:
            carried = Carried()
            solution: Solution = record.solve(carried)
            reason = judge(attempt, solution) or clash(solution) or ""
            if not reason:
                yield Instance(entry, record, solution, seed, level, attempt, reads=frozenset(carried.reads))
        if reason:
            reasons[reason] += 1


def _drawn(problem: type[Any], seed: Seed, level: Level, fixed: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the record drawn at an address, or None and why it is none."""
    try:
        record = problem.sample(Draw(seed, level))
        return (replace(record, **fixed) if fixed else record), ""
    except InvalidParameters as error:
        return None, str(error)


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
    place, column = mistake.cell
    for row in part.answer.rows:
        if row.id == place and column in row.cells:
            return row.cells[column]
    raise ProblemgenError(f"mistake '{mistake.id}' points at {mistake.cell}, which is no cell of {part.name}")


def clash(solution: Solution) -> str | None:
    """Return why two wrong values cannot be told apart, from each other or from the key; None if all can."""
    for part in solution.parts:
        met: dict[tuple[str, str] | None, list[Mistake]] = {}
        for mistake in part.mistakes:
            if answers.same(mistake.value, target(part, mistake)):
                return f"the mistake '{mistake.id}' of {part.name} leads to the right answer"
            others = met.setdefault(mistake.cell, [])
            for other in others:
                if answers.same(mistake.value, other.value):
                    return f"the mistakes '{other.id}' and '{mistake.id}' of {part.name} lead to the same value"
            others.append(mistake)
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

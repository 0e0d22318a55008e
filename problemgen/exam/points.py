"""From a question of a spec to an instance and its points, and whether it can be asked at all."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING

from problemgen import catalog, sampling
from problemgen.draw import Seed
from problemgen.errors import InvalidParameters, InvalidSpec, UnknownName, Unsatisfiable
from problemgen.exam.formats import refusal
from problemgen.exam.pools import members

if TYPE_CHECKING:
    from collections.abc import Sequence

    from problemgen.exam.spec import Question
    from problemgen.problem import Part


def drawn(question: Question, entry: catalog.Entry, seed: Seed, first: int = 0) -> sampling.Instance:
    """Return the question's instance at an address: the one it gives, else one that is drawn around its pins."""
    if question.given:
        return replace(sampling.given(entry, question.given), seed=seed, level=question.level)
    return sampling.sample(entry, seed, question.level, question.pin, first=first)


def unmet(question: Question) -> tuple[str, str] | None:
    """Return (field, reason) when a trial shows that it cannot be asked: of a pool, the first problem that cannot."""
    if question.problem:
        return _unmet(question)
    for entry in members(question.pool):
        fault = _unmet(question.model_copy(update={"problem": entry.name}))
        if fault:
            field, reason = fault
            named = reason if reason.startswith(entry.name) else f"{entry.name}: {reason}"
            return field, f"{named}, or leave it out of the pool with '!{entry.name}'"
    return None


def _unmet(question: Question) -> tuple[str, str] | None:
    try:
        tried = drawn(question, catalog.get(question.problem), Seed.of("trial"))
        share(question.points, tried.solution.parts)
    except (InvalidParameters, UnknownName, Unsatisfiable) as error:
        return "given" if question.given else "pin" if question.pin else "level", str(error)
    except InvalidSpec as error:
        return "points", str(error).removeprefix("points: ")
    unfit = refusal(tried.solution.parts, question.format)
    return ("format", f"{question.problem}: {unfit}") if unfit else None


def share(points: Fraction | tuple[Fraction, ...] | None, parts: Sequence[Part]) -> tuple[Fraction, ...]:
    """Return the points of each part: as listed, else a total shared out by the parts' own weights.

    Shares are whole where the total allows it, else halves; raises `InvalidSpec` when it cannot be shared.
    """
    if points is None:
        return tuple(Fraction(part.points) for part in parts)
    if isinstance(points, tuple):
        if len(points) != len(parts):
            several = f"the {len(parts)} parts" if len(parts) > 1 else "the only part,"
            raise InvalidSpec(f"points: {len(points)} values for {several} {', '.join(p.name for p in parts)}")
        return points
    return _shared(points, tuple(part.points for part in parts))


@lru_cache(maxsize=1024)
def _shared(points: Fraction, weights: tuple[int, ...]) -> tuple[Fraction, ...]:
    count = len(weights)
    unit = Fraction(1) if points >= count and points.denominator == 1 else Fraction(1, 2)
    if points < unit * count:
        least = float(unit * count)
        raise InvalidSpec(f"points: {float(points):g} is too little for {count} parts; give at least {least:g}")
    ideal = [points * weight / sum(weights) for weight in weights]
    shares = [max(unit, unit * (amount // unit)) for amount in ideal]
    while (rest := points - sum(shares)) != 0:
        step = unit if rest > 0 else -unit
        able = [place for place, amount in enumerate(shares) if amount + step > 0]
        place = max(able, key=lambda place: (ideal[place] - shares[place]) * (1 if step > 0 else -1))
        shares[place] += step
    return tuple(shares)

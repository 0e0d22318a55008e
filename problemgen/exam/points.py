"""The points of a question's parts, and whether a question of a spec can be asked at all."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.errors import InvalidParameters, InvalidSpec, Unsatisfiable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from problemgen.problem import Part


def unmet(
    problem: str, level: Level, pin: Mapping[str, Any], points: Fraction | tuple[Fraction, ...] | None
) -> tuple[str, str] | None:
    """Return (field, reason) when a trial shows that a pin makes no question or that points fit no parts."""
    try:
        tried = sampling.sample(catalog.get(problem), Seed.of("trial"), level, pin)
        share(points, tried.solution.parts)
    except (InvalidParameters, Unsatisfiable) as error:
        return "pin", str(error)
    except InvalidSpec as error:
        return "points", str(error).removeprefix("points: ")
    return None


def share(points: Fraction | tuple[Fraction, ...] | None, parts: Sequence[Part]) -> tuple[Fraction, ...]:
    """Return the points of each part: as listed, else a total shared out by the parts' own weights.

    Shares are whole where the total allows it, else halves; raises `InvalidSpec` when it cannot be shared.
    """
    if points is None:
        return tuple(Fraction(part.points) for part in parts)
    if isinstance(points, tuple):
        if len(points) != len(parts):
            raise InvalidSpec(
                f"points: {len(points)} values for the {len(parts)} parts {', '.join(p.name for p in parts)}"
            )
        return points
    unit = Fraction(1) if points >= len(parts) and points.denominator == 1 else Fraction(1, 2)
    if points < unit * len(parts):
        least = float(unit * len(parts))
        raise InvalidSpec(f"points: {float(points):g} is too little for {len(parts)} parts; give at least {least:g}")
    weights = [Fraction(part.points) for part in parts]
    ideal = [points * weight / sum(weights) for weight in weights]
    shares = [max(unit, unit * (amount // unit)) for amount in ideal]
    while (rest := points - sum(shares)) != 0:
        step = unit if rest > 0 else -unit
        able = [place for place, amount in enumerate(shares) if amount + step > 0]
        place = max(able, key=lambda place: (ideal[place] - shares[place]) * (1 if step > 0 else -1))
        shares[place] += step
    return tuple(shares)

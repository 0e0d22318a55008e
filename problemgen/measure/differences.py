"""Derivatives without calculus: central differences in exact rationals, and random points to take them at.

The step is a small Fraction; for the piecewise polynomials of degree two that networks with ReLU, max and a
squared error are, the central difference is the derivative exactly as long as no piece is left.
"""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

STEP: Final = Fraction(1, 10**6)


def derivative(function: Callable[[Mapping[str, Any]], Any], at: Mapping[str, Any], name: str) -> Any:
    """Return the central difference of `function` with respect to the named value, at a point given as a mapping."""
    above = function({**at, name: at[name] + STEP})
    below = function({**at, name: at[name] - STEP})
    slope = Fraction(above - below) / (2 * STEP)
    return int(slope) if slope.denominator == 1 else slope

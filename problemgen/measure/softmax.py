"""Softmax and cross-entropy in decimals of fifty digits, straight from their definitions; gradients are differences."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

_STEP = Decimal("1e-15")


def _loss(logits: Sequence[Decimal], target: int) -> Decimal:
    return sum((logit.exp() for logit in logits), Decimal(0)).ln() - logits[target]


def measured(
    logits: Sequence[int | Fraction], target: int, log_base: int = 0
) -> tuple[list[float], float, list[float]]:
    """Return probabilities, loss and its slope in every logit; the logits are multiples of ln `log_base`, if given."""
    with localcontext(prec=50):
        unit = Decimal(log_base).ln() if log_base else Decimal(1)
        at = [unit * logit.numerator / logit.denominator for logit in logits]
        exponentials = [logit.exp() for logit in at]
        probabilities = [float(value / sum(exponentials)) for value in exponentials]
        slopes = []
        for moved in range(len(at)):
            above, below = (
                _loss([logit + sign * _STEP * (place == moved) for place, logit in enumerate(at)], target)
                for sign in (1, -1)
            )
            slopes.append(float((above - below) / (2 * _STEP)))
        return probabilities, float(_loss(at, target)), slopes

"""Softmax and cross-entropy in decimals of forty digits, straight from their definitions; gradients are differences."""

from __future__ import annotations

from decimal import Decimal, localcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

_STEP = Decimal("1e-15")


def measured(
    logits: Sequence[int | Fraction], target: int, log_base: int = 0
) -> tuple[list[float], float, list[float]]:
    """Return probabilities, loss and its slope in every logit; the logits are multiples of ln `log_base`, if given."""
    with localcontext(prec=40):
        unit = Decimal(log_base).ln() if log_base else Decimal(1)
        at = [unit * logit.numerator / logit.denominator for logit in logits]
        exponentials = [logit.exp() for logit in at]
        probabilities = [float(value / sum(exponentials)) for value in exponentials]
        slopes = []
        for moved in range(len(at)):
            others = sum((value for place, value in enumerate(exponentials) if place != moved), Decimal(0))
            above, below = (
                (others + (at[moved] + step).exp()).ln() - at[target] - step * (moved == target)
                for step in (_STEP, -_STEP)
            )
            slopes.append(float((above - below) / (2 * _STEP)))
        return probabilities, float(sum(exponentials, Decimal(0)).ln() - at[target]), slopes

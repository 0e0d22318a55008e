"""Softmax and cross-entropy, exactly, and the values to which the usual wrong rules lead.

The probabilities are written p_i = 1 / sum_j e^(z_j - z_i): a common shift of the logits cancels before anything is
evaluated, and multiples of one logarithm give quotients of whole numbers.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from sympy import Add, Expr, Pow, exp, log, sympify

from problemgen.errors import require
from problemgen.exact import Exact, Rational, exact, nearly, truncated

if TYPE_CHECKING:
    from collections.abc import Sequence

SPARE: Final = 2
"""How many more decimals intermediate results have at least, as questions demand it and solutions show it."""

_LEAST: Final = Fraction(1, 2 * 10**30)  # what is less is 0 to 30 decimals
_UNDERFLOW: Final = 20  # exponents beyond this are shifted before they are evaluated


@lru_cache(maxsize=64)
def softmax(logits: tuple[Exact, ...]) -> tuple[Exact, ...]:
    """Return the probabilities."""
    return tuple(exact(Pow(Add(*(power_of_e(other - own) for other in logits)), -1)) for own in logits)


@lru_cache(maxsize=1 << 12)
def power_of_e(exponent: Exact) -> Expr:
    """Return e to this exponent; remembered, because the logits of a class differ by the same numbers."""
    return exp(sympify(exponent))


@lru_cache(maxsize=64)
def cross_entropy(probability: Exact) -> Exact:
    """Return the loss -ln p of the probability given to the true class, written ln(1/p)."""
    require(nearly(probability) >= _LEAST, "the loss needs a probability above 0, to 30 decimals")
    odds = 1 / sympify(probability)
    return exact(log(odds, evaluate=odds.is_Rational))


def gradient(probabilities: Sequence[Exact], target: int) -> tuple[Exact, ...]:
    """Return dL/dz = p - t for the one-hot target t that is 1 at `target` (from 0)."""
    return tuple(exact(value - int(place == target)) for place, value in enumerate(probabilities))


def multiples(factors: Sequence[Rational], base: int) -> tuple[Exact, ...]:
    """Return these multiples of ln `base`."""
    return tuple(exact(factor * log(base)) for factor in factors)


def common_shift(logits: Sequence[Exact]) -> Exact:
    """Return what is subtracted from all logits before the exponentials: the largest one where they would not fit.

    The exponentials of multiples of a logarithm are fractions, which always fit.
    """
    if any(isinstance(logit, Expr) for logit in logits):
        return 0
    return max(logits) if max(abs(logit) for logit in logits) > _UNDERFLOW else 0


def reached(logits: tuple[Exact, ...], target: int, digits: int) -> list[tuple[Exact, Exact]]:
    """Return the least and the largest value of each probability, and last of the loss.

    They are those of one who rounds every exponential, their sum and the probabilities to so many decimals, as printed
    solutions do.
    """
    slack = Fraction(1, 2 * 10**digits)
    powers = [nearly(exact(power_of_e(logit - common_shift(logits)))) for logit in logits]
    total, off = sum(powers), (len(powers) + 1) * slack
    ends: list[tuple[Exact, Exact]] = [
        ((power - slack) / (total + off) - slack, (power + slack) / (total - off) + slack) for power in powers
    ]
    least, most = (max(end, _LEAST) for end in ends[target])
    return [*ends, (cross_entropy(most), cross_entropy(least))]


def wrong_probabilities(logits: tuple[Exact, ...], target: int, places: int | None) -> dict[str, Exact]:
    """Return wrong probabilities of the class at `target` (from 0), by slip."""
    right, total = softmax(logits)[target], sympify(sum(logits))
    found: dict[str, Exact] = {}
    if any(logit < 0 for logit in logits):
        found["sign_lost_in_input"] = softmax(tuple(max(logit, -logit) for logit in logits))[target]
    if (turned := softmax(tuple(-logit for logit in logits))[target]) not in (right, *found.values()):
        found["softmin"] = turned
    if (own := exact(power_of_e(logits[target] - common_shift(logits)))) != 1:
        found["not_normalised"] = own
    if total and 0 < (share := exact(sympify(logits[target]) / total)) < 1:  # others look like no probability
        found["normalised_without_exp"] = share
    return {**found, **_cut(right, places)}


def wrong_losses(logits: Sequence[Exact], target: int, probabilities: Sequence[Exact]) -> dict[str, Exact]:
    """Return wrong losses that go on from these probabilities, by slip; digits are left to `cut_losses`."""
    own, loss = logits[target], cross_entropy(probabilities[target])
    found = {
        "loss_sign_lost": exact(-loss),
        "log10_loss": exact(loss / log(10)),
        "log2_loss": exact(loss / log(2)),
    }
    if not any(isinstance(probability, Expr) for probability in probabilities):
        found["summed_over_classes"] = exact(sum(map(cross_entropy, probabilities)))
    return {**found, **({"no_softmax": cross_entropy(own)} if not isinstance(own, Expr) and own > 0 else {})}


def cut_losses(loss: Exact, places: int | None) -> dict[str, Exact]:
    """Return the loss with its digits cut, and that with its sign lost, too, where that shows."""
    cut = _cut(loss, places)
    both = {f"loss_sign_lost+{slip}": exact(-value) for slip, value in cut.items()}
    return {**cut, **both}


def wrong_gradients(probability: Exact) -> dict[str, Exact]:
    """Return wrong derivatives with respect to the logit of the true class, whose probability is given, by slip."""
    return {
        "target_not_subtracted": probability,
        "sign_flipped": exact(1 - probability),
        "derivative_by_probability": exact(-1 / sympify(probability)),
    }


def _cut(value: Exact, places: int | None) -> dict[str, Exact]:
    """Return the truncated value where it is not the rounded one, too."""
    if places is None:
        return {}
    cut, finer = truncated(value, places), truncated(value, places + 1)
    return {"truncation_instead_of_rounding": cut} if abs(finer - cut) * 10 ** (places + 1) >= 5 else {}

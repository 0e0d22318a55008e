"""Softmax and cross-entropy in fifty digits, compared on some logits."""

from __future__ import annotations

import math
from fractions import Fraction

from problemgen.measure.softmax import measured

_LOGITS: list[list[int | Fraction]] = [
    [Fraction(-1, 2), Fraction(3, 10), Fraction(1, 5)],
    [2, -1, 0],
    [0, 5, -3],
    [1, 4, 3],
]
_CLOSE = 1e-9


def _softmax(logits: list[int | Fraction]) -> list[float]:
    return measured(logits, 0)[0]


def _equal(left: list[float], right: list[float]) -> bool:
    return all(abs(a - b) < _CLOSE for a, b in zip(left, right, strict=True))


def unchanged_by_adding(amount: int) -> bool:
    """Return whether the same number added to all logits leaves the probabilities as they are."""
    return all(_equal(_softmax(z), _softmax([logit + amount for logit in z])) for z in _LOGITS)


def largest_grows_with_scale(factor: int) -> bool:
    """Return whether the largest probability is larger when all logits are multiplied by a factor."""
    return all(max(_softmax([logit * factor for logit in z])) > max(_softmax(z)) + _CLOSE for z in _LOGITS)


def sum_of_gradient() -> int:
    """Return what the slopes of the cross-entropy in all logits add up to, whatever the target."""
    sums = {round(sum(measured(z, target)[2]), 8) for z in _LOGITS for target in range(len(z))}
    return int(sums.pop()) if len(sums) == 1 else -1


def loss_can_be_negative() -> bool:
    """Return whether a cross-entropy is below zero for any logits and target tried."""
    return any(measured(z, target)[1] < 0 for z in _LOGITS for target in range(len(z)))


def loss_exceeds(bound: int) -> bool:
    """Return whether a cross-entropy is above a bound for some logits and target."""
    return any(measured([0, logit], 0)[1] > bound for logit in range(100))


def keeps_order() -> bool:
    """Return whether the probabilities are in the order of the logits."""
    return all(
        sorted(range(len(z)), key=z.__getitem__) == sorted(range(len(z)), key=_softmax(z).__getitem__) for z in _LOGITS
    )


def classes_behind_loss_of_equal_logits(classes: int) -> int:
    """Return the number whose logarithm is the cross-entropy of equal logits."""
    return round(math.exp(measured([3] * classes, 0)[1]))


def sigmoid_of() -> str:
    """Return of what the first of two probabilities is the sigmoid: the logits' difference or their sum."""
    pairs = [(z[0], z[1]) for z in _LOGITS]
    first = [_softmax(list(pair))[0] for pair in pairs]
    found = {
        "difference": [1 / (1 + math.exp(-(a - b))) for a, b in pairs],
        "sum": [1 / (1 + math.exp(-(a + b))) for a, b in pairs],
    }
    return next(name for name, values in found.items() if _equal(first, values))


def gradient_is() -> str:
    """Return whether the slopes of the cross-entropy are p - t or t - p."""
    for name, sign in (("p - t", 1), ("t - p", -1)):
        if all(
            _equal(
                measured(z, target)[2], [sign * (p - (place == target)) for place, p in enumerate(measured(z, 0)[0])]
            )
            for z in _LOGITS
            for target in range(len(z))
        ):
            return name
    return "neither"


def other_logits_matter() -> bool:
    """Return whether the loss changes when the logit of a wrong class does."""
    return all(abs(measured(z, 0)[1] - measured([*z[:-1], z[-1] + 1], 0)[1]) > _CLOSE for z in _LOGITS)

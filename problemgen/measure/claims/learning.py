"""Steps of gradient descent taken one by one, and moments found by going through all signs."""

from __future__ import annotations

from fractions import Fraction
from itertools import product
from typing import TYPE_CHECKING, Any

from problemgen.measure.claims.counts import plain
from problemgen.measure.differences import derivative

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_DATA = [
    (Fraction(1), Fraction(3)),
    (Fraction(2), Fraction(1)),
    (Fraction(-1), Fraction(2)),
    (Fraction(4), Fraction(0)),
]


def _square(point: Any) -> Any:
    return point["w"] ** 2


def _loss_after_step(start: Fraction, rate: Fraction) -> Fraction:
    """Return the loss w^2 after one step against its gradient."""
    return Fraction(start - rate * derivative(_square, {"w": start}, "w")) ** 2


def lowering_direction(rate: str) -> str:
    """Return whether steps against the gradient or along it make the loss w^2 smaller, from several points."""
    starts = [Fraction(value) for value in (-5, 3, 8)]
    lower = {
        name: all(_loss_after_step(start, sign * Fraction(rate)) < start**2 for start in starts)
        for name, sign in (("against", 1), ("along", -1))
    }
    return " and ".join(name for name, lowers in lower.items() if lowers)


def step_can_raise_loss(rate: str) -> bool:
    """Return whether a step against the gradient of w^2 from w = 3 makes the loss larger."""
    return _loss_after_step(Fraction(3), Fraction(rate)) > 3**2


def change_of_weight_without_gradient() -> int | str:
    """Return by how much a step of plain descent changes a weight on which the loss does not depend."""
    slope = derivative(lambda point: point["w"] ** 2 + 0 * point["v"], {"w": Fraction(3), "v": Fraction(5)}, "v")
    return plain(Fraction(5) - Fraction(1, 10) * slope - 5)


def _loss(x: Fraction, y: Fraction) -> Callable[[Any], Any]:
    """Return the squared error of one example as a function of w."""
    return lambda point: (point["w"] * x - y) ** 2


def _losses() -> list[Callable[[Any], Any]]:
    return [_loss(x, y) for x, y in _DATA]


def gradient_of_mean_loss() -> str:
    """Return whether the gradient of a mean loss is the mean of the gradients, or the gradient at the mean example."""
    at, losses = {"w": Fraction(2)}, _losses()
    whole = derivative(lambda point: sum(loss(point) for loss in losses) / len(losses), at, "w")
    x, y = (sum(values) / len(_DATA) for values in zip(*_DATA, strict=True))
    single = derivative(_loss(x, y), at, "w")
    mean = Fraction(sum(derivative(loss, at, "w") for loss in losses), len(losses))
    return "mean of gradients" if whole == mean != single else "gradient at mean" if whole == single else "neither"


def drawn_gradient_is_unbiased() -> bool:
    """Return whether batches of two, over all draws, have the gradient of the whole mean loss on average."""
    at, losses = {"w": Fraction(2)}, _losses()
    slopes = [Fraction(derivative(loss, at, "w")) for loss in losses]
    batches = [(a + b) / 2 for a, b in product(slopes, repeat=2)]
    return sum(batches) / len(batches) == sum(slopes) / len(slopes)


def equal_units_stay_equal() -> bool:
    """Return whether two hidden units that start with the same weights are the same after some steps."""
    at = {name: Fraction(value, 4) for name, value in zip(("a", "b", "v", "w"), (3, 3, 2, 2), strict=True)}

    def loss(point: Any) -> Any:
        return sum(
            (point["v"] * max(point["a"] * x, 0) + point["w"] * max(point["b"] * x, 0) - y) ** 2 for x, y in _DATA
        )

    for _ in range(3):
        slopes = {name: derivative(loss, at, name) for name in at}
        at = {name: round(value - slopes[name] / 100, 6) for name, value in at.items()}
    return at["a"] == at["b"] and at["v"] == at["w"]


def _sums(positions: int, shift: int = 0) -> Iterator[Fraction]:
    """Yield sum of x d over the positions for all signs of x and d, each sign + `shift`."""
    for signs in product((-1, 1), repeat=2 * positions):
        pairs = zip(signs[:positions], signs[positions:], strict=True)
        yield Fraction(sum((x + shift) * (d + shift) for x, d in pairs))


def mean_of_sum(positions: int, shift: int = 0) -> int | str:
    """Return the mean of the sum of independent products, all signs being equally likely."""
    found = list(_sums(positions, shift))
    return plain(Fraction(sum(found), len(found)))


def variance_growth(factor: int, power: int = 0) -> int | str:
    """Return how many times as large the variance is with more positions, each sum divided by positions^power."""

    def variance(positions: int) -> Fraction:
        found = [value / positions**power for value in _sums(positions)]
        return Fraction(sum(value**2 for value in found), len(found))

    return plain(variance(factor) / variance(1))


def mean_growth(factor: int) -> int | str:
    """Return how many times as large the mean is with more positions when the products have mean 1."""
    return plain(Fraction(mean_of_sum(factor, 1)) / Fraction(mean_of_sum(1, 1)))


def mean_product(partner: str) -> int:
    """Return the mean of x d for signs x, d being the same sign or an independent one."""
    pairs = [(x, x) for x in (-1, 1)] if partner == "same" else list(product((-1, 1), repeat=2))
    return sum(x * d for x, d in pairs) // len(pairs)

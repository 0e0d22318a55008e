"""A linear output and its squared error, run with numbers; gradients are differences of two runs."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any

from problemgen.equivalence import Points
from problemgen.measure.conv1d import scattered
from problemgen.measure.differences import derivative

if TYPE_CHECKING:
    from collections.abc import Mapping


def prediction(at: Mapping[str, Any], letters: tuple[str, str, str], inputs: int) -> Any:
    """Return yhat: the bias, and every weight times its input added to it."""
    total = at[letters[2]]
    for place in range(1, inputs + 1):
        total += at[f"{letters[0]}{place}"] * at[f"{letters[1]}{place}"]
    return total


def slopes(
    at: Mapping[str, Any], letters: tuple[str, str, str], inputs: int, divisor: int, *, backward: bool
) -> dict[str, Any]:
    """Return the measured derivatives of (yhat - y)^2 / divisor by weights, bias and, if wanted, inputs."""

    def loss(point: Mapping[str, Any]) -> Fraction:
        return Fraction((prediction(point, letters, inputs) - point["y"]) ** 2) / divisor

    moved = [name for name in at if name[0] in (letters if backward else letters[::2])]
    return {name: derivative(loss, at, name) for name in moved if name not in ("y", "yhat")}


@cache
def pairs(letters: tuple[str, str, str], inputs: int, divisor: int, *, backward: bool) -> dict[str, Points]:
    """Return ten (point, slope) pairs for every derivative."""
    found: dict[str, list[Any]] = {}
    for turn in range(10):
        at = {**scattered(letters[0], inputs, turn), **scattered(letters[1], inputs, turn + 4)}
        at |= {letters[2]: 2 * turn - 7, "y": 3 * turn - 8}
        point = {**at, "yhat": prediction(at, letters, inputs)}
        for name, slope in slopes(at, letters, inputs, divisor, backward=backward).items():
            found.setdefault(name, []).append((point, slope))
    return {name: Points(pairs) for name, pairs in found.items()}


def rectified_maxima(at: Mapping[str, Any], outputs: int, size: int, stride: int, *, relu_first: bool) -> list[Any]:
    """Return max and ReLU of each window of z1, z2, ..., in the order given."""
    z = [at[f"z{place}"] for place in range(1, outputs + 1)]
    found, start = [], 0
    while start + size <= outputs:
        inside = z[start : start + size]
        if relu_first:
            found.append(max([max(0, entry) for entry in inside]))
        else:
            found.append(max(0, max(inside)))  # noqa: PLW3301 - the order of the two layers is the point
        start += stride
    return found


def routed(at: Mapping[str, Any], outputs: int, size: int, stride: int, *, relu_first: bool) -> dict[str, Any]:
    """Return the derivative of sum delta_j v_j by every z, by name: alpha1, ..."""

    def weighed(point: Mapping[str, Any]) -> Any:
        values = rectified_maxima(point, outputs, size, stride, relu_first=relu_first)
        return sum(point[f"delta{place}"] * value for place, value in enumerate(values, 1))

    return {f"alpha{place}": derivative(weighed, at, f"z{place}") for place in range(1, outputs + 1)}


@cache
def routed_pairs(outputs: int, size: int, stride: int, *, relu_first: bool) -> dict[str, Points]:
    """Return (point, derivative) pairs for every z, at points without ties or zeros."""
    found: dict[str, list[Any]] = {}
    for turn in range(60):
        z = scattered("z", outputs, turn)
        if len(set(z.values())) < outputs:
            continue
        at = {**z, **scattered("delta", outputs, turn + 5)}
        for name, slope in routed(at, outputs, size, stride, relu_first=relu_first).items():
            found.setdefault(name, []).append((at, slope))
    return {name: Points(pairs) for name, pairs in found.items()}

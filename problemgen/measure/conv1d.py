"""The network conv1d -> max -> ReLU -> linear -> squared error, run by plain loops; gradients are differences.

Nothing is derived here.  A gradient is measured by moving one number a little and running the network again, at
points where no maximum ties; the loss is piecewise quadratic, so the central difference is exact.
"""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from problemgen.equivalence import Points
from problemgen.measure.differences import derivative
from problemgen.measure.sliding import count_entries, window_starts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

Sizes: TypeAlias = tuple[int, int, int, int, int]
Point: TypeAlias = dict[str, Any]


def numbered(letter: str, values: Any) -> Point:
    """Return the values by name: x1, x2, ..."""
    return {f"{letter}{place}": value for place, value in enumerate(values, start=1)}


def run(sizes: Sizes, given: Mapping[str, Any]) -> Point:
    """Return all values of a forward pass, `sizes` being in_size, kernel_size, stride, pool_size and pool_stride.

    A z, v or yhat that is among the given numbers is taken as it is instead of being computed.
    """
    in_size, kernel_size, stride, pool_size, pool_stride = sizes
    at = dict(given)
    starts = window_starts(in_size, kernel_size, stride)
    for place, start in enumerate(starts, start=1):
        if f"z{place}" not in at:
            at[f"z{place}"] = at["b"]
            for tap in range(1, kernel_size + 1):
                at[f"z{place}"] += at[f"k{tap}"] * at[f"x{start + tap}"]
    yhat = at["a"]
    for place, start in enumerate(window_starts(len(starts), pool_size, pool_stride), start=1):
        at[f"m{place}"] = max(at[f"z{start + step}"] for step in range(1, pool_size + 1))
        if f"v{place}" not in at:
            at[f"v{place}"] = max(0, at[f"m{place}"])
        yhat += at[f"w{place}"] * at[f"v{place}"]
    at.setdefault("yhat", yhat)
    at["L"] = Fraction(at["yhat"] - at["y"]) ** 2 / 2
    return at


def count_units(sizes: Sizes) -> tuple[int, int]:
    """Return how many z and how many v there are, by sliding both windows."""
    in_size, kernel_size, stride, pool_size, pool_stride = sizes
    outputs = len(window_starts(in_size, kernel_size, stride))
    return outputs, len(window_starts(outputs, pool_size, pool_stride))


def count_parameters(sizes: Sizes) -> int:
    """Make the learnable tensors and count their entries."""
    return count_entries([np.zeros(sizes[1]), np.zeros(1), np.zeros(count_units(sizes)[1]), np.zeros(1)])


def values_and_gradients(sizes: Sizes, given: Mapping[str, Any]) -> tuple[Point, Point]:
    """Return the values z, m, v, yhat, L of a pass, and dL/d... for yhat, delta (v), alpha (z), k, b, w and a."""
    at = run(sizes, given)
    outputs, units = count_units(sizes)
    layers = {
        "z": numbered("z", (at[f"z{place}"] for place in range(1, outputs + 1))),
        "v": numbered("v", (at[f"v{place}"] for place in range(1, units + 1))),
        "y": {"yhat": at["yhat"]},
    }
    fixed, gradients = dict(given), {}
    for letter, name in (("z", "alpha"), ("v", "delta"), ("y", "yhat")):
        fixed |= layers[letter]
        for unit in layers[letter]:
            slope = derivative(lambda point: run(sizes, point)["L"], fixed, unit)
            gradients[unit if letter == "y" else unit.replace(letter, name)] = slope
    for name in given:
        if name[0] in "kbwa":
            gradients[name] = derivative(lambda point: run(sizes, point)["L"], given, name)
    values = {name: value for name, value in at.items() if name not in given}
    return values, gradients


def scattered(letter: str, count: int, turn: int) -> Point:
    """Return `count` numbers for this turn, none of them zero, always the same ones."""
    return numbered(letter, (Fraction((23 * turn + 7 * place * (turn + 2)) % 29 * 2 - 29, 4) for place in range(count)))


def _orders(count: int) -> Iterator[Point]:
    """Yield z without ties or zeros: each of them leads, in rising and falling order, all, some or none positive."""
    for leader in range(count):
        for direction in (1, -1):
            for below in (0, count // 2, count):
                ranks = [(direction * (place - leader) - 1) % count for place in range(count)]
                yield numbered("z", (Fraction(2 * (rank - below) + 1, 3) for rank in ranks))


def _slopes(
    function: Callable[[Mapping[str, Any]], Any], points: list[Point], names: Mapping[str, str]
) -> dict[str, Points]:
    return {row: Points((at, derivative(function, at, name)) for at in points) for row, name in names.items()}


@cache
def conv_gradient_pairs(sizes: Sizes) -> dict[str, Points]:
    """Return measured dL/dz_i, by alpha1, ..., at points of z and delta_j = dL/dv_j."""
    outputs, units = count_units(sizes)
    silent = {"a": 0, "y": 0, "b": 0}

    def weighed(at: Mapping[str, Any]) -> Any:
        passed = run(sizes, {**at, **silent, **numbered("w", (0,) * units)})
        return sum(at[f"delta{place}"] * passed[f"v{place}"] for place in range(1, units + 1))

    orders = [*_orders(outputs)] * (2 if outputs == 1 else 1)
    points = [{**z, **scattered("delta", units, turn)} for turn, z in enumerate(orders)]
    return _slopes(weighed, points, {f"alpha{place}": f"z{place}" for place in range(1, outputs + 1)})


@cache
def kernel_gradient_pairs(sizes: Sizes) -> dict[str, Points]:
    """Return measured dL/dk_j and dL/db at points of x and alpha_i = dL/dz_i."""
    outputs, units = count_units(sizes)
    silent = {"a": 0, "y": 0, **numbered("w", (0,) * units)}

    def weighed(at: Mapping[str, Any]) -> Any:
        passed = run(sizes, {**at, **silent})
        return sum(at[f"alpha{place}"] * passed[f"z{place}"] for place in range(1, outputs + 1))

    points = [
        {
            **scattered("x", sizes[0], turn),
            **scattered("alpha", outputs, turn + 5),
            **scattered("k", sizes[1], turn),
            "b": 1,
        }
        for turn in range(8)
    ]
    return _slopes(weighed, points, {name: name for name in (*numbered("k", range(sizes[1])), "b")})


@cache
def linear_gradient_pairs(sizes: Sizes) -> dict[str, Points]:
    """Return measured dL/dw_j and dL/da at points of v, yhat and y."""
    outputs, units = count_units(sizes)
    points = []
    for turn in range(8):
        at = {
            **scattered("v", units, turn),
            **scattered("w", units, turn + 3),
            "a": turn - 3,
            "y": 2 * turn - 5,
        }
        points.append({**at, **numbered("z", (0,) * outputs)})
    slopes = _slopes(
        lambda at: run(sizes, at)["L"], points, {name: name for name in (*numbered("w", range(units)), "a")}
    )
    return {
        row: Points(({**at, "yhat": run(sizes, at)["yhat"]}, slope) for at, slope in pairs)
        for row, pairs in slopes.items()
    }

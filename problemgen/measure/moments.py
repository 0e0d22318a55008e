"""Moments of a sum of random products, exactly: every outcome of two-point variables is gone through and counted."""

from __future__ import annotations

import math
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import product
from typing import Any, TypeAlias

from problemgen.equivalence import Points
from problemgen.measure.sliding import window_starts

Outcomes: TypeAlias = dict[Fraction, int]

_SIZES = ((3, 2), (4, 2), (4, 3), (5, 3), (3, 1), (5, 4), (6, 4), (2, 1), (5, 2))
_STRIDED = ((5, 3, 2), (6, 2, 4), (7, 3, 4), (4, 2, 2), (7, 1, 3), (9, 5, 2), (8, 2, 3), (6, 4, 2), (5, 1, 2))


def terms(dims: int, in_size: int, kernel_size: int, stride: int = 1) -> list[tuple[Any, Any]]:
    """Return which input meets which output under the last entry of the kernel, by sliding it along every axis.

    No input and no output occurs twice, so that the products are independent.
    """
    starts = window_starts(in_size, kernel_size, stride)
    places = list(product(range(len(starts)), repeat=dims))
    found = [(tuple(starts[index] + kernel_size - 1 for index in place), place) for place in places]
    if len({x for x, _ in found}) < len(found):
        raise AssertionError("two terms share an input")
    return found


def _added(one: Outcomes, other: Outcomes) -> Outcomes:
    found: Counter[Fraction] = Counter()
    for left, ways in one.items():
        for right, others in other.items():
            found[left + right] += ways * others
    return found


def outcomes(count: int, x: tuple[Any, Any], g: tuple[Any, Any]) -> Outcomes:
    """Return in how many ways each value of the sum of `count` independent products x g comes about."""
    single: Outcomes = dict(Counter(Fraction(left * right) for left, right in product(x, g)))
    total: Outcomes = {Fraction(0): 1}
    while count:
        if count % 2:
            total = _added(total, single)
        single, count = _added(single, single) if count > 1 else single, count // 2
    return total


def mean_and_variance(found: Outcomes, divisor: int = 1) -> tuple[Fraction, Fraction]:
    """Return both for equally likely outcomes, each divided by `divisor` first."""
    ways = sum(found.values())
    mean = sum((value * count for value, count in found.items()), Fraction(0)) / ways / divisor
    square = sum((value * value * count for value, count in found.items()), Fraction(0)) / ways / divisor**2
    return mean, square - mean**2


@cache
def gradient_moments(dims: int, *, average: bool, strided: bool, x_mean: bool, g_mean: bool) -> dict[str, Points]:
    """Return pairs for mean, variance and standard deviation at small sizes; inputs and gradients have two values."""
    found: dict[str, list[tuple[dict[str, Any], Any]]] = {"mean": [], "variance": [], "std": []}
    for turn, (in_size, kernel_size, *step) in enumerate(_STRIDED if strided else _SIZES):
        met = terms(dims, in_size, kernel_size, *step)
        at: dict[str, Any] = {"x_std": 1 + turn % 3, "g_std": Fraction(2 + turn % 4, 2)}
        at |= {"x_mean": 2 - turn if x_mean else 0, "g_mean": Fraction(turn + 1, 2) if g_mean else 0}
        values = [(at[f"{name}_mean"] - at[f"{name}_std"], at[f"{name}_mean"] + at[f"{name}_std"]) for name in "xg"]
        mean, variance = mean_and_variance(outcomes(len(met), *values), len(met) if average else 1)
        at |= {"in_size": in_size, "kernel_size": kernel_size, "stride": step[0] if step else 1}
        at |= dict.fromkeys(("kernel_row", "kernel_column"), kernel_size)  # `terms` are those of the last entry
        entries = {tuple(index + 1 for index in place): 3 + sum(place) for place, _ in met}
        at["x"] = {place if dims == 2 else place[0]: value for place, value in entries.items()}
        for row, value in (("mean", mean), ("variance", variance), ("std", math.sqrt(variance))):
            found[row].append((at, value))
    return {row: Points(pairs) for row, pairs in found.items()}


@cache
def growth(dims: int, *, average: bool, strided: bool, x_mean: bool, g_mean: bool) -> Fraction:
    """Return the power of n with which the standard deviation grows, from the sum for n and for twice as many."""
    step, values = (3 if strided else 1), [(mean - 1, mean + 1) for mean in (int(x_mean), int(g_mean))]
    variances = []
    for in_size in (4 * step, 8 * step):
        count = len(terms(dims, in_size, step, step))
        variances.append(mean_and_variance(outcomes(count, *values), count if average else 1)[1])
    return Fraction(round(math.log2(variances[1] / variances[0]) * 4), 8)

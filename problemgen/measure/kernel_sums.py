"""Gradients of a 1-D convolution's kernel and bias, measured by moving one of them and running it again."""

from __future__ import annotations

from fractions import Fraction
from functools import cache, partial
from typing import TYPE_CHECKING, Any, TypeAlias

from problemgen.equivalence import Points
from problemgen.measure.differences import derivative
from problemgen.measure.sliding import window_starts

if TYPE_CHECKING:
    from collections.abc import Mapping

Point: TypeAlias = dict[str, Any]
Sizes: TypeAlias = tuple[int, int, int, int]

_SIZES = ((5, 3, 1, 1), (6, 2, 1, 1), (7, 3, 2, 2), (9, 4, 3, 1), (8, 2, 1, 3), (10, 3, 2, 3), (11, 4, 1, 2),
          (12, 3, 4, 2), (9, 2, 2, 4), (13, 4, 3, 2), (7, 2, 2, 1), (10, 5, 1, 1))  # fmt: skip


def weighed_outputs(sizes: Sizes, at: Mapping[str, Any]) -> Any:
    """Return sum alpha_i z_i, a loss whose derivatives by z are the alphas; `at` has x1, alpha1, k1, ..., b."""
    in_size, kernel_size, stride, dilation = sizes
    loss = Fraction(0)
    for place, start in enumerate(window_starts(in_size, kernel_size, stride, 0, dilation), start=1):
        z = at["b"]
        for tap in range(kernel_size):
            z += at[f"k{tap + 1}"] * at[f"x{start + dilation * tap + 1}"]
        loss += at[f"alpha{place}"] * z
    return loss


def _point(sizes: Sizes, turn: int) -> Point:
    names = [f"{letter}{place}" for letter in ("x", "alpha", "k") for place in range(1, sizes[0] + 1)]
    values = (Fraction((37 * place * (turn + 3) + 11 * turn) % 53 * 2 - 53, 6) for place in range(1, len(names) + 1))
    return {**dict(zip(names, values, strict=True)), "b": turn - 3}


@cache
def written_out(sizes: Sizes) -> dict[str, Points]:
    """Return pairs for dL/dk_j, by k1, k2, ..., and for dL/db at these sizes."""
    points = [_point(sizes, turn) for turn in range(9)]
    rows = [*(f"k{tap}" for tap in range(1, sizes[1] + 1)), "b"]
    slope = partial(derivative, partial(weighed_outputs, sizes))
    return {row: Points((at, slope(at, row)) for at in points) for row in rows}


@cache
def general(*, strided: bool, dilated: bool) -> dict[str, Points]:
    """Return pairs for the number of outputs, dL/dk_j and dL/db at many sizes, x and alpha being arrays."""
    found: dict[str, list[tuple[Point, Any]]] = {"positions": [], "kernel": [], "bias": []}
    for turn, (in_size, kernel_size, stride, dilation) in enumerate(_SIZES):
        sizes = (in_size, kernel_size, stride if strided else 1, dilation if dilated else 1)
        at, tap = _point(sizes, turn), 1 + turn % kernel_size
        count = len(window_starts(sizes[0], sizes[1], sizes[2], 0, sizes[3]))
        arrays = {
            letter: {place: at[f"{letter}{place}"] for place in range(1, in_size + 1)} for letter in ("x", "alpha")
        }
        point: Point = {"in_size": in_size, "kernel_size": kernel_size, "stride": sizes[2], "dilation": sizes[3]}
        point |= {"positions": count, "position": 1, "tap": tap, **arrays}
        found["positions"].append((point, count))
        for row, name in (("kernel", f"k{tap}"), ("bias", "b")):
            slope = derivative(partial(weighed_outputs, sizes), at, name)
            found[row].append((point, slope))
    return {row: Points(pairs) for row, pairs in found.items()}

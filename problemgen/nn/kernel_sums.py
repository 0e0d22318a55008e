"""Gradients of a 1-D convolution's kernel and bias: written out for given sizes, and as sums with index ranges.

    z_i = sum_j k_j x_{s(i-1)+d(j-1)+1} + b,    alpha_i = dL/dz_i

Indices count from 1.  The kernel is shared, so the gradients of all positions are added.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from sympy import Add, Expr, IndexedBase, Sum, Symbol, evaluate, floor, symbols

from problemgen.formula import Formula
from problemgen.nn.layers import D, K, N, S

I, J, M = symbols("position tap positions")  # noqa: E741 - the indices i and j, and the upper bound m
X, ALPHA = IndexedBase("x"), IndexedBase("alpha")

with evaluate(False):
    POSITIONS: Final = Formula("positions", N - K + 1)
    STRIDED_POSITIONS: Final = Formula("positions", floor((N - K) / S) + 1)
    DILATED_POSITIONS: Final = Formula("positions", floor((N - D * (K - 1) - 1) / S) + 1)


def read(i: Expr, j: Expr, stride: Expr, dilation: Expr) -> Expr:
    """Return the index of the input that meets tap j at position i."""
    return stride * (i - 1) + dilation * (j - 1) + 1


def general(index: Expr) -> Expr:
    """Return the sum of alpha_i x_index over all positions."""
    return Sum(ALPHA[I] * X[index], (I, 1, M))


def bias_sum() -> Expr:
    """Return the sum of alpha_i over all positions."""
    return Sum(ALPHA[I], (I, 1, M))


@cache
def wrong_general(stride: Expr, dilation: Expr) -> dict[str, Expr]:
    """Return wrong sums for dL/dk_j; stride and dilation are letters or 1."""
    right = read(I, J, stride, dilation)
    found = {
        "index_off_by_one": general(right + 1),
        "flipped_index": general(read(I, 2 - J, stride, dilation)),
        "kernel_flipped": general(read(I, K + 1 - J, stride, dilation)),
        "alphas_left_out": Sum(X[right], (I, 1, M)),
        "summed_over_taps": Sum(ALPHA[I] * X[right], (J, 1, K)),
        "last_position_missing": Sum(ALPHA[I] * X[right], (I, 1, M - 1)),
    }
    if stride != 1:
        found["stride_taken_as_1"] = general(read(I, J, 1, dilation))
    if dilation != 1:
        found["dilation_ignored"] = general(read(I, J, stride, 1))
        found["stride_and_dilation_exchanged"] = general(read(I, J, dilation, stride))
    return found


@cache
def wrong_bias() -> dict[str, Expr]:
    """Return wrong sums for dL/db."""
    return {
        "bias_times_inputs": Sum(ALPHA[I] * X[I], (I, 1, M)),
        "positions_counted": M,
        "one_position_only": ALPHA[1],
        "summed_over_taps": Sum(ALPHA[I], (I, 1, K)),
    }


@cache
def wrong_positions(stride: Expr, dilation: Expr) -> dict[str, Expr]:
    """Return wrong numbers of positions."""
    free = N - dilation * (K - 1) - 1
    steps = free if stride == 1 else floor(free / stride)
    found = {"forgot_plus_one": steps, "minus_one_for_plus_one": steps - 1, "all_inputs": N}
    if stride != 1:
        found["floor_omitted"] = free / stride + 1
        found["stride_taken_as_1"] = free + 1
    if dilation != 1:
        found["dilation_ignored"] = floor((N - K) / stride) + 1
    return found


def letter(name: str, index: int) -> Symbol:
    """Return the symbol of an indexed letter."""
    return Symbol(f"{name}{index}")


def written_out(positions: int, taps: int, stride: int, dilation: int) -> dict[str, Expr]:
    """Return dL/dk_j for every j and dL/db, by k1, k2, ..., b, in letters alpha1, x1, ..."""
    every = range(1, positions + 1)
    found: dict[str, Expr] = {}
    for j in range(1, taps + 1):
        found[f"k{j}"] = Add(*(letter("alpha", i) * letter("x", int(read(i, j, stride, dilation))) for i in every))
    return {**found, "b": Add(*(letter("alpha", i) for i in every))}


@cache
def wrong_written_out(positions: int, taps: int, stride: int, dilation: int) -> dict[str, dict[str, Expr]]:
    """Return wrong values by the row they are in."""
    right = written_out(positions, taps, stride, dilation)
    last, alpha = letter("alpha", positions), [letter("alpha", i) for i in range(1, positions + 1)]
    found: dict[str, dict[str, Expr]] = {f"k{j}": {} for j in range(1, taps + 1)}
    for j, row in enumerate(found, start=1):
        found[row]["one_position_only"] = alpha[0] * letter("x", int(read(1, j, stride, dilation)))
        found[row]["last_position_missing"] = right[row].subs(last, 0)
        found[row]["alphas_left_out"] = right[row].subs(dict.fromkeys(alpha, 1))
        if 2 * j != taps + 1:
            found[row]["kernel_flipped"] = right[f"k{taps + 1 - j}"]
        if stride > 1:
            found[row]["stride_taken_as_1"] = written_out(positions, taps, 1, dilation)[row]
        if dilation > 1 and j > 1:
            found[row]["dilation_ignored"] = written_out(positions, taps, stride, 1)[row]
    found["b"] = {"positions_counted": Add(*(1 for _ in alpha)), "last_position_missing": right["b"].subs(last, 0)}
    return found

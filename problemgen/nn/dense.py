"""Counts of dense layers: the usual wrong ones, and the widths that a given count or budget leaves open."""

from __future__ import annotations

from itertools import pairwise
from math import prod
from typing import TYPE_CHECKING, Final

from sympy import evaluate, floor, symbols

from problemgen.formula import Formula
from problemgen.nn.layers import LINEAR_PARAMETERS, LINEAR_WEIGHTS

if TYPE_CHECKING:
    from collections.abc import Sequence

I, J, B, A, T = symbols("in_features out_features budget per_unit parameters")  # noqa: E741 - textbook letters
_LETTERS: Final = {"per_unit": "p", "hidden_width": "h", "budget": "B", "parameters": "T"}

with evaluate(False):
    PER_UNIT: Final = Formula("per_unit", I + 1 + J, _LETTERS)
    HIDDEN_WIDTH: Final = Formula("hidden_width", floor((B - J) / A), _LETTERS)
    INPUTS: Final = Formula("in_features", T / J - 1, _LETTERS)


def total(widths: Sequence[int], *, bias: bool) -> int:
    """Return the learnable parameters of the dense layers between these widths."""
    rule = LINEAR_PARAMETERS if bias else LINEAR_WEIGHTS
    return sum(int(rule(in_features=before, out_features=after)) for before, after in pairwise(widths))


def wrong_totals(widths: Sequence[int], *, bias: bool) -> dict[str, int]:
    """Return the totals that the usual mistakes lead to; the right one may be among them."""
    weights, layers = total(widths, bias=False), len(widths) - 1
    found = {"forgot_bias": weights} if bias else {"bias_added": total(widths, bias=True)}
    found |= {"single_bias": weights + layers, "bias_per_input": weights + sum(widths[:-1])}
    if layers > 1:
        found["first_to_last"] = total((widths[0], widths[-1]), bias=bias)
        found["last_layer_missing"] = total(widths[:-1], bias=bias)
        found["product_for_sum"] = prod(widths) + (sum(widths[1:]) if bias else 0)
    return found


def divisors(count: int) -> list[int]:
    """Return the divisors in increasing order."""
    return [size for size in range(1, count + 1) if count % size == 0]


def out_features(parameters: int) -> frozenset[int]:
    """Return the numbers of outputs, 2 or more, of layers with biases, 2 or more inputs and this many parameters."""
    return frozenset(size for size in divisors(parameters) if size >= 2 and parameters // size >= 3)


def wrong_out_features(parameters: int) -> dict[str, frozenset[int]]:
    """Return the sets that the usual mistakes lead to; the right one may be among them."""
    right = out_features(parameters)
    return {
        "inputs_for_outputs": frozenset(parameters // size - 1 for size in right),
        "forgot_bias": frozenset(size for size in divisors(parameters) if 2 <= size <= parameters // 2),
        "single_bias": frozenset(size for size in divisors(parameters - 1) if 2 <= size <= (parameters - 1) // 2),
        "smallest_only": frozenset({min(right)}),
    }

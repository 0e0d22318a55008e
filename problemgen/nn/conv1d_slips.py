"""The wrong values of the network in `conv1d`, as {slip: {row: value}}: each is a right rule with one thing wrong.

A slip in letters shows in one row.  A numeric one is made in every row it bears on; the rows whose values it changes
are returned, and one that changes none is left out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sympy import Expr, Integer

from problemgen.exact import Rational, exact_sum
from problemgen.nn.conv1d import (
    YHAT,
    Conv1dNet,
    Conv1dValues,
    Y,
    conv_gradients,
    kernel_gradients,
    letter,
)  # fmt: skip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Numbers: TypeAlias = dict[str, dict[str, Rational]]
Expressions: TypeAlias = dict[str, dict[str, Expr]]


def wrong_counts(net: Conv1dNet) -> dict[str, int]:
    """Return the wrong numbers of learnable scalars."""
    units = len(net.windows)
    return {
        "only_conv_parameters_listed": net.kernel_size + 1,
        "forgot_biases": net.kernel_size + units,
        "kernel_not_shared": net.conv_out * (net.kernel_size + 1) + units + 1,
        "max_and_relu_counted": net.parameters + 2,
    }


def wrong_linear_gradients() -> Expressions:
    """Return wrong dL/dw_j and dL/da."""
    error = YHAT - Y
    return {
        "factor_two": {"a": 2 * error},
        "sign_flipped": {"a": Y - YHAT},
        "weight_for_input": {"w1": error * letter("w", 1)},
    }


def wrong_conv_gradients(net: Conv1dNet) -> Expressions:
    """Return wrong dL/dz_i in letters; a row that two windows reach loses one of its gradients."""
    rows = {slip: conv_gradients(net, **options) for slip, options in _ROUTING.items()}
    found = {slip: {f"alpha{i}": rows[slip][i - 1].expr} for i, slip in enumerate(rows, start=1) if i <= net.conv_out}
    shared = [i for i in range(1, net.conv_out + 1) if sum(i in window for window in net.windows) > 1]
    if shared:
        found["one_branch_only"] = {f"alpha{shared[0]}": conv_gradients(net, most=1)[shared[0] - 1].expr}
    return found


_ROUTING = {
    "relu_indicator_missing": {"relu": False},
    "max_indicator_missing": {"maximum": False},
    "indicator_reversed": {"turned": True},
}


def wrong_kernel_gradients(net: Conv1dNet) -> Expressions:
    """Return wrong dL/dk_j and dL/db in letters."""
    right = kernel_gradients(net)
    return {
        "one_position_only": {"k1": letter("alpha", 1) * letter("x", 1)},
        "flipped_index": {f"k{net.kernel_size}": right["k1"]},
        "alphas_left_out": {"b": Integer(net.conv_out)},
        "last_alpha_missing": {"b": right["b"] - letter("alpha", net.conv_out)},
    }


def wrong_values(net: Conv1dNet, numbers: Conv1dValues, values: Mapping[str, Rational]) -> Numbers:
    """Return wrong values of the forward pass; `values` are the right ones by name."""
    z = [values[f"z{i}"] for i in range(1, net.conv_out + 1)]
    magnitudes = [max((z[i - 1] for i in window), key=lambda value: max(value, -value)) for window in net.windows]
    tops = [values[f"m{j}"] for j in range(1, len(magnitudes) + 1)]
    tried: dict[str, Mapping[str, Rational]] = {
        "kernel_flipped": _rows("z", net.convolve(numbers.x, numbers.kernel[::-1], numbers.bias)),
        "forgot_bias": _rows("z", net.convolve(numbers.x, numbers.kernel)),
        "largest_magnitude": _rows("m", magnitudes),
        "negative_kept": _rows("v", tops),
        "forgot_out_bias": {"yhat": values["yhat"] - numbers.out_bias},
        "forgot_half": {"L": 2 * values["L"]},
    }
    return _changing(tried, values)


def wrong_gradients(
    net: Conv1dNet, numbers: Conv1dValues, values: Mapping[str, Rational], gradients: Mapping[str, Rational]
) -> Numbers:
    """Return wrong gradients; `values` and `gradients` are the right ones by name."""
    known, error, units = {**values, **gradients}, gradients["yhat"], range(1, len(net.windows) + 1)
    alphas = [gradients[f"alpha{i}"] for i in range(1, net.conv_out + 1)]
    first = next((i for i, alpha in enumerate(alphas, start=1) if alpha), 1)
    active = {j: gradients[f"delta{j}"] for j in units if values[f"m{j}"] > 0}
    taps = range(1, net.kernel_size + 1)
    tried: dict[str, Mapping[str, Rational]] = {
        "factor_two": {"yhat": 2 * error},
        "sign_flipped": {"yhat": -error},
        "weight_left_out": _rows("delta", [error for _ in units]),
        "relu_indicator_missing": _rows("alpha", _routed(net, known, {"relu": False})),
        "one_branch_only": _rows("alpha", _routed(net, known, {"most": 1})),
        "sent_to_all_inputs": _rows(
            "alpha",
            [
                exact_sum(delta for j, delta in active.items() if i in net.windows[j - 1])
                for i in range(1, net.conv_out + 1)
            ],
        ),
        "flipped_index": _rows("k", [gradients[f"k{j}"] for j in reversed(taps)]),
        "one_position_only": {f"k{j}": alphas[first - 1] * numbers.x[net.read(first, j) - 1] for j in reversed(taps)},
        "inactive_deltas_added": {"b": exact_sum(gradients[f"delta{j}"] for j in units)},
        "maximum_for_v": _rows("w", [error * values[f"m{j}"] for j in units]),
    }
    return _changing(tried, gradients)


def _routed(net: Conv1dNet, known: Mapping[str, Rational], options: Mapping[str, bool | int]) -> list[Rational]:
    formulas = conv_gradients(net, **options)
    return [formula(**{name: known[name] for name in formula.arguments}) for formula in formulas]


def _rows(name: str, values: Iterable[Rational]) -> dict[str, Rational]:
    return {f"{name}{place}": value for place, value in enumerate(values, start=1)}


def _changing(tried: Mapping[str, Mapping[str, Rational]], right: Mapping[str, Rational]) -> Numbers:
    changed = {slip: {row: value for row, value in rows.items() if value != right[row]} for slip, rows in tried.items()}
    return {slip: rows for slip, rows in changed.items() if rows}

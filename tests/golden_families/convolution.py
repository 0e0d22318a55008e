"""Shapes, counts and tables of convolutional networks, and the inverse problem."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from golden_families import Golden

if TYPE_CHECKING:
    from collections.abc import Callable


def conv_params(case: dict[str, Any]) -> Golden:
    given = case["params"]
    fields = {"kernel_size": "k", "in_channels": "c_in", "out_channels": "filters", "bias": "bias"}
    parameters = {field: given[name] for field, name in fields.items()}
    return Golden("cnn/conv_params", parameters, "parameters", case["correct"])


def conv_out_shape(case: dict[str, Any]) -> Golden:
    given = case["params"]
    fields = {"in_height": "n", "in_width": "n", "in_channels": "c_in", "out_channels": "filters"}
    fields |= {"kernel_size": "k", "stride": "stride", "padding": "pad"}
    parameters = {field: given[name] for field, name in fields.items()}
    return Golden("cnn/conv_output_shape", parameters, "out_shape", case["correct"])


LAYER_FIELDS = {
    "conv": ("conv", ("kernel_size", "out_channels", "stride", "padding")),
    "pool": ("pool", ("kernel_size", "stride")),
    "flatten": ("flatten", ()),
    "fc": ("linear", ("out_features",)),
}


def cnn_table(case: dict[str, Any]) -> Golden:
    layers = []
    for name, *settings in case["params"]["layers"]:
        kind, fields = LAYER_FIELDS[name]
        layers.append({"kind": kind, **dict(zip(fields, settings, strict=True))})
    height, width, channels = case["params"]["input"]
    size = {"in_height": height, "in_width": width, "in_channels": channels}
    return Golden("cnn/layer_table", {**size, "layers": layers}, "table", table(case, case["correct"]))


def table(case: dict[str, Any], values: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """Return the rows of a case's table by the ids that the problem gives them."""
    numbers: Counter[str] = Counter()
    rows = {}
    for (kind, *_), out, count in zip(case["params"]["layers"], values["out"], values["params"], strict=True):
        numbers[kind] += 1
        name = kind if kind == "flatten" else f"{kind}{numbers[kind]}"
        rows[name] = {"out_shape": out, "parameters": count}
    return {**rows, **({"total": {"parameters": values["total_params"]}} if "total_params" in values else {})}


KERNEL_OF_002_4 = {"in_size": 205, "padding": 0, "stride": 3, "out_size": 66, "kernel_size": 9, "in_channels": 10}
"""Seed 002, question 4; only n + 2p = 205 is visible there, so no padding is taken."""


def inverse_kernel_size(case: dict[str, Any]) -> Golden:
    given = {"in_size": case["params"]["N=n+2p"], "stride": case["params"]["stride"], "out_size": case["params"]["out"]}
    parameters = {**KERNEL_OF_002_4, **given, "out_channels": 96}
    return Golden("cnn/inverse_kernel_size", parameters, "kernel_sizes", case["correct"])


def multiplication_count(case: dict[str, Any]) -> Golden:
    fields = {"kernel_size": "k", "in_channels": "c_in", "out_channels": "filters", "out_size": "out"}
    given = {field: case["params"][name] for field, name in fields.items()}
    return Golden("cnn/inverse_kernel_size", {**KERNEL_OF_002_4, **given}, "multiplications", case["correct"])


FAMILIES: dict[str, Callable[[dict[str, Any]], Golden]] = {
    "conv_params": conv_params,
    "conv_out_shape": conv_out_shape,
    "cnn_table": cnn_table,
    "inverse_kernel_size": inverse_kernel_size,
    "multiplication_count": multiplication_count,
}


RULES = {
    "conv_params": {
        "forgot_bias",
        "forgot_input_channels",
        "own_filters_as_channels",
        "first_layer_channels_everywhere",
        "kernel_not_squared",
        "bias_per_weight_slice",
        "single_bias",
    },
    "conv_out_shape": {
        "stride_taken_as_1",
        "forgot_plus_one",
        "minus_one_for_plus_one",
        "forgot_padding",
        "single_sided_padding",
        "input_channels_kept",
        "ceil_for_floor",
    },
    "inverse_kernel_size": {"exact_division_only", "ceil_for_floor", "forgot_plus_one", "odd_only"},
}

"""Operations of networks, LeNet-5's parameters, and which quantities a network learns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden_families import Golden

if TYPE_CHECKING:
    from collections.abc import Callable

FIVE_BLOCKS = [
    {"kind": "conv", "kernel_size": 3, "out_channels": 32, "padding": 1},
    {"kind": "pool", "kernel_size": 2, "stride": 2},
] * 5
"""Seed 000, question 1: five blocks of a 3x3 convolution with 32 filters and padding `same`, and a 2x2 pooling."""


def op_count_network(case: dict[str, Any]) -> Golden:
    if "pool" in case["params"]:  # any network will do: the answer depends on the pooling only
        kernel, stride = case["params"]["pool"]
        layers = [{"kind": "pool", "kernel_size": kernel, "stride": stride}, {**FIVE_BLOCKS[0], "out_channels": 8}]
        parameters = {"in_size": 16, "in_channels": 4, "layers": layers, "without_pool": 1}
        return Golden("cnn/network_operations", parameters, "fraction", case["correct"])
    parameters = {"in_size": 256, "in_channels": 3, "layers": FIVE_BLOCKS}
    if "sum_of" in case["params"]:
        return Golden("cnn/network_operations", parameters, "total", case["correct"])
    rows = {f"conv{number}": {"operations": count} for number, count in enumerate(case["correct"], start=1)}
    return Golden("cnn/network_operations", parameters, "operations", rows)


LENET_5 = {"in_size": 32, "kernel_size": 5, "maps": [6, 16], "widths": [120, 84, 10]}
SUBSAMPLING = {"S2": {"parameters": 0}, "S4": {"parameters": 0}}
LENET_ROWS = {"C1": "C1", "C3_full": "C3", "C5": "C5", "F6": "F6", "out": "output"}


def lenet5_params(case: dict[str, Any]) -> Golden:
    if isinstance(case["correct"], dict):
        rows = {LENET_ROWS[name]: {"parameters": count} for name, count in case["correct"].items()}
        return Golden("cnn/lenet_params", LENET_5, "table", {**rows, **SUBSAMPLING})
    trainable = case["params"]["subsampling"].startswith("1 coefficient")
    return Golden("cnn/lenet_params", {**LENET_5, "trainable_pooling": trainable}, "total", case["correct"])


CONV_MAX_RELU_LINEAR = {"in_size": 5, "filters": 1, "kernel_size": 3, "pool_size": 2}
"""Seed 002, question 3: three z, the maxima of neighbours, two v, one output."""


def list_parameters(case: dict[str, Any]) -> Golden:
    return Golden("mlp/list_parameters", CONV_MAX_RELU_LINEAR, "count", len(case["correct"]))


FAMILIES: dict[str, Callable[[dict[str, Any]], Golden]] = {
    "op_count_network": op_count_network,
    "lenet5_params": lenet5_params,
    "list_parameters": list_parameters,
}

RULES = {
    "op_count_network": {
        "ops_forgot_filters",
        "ops_forgot_channels",
        "ops_params_times_area_no_filters",
        "ops_flops_2x",
        "one_axis_only",
    },
    "lenet5_params": {
        "c3_sparse_table",
        "original_1998_without_output",
        "c3_sparse+trainable_subsampling",
        "forgot_bias",
        "flatten_to_fc_400_84",
    },
    "list_parameters": {"pool_or_relu_has_parameters"},
}

SLIPS = {"002-3.1": lambda _case: [("count", 3 + 1)]}
"""The student listed k and b, the kernel's three numbers and a bias."""

"""Poolings, dense layers, flattening, blocks of `same` convolutions, and totals."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden_families import Golden

if TYPE_CHECKING:
    from collections.abc import Callable


def pool_out_shape(case: dict[str, Any]) -> Golden:
    given = case["params"]
    assert given["pad"] == 0
    fields = {"in_height": "n", "in_width": "n", "in_channels": "c_in", "kernel_size": "k", "stride": "stride"}
    parameters = {field: given[name] for field, name in fields.items()}
    return Golden("cnn/pool_output_shape", parameters, "out_shape", case["correct"])


def fc_params(case: dict[str, Any]) -> Golden:
    given = case["params"]
    parameters = {"asked": "parameters", "widths": [given["inputs"], given["outputs"]], "bias": given["bias"]}
    return Golden("mlp/linear_params", parameters, "parameters", case["correct"])


def block_network(given: dict[str, Any]) -> dict[str, Any]:
    """Return the network of seed 000, blocks of a `same` convolution and a 2x2 pooling, as fields of a problem."""
    conv = {"kind": "conv", "out_channels": given["filters"], "kernel_size": given["k"], "padding": given["k"] // 2}
    height, width, channels = given["input"]
    layers = [conv, {"kind": "pool", "kernel_size": 2, "stride": 2}] * given["blocks"]
    return {"in_height": height, "in_width": width, "in_channels": channels, "layers": layers}


FIELDS = {
    "conv": ("out_channels", "kernel_size", "stride", "padding"),
    "pool": ("kernel_size", "stride"),
    "linear": ("out_features",),
    "flatten": (),
}


def rgb_network(size: int, *layers: tuple[Any, ...]) -> dict[str, Any]:
    """Return the fields of a network on square RGB images; a layer is its kind and what `FIELDS` lists."""
    found = [{"kind": kind, **dict(zip(FIELDS[kind], numbers, strict=True))} for kind, *numbers in layers]
    return {"in_height": size, "in_width": size, "in_channels": 3, "layers": found}


POOL, FLATTEN = ("pool", 2, 2), ("flatten",)
MAPS_001_1 = [layer for filters in (32, 64, 128) for layer in (("conv", filters, 3, 1, 1), POOL)]
MAPS_002_2 = [("conv", 10, 3, 1, 1), POOL, ("conv", 20, 3, 3, 2), POOL]
NETWORKS = {
    "000-1d-neurons": block_network({"input": [256, 256, 3], "blocks": 5, "k": 3, "filters": 32}),
    "001-1-flatten": rgb_network(150, *MAPS_001_1),
    "001-1-total": rgb_network(150, *MAPS_001_1, FLATTEN, ("linear", 64), ("linear", 1)),
    "002-2-total": rgb_network(32, *MAPS_002_2, FLATTEN, ("linear", 10)),
}
"""The networks of the cases that list only the last maps or the terms of the sum."""


def flatten_size(case: dict[str, Any]) -> Golden:
    return Golden("cnn/flatten_size", NETWORKS[case["id"]], "neurons", case["correct"])


def total_params(case: dict[str, Any]) -> Golden:
    network = NETWORKS.get(case["id"]) or block_network(case["params"])
    return Golden("cnn/total_params", network, "total", case["correct"])


def same_block_sizes(case: dict[str, Any]) -> Golden:
    given = case["params"]
    size = dict(zip(("in_height", "in_width", "in_channels"), given["input"], strict=True))
    rows = zip(case["correct"]["conv_output_of_block"], case["correct"]["output_after_pool_of_block"], strict=True)
    expected = {f"block{block}": {"conv": conv, "pool": pool} for block, (conv, pool) in enumerate(rows, start=1)}
    filters = [given["filters"]] * given["blocks"]
    return Golden("cnn/same_block_sizes", {**size, "filters": filters}, "sizes", expected)


FAMILIES: dict[str, Callable[[dict[str, Any]], Golden]] = {
    "pool_out_shape": pool_out_shape,
    "fc_params": fc_params,
    "flatten_size": flatten_size,
    "same_block_sizes": same_block_sizes,
    "total_params": total_params,
}

RULES = {
    "pool_out_shape": {"stride_taken_as_1", "forgot_plus_one", "minus_one_for_plus_one", "ceil_for_floor"},
    "fc_params": {"forgot_bias", "single_bias", "bias_per_input"},
    "flatten_size": {"one_pool_too_few", "spatial_only", "sum_not_product"},
    "total_params": {
        "forgot_bias",
        "same_params_every_block",
        "first_layer_channels_everywhere",
        "with_own_filters_as_channels",
    },
}

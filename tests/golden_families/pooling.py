"""Pooling, forward and backward, in numbers and in letters, and receptive fields."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sympy import Symbol, ceiling, sympify

from golden_families import Golden

if TYPE_CHECKING:
    from collections.abc import Callable


def pool_forward(case: dict[str, Any]) -> Golden:
    given = case["params"]
    parameters = {"image": given["X"], "kernel_size": given["k"], "stride": given["stride"], "mode": given["mode"]}
    return Golden("cnn/pool_forward", parameters, "output", case["correct"])


def pool_backward(case: dict[str, Any]) -> Golden:
    given = case["params"]
    if "X" not in given:
        return pool_backward_general(case)
    parameters = {"image": given["X"], "upstream": given["dY"], "kernel_size": given["k"]}
    parameters |= {"stride": given["stride"], "mode": given["mode"]}
    return Golden("backprop/pool_backward", parameters, "gradient", case["correct"])


def pool_backward_general(case: dict[str, Any]) -> Golden:
    given = case["params"]
    parameters = {"kernel_size": given["k"], "stride": given["stride"], "base": 1, "place": [3, 4]}
    parameters["shared"] = ["dy", "t", "n"]
    if case["answer_type"] == "symbolic expression":  # the average: what the output (ceil(i/2), ceil(j/2)) hands back
        return Golden("backprop/pool_backward_general", parameters | {"mode": "avg"}, "gradient", Symbol("dy") / 4)
    row = ceiling(Symbol("i", integer=True, positive=True) / 2)
    return Golden("backprop/pool_backward_general", parameters | {"mode": "max"}, "index_map.row.value", row)


def receptive_field_stride1(case: dict[str, Any]) -> Golden:
    given = case["params"]
    parameters = {"kernel_sizes": [3, 3, 3], "depth_letter": given["layers"], "kernel_letter": given["kernel"]}
    return Golden("cnn/receptive_field", parameters, "formula", sympify(case["correct"]))


def receptive_field_downsampling(case: dict[str, Any]) -> Golden:
    given = case["params"]
    if "pool" in given:  # the effect of one pooling in front: the golden answer says "2*r" in words
        size, stride = given["pool"]
        parameters = {"layers": [{"kernel_size": 3}], "new_kernel": size, "new_stride": stride, "letter": "r"}
        return Golden("cnn/receptive_field_downsampling", parameters, "in_front", 2 * Symbol("r"))
    kinds = ("conv", "pool", "conv", "pool")
    layers = [
        {"kernel_size": size, "stride": stride, "kind": kind}
        for kind, (size, stride) in zip(kinds, given["layers_k_s"], strict=True)
    ]
    return Golden("cnn/receptive_field_downsampling", {"layers": layers}, "table.pool2.field", case["correct"])


FAMILIES: dict[str, Callable[[dict[str, Any]], Golden]] = {
    "pool_forward": pool_forward,
    "pool_backward": pool_backward,
    "receptive_field_stride1": receptive_field_stride1,
    "receptive_field_downsampling": receptive_field_downsampling,
}

RULES: dict[str, set[str]] = {
    "pool_backward": {"copied_everywhere", "not_divided", "multiplied_by_4"},
    "receptive_field_stride1": {"product", "power", "forgot_plus_one"},
    "receptive_field_downsampling": {"rf_recursion_direction", "all_strides_1"},
}

SLIPS = {"004-4c-max": lambda _case: [("index_map.row.value", None)]}
"""The student wrote i' = i/2 in words."""

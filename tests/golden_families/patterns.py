"""Filters on patterns, flipped kernels, what a kernel does, which kernel it was, and transposed convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from golden_families import Golden
from problemgen.nn.effects import EFFECTS as OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

KERNELS = {"1/9 * ones(3,3)": [["1/9"] * 3] * 3}


def patterned_blur(case: dict[str, Any]) -> Golden:
    given = case["params"]
    assert given["pad"] == 0
    parameters = {"pattern": given["pattern"], "size": given["n"], "first": given["top_left"]}
    parameters |= {"kernel": KERNELS[given["kernel"]], "stride": given["stride"]}
    return Golden("cnn/patterned_blur", parameters, "output", case["correct"])


def kernel_flip(case: dict[str, Any]) -> Golden:
    return Golden("cnn/kernel_flip", {"kernel": case["params"]["w"]}, "flipped", case["correct"])


EFFECTS = {"blurring (box / averaging low-pass) filter": "box"}


def filter_effect(case: dict[str, Any]) -> Golden:
    options = ["sharpen", EFFECTS[case["correct"]], "gaussian", "laplacian"]
    parameters = {"kernel": KERNELS[case["params"]["kernel"]], "options": options}
    texts = [OPTIONS[name] for name in options]
    return Golden("cnn/filter_effect", parameters, "effect", {"options": texts, "correct": [1]})


def filter_recovery(case: dict[str, Any]) -> Golden:
    given = case["params"]
    assert given["pad"] == 0
    parameters = {"image": [given["x"]], "output": [given["y"]], "kernel_width": given["length"]}
    parameters |= {"stride": given["stride"], "flipped": given["flip"]}
    return Golden("cnn/filter_recovery", parameters, "filter", [case["correct"]])


def transposed_conv(case: dict[str, Any]) -> Golden:
    given = case["params"]
    parameters = {"image": given["X"], "kernel": given["K"], "stride": given["stride"], "padding": given["pad"]}
    return Golden("cnn/transposed_conv", parameters, "output", case["correct"])


FAMILIES: dict[str, Callable[[dict[str, Any]], Golden]] = {
    "patterned_blur": patterned_blur,
    "kernel_flip": kernel_flip,
    "filter_effect": filter_effect,
    "filter_recovery": filter_recovery,
    "transposed_conv": transposed_conv,
}

RULES = {
    "patterned_blur": {"not_normalised", "phase_flipped", "same_padding_shape"},
    "kernel_flip": {"transposed", "flipped_rows_only", "flipped_columns_only", "not_flipped"},
    "filter_recovery": {"flipped"},
    "transposed_conv": {"ordinary_convolution", "flipped_kernel", "no_overlap_sum_shape"},
}

SHAPES = {"patterned_blur": {"same_padding_shape"}, "transposed_conv": {"no_overlap_sum_shape"}}
"""Distractors of which the cases give the shape only; the problems list the whole matrix."""

ROWS = {"filter_recovery": {"flipped"}}
"""Distractors that the cases give as a list of numbers; the problems list a matrix of one row."""

"""The values to which the usual wrong rules lead, by the rule's name: each is a right rule with one thing wrong.

The names are those of the catalogue of slips that hand-worked solutions show; `WHY` says each in a phrase, so that
no two problems say it differently.  A rule that changes nothing at the given layer is left out, and so is one that
leads to a negative size.
"""

from __future__ import annotations

from fractions import Fraction
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeVar, assert_never

from problemgen.nn.layers import Conv2d, Flatten, Layer, Linear, Pool2d, ReLU, Shape, out_shape, parameters
from problemgen.nn.networks import parameter_rule
from problemgen.nn.windows import left_over, size_rule

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

T = TypeVar("T")

WHY: Final[Mapping[str, str]] = {
    "stride_taken_as_1": "took the stride as 1",
    "forgot_plus_one": "dropped the $+1$",
    "minus_one_for_plus_one": "subtracted 1 instead of adding it",
    "ceil_for_floor": "rounded up instead of down",
    "forgot_padding": "left out the padding",
    "single_sided_padding": "added $P$ instead of $2P$",
    "dilation_ignored": "ignored the dilation",
    "input_channels_kept": "kept the depth of the input",
    "minus_one_and_input_channels": "subtracted 1 instead of adding it, and kept the depth of the input",
    "flattened_one_channel": "left out the channels",
    "flattened_one_side": "took only one side of the map",
    "flattened_other_side": "took only the width of the map, not its height",
    "forgot_bias": "forgot the biases",
    "forgot_input_channels": "left out the input channels",
    "own_filters_as_channels": "took the number of filters as input channels",
    "kernel_not_squared": "took $K$ instead of $K^2$",
    "first_layer_channels_everywhere": "took the channels of the network's input",
    "bias_per_input": "added one bias for each input",
    "pooling_given_parameters": "gave the pooling windows weights",
    "ops_forgot_filters": "counted one filter only",
    "ops_at_input_positions": "counted the positions of the input, not of the output",
    "digit_transposition": "swapped two neighbouring digits in copying the number",
    "ops_with_biases": "counted the biases as multiplications",
}
"""What a student did who used the rule, in a phrase that may hold LaTeX."""

RGB: Final = 3
WHY_ALONE: Final[Mapping[str, str]] = {
    **WHY,
    "first_layer_channels_everywhere": "took the 3 channels of an RGB image",
}
"""The phrases for a layer that stands alone, without the network whose input has `RGB` channels."""


def with_own_value(wrong: Mapping[str, T], minor: Collection[str]) -> dict[str, T]:
    """Return the wrong values without the `minor` rules that lead where another rule leads, too."""
    kept = {slip: value for slip, value in wrong.items() if slip not in minor}
    for slip in minor:
        if slip in wrong and wrong[slip] not in kept.values():
            kept[slip] = wrong[slip]
    return kept


def with_digits_swapped(wrong: Mapping[str, int], right: int) -> dict[str, int]:
    """Return the wrong counts and, where it is none of them, the right one with its last two digits swapped."""
    ones, tens = right % 10, right // 10 % 10
    swapped = right + 9 * (ones - tens)
    usable = right >= 100 and swapped != right
    return with_own_value({**wrong, "digit_transposition": swapped}, ["digit_transposition"]) if usable else dict(wrong)


@lru_cache(maxsize=1 << 12)
def wrong_sizes(in_size: int, layer: Conv2d | Pool2d) -> Mapping[str, Any]:
    """Return the output sizes along one axis, those that happen to be right included."""
    rule = size_rule(layer)
    right = rule(layer, in_size=in_size)
    found = {
        "stride_taken_as_1": rule(layer, in_size=in_size, stride=1),
        "forgot_plus_one": right - 1,
        "minus_one_for_plus_one": right - 2,
        "ceil_for_floor": right + (left_over(in_size, layer) > 0),
    }
    if isinstance(layer, Conv2d):
        found["forgot_padding"] = rule(layer, in_size=in_size, padding=0)
        found["single_sided_padding"] = rule(layer, in_size=in_size, padding=Fraction(layer.padding, 2))
        if layer.dilation > 1:
            found["dilation_ignored"] = rule(layer, in_size=in_size, dilation=1)
    return MappingProxyType(found)


def wrong_shapes(layer: Layer, in_shape: Shape) -> dict[str, Shape]:
    """Return the output shapes, (height, width, channels), or (features,) after flattening."""
    found: dict[str, Shape] = {}
    right = out_shape(layer, in_shape)
    match layer:
        case Conv2d() | Pool2d():
            heights, widths = (wrong_sizes(size, layer) for size in in_shape[:2])
            found = {slip: (heights[slip], widths[slip], right[2]) for slip in heights}
            if in_shape[2] != right[2]:
                found["input_channels_kept"] = (*right[:2], in_shape[2])
                found["minus_one_and_input_channels"] = (right[0] - 2, right[1] - 2, in_shape[2])
        case Flatten() if len(in_shape) == 3:
            height, width, channels = in_shape
            found = {"flattened_one_channel": (height * width,), "flattened_one_side": (height * channels,)}
            if height != width:
                found["flattened_other_side"] = (width * channels,)
        case Flatten() | Linear() | ReLU():
            pass
        case _:
            assert_never(layer)
    return {slip: shape for slip, shape in found.items() if shape != right and min(shape) >= 0}


def wrong_parameters(layer: Layer, in_shape: Shape, network_channels: int) -> dict[str, Any]:
    """Return the numbers of parameters; `network_channels` are those of the network's input, e.g. 3 for RGB."""
    found: dict[str, Any] = {}
    right = parameters(layer, in_shape)
    match layer:
        case Conv2d():
            rule, own = parameter_rule(layer), layer.out_channels
            found = {
                "forgot_bias": right - own if layer.bias else right,
                "forgot_input_channels": rule(layer, in_channels=layer.groups),
                "own_filters_as_channels": rule(layer, in_channels=own),
            }
            if network_channels > 1 == layer.groups:
                found["first_layer_channels_everywhere"] = rule(layer, in_channels=network_channels)
        case Linear():
            found = {"forgot_bias": right - layer.out_features} if layer.bias else {}
            found |= {"bias_per_input": right - layer.out_features + in_shape[0]} if layer.bias else {}
        case Pool2d():
            found = {"pooling_given_parameters": layer.kernel_size**2 * in_shape[-1]}
        case Flatten() | ReLU():
            pass
        case _:
            assert_never(layer)
    return {slip: count for slip, count in found.items() if count != right}


def wrong_multiplications(layer: Layer, in_shape: Shape, out_shape: Shape) -> dict[str, int]:
    """Return the numbers of multiplications of a layer with this output shape."""
    match layer:
        case Conv2d():
            per_filter = layer.kernel_size**2 * (in_shape[-1] // layer.groups)
            inputs, outputs = in_shape[0] * in_shape[1], out_shape[0] * out_shape[1]
            right = outputs * layer.out_channels * per_filter
            found = {
                "ops_forgot_filters": outputs * per_filter,
                "ops_at_input_positions": inputs * layer.out_channels * per_filter,
            }
        case Linear():
            right = in_shape[0] * layer.out_features
            found = {"ops_with_biases": right + layer.out_features} if layer.bias else {}
        case Pool2d() | Flatten() | ReLU():
            return {}
        case _:
            assert_never(layer)
    return {slip: count for slip, count in found.items() if count != right}

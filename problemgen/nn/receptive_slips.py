"""The receptive fields and jumps to which the usual wrong rules lead, by the rule's name."""

from __future__ import annotations

from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from problemgen.nn.receptive import MORE_LAYERS, Step, fields
from problemgen.nn.slips import with_own_value

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sympy import Expr

WHY: Final[Mapping[str, str]] = {
    "rf_recursion_direction": "used $S(r-1)+K$, which holds walking back to the input, walking forward",
    "all_strides_1": "ignored the strides",
    "own_stride_too_early": "let a layer's own stride widen its own steps",
    "pooling_left_out": "left the poolings out: their windows widen the field, too",
    "forgot_minus_one": "counted as many steps as pixels, not one less",
    "own_stride_only": "gave the layer's own stride instead of the product of all strides so far",
    "strides_added": "added the strides instead of multiplying them",
    "one_layer_late": "left out the layer's own stride",
    "as_if_last": "let the pooling act as if it stood behind the other layers",
    "window_only": "added the $K-1$ of the window and left the stride out",
    "whole_field_multiplied": "multiplied the whole field by the stride",
    "factor_said_as_increment": "added the stride instead of multiplying by it",
    "own_window_left_out": "left out the window of the pooling itself",
    "floor_for_ceil": "rounded down, so that the field is too small",
    "field_not_subtracted": "forgot the field that is there already",
    "stride_times_field": "multiplied by the stride only",
    "both_axes_multiplied": "multiplied the strides of both axes",
}
_MINOR: Final = ("pooling_left_out", "own_stride_too_early", "forgot_minus_one", "one_layer_late", "strides_added")


def told_apart(wrong: Mapping[str, Any], right: Any) -> dict[str, Any]:
    """Return the wrong values that are not right; a minor rule, and a later one, only if its value is its own."""
    off = {slip: value for slip, value in wrong.items() if value != right}
    first = [slip for slip in off if slip not in _MINOR]
    return with_own_value(off, (*first[1:], *(slip for slip in off if slip in _MINOR)))


def wrong_insertions(layers: Sequence[Step], after: int, new: Step, known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields after a pooling was inserted; `known` are field there, and field and jump at the end."""
    field, end = known["field"], known["end_field"]
    return {
        "rf_recursion_direction": wrong_fields((*layers[:after], new, *layers[after:]))[-1]["rf_recursion_direction"],
        "as_if_last": end + (new.kernel_size - 1) * known["end_jump"],
        "whole_field_multiplied": new.stride * end,
        "factor_said_as_increment": end + new.stride,
        "own_window_left_out": field + new.stride * (end - field),
    }


def wrong_depths(known: Mapping[str, Any]) -> dict[str, Any]:
    """Return the numbers of layers that are missing to a goal."""
    return {
        "all_strides_1": MORE_LAYERS(**{**known, "jump": 1}),
        "floor_for_ceil": (known["goal"] - known["field"]) // ((known["kernel_size"] - 1) * known["jump"]),
        "forgot_minus_one": MORE_LAYERS(**{**known, "kernel_size": known["kernel_size"] + 1}),
        "field_not_subtracted": MORE_LAYERS(**{**known, "field": 0}),
    }


def wrong_enlargements(field: Expr, new: Step) -> dict[str, Expr]:
    """Return how a pooling in front of layers enlarges their field."""
    return {
        "factor_said_as_increment": field + new.stride,
        "stride_times_field": new.stride * field,
        "window_only": field + new.kernel_size - 1,
        "both_axes_multiplied": new.stride**2 * field,
        "forgot_minus_one": new.stride * field + new.kernel_size,
    }


def wrong_fields(steps: Sequence[Step]) -> list[dict[str, int]]:
    """Return for each layer the fields to which wrong rules lead when they are used from the first layer on."""
    turned, plain, early, unpooled, squared = 1, 1, 1, 1, 1
    found = []
    for step, (_, after) in zip(steps, fields(steps)[1:], strict=True):
        taps = step.kernel_size - 1
        turned = step.stride * (turned - 1) + step.kernel_size
        plain += taps
        early += taps * after
        unpooled += taps * (after // step.stride) if step.kind == "conv" else 0
        squared += step.kernel_size * (after // step.stride)
        found.append(
            {
                "rf_recursion_direction": turned,
                "all_strides_1": plain,
                "own_stride_too_early": early,
                "pooling_left_out": unpooled,
                "forgot_minus_one": squared,
            }
        )
    return found


def wrong_jumps(steps: Sequence[Step]) -> list[dict[str, int]]:
    """Return for each layer the jumps to which wrong rules lead."""
    found, total = [], 0
    for (before, _), step in zip(pairwise(fields(steps)), steps, strict=True):
        total += step.stride
        found.append({"own_stride_only": step.stride, "strides_added": total, "one_layer_late": before[1]})
    return found

"""How far the windows of a convolution or pooling reach along each axis, and what is left over behind the last one."""

from __future__ import annotations

from typing import Final

from sympy import evaluate, floor, symbols

from problemgen.formula import Formula
from problemgen.nn.layers import DILATED_OUT_SIZE, OUT_SIZE, Conv2d, D, K, N, P, Pool2d, S

W, WO, R = symbols("in_width out_width reach")

with evaluate(False):
    POOL_OUT_SIZE: Final = Formula("out_size", floor((N - K) / S) + 1)
    REACH: Final = Formula("reach", S * (WO - 1) + K, {"reach": "R"})
    DILATED_REACH: Final = Formula("reach", S * (WO - 1) + D * (K - 1) + 1, {"reach": "R"})
    LEFT_OVER: Final = Formula("left_over", W + 2 * P - R, {"left_over": r"\text{left over}", "reach": "R"})


def along_axes(rule: Formula) -> tuple[Formula, Formula]:
    """Return a size rule for the height, reading `in_height`, and for the width, reading `in_width`."""
    height = rule.named(in_size="in_height").lettered(in_size="H", out_size="H'")
    width = rule.named(in_size="in_width").lettered(in_size="W", out_size="W'")
    return height, width


AXES: Final = {rule: along_axes(rule) for rule in (OUT_SIZE, DILATED_OUT_SIZE, POOL_OUT_SIZE)}


def size_rule(layer: Conv2d | Pool2d) -> Formula:
    """Return the formula of the layer's output size, no longer than the layer needs."""
    if isinstance(layer, Pool2d):
        return POOL_OUT_SIZE
    return DILATED_OUT_SIZE if layer.dilation > 1 else OUT_SIZE


def axis_rules(layer: Conv2d | Pool2d) -> tuple[Formula, Formula]:
    """Return the layer's `size_rule` for the height and for the width."""
    return AXES[size_rule(layer)]


def left_over(in_size: int, layer: Conv2d | Pool2d) -> int:
    """Return how many cells of the padded axis lie behind the last window: the remainder that the floor cuts off."""
    padding, dilation = (layer.padding, layer.dilation) if isinstance(layer, Conv2d) else (0, 1)
    return (in_size + 2 * padding - dilation * (layer.kernel_size - 1) - 1) % layer.stride

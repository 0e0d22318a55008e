"""The formulas of convolution and pooling layers in letters, and what they become with one thing wrong.

Symbols carry the names of torch.nn's arguments; how they are printed is the problem's affair.
"""

from __future__ import annotations

from functools import cache
from typing import Final

from sympy import Expr, Integer, Symbol, ceiling, evaluate, floor, symbols

from problemgen.formula import Formula
from problemgen.nn.layers import C, D, F, G, K, P, S

H, W, HO, WO = symbols("in_height in_width out_height out_width")
Q, T = symbols("pool_size pool_stride")
COUNT: Final = {"multiplications": r"\text{multiplications}", "comparisons": r"\text{comparisons}"}

with evaluate(False):
    GROUPED_MULTIPLICATIONS: Final = Formula("multiplications", HO * WO * F * K**2 * (C / G), COUNT)
    COMPARISONS: Final = Formula("comparisons", HO * WO * C * (K**2 - 1), COUNT)
    SAME_PADDING: Final = Formula("padding", (K - 1) / 2)
    DILATED_SAME_PADDING: Final = Formula("padding", (D * (K - 1)) / 2)
    CONV_HEIGHT: Final = Formula("out_height", floor((H + 2 * P - K) / S) + 1)
    CONV_WIDTH: Final = Formula("out_width", floor((W + 2 * P - K) / S) + 1)
    DILATED_HEIGHT: Final = Formula("out_height", floor((H + 2 * P - D * (K - 1) - 1) / S) + 1)
    DILATED_WIDTH: Final = Formula("out_width", floor((W + 2 * P - D * (K - 1) - 1) / S) + 1)
    POOL_HEIGHT: Final = Formula("out_height", floor((H - K) / S) + 1)
    POOL_WIDTH: Final = Formula("out_width", floor((W - K) / S) + 1)
    TILED_HEIGHT: Final = Formula("out_height", floor(H / K))
    TILED_WIDTH: Final = Formula("out_width", floor(W / K))
    INNER_HEIGHT: Final = Formula("inner_height", H + 2 * P - K + 1)
    INNER_WIDTH: Final = Formula("inner_width", W + 2 * P - K + 1)
    STACKED_HEIGHT: Final = Formula("out_height", floor((H + 2 * P - K + 1 - Q) / T) + 1)
    STACKED_WIDTH: Final = Formula("out_width", floor((W + 2 * P - K + 1 - Q) / T) + 1)
NO_PADDING: Final = Integer(0)


@cache
def wrong_sizes(size: Expr, kernel: Expr, stride: Expr, padding: Expr = NO_PADDING) -> dict[str, Expr]:
    """Return wrong output sizes along an axis, `kernel` being the cells that a window spans."""
    steps = (size + 2 * padding - kernel) / stride
    found = {
        "floor_omitted": steps + 1,
        "ceil_for_floor": ceiling(steps) + 1,
        "forgot_plus_one": floor(steps),
        "minus_one_for_plus_one": floor(steps) - 1,
        "stride_division_missing": steps * stride + 1,
    }
    if padding:
        found["single_sided_padding"] = floor((size + padding - kernel) / stride) + 1
        found["forgot_padding"] = floor((size - kernel) / stride) + 1
    if kernel.has(D):
        found["dilation_ignored"] = floor((size + 2 * padding - K) / stride) + 1
    return found


@cache
def wrong_weights(*, grouped: bool) -> dict[str, Expr]:
    """Return wrong numbers of the weights of a convolution."""
    share = C / G if grouped else C
    found = {
        "kernel_not_squared": K * share * F,
        "forgot_input_channels": K**2 * F,
        "own_filters_as_channels": K**2 * (F / G if grouped else F) * F,
        "forgot_filters": K**2 * share,
    }
    return found | ({"forgot_groups": K**2 * C * F} if grouped else {})


@cache
def wrong_multiplications(*, grouped: bool) -> dict[str, Expr]:
    """Return wrong numbers of the multiplications of a convolution."""
    share = C / G if grouped else C
    found = {
        "ops_forgot_filters": HO * WO * K**2 * share,
        "ops_at_input_positions": H * W * F * K**2 * share,
        "kernel_not_squared": HO * WO * F * K * share,
        "forgot_input_channels": HO * WO * F * K**2,
        "one_position_only": F * K**2 * share,
    }
    return found | ({"forgot_groups": HO * WO * F * K**2 * C} if grouped else {})


@cache
def wrong_padding(*, dilated: bool) -> dict[str, Expr]:
    """Return wrong paddings that should keep the size at stride 1."""
    reach = D * (K - 1) if dilated else K - 1
    found = {
        "single_sided_padding": reach,
        "forgot_plus_one": (reach + 1) / 2,
        "minus_one_for_plus_one": (reach + 2) / 2,
    }
    return found | ({"dilation_ignored": (K - 1) / 2} if dilated else {})


@cache
def wrong_comparisons() -> dict[str, Expr]:
    """Return wrong numbers of the comparisons of a max pooling."""
    return {
        "values_for_comparisons": HO * WO * C * K**2,
        "kernel_not_squared": HO * WO * C * (K - 1),
        "forgot_input_channels": HO * WO * (K**2 - 1),
        "ops_at_input_positions": H * W * C * (K**2 - 1),
    }


@cache
def wrong_pools(size: Symbol, *, tiled: bool) -> dict[str, Expr]:
    """Return wrong output sizes of a pooling along an axis; `tiled` windows are as far apart as they are wide."""
    if not tiled:
        return wrong_sizes(size, K, S)
    return {
        "floor_omitted": size / K,
        "ceil_for_floor": ceiling(size / K),
        "plus_one_for_tiles": floor(size / K) + 1,
        "stride_division_missing": size - K + 1,
    }


@cache
def wrong_stacked(size: Symbol) -> dict[str, Expr]:
    """Return wrong output sizes along an axis of a convolution with stride 1 and a pooling behind it."""
    inner = size + 2 * P - K + 1
    kept = ("floor_omitted", "ceil_for_floor", "forgot_plus_one", "stride_division_missing")
    found = {slip: expr for slip, expr in wrong_sizes(inner, Q, T).items() if slip in kept}
    others = {
        "single_sided_padding": size + P - K + 1,
        "forgot_padding": size - K + 1,
        "forgot_inner_plus_one": size + 2 * P - K,
        "forgot_convolution": size,
    }
    return found | {slip: floor((wrong - Q) / T) + 1 for slip, wrong in others.items()}

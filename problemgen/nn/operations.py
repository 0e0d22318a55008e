"""How many operations a convolution or a dense layer takes, in the unit that is asked for.

A MAC is one product and its addition to a running sum, so there is one for each weight and output position; two FLOPs
are counted for it.  Adding n products takes n - 1 additions; a bias, where it is counted, one more an output value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from sympy import Expr, evaluate

from problemgen.formula import Formula
from problemgen.nn.layers import HO, WO, C, Conv2d, F, I, J, K, Linear, Shape

if TYPE_CHECKING:
    from problemgen.exact import Rational

Unit: TypeAlias = Literal["multiplications", "MACs", "additions", "FLOPs"]

with evaluate(False):
    _CONV: Final[dict[str, tuple[Expr, Expr]]] = {  # without and with the biases
        "products": (HO * WO * F * K**2 * C, HO * WO * F * K**2 * C),
        "additions": (HO * WO * F * (K**2 * C - 1), HO * WO * F * (K**2 * C - 1 + 1)),
        "FLOPs": (2 * HO * WO * F * K**2 * C, 2 * HO * WO * F * K**2 * C + HO * WO * F),
    }
    _LINEAR: Final[dict[str, tuple[Expr, Expr]]] = {
        "products": (I * J, I * J),
        "additions": ((I - 1) * J, (I - 1 + 1) * J),
        "FLOPs": (2 * I * J, 2 * I * J + J),
    }


def _rules(written: dict[str, tuple[Expr, Expr]]) -> dict[tuple[Unit, bool], Formula]:
    units: tuple[Unit, ...] = ("multiplications", "MACs", "additions", "FLOPs")
    return {
        (unit, biases): Formula("operations", written.get(unit, written["products"])[biases], letters)
        for unit in units
        for biases in (False, True)
        for letters in [{"operations": rf"\text{{{unit}}}"}]
    }


CONV_RULES: Final = _rules(_CONV)
LINEAR_RULES: Final = _rules(_LINEAR)


def operations_rule(layer: Conv2d | Linear, unit: Unit, *, biases: bool = False) -> Formula:
    """Return the formula that counts the layer's operations; `biases` says whether adding them counts."""
    return (CONV_RULES if isinstance(layer, Conv2d) else LINEAR_RULES)[unit, biases]


def counted_sizes(layer: Conv2d | Linear, in_shape: Shape, out_shape: Shape) -> dict[str, int]:
    """Return what the layer's rule has to know besides the layer: the input's depth or width, the output's sides."""
    if isinstance(layer, Linear):
        return {"in_features": in_shape[0]}
    return {"in_channels": in_shape[-1], "out_height": out_shape[0], "out_width": out_shape[1]}


def lost_taps(in_size: int, out_size: int, layer: Conv2d) -> tuple[int, ...]:
    """Return, for each window along an axis that reaches into the padding, how many of its cells lie there."""
    starts = (layer.stride * place - layer.padding for place in range(out_size))
    lost = (max(0, -start) + max(0, start + layer.kernel_size - in_size) for start in starts)
    return tuple(min(cells, layer.kernel_size) for cells in lost if cells > 0)


def wrong_operations(layer: Conv2d | Linear, unit: Unit, sizes: dict[str, int]) -> dict[str, Rational]:
    """Return the wrong counts for `sizes` of `counted_sizes`, by the rule's name; biases are not counted."""
    rule = operations_rule(layer, unit)
    right = rule(layer, **sizes)
    products = operations_rule(layer, "multiplications")(layer, **sizes)
    found = {"macs_for_flops": products} if unit == "FLOPs" else {"ops_flops_2x": 2 * products}
    if isinstance(layer, Linear):
        found["ops_with_biases"] = right + layer.out_features
    else:
        found["ops_with_biases"] = right + sizes["out_height"] * sizes["out_width"] * layer.out_channels
        found["ops_forgot_filters"] = rule(layer, **{**sizes, "out_channels": 1})
        found["ops_forgot_channels"] = rule(layer, **{**sizes, "in_channels": 1})
        positions = sizes["out_height"] * sizes["out_width"]
        if unit != "FLOPs":
            found["ops_params_times_area_no_filters"] = found["ops_forgot_filters"] + positions
    return {slip: count for slip, count in found.items() if count != right}

"""The parameters of a whole network as a sum with equal layers taken together, and the usual wrong totals."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Final

from sympy import evaluate, floor, symbols

from problemgen.formula import Formula
from problemgen.nn.layers import Conv2d, Layer, Linear, Pool2d, Shape, parameters, shapes
from problemgen.nn.networks import biases, parameter_rule

if TYPE_CHECKING:
    from collections.abc import Sequence

    from problemgen.exact import Rational

B, T, A = symbols("budget total further")
with evaluate(False):
    EXTRA_LAYERS: Final = Formula(
        "extra", floor((B - T) / A), {"extra": "n", "budget": "B", "total": "T", "further": "p"}
    )


def counts(layers: Sequence[Layer], in_shape: Shape) -> list[tuple[Conv2d | Linear, Shape, int]]:
    """Return the layers that learn something, each with its input shape and its number of parameters."""
    before = zip(layers, shapes(tuple(layers), in_shape), strict=False)
    return [(layer, shape, parameters(layer, shape)) for layer, shape in before if isinstance(layer, Conv2d | Linear)]


def runs(numbers: Sequence[Rational]) -> tuple[tuple[Rational, ...], ...]:
    """Return equal neighbours as products: 896, 9248, 9248 become (896,), (2, 9248)."""
    found = ((value, len(list(equal))) for value, equal in groupby(numbers))
    return tuple((value,) if count == 1 else (count, value) for value, count in found)


def repeated(layers: Sequence[Layer], in_channels: int) -> bool:
    """Return whether all convolutions are alike, at least three, and only the first has other input channels."""
    convs = [layer for layer in layers if isinstance(layer, Conv2d)]
    return len(convs) >= 3 and len(set(convs)) == 1 and in_channels != convs[0].out_channels


def wrong_totals(layers: Sequence[Layer], in_shape: Shape) -> dict[str, int]:
    """Return the totals that the usual mistakes lead to; the right one may be among them."""
    found, alike = counts(layers, in_shape), repeated(layers, in_shape[-1])
    total = sum(count for *_, count in found)
    convs = [(layer, count) for layer, _, count in found if isinstance(layer, Conv2d)]
    plain = all(layer.groups == 1 for layer, _ in convs)
    wrong = {"forgot_bias": total - sum(map(biases, layers))}
    if plain:
        rgb = sum(int(parameter_rule(layer)(layer, in_channels=in_shape[-1])) - count for layer, count in convs)
        own = sum(
            int(parameter_rule(layer)(layer, in_channels=layer.out_channels)) - count for layer, count in convs[1:]
        )
        wrong["same_params_every_block" if alike else "first_layer_channels_everywhere"] = total + rgb
        wrong["with_own_filters_as_channels"] = total + own
    if alike:
        wrong["fencepost_extra_block"] = total + convs[-1][1]
        wrong["further_everywhere"] = total - convs[0][1] + convs[-1][1]
    wrong["total_of_convolutions"] = sum(count for _, count in convs)
    pools = [(layer, shape) for layer, shape in zip(layers, shapes(tuple(layers), in_shape), strict=False)
             if isinstance(layer, Pool2d)]  # fmt: skip
    wrong["pooling_given_parameters"] = total + sum(layer.kernel_size**2 * shape[-1] for layer, shape in pools)
    return wrong

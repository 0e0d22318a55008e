"""Which sizes of a layer lead to a given output size or parameter count: the rules of `layers` solved the other way.

The floor of the size rule equals O - 1 exactly when S(O - 1) <= N + 2P - K < S O; every bound here is one side of that
inequality, solved for one letter.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sympy import ceiling, evaluate, floor, symbols

from problemgen.formula import Formula
from problemgen.nn.layers import Conv2d, Pool2d

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from problemgen.formula import Substitution

# The letters are made anew: a formula knows its symbols by name.
N, K, S, P, C, F = symbols("in_size kernel_size stride padding in_channels out_channels")
O, T = symbols("out_size parameters")  # noqa: E741 - textbook letters


def _bound(letter: str, side: str) -> dict[str, str]:
    return {side: rf"{letter}_{{\{side}}}", "parameters": "T"}


with evaluate(False):
    POOL_MIN: Final = Formula("min", N - S * O + 1, _bound("K", "min"))
    POOL_MAX: Final = Formula("max", N - S * (O - 1), _bound("K", "max"))
    IN_SIZE_MIN: Final = Formula("min", S * (O - 1) + K - 2 * P, _bound("N", "min"))
    IN_SIZE_MAX: Final = Formula("max", S * O + K - 2 * P - 1, _bound("N", "max"))
    WINDOW_MIN: Final = Formula("min", S * (O - 1) + K, _bound("N", "min"))
    WINDOW_MAX: Final = Formula("max", S * O + K - 1, _bound("N", "max"))
    PADDING_MIN: Final = Formula("min", ceiling((S * (O - 1) + K - N) / 2), _bound("P", "min"))
    PADDING_MAX: Final = Formula("max", floor((S * O + K - N - 1) / 2), _bound("P", "max"))
    STRIDE_MIN: Final = Formula("min", floor((N + 2 * P - K) / O) + 1, _bound("S", "min"))
    STRIDE_MAX: Final = Formula("max", floor((N + 2 * P - K) / (O - 1)), _bound("S", "max"))
    PER_FILTER: Final = Formula("per_filter", K**2 * C + 1, {"per_filter": "q"})
    FILTERS: Final = Formula("out_channels", T / (K**2 * C + 1), {"parameters": "T"})
    FILTERS_MISSED: Final[Mapping[str, Formula]] = {
        "forgot_input_channels": Formula("out_channels", T / (K**2 + 1)),
        "kernel_not_squared": Formula("out_channels", T / (K * C + 1)),
        "bias_per_weight_slice": Formula("out_channels", T / (K**2 * C + C)),
        "bias_forgotten_and_kernel_not_squared": Formula("out_channels", T / (K * C)),
    }
    CHANNELS: Final = Formula("in_channels", (T - F) / (F * K**2), {"parameters": "T"})
    CHANNELS_MISSED: Final[Mapping[str, Formula]] = {
        "kernel_not_squared": Formula("in_channels", (T - F) / (F * K)),
        "filters_left_out": Formula("in_channels", (T - F) / K**2),
        "kernel_left_out": Formula("in_channels", (T - F) / F),
    }
    OUT_SIZE_MISSED: Final[Mapping[str, Formula]] = {
        "forgot_plus_one": Formula("out_size", floor((N + 2 * P - K) / S)),
        "ceil_for_floor": Formula("out_size", ceiling((N + 2 * P - K) / S) + 1),
        "single_sided_padding": Formula("out_size", floor((N + P - K) / S) + 1),
        "forgot_padding": Formula("out_size", floor((N - K) / S) + 1),
    }
"""Rules with one thing wrong, by the slip's name."""

POOL_BOUNDS: Final = (POOL_MIN, POOL_MAX)
IN_SIZE_BOUNDS: Final = (IN_SIZE_MIN, IN_SIZE_MAX)
WINDOW_BOUNDS: Final = (WINDOW_MIN, WINDOW_MAX)
PADDING_BOUNDS: Final = (PADDING_MIN, PADDING_MAX)
STRIDE_BOUNDS: Final = (STRIDE_MIN, STRIDE_MAX)


def between(bounds: tuple[Formula, Formula], least: int = 1, **sizes: int) -> frozenset[int]:
    """Return the whole numbers from the lower to the upper bound, none below `least`."""
    low, high = (bound(**{name: sizes[name] for name in bound.arguments}) for bound in bounds)
    return frozenset(range(max(least, int(low)), int(high) + 1))


def searched(rule: Formula, unknown: str, candidates: Iterable[int], out_size: int, **sizes: int) -> frozenset[int]:
    """Return the candidates for `unknown` with which a size rule, right or wrong, gives this output size."""
    known = {name: value for name, value in sizes.items() if name in rule.arguments and name != unknown}
    if unknown not in rule.arguments:
        return frozenset()
    return frozenset(value for value in candidates if rule(**known, **{unknown: value}) == out_size)


def kernels(parameters: int, in_channels: int) -> dict[int, int]:
    """Return {kernel size: number of filters, 2 or more} of the convolutions with biases and this many parameters."""
    sizes = range(1, parameters + 1)
    each = {size: int(PER_FILTER(kernel_size=size, in_channels=in_channels)) for size in sizes if size**2 <= parameters}
    return {size: parameters // count for size, count in each.items() if parameters % count == 0 < parameters - count}


def kernels_without_bias(parameters: int, in_channels: int) -> frozenset[int]:
    """Return the kernel sizes that seem possible to one who forgets the biases."""
    sizes = range(1, parameters + 1)
    each = {size: size**2 * in_channels for size in sizes if size**2 <= parameters}
    return frozenset(size for size, weights in each.items() if parameters % weights == 0 < parameters - weights)


def fits_exactly(**sizes: int) -> bool:
    """Return whether the last window ends at the edge of the padded input."""
    return (sizes["in_size"] + 2 * sizes["padding"] - sizes["kernel_size"]) % sizes["stride"] == 0


def input_size_steps(layer: Conv2d | Pool2d, low: int, high: int) -> tuple[Substitution, Substitution]:
    """Return how the smallest and the largest input are found whose output is from `low` to `high`.

    All sizes between the two lead there, too, because the output never shrinks when the input grows.
    """
    padding, dilation = (layer.padding, layer.dilation) if isinstance(layer, Conv2d) else (0, 1)
    sizes = {"kernel_size": dilation * (layer.kernel_size - 1) + 1, "stride": layer.stride}
    sizes |= {"padding": padding} if padding else {}
    smallest, largest = IN_SIZE_BOUNDS if padding else WINDOW_BOUNDS
    return smallest.worked(out_size=low, **sizes), largest.worked(out_size=high, **sizes)


def input_sizes(layers: Iterable[Conv2d | Pool2d], low: int, high: int) -> list[tuple[Substitution, Substitution]]:
    """Return the `input_size_steps` of every layer, from the last one back to the first."""
    found: list[tuple[Substitution, Substitution]] = []
    for layer in reversed(tuple(layers)):
        found.append(input_size_steps(layer, low, high))
        low, high = (int(step.value) for step in found[-1])
    return found

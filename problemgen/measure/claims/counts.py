"""Parameters and operations, counted on the tensors of layers and position by position."""

from __future__ import annotations

from fractions import Fraction
from types import SimpleNamespace
from typing import Any

import numpy as np

from problemgen.measure import conv1d
from problemgen.measure.networks import measured_layers
from problemgen.measure.operations import count_additions
from problemgen.measure.pooling import pool
from problemgen.measure.sliding import conv_tensors, count_entries, count_windows

_CHANNELS, _FILTERS, _SIDE = 8, 16, 32


def plain(value: Fraction) -> int | str:
    """Return a quotient as plain data: 4 or "1/4"."""
    return int(value) if value.denominator == 1 else str(value)


def weights_of_a_filter(in_channels: int, kernel_size: int) -> int:
    """Return how many weights one filter has."""
    return count_entries(conv_tensors(in_channels, 1, kernel_size, bias=False))


def biases(in_channels: int, filters: int, kernel_size: int) -> int:
    """Return how many parameters a convolution has more than the same without biases."""
    sizes = (in_channels, filters, kernel_size)
    return count_entries(conv_tensors(*sizes, bias=True)) - count_entries(conv_tensors(*sizes, bias=False))


def conv_growth(size: int = 1, channels: int = 1, filters: int = 1) -> int | str:
    """Return how many times as many parameters a convolution has when its sizes grow by these factors."""

    def parameters(image: Any, many: int) -> int:
        return count_entries(conv_tensors(len(image), many, 3, bias=True))

    before = parameters(np.zeros((_CHANNELS, _SIDE, _SIDE)), _FILTERS)
    after = parameters(np.zeros((_CHANNELS * channels, _SIDE * size, _SIDE * size)), _FILTERS * filters)
    return plain(Fraction(after, before))


def weight_growth(channels: int, filters: int) -> int | str:
    """Return how many times as many weights (without biases) there are between two layers of maps."""
    after = count_entries(conv_tensors(_CHANNELS * channels, _FILTERS * filters, 3, bias=False))
    return plain(Fraction(after, count_entries(conv_tensors(_CHANNELS, _FILTERS, 3, bias=False))))


def group_saving(groups: int) -> int | str:
    """Return how many times as many weights a convolution has without these groups."""
    alone = count_entries(conv_tensors(_CHANNELS, _FILTERS, 3, bias=False))
    return plain(Fraction(alone, count_entries(conv_tensors(_CHANNELS, _FILTERS, 3, groups, bias=False))))


def dense_growth(size: int) -> int | str:
    """Return how many times as many weights a dense layer has on an image so many times as high and wide."""
    before, after = (np.zeros((10, _CHANNELS, side, side), dtype=np.int8) for side in (8, 8 * size))
    return plain(Fraction(after.size, before.size))


def weights_after_pooling() -> int | str:
    """Return how many times as many weights a convolution needs behind a pooling as in its place."""
    maps = np.zeros((_CHANNELS, 8, 8), dtype=int)
    alone, behind = (conv_tensors(len(image), _FILTERS, 3, bias=False) for image in (maps, pool(maps, 2, 2, "max")))
    return plain(Fraction(count_entries(behind), count_entries(alone)))


def layer_parameters(kind: str, **settings: int) -> int:
    """Return how many parameters a layer of this kind learns on 8 x 8 pixels with 4 channels."""
    layer = SimpleNamespace(kind=kind, **{"kernel_size": 2, "stride": 2, **settings})
    return next(iter(measured_layers([layer], (8, 8, 4))))[2]


def small_network(kernel_size: int, in_size: int) -> int:
    """Return the number of parameters of conv1d, max of neighbours, ReLU, linear."""
    return conv1d.count_parameters((in_size, kernel_size, 1, 2, 1))


def fewer_weights(several: list[int], single: list[int]) -> bool:
    """Return whether stacked kernels have fewer weights than others, all with the same number of channels."""
    counts = [sum(weights_of_a_filter(_CHANNELS, k) * _CHANNELS for k in kernels) for kernels in (several, single)]
    return counts[0] < counts[1]


def same_parameters_as_dense(size: int, channels: int, filters: int) -> bool:
    """Return whether a kernel as large as its input has as many parameters as a dense layer on that input."""
    dense = [np.zeros((filters, channels, size, size), dtype=np.int8), np.zeros(filters)]
    return count_entries(dense) == count_entries(conv_tensors(channels, filters, size, bias=True))


def largest_layer_of_lenet() -> str:
    """Return which layer of a network like LeNet-5 holds more than half of all parameters."""
    conv = {"kind": "conv", "kernel_size": 5, "stride": 1, "padding": 0, "dilation": 1, "groups": 1, "bias": True}
    pooling, flat = SimpleNamespace(kind="pool", kernel_size=2, stride=2), SimpleNamespace(kind="flatten")
    convs = [SimpleNamespace(**conv, out_channels=maps) for maps in (6, 16)]
    dense = [SimpleNamespace(kind="linear", out_features=width, bias=True) for width in (120, 84, 10)]
    found = list(measured_layers([convs[0], pooling, convs[1], pooling, flat, *dense], (32, 32, 1)))
    total = sum(parameters for _, _, parameters, _ in found)
    return next(name for name, _, parameters, _ in found if 2 * parameters > total)


def multiplication_growth(size: int = 1, filters: int = 1, stride: int = 1) -> int | str:
    """Return how many times as many multiplications a 3 x 3 convolution with padding 1 carries out."""

    def products(side: int, many: int, step: int) -> int:
        positions = count_windows(side, 3, step, 1) ** 2
        return positions * count_entries(conv_tensors(_CHANNELS, many, 3, bias=False))

    return plain(Fraction(products(_SIDE * size, _FILTERS * filters, stride), products(_SIDE, _FILTERS, 1)))


def growth_of_both(size: int) -> list[int | str]:
    """Return the growth of multiplications and of parameters with the size of the image."""
    return [multiplication_growth(size), conv_growth(size)]


def multiplications_behind_pooling(kernel_size: int, stride: int) -> int | str:
    """Return how many times as many multiplications a size-keeping convolution takes behind a pooling as before it."""
    maps = pool(np.zeros((1, _SIDE, _SIDE), dtype=int), kernel_size, stride, "max")
    return plain(Fraction(count_windows(maps.shape[1], 3, 1, 1) ** 2, count_windows(_SIDE, 3, 1, 1) ** 2))


def smaller_or_fewer_maps() -> list[bool]:
    """Return whether pooling makes the maps smaller, and whether it makes them fewer."""
    maps = np.zeros((_CHANNELS, 8, 8), dtype=int)
    behind = pool(maps, 2, 2, "max")
    return [behind[0].size < maps[0].size, len(behind) < len(maps)]


def additions(in_channels: int, kernel_size: int) -> int:
    """Return how many additions, that of the bias included, lead to one output value."""
    return count_additions(weights_of_a_filter(in_channels, kernel_size) + 1)


def dense_multiplications(in_features: int, out_features: int) -> int:
    """Return how many weights of a dense layer are multiplied, one by one."""
    return sum(1 for _ in np.ndindex(out_features, in_features))


def uses_of_a_weight(in_size: int, kernel_size: int) -> list[int]:
    """Return how often one image uses a weight of a convolution, and how often a weight of a dense layer."""
    dense = np.zeros((1, in_size, in_size))
    return [count_windows(in_size, kernel_size) ** 2, dense.size // in_size**2]


def bottleneck_is_cheaper(wide: int, narrow: int) -> bool:
    """Return whether 1 x 1, 3 x 3, 1 x 1 with few channels between takes fewer products than 3 x 3 on all channels."""
    steps = [(wide, narrow, 1), (narrow, narrow, 3), (narrow, wide, 1)]
    cheap = sum(count_entries(conv_tensors(*step, bias=False)) for step in steps)
    return cheap < count_entries(conv_tensors(wide, wide, 3, bias=False))

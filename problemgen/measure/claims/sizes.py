"""Sizes of outputs and receptive fields, found by moving windows and by changing pixels."""

from __future__ import annotations

from itertools import count, product

import numpy as np

from problemgen.measure.pooling import pool
from problemgen.measure.sliding import conv_tensors, correlate, count_entries, count_windows, window_starts

_SIDE = 64


def outputs(in_size: int, kernel_size: int, stride: int = 1, padding: int = 0) -> int:
    """Return how many positions a window has along an axis."""
    return count_windows(in_size, kernel_size, stride, padding)


def keeping_padding(kernel_size: int) -> int:
    """Return the padding with which a window of stride 1 has as many positions as there are pixels."""
    sizes = range(kernel_size, kernel_size + 6)
    return next(padding for padding in count() if all(outputs(n, kernel_size, 1, padding) == n for n in sizes))


def output_maps(in_channels: int, filters: int) -> int:
    """Return how many maps come out when every filter is slid over all channels."""
    image = np.ones((in_channels, 5, 5), dtype=int)
    kernels = conv_tensors(in_channels, filters, 3, bias=False)
    return len([correlate(image, kernel) for kernel in kernels])


def positions_and_unused(in_size: int, kernel_size: int, stride: int) -> list[int]:
    """Return how many positions there are, and how many pixels lie in none of them."""
    starts = window_starts(in_size, kernel_size, stride)
    return [len(starts), in_size - len({start + tap for start in starts for tap in range(kernel_size)})]


def two_sizes_share_an_output(kernel_size: int, stride: int) -> bool:
    """Return whether inputs of two sizes give the same output size."""
    found = [outputs(in_size, kernel_size, stride) for in_size in range(kernel_size, 20)]
    return len(set(found)) < len(found)


def windows_of_corner_and_centre(in_size: int, kernel_size: int) -> list[int]:
    """Return in how many windows of stride 1 the corner pixel lies, and in how many the central one."""
    starts = window_starts(in_size, kernel_size)
    along = [sum(start <= place < start + kernel_size for start in starts) for place in (0, in_size // 2)]
    return [times**2 for times in along]


def most_windows_of_a_pixel(in_size: int, kernel_size: int, stride: int) -> int:
    """Return in how many square windows a pixel lies at most."""
    starts = window_starts(in_size, kernel_size, stride)
    return max(sum(start <= place < start + kernel_size for start in starts) for place in range(in_size)) ** 2


def dilated_kernel(kernel_size: int, dilation: int) -> list[int]:
    """Return how many pixels wide a dilated kernel is, and how many weights its square has."""
    width = next(size for size in count(1) if count_windows(size, kernel_size, dilation=dilation))
    return [width, count_entries(conv_tensors(1, 1, kernel_size, bias=False))]


def pooled_shape(channels: int, size: int, kernel_size: int, stride: int) -> list[int]:
    """Return (channels, height, width) behind a pooling."""
    return list(pool(np.zeros((channels, size, size), dtype=int), kernel_size, stride, "max").shape)


def window_numbers(in_size: int) -> list[int]:
    """Return for each row, counted from 1, in which window of size and stride 2 it lies, counted from 1."""
    starts = window_starts(in_size, 2, 2)
    return [number for row in range(in_size) for number, start in enumerate(starts, 1) if start <= row < start + 2]


def receptive_field(layers: list[list[int]]) -> int:
    """Return how many pixels along an axis change the middle output of layers (kernel size, stride, padding).

    Kernel size 0 is a ReLU.  The weights are ones, and one pixel after another is set to 1 in a dark image.
    """
    stacked = np.concatenate([np.zeros((1, _SIDE), dtype=int), np.eye(_SIDE, dtype=int)])
    for kernel_size, stride, *padding in layers:
        if kernel_size:
            margin = padding[0] if padding else 0
            padded = np.pad(stacked, ((0, 0), (margin, margin)))
            starts = window_starts(padded.shape[1], kernel_size, stride)
            stacked = np.stack([padded[:, start : start + kernel_size].sum(axis=1) for start in starts], axis=1)
        else:
            stacked = np.maximum(stacked, 0)
    middle = stacked[:, stacked.shape[1] // 2]
    return int((middle[1:] != middle[0]).sum())


def receptive_fields(stacks: list[list[list[int]]]) -> list[int]:
    """Return the receptive field of each of several stacks of layers."""
    return [receptive_field(layers) for layers in stacks]


def field_added(before: list[list[int]], layer: list[int]) -> int:
    """Return by how many pixels one more layer at the end enlarges the receptive field."""
    return receptive_field([*before, layer]) - receptive_field(before)


def transposed(in_size: int, kernel_size: int, stride: int) -> int:
    """Return the size of a transposed convolution's output, by laying a patch down for every input."""
    cells = {place * stride + tap for place, tap in product(range(in_size), range(kernel_size))}
    return len(range(max(cells) + 1))

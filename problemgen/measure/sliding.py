"""Slide a window position by position and count: no size formula is used anywhere in this module."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence


def window_starts(in_size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> list[int]:
    """Return the first cell of every window that lies on the padded axis, found by moving it step by step."""
    end, reach = in_size + padding, dilation * (kernel_size - 1)
    starts, start = [], -padding
    while start + reach < end:
        starts.append(start)
        start += stride
    return starts


@lru_cache(maxsize=16384)
def count_windows(in_size: int, kernel_size: int, stride: int = 1, padding: int = 0, dilation: int = 1) -> int:
    """Return how many windows fit."""
    return len(window_starts(in_size, kernel_size, stride, padding, dilation))


def conv_tensors(in_channels: int, out_channels: int, kernel_size: int, groups: int = 1, *, bias: bool) -> list[Any]:
    """Return the learnable tensors of a 2-D convolution, one kernel an output channel, as arrays to be counted."""
    per_group = len([channel for channel in range(in_channels) if channel < in_channels / groups])
    kernels = np.zeros((out_channels, per_group, kernel_size, kernel_size), dtype=np.int8)
    return [*kernels, np.zeros(out_channels, dtype=np.int8)] if bias else list(kernels)


def count_entries(tensors: Sequence[Any]) -> int:
    """Return the number of entries of all tensors together."""
    return sum(tensor.size for tensor in tensors)


def slide(image: Any, kernel: Any, stride: int = 1, padding: int = 0) -> Iterator[tuple[int, int, Any]]:
    """Yield (row, column, products) for every position of a channels x height x width kernel on an image.

    `image` and `kernel` are nested sequences; object arrays keep Fractions exact.
    """
    pixels, weights = np.array(image, dtype=object), np.array(kernel, dtype=object)
    pixels = np.pad(pixels, ((0, 0), (padding, padding), (padding, padding)), constant_values=0)
    _, height, width = weights.shape
    tops = window_starts(pixels.shape[1], height, stride)
    lefts = window_starts(pixels.shape[2], width, stride)
    for row, top in enumerate(tops):
        for column, left in enumerate(lefts):
            yield row, column, pixels[:, top : top + height, left : left + width] * weights


def correlate(image: Any, kernel: Any, stride: int = 1, padding: int = 0, bias: Any = 0) -> Any:
    """Return the output of one filter as an object array, by sliding it."""
    found = {(row, column): products.sum() + bias for row, column, products in slide(image, kernel, stride, padding)}
    rows, columns = (max(place[axis] for place in found) + 1 for axis in (0, 1))
    return np.array([[found[row, column] for column in range(columns)] for row in range(rows)], dtype=object)

"""The quantities of the short questions, found by doing it: building tensors, sliding, looping, moving a pixel."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import numpy as np

from problemgen.measure.sliding import conv_tensors, count_entries, count_windows, window_starts


def weight_sharing(asked: Any) -> int:
    """Connect every pixel with every output value."""
    size = asked.in_size
    return np.zeros((size, size, size, size), dtype=np.int8).size


def activation(asked: Any) -> int:
    """Convolve kernels of ones with one another, and measure what comes out."""
    single = np.ones(1, dtype=int)
    for _ in range(asked.layers):
        single = np.convolve(single, np.ones(asked.kernel_size, dtype=int))
    return int(np.count_nonzero(single))


def batches(asked: Any) -> int:
    """Take the examples batch by batch until none is left, in every epoch."""
    steps = 0
    for _ in range(asked.epochs):
        left = asked.examples
        while left > 0:
            left, steps = left - asked.batch_size, steps + 1
    return steps


def small_kernels(asked: Any) -> int:
    """Make the kernels of both networks, the large one as wide as the stack sees, and count."""
    large = conv_tensors(asked.channels, asked.channels, activation(asked), bias=False)
    small = conv_tensors(asked.channels, asked.channels, asked.kernel_size, bias=False)
    return count_entries(large) - sum(count_entries(small) for _ in range(asked.layers))


def padding(asked: Any) -> int:
    """Convolve as long as a window fits."""
    size, layers = asked.in_size, 0
    while (size := count_windows(size, asked.kernel_size)) > 0:
        layers += 1
    return layers


def equivariance(asked: Any) -> int:
    """Follow a shifted pixel through layers that keep every stride-th one."""
    line = np.zeros(2 * asked.shift + 1, dtype=int)
    line[asked.shift] = 1
    for _ in range(asked.layers):
        line = line[:: asked.stride]
    return int(line.argmax()) if line.any() else -1


def bottleneck(asked: Any) -> int:
    """Make the kernels of the three layers; each weight is used once at a position."""
    steps = [
        (asked.channels, asked.narrow, 1), (asked.narrow, asked.narrow, asked.kernel_size),
        (asked.narrow, asked.channels, 1),
    ]  # fmt: skip
    return sum(count_entries(conv_tensors(*step, bias=False)) for step in steps)


def initial_variance(asked: Any) -> Fraction:
    """Count the summands of one output value: their variances are equal and must add up to 1."""
    return Fraction(1, count_entries(conv_tensors(asked.channels, 1, asked.kernel_size, bias=False)))


def max_memory(asked: Any) -> int:
    """Slide the window over every channel."""
    starts = window_starts(asked.in_size, asked.stride, asked.stride)
    return sum(1 for _ in range(asked.channels) for _ in starts for _ in starts)


MEASURES = {
    "weight_sharing": weight_sharing,
    "activation": activation,
    "batches": batches,
    "small_kernels": small_kernels,
    "padding": padding,
    "equivariance": equivariance,
    "bottleneck": bottleneck,
    "initial_variance": initial_variance,
    "max_memory": max_memory,
}

"""Forward passes on exact arrays (nested tuples of ints and Fractions), with the products kept for the worked steps.

Deep-learning convention throughout: a "convolution" slides the kernel as it is (cross-correlation).
"""

from __future__ import annotations

from math import lcm
from typing import TypeAlias

from problemgen.compilation import over
from problemgen.errors import require
from problemgen.exact import Matrix, Rational, rational

Channels: TypeAlias = tuple[Matrix, ...]
Products: TypeAlias = tuple[tuple[Rational, ...], ...]


def pad(entries: Matrix, padding: int) -> Matrix:
    """Return the matrix inside `padding` rings of zeros."""
    width = len(entries[0]) + 2 * padding
    ring = tuple((0,) * width for _ in range(padding))
    side = (0,) * padding
    return (*ring, *(side + tuple(row) + side for row in entries), *ring)


def rot180(kernel: Matrix) -> Matrix:
    """Return the kernel with both axes reversed, which turns correlation into true convolution."""
    return tuple(tuple(reversed(row)) for row in reversed(kernel))


def window(entries: Matrix, top: int, left: int, height: int, width: int) -> Matrix:
    """Return height x width entries from row `top`, column `left` on (0-based)."""
    return tuple(row[left : left + width] for row in entries[top : top + height])


def window_products(image: Channels, kernel: Channels, top: int, left: int) -> Products:
    """Return the pairs (kernel entry, input entry) of one window, channel by channel, row by row."""
    return tuple(
        (weight, value)
        for entries, weights in zip(image, kernel, strict=True)
        for values, row in zip(window(entries, top, left, len(weights), len(weights[0])), weights, strict=True)
        for value, weight in zip(values, row, strict=True)
    )


def correlate(image: Channels, kernel: Channels, *, bias: Rational = 0, stride: int = 1, padding: int = 0) -> Matrix:
    """Return the output of one filter over an image of the same number of channels.

    Raises `InvalidParameters` when the numbers of channels differ or the kernel does not fit.
    """
    require(len(image) == len(kernel), f"{len(kernel)} kernel channels do not fit {len(image)} input channels")
    padded = tuple(pad(entries, padding) for entries in image)
    rows = len(padded[0]) - len(kernel[0]) + 1
    columns = len(padded[0][0]) - len(kernel[0][0]) + 1
    require(min(rows, columns) >= 1, "the kernel does not fit the padded input")
    whole = lcm(*(weight.denominator for weights in kernel for row in weights for weight in row))
    taps = [
        (entries, down, right, rational(weight * whole))
        for entries, weights in zip(padded, kernel, strict=True)
        for down, row in enumerate(weights)
        for right, weight in enumerate(row)
        if weight
    ]  # whole numbers are added ten times as fast as fractions, which are made once an output
    sums = [
        [
            sum([weight * rows[top + down][left + right] for rows, down, right, weight in taps])
            for left in range(0, columns, stride)
        ]
        for top in range(0, rows, stride)
    ]
    if whole != 1 or bias:
        sums = [[over(value, whole) + bias for value in row] for row in sums]
    return tuple([tuple(map(rational, row)) for row in sums])

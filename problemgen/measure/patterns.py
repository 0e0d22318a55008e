"""Test images painted by comparing places, and filters applied by adding shifted copies: nothing is derived here."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np


def painted(pattern: str, width: int, first: int, height: int, length: int) -> Any:
    """Return an image of zeros and ones, painted cell after cell, stripe after stripe, side by side."""
    image = np.full((height, length), first, dtype=np.int64)
    if pattern == "impulse":
        image[width, width] = 1 - first
    elif pattern == "vertical edge":
        image[:, width:] = 1 - first
    elif pattern == "horizontal edge":
        image[width:] = 1 - first
    if pattern in ("vertical stripes", "checkerboard"):
        for start in range(width, length, 2 * width):
            image[:, start : start + width] = 1 - image[:, start : start + width]
    if pattern in ("horizontal stripes", "checkerboard"):
        for start in range(width, height, 2 * width):
            image[start : start + width] = 1 - image[start : start + width]
    return image


def filtered(image: Any, kernel: Any, stride: int = 1) -> tuple[Any, int]:
    """Return the output as whole numbers, and the number by which they are to be divided."""
    weights = [[Fraction(weight) for weight in row] for row in kernel]
    divisor = lcm(*(weight.denominator for row in weights for weight in row))
    height, length = image.shape[0] - len(weights) + 1, image.shape[1] - len(weights[0]) + 1
    total = np.zeros((height, length), dtype=np.int64)
    for row, line in enumerate(weights):
        for column, weight in enumerate(line):
            total += int(weight * divisor) * image[row : row + height, column : column + length]
    return total[::stride, ::stride], divisor


def quotients(total: Any, divisor: int) -> list[list[Fraction]]:
    """Return whole numbers divided, exactly."""
    return [[Fraction(int(entry), divisor) for entry in row] for row in total]


def box_sums_are_constant(image: Any, size: int) -> bool:
    """Return whether a box of this size sees the same sum at every place of the image."""
    corners = np.pad(image.cumsum(axis=0).cumsum(axis=1), ((1, 0), (1, 0)))
    sums = corners[size:, size:] - corners[:-size, size:] - corners[size:, :-size] + corners[:-size, :-size]
    return bool((sums == sums[0, 0]).all())

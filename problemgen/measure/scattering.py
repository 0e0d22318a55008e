"""Transposed convolution by scattering: every input entry adds its copy of the kernel, cell by cell."""

from __future__ import annotations

from typing import Any

import numpy as np


def scattered(image: Any, kernel: Any, stride: int, padding: int) -> Any:
    """Return the sum of all copies of the kernel, the border of the given width cut off."""
    pixels, weights = np.array(image, dtype=object), np.array(kernel, dtype=object)
    cells: dict[tuple[int, int], Any] = {}
    for (i, j), pixel in np.ndenumerate(pixels):
        for (a, b), weight in np.ndenumerate(weights):
            place = (stride * i + a, stride * j + b)
            cells[place] = cells.get(place, 0) + pixel * weight
    bottom, right = (max(place[axis] for place in cells) + 1 for axis in (0, 1))
    whole = [[cells.get((row, column), 0) for column in range(right)] for row in range(bottom)]
    return [line[padding : right - padding] for line in whole[padding : bottom - padding]]


def touched(in_size: int, kernel_size: int, stride: int) -> list[int]:
    """Return along one axis how many copies touch each cell, up to the last one that is touched."""
    counts: dict[int, int] = {}
    for entry in range(in_size):
        for tap in range(kernel_size):
            counts[stride * entry + tap] = counts.get(stride * entry + tap, 0) + 1
    return [counts.get(cell, 0) for cell in range(max(counts) + 1)]


def kernels_without_gaps(in_size: int, out_size: int, padding: int) -> dict[int, int]:
    """Return {stride: kernel size} for every stride with a kernel of at least its size that gives the output size."""
    found = {}
    for stride in range(1, out_size + 2 * padding + 1):
        for kernel_size in range(stride, out_size + 2 * padding + 1):
            if stride * (in_size - 1) > out_size + 2 * padding:
                break
            counts = touched(in_size, kernel_size, stride)
            if len(counts) == out_size + 2 * padding and 0 not in counts:
                found[stride] = kernel_size
    return found

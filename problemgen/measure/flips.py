"""True convolution by its definition, entry by entry, and how far a kernel is from one that flipping leaves alone."""

from __future__ import annotations

from typing import Any

import numpy as np


def turned(kernel: Any) -> Any:
    """Return the kernel with every entry carried to the place opposite to its own."""
    entries = np.array(kernel, dtype=object)
    return np.flip(entries, axis=(0, 1))


def convolution(image: Any, kernel: Any) -> Any:
    """Return sum_ab W[a, b] X[i - a, j - b] at all places where the whole kernel meets the image."""
    pixels, weights = np.array(image, dtype=object), np.array(kernel, dtype=object)
    (rows, columns), (height, width) = pixels.shape, weights.shape
    total = np.zeros((rows + height - 1, columns + width - 1), dtype=object)
    for (a, b), weight in np.ndenumerate(weights):
        total[a : a + rows, b : b + columns] += weight * pixels
    return total[height - 1 : rows, width - 1 : columns]


def fewest_changes(kernel: Any) -> int:
    """Return how many entries must be overwritten until flipping changes nothing, by overwriting one at a time."""
    entries = np.array(kernel, dtype=object)
    changes = 0
    while (entries != turned(entries)).any():
        place = tuple(np.argwhere(entries != turned(entries))[0])
        entries[place] = turned(entries)[place]
        changes += 1
    return changes

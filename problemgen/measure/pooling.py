"""Pool by moving a window over an array, and measure by changing one entry at a time; nothing is derived here."""

from __future__ import annotations

from fractions import Fraction
from functools import cache
from math import lcm
from typing import Any, Final

import numpy as np

from problemgen.equivalence import Points
from problemgen.measure.sliding import window_starts

_FINE: Final = 1000


def pool(images: Any, kernel_size: int, stride: int, mode: str) -> Any:
    """Return the maxima, or the sums (not yet the averages), of the windows of each of a stack of maps."""
    tops, lefts = (window_starts(size, kernel_size, stride) for size in images.shape[1:])
    windows = [[images[:, top : top + kernel_size, left : left + kernel_size] for left in lefts] for top in tops]
    reduce = np.max if mode == "max" else np.sum
    return np.array([[reduce(window, axis=(1, 2)) for window in row] for row in windows]).transpose(2, 0, 1)


def pooled(image: Any, kernel_size: int, stride: int, mode: str) -> list[list[Fraction]]:
    """Return the pooled map."""
    whole, unit = _whole(image)
    divisor = unit * (1 if mode == "max" else kernel_size * kernel_size)
    return [[Fraction(int(value), divisor) for value in row] for row in pool(whole[None], kernel_size, stride, mode)[0]]


def influences(image: Any, kernel_size: int, stride: int, mode: str) -> Any:
    """Return, for every entry (row by row), how much each output moves, by moving the entry up and down a little."""
    whole, _ = _whole(image)
    count = whole.size
    moves = np.eye(count, dtype=np.int64).reshape(count, *whole.shape)
    up, down = (pool(_FINE * whole + sign * moves, kernel_size, stride, mode) for sign in (1, -1))
    return up - down


def gradient(image: Any, upstream: Any, kernel_size: int, stride: int, mode: str) -> list[list[Fraction]]:
    """Return the gradient of sum(upstream * output) by every entry, as central differences."""
    moved = influences(image, kernel_size, stride, mode)
    weights = np.array(upstream, dtype=object)
    steps = 2 * (1 if mode == "max" else kernel_size * kernel_size)
    slopes = [Fraction((weights * move.astype(object)).sum()) / steps for move in moved]
    width = len(image[0])
    return [slopes[start : start + width] for start in range(0, len(slopes), width)]


def without_influence(image: Any, kernel_size: int, stride: int, mode: str) -> int:
    """Count the entries that can be lowered without changing any output, by lowering each of them."""
    whole, _ = _whole(image)
    count = whole.size
    lowered = _FINE * whole - np.eye(count, dtype=np.int64).reshape(count, *whole.shape)
    before = pool(_FINE * whole[None], kernel_size, stride, mode)
    after = pool(lowered, kernel_size, stride, mode)
    return sum(bool((output == before[0]).all()) for output in after)


def _whole(image: Any) -> tuple[Any, int]:
    """Return the map in whole numbers of a small enough unit, and how many of them make 1."""
    unit = lcm(*(Fraction(entry).denominator for row in image for entry in row))
    return np.array([[int(entry * unit) for entry in row] for row in image], dtype=np.int64), unit


@cache
def window_pairs(letters: tuple[str, str, str], sizes: tuple[int, int], base: int, *, first: bool) -> Points:
    """Return the first or last window that holds an entry, found by sliding, at points of (index, size, stride).

    Points where the sizes are letters go through several of them; a letter that is empty stands for the given number.
    """
    index, size, stride = letters
    found = []
    overlapping, apart = [(2, 1), (3, 1), (3, 2), (4, 3), (5, 2)], [(2, 2), (3, 3), (4, 4), (5, 5)]
    for kernel_size, step in [sizes] if not size else overlapping if stride else apart:
        starts = window_starts(60, kernel_size, step)
        for place in range(2 * kernel_size, 2 * kernel_size + 9):
            holding = [number for number, start in enumerate(starts) if start <= place < start + kernel_size]
            point = {index: place + base, size: kernel_size, stride: step}
            found.append(({name: value for name, value in point.items() if name}, holding[0 if first else -1] + base))
    return Points(found)


@cache
def share_pairs(mode: str, letters: tuple[str, str, str, str], kernel_size: int) -> Points:
    """Return the gradient by one entry of one window, at points of the upstream gradient, entry, rival and size."""
    upstream, entry, rival, size = letters
    found = []
    for turn in range(12):
        width = 2 + turn % 3 if size else kernel_size
        own, other = 3 * turn % 7 - 2, 5 * turn % 8 - Fraction(5, 2)
        image: Any = [[other - row - column for column in range(width)] for row in range(width)]
        image[1][1], image[0][0] = own, other
        slope = gradient(image, [[turn - Fraction(7, 2)]], width, width, mode)[1][1]
        point = {upstream: turn - Fraction(7, 2), entry: own, rival: other, size: width}
        found.append(({name: value for name, value in point.items() if name}, slope))
    return Points(found)


@cache
def entry_pairs(mode: str, names: tuple[str, str], sizes: tuple[int, int], base: int, place: tuple[int, int]) -> Points:
    """Return the gradient by one entry of a map, at points where it is larger than all entries around it but one."""
    kernel_size, stride = sizes
    row, column = place[0] - base, place[1] - base
    shape = (row + 2 * kernel_size, column + 2 * kernel_size)
    around = [
        (r, c)
        for r in range(max(0, row - kernel_size), row + kernel_size)
        for c in range(max(0, column - kernel_size), column + kernel_size)
    ]
    turns = np.arange(len(around) + 4)[:, None, None]
    tops, lefts = np.indices(shape)
    maps = (37 * tops + 61 * lefts + 11 * turns) % 211
    for image, (r, c) in zip(maps, around, strict=False):
        image[row, column] = _FINE
        image[r, c] += _FINE
    up, down = _FINE * maps, _FINE * maps
    up[:, row, column] += 1
    down[:, row, column] -= 1
    moved = pool(up, kernel_size, stride, mode) - pool(down, kernel_size, stride, mode)
    tops, lefts = np.indices(moved.shape[1:])
    deltas = (7 * tops + 5 * lefts + 3 * turns) % 23 + 1
    steps = 2 * (1 if mode == "max" else kernel_size * kernel_size)
    slopes = [Fraction(int(total), steps) for total in (moved * deltas).sum(axis=(1, 2))]
    letters = [*_letters(names[0], shape, base), *_letters(names[1], moved.shape[1:], base)]
    values = np.concatenate([maps.reshape(len(maps), -1), deltas.reshape(len(deltas), -1)], axis=1).tolist()
    return Points((dict(zip(letters, known, strict=True)), slope) for known, slope in zip(values, slopes, strict=True))


def _letters(name: str, shape: tuple[int, int], base: int) -> list[str]:
    """Return the names of the entries of a map, row by row."""
    return [f"{name}_{row + base}_{column + base}" for row in range(shape[0]) for column in range(shape[1])]

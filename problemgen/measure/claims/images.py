"""What kernels, convolutions and poolings make of small images, and which operations do the same."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from problemgen.measure.claims.counts import plain
from problemgen.measure.pooling import pool
from problemgen.measure.sliding import correlate

if TYPE_CHECKING:
    from collections.abc import Callable

_KERNEL = np.array([[1, 2, -1], [0, 3, 5], [-2, 4, 7]])
_TURNS: dict[str, Callable[[Any], Any]] = {
    "unchanged": lambda kernel: kernel,
    "rotated by 180 degrees": lambda kernel: kernel[::-1, ::-1],
    "transposed": lambda kernel: kernel.T,
}


def image(turn: int, size: int = 8) -> Any:
    """Return an image of integers without symmetries, for each turn another one."""
    rows, columns = np.indices((size, size))
    return (rows * 7 + columns * 3 + rows * columns * (turn + 2) + turn) % 11 - 5


def slid(picture: Any, kernel: Any, stride: int = 1) -> Any:
    """Return one channel cross-correlated with one kernel."""
    return correlate(picture[None], np.array(kernel)[None], stride).astype(int)


def named(kernel: Any, found: Any) -> str:
    """Return how the kernel is turned in what was found."""
    return next((name for name, turn in _TURNS.items() if np.array_equal(turn(kernel), found)), "none of these")


def true_convolution() -> str:
    """Return how the kernel must be turned for cross-correlation to give the sum over x[i-a, j-b] w[a, b]."""
    picture, size = image(0), len(_KERNEL)
    places = range(size - 1, len(picture))
    convolved = np.array(
        [
            [sum(picture[i - a, j - b] * _KERNEL[a, b] for a, b in np.ndindex(size, size)) for j in places]
            for i in places
        ]
    )
    return next(name for name, turn in _TURNS.items() if np.array_equal(slid(picture, turn(_KERNEL)), convolved))


def impulse_response() -> str:
    """Return how the kernel appears around a single bright pixel."""
    dot = np.zeros((5, 5), dtype=int)
    dot[2, 2] = 1
    return named(_KERNEL, slid(dot, _KERNEL))


def linear(operation: str) -> bool:
    """Return whether f(2x - 3y) = 2f(x) - 3f(y) for some pairs of images."""
    work: dict[str, Callable[[Any], Any]] = {
        "convolution": lambda x: slid(x, _KERNEL),
        "average pooling": lambda x: pool(x[None], 2, 2, "average"),
        "max pooling": lambda x: pool(x[None], 2, 2, "max"),
    }
    f = work[operation]
    pairs = [(image(turn), image(turn + 1)) for turn in range(6)]
    return all(np.array_equal(f(2 * x - 3 * y), 2 * f(x) - 3 * f(y)) for x, y in pairs)


def both_poolings_linear() -> list[bool]:
    """Return whether average pooling is linear, and whether max pooling is."""
    return [linear("average pooling"), linear("max pooling")]


def two_convolutions_are_one() -> bool:
    """Return whether a single kernel does what two in a row do; it is read off one bright pixel."""
    dot = np.zeros((9, 9), dtype=int)
    dot[4, 4] = 1
    second = _KERNEL.T + 1
    single = slid(slid(dot, _KERNEL), second)[::-1, ::-1]
    return all(np.array_equal(slid(slid(image(turn), _KERNEL), second), slid(image(turn), single)) for turn in range(4))


def convolution_is_a_matrix() -> bool:
    """Return whether a matrix, made column by column from single bright pixels, does what the convolution does."""
    dots = np.eye(36, dtype=int).reshape(36, 6, 6)
    columns = np.stack([slid(dot, _KERNEL).ravel() for dot in dots], axis=1)
    return all(
        np.array_equal(columns @ image(turn, 6).ravel(), slid(image(turn, 6), _KERNEL).ravel()) for turn in range(4)
    )


def what_stride_does() -> str:
    """Return how the output with stride 2 comes from that with stride 1."""
    full, strided = slid(image(1), _KERNEL), slid(image(1), _KERNEL, 2)
    rows, columns = (size // 2 * 2 for size in full.shape)
    means = pool(full[None, :rows, :columns], 2, 2, "average")[0] / 4
    return "every second kept" if np.array_equal(full[::2, ::2], strided) else str(np.array_equal(means, strided))


def average_pooling_is_a_convolution() -> bool:
    """Return whether sums over 2 x 2 windows equal a kernel of ones with stride 2."""
    return all(
        np.array_equal(pool(image(turn)[None], 2, 2, "average")[0], slid(image(turn), np.ones((2, 2), int), 2))
        for turn in range(4)
    )


def max_of(values: list[list[int]]) -> int:
    """Return the maximum of a window as max pooling gives it."""
    return int(pool(np.array([values]), len(values), 1, "max")[0, 0, 0])


def relu_commutes(mode: str) -> bool:
    """Return whether ReLU before and after a pooling always give the same."""
    return all(
        np.array_equal(pool(np.maximum(x, 0), 2, 2, mode), np.maximum(pool(x, 2, 2, mode), 0))
        for x in (image(turn)[None] for turn in range(6))
    )


def global_average_growth() -> int | str:
    """Return how many times as many values global average pooling gives on maps twice as high and wide."""
    before, after = (np.ones((6, size, size)).mean(axis=(1, 2)) for size in (4, 8))
    return plain(Fraction(len(after), len(before)))


_ROWS, _COLUMNS = np.indices((8, 8))
_PATTERNS: dict[str, Any] = {
    "checkerboard": (_ROWS + _COLUMNS) % 2,
    "vertical edge": _COLUMNS // 4,
    "horizontal edge": _ROWS // 4,
}


def _values(picture: Any, kernel: list[list[int | str]]) -> list[int | str]:
    """Return the different values a kernel gives on an image, in increasing order."""
    weights = [[[Fraction(weight) for weight in row] for row in kernel]]
    return [plain(Fraction(value)) for value in sorted(set(correlate(picture[None], weights).ravel()))]


def values_on(pattern: str, kernel: list[list[int | str]]) -> list[int | str]:
    """Return the different values a kernel gives on a pattern of zeros and ones."""
    return _values(_PATTERNS[pattern], kernel)


def on_constant(kernel: list[list[int | str]], brightness: int) -> int | str:
    """Return what a kernel gives on an image of a single brightness."""
    (value,) = _values(np.full((5, 5), brightness), kernel)
    return value


def on_ramp(kernel: list[list[int | str]], slope: int) -> int | str:
    """Return what a kernel gives where the brightness grows by the same amount from column to column."""
    (value,) = _values(_COLUMNS * slope, kernel)
    return value


def responds_to(kernel: list[list[int | str]]) -> list[bool]:
    """Return whether a kernel answers to a vertical edge, and whether to a horizontal one."""
    return [values_on(edge, kernel) != [0] for edge in ("vertical edge", "horizontal edge")]


def single_one_only_moves() -> bool:
    """Return whether a kernel with one 1 and zeros gives a section of the image itself, wherever the 1 is."""
    picture = image(2)
    kernels = [(place, np.eye(9, dtype=int)[place].reshape(3, 3)) for place in range(9)]
    return all(
        np.array_equal(slid(picture, kernel), picture[place // 3 :, place % 3 :][:6, :6]) for place, kernel in kernels
    )


def transposed_undoes() -> bool:
    """Return whether a transposed convolution with the same kernel gives the image back."""
    picture = image(3)
    return np.array_equal(laid_down(slid(picture, _KERNEL), _KERNEL), picture)


def laid_down(values: Any, kernel: Any) -> Any:
    """Return the transposed convolution with stride 1: every value lays down a patch, overlaps add up."""
    size = len(kernel)
    result = np.zeros([side + size - 1 for side in values.shape], dtype=int)
    for row, column in np.ndindex(*values.shape):
        result[row : row + size, column : column + size] += values[row, column] * np.array(kernel)
    return result


def overlap(values: list[int], kernel: list[int]) -> list[int]:
    """Return the transposed convolution of a row."""
    padded = np.zeros((1, len(kernel), len(kernel)), dtype=int)
    padded[0, 0] = kernel
    return [int(value) for value in laid_down(np.array([values]), padded[0])[0]]

"""Gradients of a convolution by following every single product of the forward pass; nothing is flipped or dilated.

An output entry is a sum of products w * x, so its upstream gradient g adds g * w to the gradient of that x, g * x to
that of that w, and g to that of the bias.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from problemgen.measure.sliding import window_starts

if TYPE_CHECKING:
    from collections.abc import Iterator


def _meetings(in_size: int, kernel_size: int, stride: int, padding: int) -> Iterator[tuple[int, ...]]:
    """Yield (output row, column, kernel row, column, input row, column) of each product that is not with padding."""
    starts = window_starts(in_size, kernel_size, stride, padding)
    taps = range(kernel_size)
    for i, top in enumerate(starts):
        for j, left in enumerate(starts):
            for h in taps:
                for v in taps:
                    if 0 <= top + h < in_size and 0 <= left + v < in_size:
                        yield i, j, h, v, top + h, left + v


def input_gradient(delta: Any, kernel: Any, in_size: int, stride: int, padding: int) -> list[list[Any]]:
    """Return dL/dX."""
    found = [[0] * in_size for _ in range(in_size)]
    for i, j, h, v, row, column in _meetings(in_size, len(kernel), stride, padding):
        found[row][column] += delta[i][j] * kernel[h][v]
    return found


def weight_gradient(image: Any, delta: Any, kernel_size: int, stride: int, padding: int) -> list[list[Any]]:
    """Return dL/dW."""
    found = [[0] * kernel_size for _ in range(kernel_size)]
    for i, j, h, v, row, column in _meetings(len(image), kernel_size, stride, padding):
        found[h][v] += delta[i][j] * image[row][column]
    return found


def bias_gradient(in_size: int, delta: Any, kernel_size: int, stride: int, padding: int) -> Any:
    """Return dL/db: each output entry holds the bias once."""
    outputs = window_starts(in_size, kernel_size, stride, padding)
    total = 0
    for i, _ in enumerate(outputs):
        for j, _ in enumerate(outputs):
            total += delta[i][j]
    return total


def weight_entry_pairs(
    letters: tuple[str, str], entry: tuple[int, int], sizes: tuple[int, int, int], stride: int, padding: int
) -> list[tuple[dict[str, int], Any]]:
    """Return dL/dw at one place (from 1) of the kernel, at ten points of input and upstream gradient, by letter.

    `sizes` are those of input, kernel and output.
    """
    in_size, kernel_size, out_size = sizes
    pairs = []
    for turn in range(10):
        image, delta = _scattered(in_size, turn), _scattered(out_size, turn + 11)
        point = _named(letters[0], image) | _named(letters[1], delta)
        found = weight_gradient(image, delta, kernel_size, stride, padding)
        pairs.append((point, found[entry[0] - 1][entry[1] - 1]))
    return pairs


def _scattered(size: int, turn: int) -> list[list[int]]:
    return [[(31 * turn + 17 * row * (turn + 2) + 7 * column * (turn + 5)) % 41 - 20 for column in range(size)]
            for row in range(size)]  # fmt: skip


def _named(letter: str, rows: list[list[int]]) -> dict[str, int]:
    return {f"{letter}{i}{j}": entry for i, row in enumerate(rows, 1) for j, entry in enumerate(row, 1)}

"""Follow every window from one output back to the input, position by position, and see which pixels are met."""

from __future__ import annotations

from functools import cache
from itertools import count
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Sequence


def pixels(layers: Sequence[tuple[int, int, int]], output: int = 0) -> set[int]:
    """Return the input pixels that an output depends on; layers are (kernel size, stride, dilation) from the input."""
    seen = {output}
    for kernel_size, stride, dilation in reversed(layers):
        seen = {place * stride + dilation * tap for place in seen for tap in range(kernel_size)}
    return seen


def span(layers: Sequence[tuple[int, int, int]]) -> int:
    """Return how many pixels lie between the first and the last one that an output depends on, both included."""
    seen = pixels(layers)
    return len(range(min(seen), max(seen) + 1))


def distance(layers: Sequence[tuple[int, int, int]]) -> int:
    """Return how many pixels the fields of two neighbouring outputs are apart."""
    return min(pixels(layers, 1)) - min(pixels(layers, 0))


def least_depth(goal: int, layers: Sequence[tuple[int, int, int]], more: tuple[int, int, int]) -> int:
    """Return how many layers of a kind have to follow until an output depends on a span of `goal` pixels."""
    return next(number for number in count() if span([*layers, *[more] * number]) >= goal)


@cache
def uniform_pairs(depth: str, kernel: str, dilation: int) -> list[tuple[dict[str, Any], int]]:
    """Return the span of uniform stacks, at points of the two letters."""
    sizes = [(number, size) for number in range(1, 5) for size in range(2, 6)]
    return [({depth: number, kernel: size}, span([(size, 1, dilation)] * number)) for number, size in sizes]

"""Follow every window from one output back to the input, position by position, and see which pixels are met."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from problemgen.equivalence import Points

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence


def pixels(layers: Sequence[tuple[int, int, int]], outputs: Iterable[int] = (0,)) -> set[int]:
    """Return the input pixels that outputs depend on; layers are (kernel size, stride, dilation) from the input."""
    seen = set(outputs)
    for kernel_size, stride, dilation in reversed(layers):
        seen = {place * stride + dilation * tap for place in seen for tap in range(kernel_size)}
    return seen


def span(layers: Sequence[tuple[int, int, int]], outputs: Iterable[int] = (0,)) -> int:
    """Return how many pixels lie between the first and the last one that they depend on, both included."""
    seen = pixels(layers, outputs)
    return len(range(min(seen), max(seen) + 1))


def distance(layers: Sequence[tuple[int, int, int]]) -> int:
    """Return how many pixels the fields of two neighbouring outputs are apart."""
    return min(pixels(layers, {1})) - min(pixels(layers))


def least_depth(goal: int, layers: Sequence[tuple[int, int, int]], more: tuple[int, int, int]) -> int:
    """Return how many layers of a kind have to follow until an output depends on a span of `goal` pixels."""
    count, seen = 0, {0}
    while span(layers, seen) < goal:
        count, seen = count + 1, pixels([more], seen)
    return count


@cache
def uniform_pairs(depth: str, kernel: str, dilation: int) -> Points:
    """Return the span of uniform stacks, at points of the two letters."""
    sizes = [(number, size) for number in range(1, 5) for size in range(2, 6)]
    return Points(({depth: number, kernel: size}, span([(size, 1, dilation)] * number)) for number, size in sizes)

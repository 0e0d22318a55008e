"""What happens to an output when the image moves in a circle, or turns: the same, moved along, or neither."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from problemgen.measure.claims.images import image, slid
from problemgen.measure.pooling import pool

if TYPE_CHECKING:
    from collections.abc import Callable

_KERNEL = np.array([[1, 2, -1], [0, 3, 5], [-2, 4, 7]])
_SHIFTS = [(1, 0), (0, 1), (3, 2)]


def _circular(x: Any, stride: int = 1) -> Any:
    return slid(np.pad(x, 1, mode="wrap"), _KERNEL, stride)


def _two_layers(x: Any) -> Any:
    return np.maximum(_circular(np.maximum(_circular(x), 0)), 0)


def _dense(x: Any) -> Any:
    weights = (np.arange(x.size**2).reshape(x.size, x.size) ** 2) % 13 - 6
    return (weights @ x.ravel()).reshape(x.shape)


_WORK: dict[str, Callable[[Any], Any]] = {
    "circular convolutions and ReLU": _two_layers,
    "circular convolutions, ReLU, global average": lambda x: _two_layers(x).sum(),
    "zero-padded convolution": lambda x: slid(np.pad(x, 1), _KERNEL),
    "dense": _dense,
    "ReLU": lambda x: np.maximum(x, 0),
    "max pooling": lambda x: pool(x[None], 2, 2, "max")[0],
}


def behaviour(operation: str) -> str:
    """Return whether an operation is invariant to circular shifts, equivariant, or neither."""
    f = _WORK[operation]
    moved = [(f(image(turn)), f(np.roll(image(turn), by, (0, 1))), by) for turn in range(3) for by in _SHIFTS]
    if all(np.array_equal(before, after) for before, after, _ in moved):
        return "invariant"
    along = all(np.shape(before) and np.array_equal(np.roll(before, by, (0, 1)), after) for before, after, by in moved)
    return "equivariant" if along else "neither"


def same_after_one_pixel(operation: str) -> bool:
    """Return whether a circular shift by one pixel leaves the output as it is."""
    f = _WORK[operation]
    return all(np.array_equal(f(image(turn)), f(np.roll(image(turn), 1, 1))) for turn in range(3))


def smallest_shift_that_moves_the_output(stride: int) -> int:
    """Return the smallest circular shift along an axis that moves the output of a strided convolution in a circle."""
    picture = image(0)
    before = _circular(picture, stride)
    for shift in range(1, len(picture) + 1):
        after = _circular(np.roll(picture, shift, 0), stride)
        if any(np.array_equal(np.roll(before, by, 0), after) for by in range(1, len(before) + 1)):
            return shift
    return 0


def turns_along() -> bool:
    """Return whether a convolution with a kernel without symmetry turns its output when the image is turned."""
    return all(np.array_equal(np.rot90(_circular(image(turn))), _circular(np.rot90(image(turn)))) for turn in range(3))


def same_field_ignores_moves() -> list[bool]:
    """Return whether max pooling, and a convolution, ignore where in their 2 x 2 window a bright pixel is."""
    dots = np.eye(4, dtype=int).reshape(4, 1, 2, 2)
    pooled = {int(pool(dot, 2, 2, "max")[0, 0, 0]) for dot in dots}
    convolved = {int(slid(dot[0], [[1, 2], [3, 4]], 2)[0, 0]) for dot in dots}
    return [len(pooled) == 1, len(convolved) == 1]

"""Gradients by finite differences: moving a number a little and computing again, exactly."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any

import numpy as np

from problemgen.measure.claims.counts import plain
from problemgen.measure.claims.images import image, laid_down, slid
from problemgen.measure.differences import derivative
from problemgen.measure.pooling import gradient

if TYPE_CHECKING:
    from collections.abc import Callable

_KERNEL = np.array([[1, 2, -1], [0, 3, 5], [-2, 4, 7]])
_UPSTREAM = np.array([[1, -2, 4], [3, 0, -1], [2, 5, -3]])
_PICTURE = image(1, 5)
_TURNS = {"unchanged": _KERNEL, "rotated by 180 degrees": _KERNEL[::-1, ::-1], "transposed": _KERNEL.T}


def slopes(function: Callable[[Any], Any], at: Any) -> Any:
    """Return the slope of a linear or quadratic function in every entry of an integer array."""
    found = np.zeros(at.shape, dtype=object)
    for place in np.ndindex(*at.shape):
        step = np.zeros(at.shape, dtype=int)
        step[place] = 1
        found[place] = Fraction(int(function(at + step)) - int(function(at - step)), 2)
    return found


def relu_passes(at: int, upstream: int) -> int | str:
    """Return the gradient that a ReLU passes back."""
    return plain(Fraction(derivative(lambda point: upstream * max(point["x"], 0), {"x": Fraction(at)}, "x")))


def pooling_passes(mode: str, window: list[list[int]], upstream: list[list[int]], stride: int = 2) -> list[int | str]:
    """Return the gradients of the entries, row by row, behind 2 x 2 windows."""
    return [plain(slope) for row in gradient(window, upstream, 2, stride, mode) for slope in row]


def largest_entry_receives(picture: list[list[int]], upstream: list[list[int]]) -> int | str:
    """Return the gradient of the largest entry of a map under 2 x 2 max pooling with stride 1."""
    flat = [entry for row in picture for entry in row]
    return pooling_passes("max", picture, upstream, 1)[flat.index(max(flat))]


def kernel_in_input_gradient() -> str:
    """Return how the kernel is turned when the padded upstream gradient is cross-correlated with it for dL/dX."""
    found = slopes(lambda x: (slid(x, _KERNEL) * _UPSTREAM).sum(), _PICTURE)
    padded = np.pad(_UPSTREAM, 2)
    return next(name for name, kernel in _TURNS.items() if np.array_equal(slid(padded, kernel), found))


def kernel_in_transposed_convolution() -> str:
    """Return how the kernel is turned when dL/dX is written as a transposed convolution of the upstream gradient."""
    found = slopes(lambda x: (slid(x, _KERNEL) * _UPSTREAM).sum(), _PICTURE)
    return next(name for name, kernel in _TURNS.items() if np.array_equal(laid_down(_UPSTREAM, kernel), found))


def upstream_in_kernel_gradient() -> str:
    """Return how the upstream gradient is turned when the input is cross-correlated with it for dL/dW."""
    found = slopes(lambda w: (slid(_PICTURE, w) * _UPSTREAM).sum(), _KERNEL)
    turned = {"unchanged": _UPSTREAM, "rotated by 180 degrees": _UPSTREAM[::-1, ::-1], "transposed": _UPSTREAM.T}
    return next(name for name, upstream in turned.items() if np.array_equal(slid(_PICTURE, upstream), found))


def bias_gradient(upstream: list[list[int]]) -> int | str:
    """Return the gradient of the one bias that is added at every position."""
    weights = np.array(upstream)
    return plain(slopes(lambda b: ((np.ones(weights.shape, int) + b) * weights).sum(), np.zeros(1, int))[0])


def kernel_behind_dead_relu_learns() -> bool:
    """Return whether a kernel gets a gradient when the ReLU behind it receives negative numbers only."""
    picture = np.abs(_PICTURE) + 1
    negative = -np.abs(_KERNEL) - 3
    found = slopes(lambda w: (np.maximum(slid(picture, w), 0) * _UPSTREAM).sum(), negative)
    return bool((found != 0).any())


def growth_with_upstream(factor: int) -> int | str:
    """Return how many times as large the kernel's gradient is when the upstream gradient grows by a factor."""
    once = slopes(lambda w: (slid(_PICTURE, w) * _UPSTREAM).sum(), _KERNEL)
    more = slopes(lambda w: (slid(_PICTURE, w) * _UPSTREAM * factor).sum(), _KERNEL)
    (ratio,) = {after / before for before, after in zip(once.ravel(), more.ravel(), strict=True) if before}
    return plain(ratio)

"""The filter behind an output, by least squares on numbers: no elimination, and the fit is put to the test."""

from __future__ import annotations

from typing import Any

import numpy as np

from problemgen.measure.sliding import count_windows, window_starts


def fitted_filter(image: Any, output: Any, height: int, width: int, stride: int, *, flipped: bool) -> Any:
    """Return the filter that fits best, as floats; raises `ValueError` if it does not fit exactly."""
    pixels, wanted = np.array(image, dtype=float), np.array(output, dtype=float).ravel()
    tops, lefts = window_starts(pixels.shape[0], height, stride), window_starts(pixels.shape[1], width, stride)
    seen = np.array([pixels[a : a + height, b : b + width].ravel() for a in tops for b in lefts])
    weights, *_ = np.linalg.lstsq(seen, wanted, rcond=None)
    if np.abs(seen @ weights - wanted).max() > 1e-8:
        raise ValueError("no filter fits")
    fitted = weights.reshape(height, width)
    return (fitted[::-1, ::-1] if flipped else fitted).tolist()


def applied(weights: Any, samples: Any, *, flipped: bool) -> float:
    """Return what a 1-D filter makes of one window."""
    order = list(reversed(weights)) if flipped else list(weights)
    return float(sum(weight * sample for weight, sample in zip(order, samples, strict=True)))


def enough_inputs(taps: int, stride: int) -> int:
    """Return the length of the shortest input with as many windows as the filter has weights."""
    length = 1
    while count_windows(length, taps, stride) < taps:
        length += 1
    return length

"""Which filter turned this input into that output?  The windows as the rows of a linear system, and wrong set-ups."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from sympy import evaluate, symbols

from problemgen.errors import require
from problemgen.exact import Matrix, Rational, rational
from problemgen.formula import Formula
from problemgen.nn.arrays import rot180, window
from problemgen.nn.kernels import entries, mapped, transposed
from problemgen.nn.linear_systems import Row, equation, unique_solution

if TYPE_CHECKING:
    from problemgen.worked import Equation

WHY: Final = {
    "flipped": "wrote the filter in the wrong order: took correlation for true convolution, or the reverse",
    "minus_signs_lost": "lost the minus signs",
    "input_signs_lost": "lost the minus signs of the input",
    "same_padding_assumed": "let the first window begin in a zero before the input",
    "divided_entry_by_entry": "divided outputs by inputs, entry by entry",
    "stride_taken_as_1": "moved the window by 1 instead of the stride",
    "windows_side_by_side": "moved the window by its own width",
    "kernel_transposed": "wrote the filter by columns",
    "rows_only_flipped": "reversed the order of the rows only",
    "as_many_inputs_as_taps": "took as many inputs as there are weights",
    "one_window_too_many": "let the first window begin behind the stride, not at the first sample",
    "one_output_too_few": "needed one equation fewer than there are weights",
    "wrong_window": "laid the filter over the last complete window of the given input",
    "first_inputs": "laid the filter over the first window",
    "not_flipped": "laid the filter over the window the wrong way round",
}

K, S = symbols("kernel_size stride")
with evaluate(False):
    SHORTEST: Final = Formula("in_size", S * (K - 1) + K)


def windows(image: Matrix, height: int, width: int, stride: int = 1) -> Matrix:
    """Return the entries of every window, one row each."""
    tops = range(0, len(image) - height + 1, stride)
    lefts = range(0, len(image[0]) - width + 1, stride)
    return tuple(entries(window(image, top, left, height, width)) for top in tops for left in lefts)


def system(image: Matrix, height: int, width: int, stride: int, *, flipped: bool) -> Matrix:
    """Return the factors of the filter's weights, in reading order, in the equation of each output."""
    rows = windows(image, height, width, stride)
    return tuple(tuple(reversed(row)) for row in rows) if flipped else rows


def laid_out(weights: Row, width: int) -> Matrix:
    """Return the weights as a filter."""
    return tuple(weights[start : start + width] for start in range(0, len(weights), width))


def recovered(image: Matrix, output: Matrix, height: int, width: int, stride: int, *, flipped: bool) -> Matrix:
    """Return the filter; raises `InvalidParameters` unless exactly one leads from the image to the output."""
    rows = system(image, height, width, stride, flipped=flipped)
    require(len(rows) == len(entries(output)), f"{len(rows)} windows do not give {len(entries(output))} outputs")
    weights = unique_solution(rows, entries(output))
    require(weights is not None, "the outputs do not determine the filter, or contradict each other")
    return laid_out(weights or (), width)


def letters(height: int, width: int) -> list[str]:
    """Return the names of the weights: w_1, w_2, ..., with two indices in two dimensions."""
    if height == 1:
        return [f"w_{{{place}}}" for place in range(1, width + 1)]
    return [f"w_{{{row},{column}}}" for row in range(1, height + 1) for column in range(1, width + 1)]


def equations(rows: Matrix, values: Row, names: list[str], prefix: str) -> dict[str, Equation]:
    """Return the equations as worked steps under numbered names."""
    pairs = enumerate(zip(rows, values, strict=True), 1)
    return {f"{prefix}_{place}": equation(row, value, names) for place, (row, value) in pairs}


def wrong_filters(image: Matrix, output: Matrix, right: Matrix, stride: int, *, flipped: bool) -> dict[str, Matrix]:
    """Return the filters to which wrong set-ups lead, where these have one solution."""
    height, width, values = len(right), len(right[0]), entries(output)
    found = {"flipped": rot180(right)}
    if height > 1:
        found |= {"kernel_transposed": transposed(right), "rows_only_flipped": tuple(reversed(right))}
    positive = mapped(image, lambda entry: max(entry, -entry))
    shifted = tuple((0, *row) for row in image) if height == 1 else image
    tried = {
        "same_padding_assumed": (shifted, 1),
        "input_signs_lost": (positive, stride),
        "stride_taken_as_1": (image, 1),
        "windows_side_by_side": (image, width),
    }
    for slip, (source, step) in tried.items():
        rows = system(source, height, width, step, flipped=flipped)[: height * width]
        weights = unique_solution(rows, values[: len(rows)])
        if weights and all(isinstance(weight, int) for weight in weights):  # with others nobody would go on
            found[slip] = laid_out(weights, width)
    if height == 1 and 0 not in image[0][:width]:
        quotients = zip(values, image[0][:width], strict=False)
        found["divided_entry_by_entry"] = (tuple(rational(Fraction(y) / x) for y, x in quotients),)
    return found


def wrong_lengths(taps: int, stride: int) -> dict[str, Rational]:
    """Return the wrong numbers of inputs that are said to be enough."""
    return {
        "stride_taken_as_1": SHORTEST(stride=1, kernel_size=taps),
        "one_output_too_few": SHORTEST(stride=stride, kernel_size=taps) - stride,
        "as_many_inputs_as_taps": taps,
        "one_window_too_many": SHORTEST(stride=stride, kernel_size=taps) + stride,
        "windows_side_by_side": taps**2,
    }

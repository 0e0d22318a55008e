"""A filter on a pattern: the windows that differ, what repeats, and the values to which the usual wrong rules lead."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from problemgen.exact import exact_sum
from problemgen.nn.arrays import correlate
from problemgen.nn.conv2d import window_steps, wrong_outputs
from problemgen.nn.kernels import divisor, entries, mapped, numerators
from problemgen.nn.patterns import (
    INSIDE_A_SIDE,
    LINES_TIMES_LENGTH,
    PERIOD,
    REDUCED,
    RESPONDING,
    TAPS_LEFT,
    Pattern,
    pattern_image,
)

if TYPE_CHECKING:
    from problemgen.exact import Matrix
    from problemgen.formula import Substitution
    from problemgen.worked import SumOfProducts

WHY: Final = {
    "not_normalised": "forgot to divide by the kernel's common denominator",
    "divided_by_k": "divided by $K$ instead of $K^2$",
    "phase_flipped": "began with the wrong phase: dark and bright pixels exchanged",
    "same_padding_shape": "put a ring of zeros around the image, although there is no padding",
    "kernel_flipped": "flipped the kernel, as in a true convolution",
    "kernel_transposed": "read the kernel by columns",
    "minus_signs_lost": "lost the minus signs of the kernel",
    "windows_side_by_side": "moved the window by its own width instead of by 1",
    "stride_taken_as_1": "moved the window by 1 instead of the stride",
    "entry_of_the_image": "gave the pixel of the image at this place, unfiltered",
    "impulse_stays_one_pixel": "thought that the impulse stays a single pixel",
    "zeros_counted": "counted the zeros of the kernel, too",
    "whole_output": "counted all entries of the output",
    "whole_image": "counted all pixels of the image",
    "forgot_plus_one": "dropped the $+1$ of the output size",
    "input_lines_counted": "took the lines of the output to be as long as those of the image",
    "bright_pixels_counted": "counted the bright pixels of the image",
    "one_line_only": "counted along one line only",
    "single_line": "took the response to be one entry wide",
    "multiples_of_the_width": "took the multiples of $B$ instead of those of the period",
    "even_sizes": "took every even size",
    "odd_sizes": "took the odd sizes",
    "period_only": "gave the period itself only",
    "all_from_the_period": "took every size from the period on",
}


def distinct_windows(image: Matrix, kernel: Matrix, stride: int) -> dict[str, SumOfProducts]:
    """Return the working of one window of each kind, multiplied by the kernel's common denominator."""
    kept: dict[Any, tuple[str, SumOfProducts]] = {}
    whole = window_steps((image,), (numerators(kernel),), stride=stride)
    common = divisor(kernel)
    for name, step in whole.items():
        terms = tuple(term for term in step.terms if 0 not in term)
        left = rf"{common}\,{step.left}" if common > 1 else step.left
        kept.setdefault(terms, (name, replace(step, left=left, terms=terms)))
    return dict(kept.values())


def wrong_patterned(image: Matrix, kernel: Matrix, stride: int, phase: Matrix | None) -> dict[str, Matrix]:
    """Return the wrong outputs; `phase` is the output for the pattern with its colours exchanged."""
    size, common, whole = len(kernel), divisor(kernel), numerators(kernel)
    found = wrong_outputs((image,), (whole,), stride=stride)
    wrong = {"not_normalised": correlate((image,), (whole,), stride=stride)} if common > 1 else {}
    if len(set(entries(kernel))) == 1:
        wrong["divided_by_k"] = _divided(correlate((image,), (whole,), stride=stride), size)
    if phase:
        wrong["phase_flipped"] = phase
    if size % 2:
        wrong["same_padding_shape"] = filtered(image, kernel, stride, (size - 1) // 2)
    keep = ("kernel_flipped", "minus_signs_lost", "stride_taken_as_1", "kernel_transposed", "windows_side_by_side")
    return wrong | {slip: _divided(found[slip], common) for slip in keep if slip in found}


def filtered(image: Matrix, kernel: Matrix, stride: int = 1, padding: int = 0) -> Matrix:
    """Return the output: whole numbers are added up and divided once, at the end."""
    whole = correlate((image,), (numerators(kernel),), stride=stride, padding=padding)
    return _divided(whole, divisor(kernel))


def _divided(rows: Matrix, common: int) -> Matrix:
    return mapped(rows, lambda entry: Fraction(entry, common)) if common > 1 else rows


def reduced_place(width: int, place: tuple[int, ...]) -> dict[str, Substitution]:
    """Return which entry of the first period equals the one at this place, as working."""
    letters = (("row", "i", "i_0"), ("column", "j", "j_0"))
    return {
        name: REDUCED.lettered(reduced=into, place=letter, width="B").worked(width=width, place=counted)
        for (name, letter, into), counted in zip(letters, place, strict=True)
    }


def count_nonzero(
    pattern: Pattern, width: int, first: int, size: int, kernel: Matrix
) -> tuple[dict[str, Substitution], dict[str, Any]]:
    """Return how it is found, ending in `count`, how many outputs of a large image are not 0, and the wrong counts."""
    taps = len(kernel)
    outputs = size - taps + 1
    if pattern == "impulse":
        zeros = entries(kernel).count(0)
        worked = TAPS_LEFT.worked(kernel_size=taps, zeros=zeros)
        wrong: dict[str, Any] = {"impulse_stays_one_pixel": 1, "zeros_counted": taps**2, "whole_output": outputs**2}
        return {"count": worked}, wrong | {"whole_image": size**2}
    strip = pattern_image("vertical edge", width, first, taps, size)
    laid = kernel if pattern == "vertical edge" else tuple(zip(*kernel, strict=True))
    responds = [entry != 0 for entry in correlate((strip,), (laid,))[0]]
    lines, side = sum(responds), width if first else size - width
    count = partial(LINES_TIMES_LENGTH.worked, lines=lines)
    steps = {}
    if exact_sum(entries(kernel)) and side >= taps:
        steps["inside"] = INSIDE_A_SIDE.worked(side=side, kernel_size=taps)
        inside = steps["inside"].value
        steps["lines"] = RESPONDING.worked(across=lines - inside, inside=inside)
    wrong = {
        "input_lines_counted": count(outputs=size).value,
        "forgot_plus_one": count(lines=sum(responds[:-1]), outputs=outputs - 1).value,
        "one_line_only": lines,
        "whole_output": outputs**2,
        "single_line": outputs,
        "bright_pixels_counted": side * size,
    }
    return {**steps, "count": count(outputs=outputs)}, wrong


def constant_boxes(width: int, largest: int) -> tuple[Substitution, range, dict[str, Any]]:
    """Return the period of stripes or a checkerboard, the boxes that see no contrast, and the wrong sets."""
    worked = PERIOD.worked(width=width)
    period = int(worked.value)
    wrong = {
        "period_only": {period},
        "multiples_of_the_width": range(max(2, width), largest + 1, width),
        "even_sizes": range(2, largest + 1, 2),
        "odd_sizes": range(3, largest + 1, 2),
        "all_from_the_period": range(period, largest + 1),
    }
    return worked, range(period, largest + 1, period), {slip: frozenset(sizes) for slip, sizes in wrong.items()}

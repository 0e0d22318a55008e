"""One convolution filter by hand: the working of every output, and the outputs to which the usual wrong rules lead."""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from math import lcm, prod
from typing import TYPE_CHECKING

from problemgen.errors import require
from problemgen.exact import Matrix, Rational, exact_sum, rational
from problemgen.nn.arrays import Channels, Products, correlate, pad, rot180, window_products
from problemgen.worked import Application, SumOfProducts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from problemgen.formula import Substitution


def check_filter(image: Channels, kernel: Channels, stride: int, padding: int) -> None:
    """Refuse arrays that are no matrices of one size, channels that do not match, and a kernel that does not fit."""
    require(image and len(image) == len(kernel), f"{len(kernel)} kernel channels do not fit {len(image)} of the image")
    for name, channels in (("image", image), ("kernel", kernel)):
        heights, widths = {len(rows) for rows in channels}, {len(row) for rows in channels for row in rows}
        even = len(heights) == len(widths) == 1 and 0 not in heights | widths
        require(even, f"the channels of the {name} must be matrices of one size")
    require(stride >= 1 and padding >= 0, "stride must be at least 1, padding at least 0")
    for have, need in ((len(image[0]), len(kernel[0])), (len(image[0][0]), len(kernel[0][0]))):
        require(need <= have + 2 * padding, f"a kernel of {need} does not fit a padded input of {have + 2 * padding}")


def is_symmetric(kernel: Matrix) -> bool:
    """Return whether turning the kernel by half a turn, or swapping its rows and columns, changes nothing."""
    return kernel in (rot180(kernel), tuple(zip(*kernel, strict=True)))


def window_steps(
    image: Channels, kernel: Channels, *, bias: Rational = 0, stride: int = 1, padding: int = 0
) -> dict[str, SumOfProducts]:
    """Return the working of every output by name: y_1_1, y_1_2, ..., row by row.

    The first window is written in full, several channels as s_1, s_2, ... before it; the others without products
    that are 0.
    """
    padded = tuple(pad(entries, padding) for entries in image)
    starts = tuple(
        range(0, have - need + 1, stride)
        for have, need in ((len(padded[0]), len(kernel[0])), (len(padded[0][0]), len(kernel[0][0])))
    )
    channels = zip(padded, kernel, strict=True)
    first = [window_products((entries,), (weights,), 0, 0) for entries, weights in channels]
    steps = {f"s_{place}": _summed(f"s_{{{place}}}", terms) for place, terms in enumerate(first, 1)}
    sums = tuple((step.value,) for step in steps.values())
    steps = steps if len(steps) > 1 else {}
    for row, top in enumerate(starts[0], 1):
        for column, left in enumerate(starts[1], 1):
            terms = tuple(pair for pair in window_products(padded, kernel, top, left) if 0 not in pair)
            if row == column == 1:
                terms = sums if steps else first[0]
            steps[f"y_{row}_{column}"] = _summed(f"Y_{{{row},{column}}}", (*terms, *(((bias,),) if bias else ())))
    return steps


def _summed(left: str, terms: Products) -> SumOfProducts:
    return SumOfProducts(left, terms, exact_sum(prod(term) for term in terms))


def outputs(steps: Mapping[str, SumOfProducts | Application | Substitution]) -> Matrix:
    """Return the output as a matrix."""
    rows: dict[str, list[Rational]] = {}
    for name, step in steps.items():
        if name.startswith("y_"):
            rows.setdefault(name.split("_")[1], []).append(step.value)
    return tuple(map(tuple, rows.values()))


def wrong_outputs(
    image: Channels, kernel: Channels, *, bias: Rational = 0, stride: int = 1, padding: int = 0
) -> dict[str, Matrix]:
    """Return the outputs to which wrong rules lead, by slip; rules that cannot be applied here are left out."""
    height, width = len(kernel[0]), len(kernel[0][0])
    entries = [Fraction(entry) for rows in kernel for row in rows for entry in row]
    divisor = lcm(*(entry.denominator for entry in entries))
    fits = height <= len(image[0]) and width <= len(image[0][0])
    given = partial(correlate, image, kernel, bias=bias, stride=stride, padding=padding)
    other = partial(correlate, bias=bias, stride=stride, padding=padding)
    tried: dict[str, tuple[bool, Callable[[], Matrix]]] = {
        "kernel_flipped": (True, lambda: other(image, tuple(rot180(rows) for rows in kernel))),
        "kernel_transposed": (
            height == width,
            lambda: other(image, tuple(tuple(zip(*rows, strict=True)) for rows in kernel)),
        ),
        "minus_signs_lost": (min(entries) < 0, lambda: other(image, _scaled(kernel, lambda entry: max(entry, -entry)))),
        "forgot_bias": (bias != 0, lambda: given(bias=0)),
        "forgot_padding": (padding > 0 and fits, lambda: given(padding=0)),
        "stride_taken_as_1": (stride > 1, lambda: given(stride=1)),
        "windows_side_by_side": (stride == 1 < height == width, lambda: given(stride=height)),
        "first_channel_only": (len(image) > 1, lambda: other(image[:1], kernel[:1])),
        "first_kernel_everywhere": (len(image) > 1, lambda: other(image, kernel[:1] * len(image))),
        "bias_for_each_channel": (len(image) > 1 and bias != 0, lambda: given(bias=bias * len(image))),
        "denominator_dropped": (divisor > 1, lambda: other(image, _scaled(kernel, lambda entry: entry * divisor))),
    }
    return {slip: output() for slip, (applies, output) in tried.items() if applies}


def _scaled(kernel: Channels, change: Callable[[Rational], Rational]) -> Channels:
    return tuple(tuple(tuple(rational(change(entry)) for entry in row) for row in rows) for rows in kernel)

"""Transposed convolution: every input entry pastes a copy of the kernel, and the copies that overlap are added.

The same output comes from sliding the turned kernel over the input spread out with S - 1 zeros between its entries.
"""

from __future__ import annotations

from fractions import Fraction
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sympy import evaluate, floor, symbols

from problemgen.errors import require
from problemgen.formula import Formula
from problemgen.nn.arrays import correlate, pad, rot180
from problemgen.nn.conv2d import window_steps
from problemgen.nn.kernels import transposed
from problemgen.operations import Operation
from problemgen.worked import SumOfProducts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problemgen.exact import Matrix, Rational

N, K, S, P, O = symbols("in_size kernel_size stride padding out_size")  # noqa: E741 - textbook letters

with evaluate(False):
    OUT_SIZE: Final = Formula("out_size", S * (N - 1) - 2 * P + K)
    ORDINARY_SIZE: Final = Formula("out_size", floor((N + 2 * P - K) / S) + 1)
    KERNEL_SIZE: Final = Formula("kernel_size", O + 2 * P - S * (N - 1))
    LARGEST_STRIDE: Final = Formula("largest", floor((O + 2 * P) / N), {"largest": r"S_{\max}"})

WHY: Final = {
    "no_overlap_sum_shape": "set the copies of the kernel side by side, without overlap",
    "ordinary_size": "used the size rule of an ordinary convolution",
    "ordinary_convolution": "slid the kernel over the input: an ordinary convolution",
    "padding_added": "added the padding instead of cutting it off",
    "forgot_padding": "left out the padding: nothing was cut off",
    "single_sided_padding": "took the padding off on one side only",
    "stride_taken_as_1": "moved the copies on by 1 instead of the stride",
    "forgot_minus_one": "took $N$ steps of the stride instead of $N - 1$",
    "flipped_kernel": "pasted the flipped kernel",
    "transposed_kernel": "swapped rows and columns of the kernel",
    "overlap_not_added": "let later copies overwrite earlier ones instead of adding them",
    "stride_itself": "took the kernel to be as large as the stride",
    "twice_the_stride": "took the kernel to be twice as large as the stride",
    "only_the_largest": "gave the largest stride only",
    "gaps_allowed": "took strides larger than the kernel, too, which leave gaps",
    "powers_of_two": "took powers of $2$ only",
    "ceil_for_floor": "rounded up instead of down",
    "input_shape_kept": "gave the output the shape of the input",
    "no_stride_1": "left out the stride $1$",
}


def spread(image: Matrix, stride: int) -> Matrix:
    """Return the input with stride - 1 rows and columns of zeros between its entries."""
    height, width = (stride * (size - 1) + 1 for size in (len(image), len(image[0])))
    rows: list[list[Rational]] = [[0] * width for _ in range(height)]
    for i, row in enumerate(image):
        rows[stride * i][::stride] = row
    return tuple(map(tuple, rows))


def transposed_conv(image: Matrix, kernel: Matrix, stride: int = 1, padding: int = 0) -> Matrix:
    """Return the output: the turned kernel slid over the spread input with K - 1 rings of zeros, of which P are cut."""
    around = pad(spread(image, stride), len(kernel) - 1 - padding)
    return correlate((around,), (rot180(kernel),))


def check_transposed(image: Matrix, kernel: Matrix, stride: int, padding: int) -> None:
    """Refuse what is no matrix, a kernel that is not square, and a padding that cuts off too much."""
    for name, rows in (("image", image), ("kernel", kernel)):
        require(rows and rows[0] and len({len(row) for row in rows}) == 1, f"the {name} must be a matrix")
    require(len(kernel) == len(kernel[0]), "the kernel must be square")
    require(stride >= 1 and padding >= 0, "stride must be at least 1, padding at least 0")
    require(padding < len(kernel), "padding must be smaller than the kernel")
    smallest = min(len(image), len(image[0]))
    require(OUT_SIZE(in_size=smallest, kernel_size=len(kernel), stride=stride, padding=padding) >= 1, "nothing is left")


def output_steps(image: Matrix, kernel: Matrix, stride: int, padding: int) -> dict[str, SumOfProducts]:
    """Return the working of every output to which a copy of the kernel contributes."""
    around = pad(spread(image, stride), len(kernel) - 1 - padding)
    steps: dict[str, SumOfProducts] = {}
    for name, step in window_steps((around,), (rot180(kernel),)).items():
        terms = tuple((b, a) for a, b in step.terms if b and a)
        if terms:
            steps[name] = SumOfProducts(step.left, terms, step.value)
    return steps


def overlapping(steps: Mapping[str, SumOfProducts]) -> dict[str, SumOfProducts]:
    """Return the steps in which products of several copies are added."""
    return {name: step for name, step in steps.items() if len(step.terms) > 1}


def single_products(steps: Mapping[str, SumOfProducts]) -> tuple[Operation, ...]:
    """Return the products that are an output by themselves."""
    return tuple(Operation("multiply", step.terms[0]) for step in steps.values() if len(step.terms) == 1)


def wrong_shapes(image: Matrix, kernel_size: int, stride: int, padding: int) -> dict[str, tuple[int, int]]:
    """Return the wrong shapes of the output."""
    given: dict[str, Any] = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    sizes = [_wrong_sizes(size, given) for size in (len(image), len(image[0]))]
    pairs = {slip: (int(sizes[0][slip]), int(sizes[1][slip])) for slip in sizes[0]}
    return {slip: pair for slip, pair in pairs.items() if min(pair) >= 1}


def _wrong_sizes(size: int, given: dict[str, Any]) -> dict[str, Rational]:
    found = partial(OUT_SIZE, in_size=size)
    return {
        "no_overlap_sum_shape": given["kernel_size"] * size,
        "ordinary_size": ORDINARY_SIZE(in_size=size, **given),
        "forgot_padding": found(**given | {"padding": 0}),
        "padding_added": found(**given | {"padding": -given["padding"]}),
        "forgot_minus_one": found(**given) + given["stride"],
        "stride_taken_as_1": found(**given | {"stride": 1}),
        "input_shape_kept": size,
        "single_sided_padding": found(**given | {"padding": Fraction(given["padding"], 2)}),
    }


def wrong_outputs(image: Matrix, kernel: Matrix, stride: int, padding: int) -> dict[str, Matrix]:
    """Return the wrong outputs; rules that cannot be applied here are left out."""
    size = len(kernel)
    found = {
        "flipped_kernel": transposed_conv(image, rot180(kernel), stride, padding),
        "overlap_not_added": _overwritten(image, kernel, stride, padding),
        "transposed_kernel": transposed_conv(image, transposed(kernel), stride, padding),
        "forgot_padding": transposed_conv(image, kernel, stride),
        "no_overlap_sum_shape": transposed_conv(image, kernel, size),
    }
    if size <= min(len(image), len(image[0])) + 2 * padding:
        found["ordinary_convolution"] = correlate((image,), (kernel,), stride=stride, padding=padding)
    if OUT_SIZE(in_size=min(len(image), len(image[0])), kernel_size=size, stride=1, padding=padding) >= 1:
        found["stride_taken_as_1"] = transposed_conv(image, kernel, 1, padding)
    return found


def _overwritten(image: Matrix, kernel: Matrix, stride: int, padding: int) -> Matrix:
    height, width = (stride * (size - 1) + len(kernel) for size in (len(image), len(image[0])))
    rows: list[list[Rational]] = [[0] * width for _ in range(height)]
    for i, line in enumerate(image):
        for j, entry in enumerate(line):
            for a, weights in enumerate(kernel):
                rows[stride * i + a][stride * j : stride * j + len(kernel)] = [entry * weight for weight in weights]
    return tuple(tuple(row[padding : width - padding]) for row in rows[padding : height - padding])


def strides_without_gaps(in_size: int, out_size: int, padding: int) -> frozenset[int]:
    """Return the strides for which a kernel at least as large as the stride leads from one size to the other."""
    largest = int(LARGEST_STRIDE(in_size=in_size, out_size=out_size, padding=padding))
    return frozenset(range(1, largest + 1))


def wrong_strides(in_size: int, out_size: int, padding: int) -> dict[str, frozenset[int]]:
    """Return the wrong sets of strides."""
    right = strides_without_gaps(in_size, out_size, padding)
    with_gaps = range(1, (out_size + 2 * padding - 1) // (in_size - 1) + 1)
    return {
        "only_the_largest": frozenset({max(right, default=1)}),
        "gaps_allowed": frozenset(with_gaps),
        "forgot_padding": strides_without_gaps(in_size, out_size, 0),
        "ceil_for_floor": frozenset(range(1, -(-(out_size + 2 * padding) // in_size) + 1)),
        "no_stride_1": right - {1},
        "powers_of_two": frozenset(stride for stride in right if stride in (1, 2, 4, 8)),
    }


def wrong_kernel_sizes(in_size: int, out_size: int, padding: int, stride: int) -> dict[str, Rational]:
    """Return the wrong kernel sizes for a stride."""
    found = partial(KERNEL_SIZE, in_size=in_size, out_size=out_size, stride=stride)
    wrong = {
        "forgot_padding": found(padding=0),
        "padding_added": found(padding=-padding),
        "forgot_minus_one": found(padding=padding) - stride,
        "stride_itself": stride,
        "twice_the_stride": 2 * stride,
        "single_sided_padding": found(padding=Fraction(padding, 2)),
    }
    return {slip: size for slip, size in wrong.items() if size >= 1}

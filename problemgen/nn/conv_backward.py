"""Backwards through a convolution of one channel, exactly: the gradients of its input, its kernel and its bias.

Y = X correlated with W (stride S, P rings of zeros), and delta = dL/dY.  With S - 1 zeros between the entries of delta,

    dL/dX = delta in K - 1 - P rings of zeros, correlated with the flipped kernel,
    dL/dW = padded X correlated with delta,            dL/db = the sum of delta.
"""

from __future__ import annotations

from math import prod
from typing import Any, Final

from sympy import Add, Expr, Symbol

from problemgen.errors import require
from problemgen.exact import Matrix, Rational, exact_sum, rational
from problemgen.nn.arrays import correlate, pad, rot180, window, window_products
from problemgen.worked import SumOfProducts

WHY: Final = {
    "flipped": "flipped the upstream gradient",
    "one_position_only": "took one position of the kernel only, though it is shared by all",
    "averaged": "took the mean over the positions instead of the sum",
    "stride_taken_as_1": "moved on by 1 instead of the stride",
    "forgot_padding": "left out the padding",
}
"""What went wrong with the gradient of a kernel, by the slip's id."""


def check_backward(delta: Matrix, in_size: int, kernel_size: int, stride: int, padding: int) -> None:
    """Refuse an upstream gradient that is not as large as the output of a layer with these settings."""
    require(stride >= 1 and kernel_size >= 1, "stride and kernel_size must be at least 1")
    require(0 <= padding < kernel_size, "padding must be at least 0 and less than the kernel's size")
    reach = in_size + 2 * padding - kernel_size
    require(reach >= 0, "the kernel does not fit the padded input")
    size = reach // stride + 1
    even = len(delta) == size and all(len(row) == size for row in delta)
    require(even, f"the output, and so the upstream gradient, must have {size} rows of {size} entries")


def check_square(name: str, entries: Matrix) -> None:
    """Refuse anything but a square matrix."""
    require(entries and all(len(row) == len(entries) for row in entries), f"the {name} must be a square matrix")


def is_half_turn(delta: Matrix) -> bool:
    """Return whether turning the matrix by half a turn changes nothing."""
    return delta == rot180(delta)


def transposed(entries: Matrix) -> Matrix:
    """Return the matrix with rows and columns swapped."""
    return tuple(zip(*entries, strict=True))


def dilated(entries: Matrix, stride: int, more: int = 0) -> Matrix:
    """Return the matrix with `stride` - 1 zeros between neighbours, and `more` zeros behind the last ones."""
    size = stride * (len(entries) - 1) + 1 + more
    placed = {(stride * i, stride * j): entry for i, row in enumerate(entries) for j, entry in enumerate(row)}
    return tuple(tuple(placed.get((i, j), 0) for j in range(size)) for i in range(size))


def upstream(delta: Matrix, in_size: int, kernel_size: int, stride: int, padding: int) -> tuple[Matrix, int]:
    """Return delta with the zeros that stride and left-over cells demand, and the rings of zeros to lay around it."""
    left_over = (in_size + 2 * padding - kernel_size) % stride
    return dilated(delta, stride, left_over), kernel_size - 1 - padding


def slid(left: str, image: Matrix, kernel: Matrix) -> dict[str, SumOfProducts]:
    """Return the working of every entry as the kernel slides over the image, without products that are 0."""
    steps = {}
    for top in range(len(image) - len(kernel) + 1):
        for start in range(len(image[0]) - len(kernel[0]) + 1):
            terms = tuple(pair for pair in window_products((image,), (kernel,), top, start) if 0 not in pair)
            value = exact_sum(prod(pair) for pair in terms)
            steps[f"e_{top + 1}_{start + 1}"] = SumOfProducts(f"{left}_{{{top + 1},{start + 1}}}", terms, value)
    return steps


def entries(steps: dict[str, SumOfProducts]) -> Matrix:
    """Return the entries of `slid` as a matrix."""
    rows: dict[str, list[Rational]] = {}
    for name, step in steps.items():
        rows.setdefault(name.split("_")[1], []).append(step.value)
    return tuple(map(tuple, rows.values()))


def input_steps(delta: Matrix, kernel: Matrix, in_size: int, stride: int, padding: int) -> dict[str, SumOfProducts]:
    """Return the working of dL/dX, called G."""
    inner, border = upstream(delta, in_size, len(kernel), stride, padding)
    return slid("G", pad(inner, border), rot180(kernel))


def weight_steps(image: Matrix, delta: Matrix, kernel_size: int, stride: int, padding: int) -> dict[str, SumOfProducts]:
    """Return the working of dL/dW, called G; cells that no window reaches are left out."""
    reach = stride * (len(delta) - 1) + kernel_size
    return slid("G", window(pad(image, padding), 0, 0, reach, reach), dilated(delta, stride))


def bias_step(delta: Matrix) -> SumOfProducts:
    """Return the working of dL/db."""
    terms = tuple((entry,) for row in delta for entry in row)
    return SumOfProducts(r"\partial L/\partial b", terms, exact_sum(entry for (entry,) in terms))


def wrong_inputs(delta: Matrix, kernel: Matrix, in_size: int, stride: int, padding: int) -> dict[str, Matrix]:
    """Return wrong dL/dX by slip; rules that cannot be applied here are left out."""
    inner, border = upstream(delta, in_size, len(kernel), stride, padding)
    flipped = rot180(kernel)

    def against(weights: Matrix, rings: int = border, inside: Matrix = inner) -> Matrix:
        return correlate((inside,), (weights,), padding=rings)

    found = {"kernel_not_flipped": against(kernel), "kernel_transposed": against(transposed(flipped))}
    if len(delta) == len(kernel):
        found["elementwise_with_flip"] = _scaled(delta, flipped)
    if len(inner) >= len(kernel) and border:
        found["valid_instead_of_full"] = against(flipped, 0)
    if padding:
        found["padding_not_cut_off"] = against(flipped, border + padding)
    if stride > 1 and len(delta) + 2 * border >= len(kernel):
        found["not_dilated"] = against(flipped, border, delta)
    return found


def wrong_weights(image: Matrix, delta: Matrix, kernel_size: int, stride: int, padding: int) -> dict[str, Matrix]:
    """Return wrong dL/dW by slip; rules that cannot be applied here are left out."""
    settings: dict[str, Any] = {"kernel_size": kernel_size, "stride": stride, "padding": padding}
    right = entries(weight_steps(image, delta, **settings))
    positions = len(delta) * len(delta[0])
    found = {
        "flipped": entries(weight_steps(image, rot180(delta), **settings)),
        "averaged": _times(right, rational(f"1/{positions}")),
    }
    if delta[0][0]:
        first = window(pad(image, padding), 0, 0, kernel_size, kernel_size)
        found["one_position_only"] = _times(first, delta[0][0])
    if stride > 1:
        found["stride_taken_as_1"] = entries(weight_steps(image, delta, kernel_size, 1, padding))
    if padding:  # the windows begin at the input's own corner, and what they miss at its end is left out
        reach, corner = stride * (len(delta) - 1) + kernel_size, 2 * padding
        unpadded = window(pad(image, corner), corner, corner, reach, reach)
        found["forgot_padding"] = entries(slid("G", unpadded, dilated(delta, stride)))
    return found


def wrong_biases(delta: Matrix) -> dict[str, Rational]:
    """Return wrong dL/db by slip."""
    flat = [entry for row in delta for entry in row]
    return {
        "positions_counted": len(flat),
        "one_position_only": flat[0],
        "averaged": rational(exact_sum(flat) * rational(f"1/{len(flat)}")),
    }


def written(entries: Matrix) -> list[list[str]]:
    """Return the entries as texts, as a drawing shows them."""
    return [[str(entry) for entry in row] for row in entries]


def _times(entries: Matrix, factor: Rational) -> Matrix:
    return tuple(tuple(rational(entry * factor) for entry in row) for row in entries)


def _scaled(left: Matrix, right: Matrix) -> Matrix:
    return tuple(tuple(a * b for a, b in zip(*rows, strict=True)) for rows in zip(left, right, strict=True))


def entry_formula(
    letters: tuple[str, str], entry: tuple[int, int], sizes: tuple[int, int], stride: int, padding: int
) -> Expr:
    """Return dL/dw_{h,l} in the letters of input and upstream gradient, for (h, l) and their sizes counted from 1."""
    in_size, out_size = sizes
    places = range(1, out_size + 1)
    terms = []
    for i in places:
        for j in places:
            row, column = (stride * (at - 1) + tap - padding for at, tap in zip((i, j), entry, strict=True))
            if min(row, column) >= 1 and max(row, column) <= in_size:
                terms.append(Symbol(f"{letters[1]}{i}{j}") * Symbol(f"{letters[0]}{row}{column}"))
    return Add(*terms)


def wrong_formulas(
    letters: tuple[str, str], entry: tuple[int, int], sizes: tuple[int, int], stride: int, padding: int
) -> dict[str, Expr]:
    """Return wrong dL/dw_{h,l} by slip; those that agree with the right one are left out."""
    right = entry_formula(letters, entry, sizes, stride, padding)
    out = sizes[1]
    turned = {
        Symbol(f"{letters[1]}{i}{j}"): Symbol(f"{letters[1]}{out + 1 - i}{out + 1 - j}")
        for i in range(1, out + 1)
        for j in range(1, out + 1)
    }
    found = {
        "flipped": right.xreplace(turned),
        "indices_swapped": entry_formula(letters, entry[::-1], sizes, stride, padding),
        "index_not_shifted": entry_formula(letters, (1, 1), sizes, 1, 0),
        "one_position_only": right.args[0] if isinstance(right, Add) else right,
        "stride_taken_as_1": entry_formula(letters, entry, sizes, 1, padding),
        "forgot_padding": entry_formula(letters, entry, sizes, stride, 0),
    }
    kept: dict[str, Expr] = {}
    for slip, expr in found.items():
        if expr not in (0, right, *kept.values()):
            kept[slip] = expr
    return kept

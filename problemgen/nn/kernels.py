"""The kernels of image processing, and what a kernel does, read off its entries (cross-correlation throughout)."""

from __future__ import annotations

from fractions import Fraction
from math import lcm
from typing import TYPE_CHECKING, Final

from problemgen.exact import Matrix, Rational, exact_sum, rational

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def outer(column: Sequence[int], row: Sequence[int], divisor: int = 1) -> Matrix:
    """Return the separable kernel with these factors, divided."""
    return tuple(tuple(rational(Fraction(a * b, divisor)) for b in row) for a in column)


def box(size: int) -> Matrix:
    """Return the mean of size x size pixels."""
    return outer((1,) * size, (1,) * size, size**2)


def gaussian(side: int, middle: int) -> Matrix:
    """Return a smooth 3 x 3 mean with the factors (side, middle, side)."""
    factors = (side, middle, side)
    return outer(factors, factors, (2 * side + middle) ** 2)


def derivative(side: int, middle: int, sign: int = 1) -> Matrix:
    """Return a 3 x 3 derivative along the rows: Prewitt is (1, 1), Sobel (1, 2)."""
    return outer((side, middle, side), (-sign, 0, sign))


def plus_shaped(centre: int, side: int, corner: int = 0) -> Matrix:
    """Return the 3 x 3 kernel with these entries at the centre, the sides and the corners."""
    return (corner, side, corner), (side, centre, side), (corner, side, corner)


def single(row: int, column: int) -> Matrix:
    """Return the 3 x 3 kernel whose one entry that is not 0 is a 1, rows and columns counted from 0."""
    return tuple(tuple(int((row, column) == (i, j)) for j in range(3)) for i in range(3))


def transposed(kernel: Matrix) -> Matrix:
    """Return the kernel with rows and columns swapped."""
    return tuple(zip(*kernel, strict=True))


def entries(kernel: Matrix) -> tuple[Rational, ...]:
    """Return all entries, row by row."""
    return tuple(entry for row in kernel for entry in row)


def kernel_sum(kernel: Matrix) -> Rational:
    """Return the sum of the entries: the response to the constant image 1."""
    return exact_sum(entries(kernel))


def divisor(kernel: Matrix) -> int:
    """Return the smallest common denominator of the entries."""
    return lcm(*(Fraction(entry).denominator for entry in entries(kernel)))


def mapped(kernel: Matrix, change: Callable[[Rational], Rational]) -> Matrix:
    """Return the kernel with every entry changed."""
    return tuple(tuple(rational(change(entry)) for entry in row) for row in kernel)


def numerators(kernel: Matrix) -> Matrix:
    """Return the kernel multiplied by its common denominator."""
    common = divisor(kernel)
    return mapped(kernel, lambda entry: entry * common)


SHIFTS: Final = {(1, 2): "shift_left", (1, 0): "shift_right", (2, 1): "shift_up", (0, 1): "shift_down"}
"""Where the 1 of a 3 x 3 kernel stands, and which way it moves the image: it fetches the pixel on its side."""


def effect(kernel: Matrix) -> str | None:
    """Return the name of what a 3 x 3 kernel does, by its sum, support and (anti)symmetry; None for any other."""
    flat, total = entries(kernel), kernel_sum(kernel)
    support = [(row, column) for row, line in enumerate(kernel) for column, entry in enumerate(line) if entry]
    negative = min(flat) < 0
    if len(support) == 1:
        return ("identity" if support == [(1, 1)] else SHIFTS.get(support[0])) if total == 1 else None
    if total == 0:
        if all(row == tuple(-entry for entry in reversed(row)) for row in kernel):
            return "vertical_edges"
        if all(row == tuple(-entry for entry in reversed(row)) for row in transposed(kernel)):
            return "horizontal_edges"
        return "laplacian" if kernel == transposed(kernel) == tuple(reversed(kernel)) else None
    if total != 1:
        return None
    if negative:
        return "sharpen" if kernel == transposed(kernel) == tuple(reversed(kernel)) else None
    return "box" if len(set(flat)) == 1 else "gaussian"

"""A kernel turned by half a turn and its look-alikes, and what true convolution differs in from cross-correlation."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sympy import evaluate, symbols

from problemgen.formula import Formula
from problemgen.nn.arrays import correlate, rot180
from problemgen.nn.conv2d import window_steps
from problemgen.nn.kernels import mapped, transposed

if TYPE_CHECKING:
    from problemgen.exact import Matrix
    from problemgen.worked import SumOfProducts

WHY: Final = {
    "not_flipped": "left the kernel as it is",
    "transposed": "swapped rows and columns",
    "flipped_rows_only": "reversed the order of the rows only",
    "flipped_columns_only": "reversed the order of the columns only",
    "rotated_by_90": "turned the kernel by a quarter turn",
    "kernel_flipped": "flipped the kernel, as for a true convolution",
    "kernel_not_flipped": "did not flip the kernel",
    "minus_signs_lost": "lost the minus signs of the kernel",
    "image_padded": "put a ring of zeros around the patch",
    "both_of_each_pair": "counted both entries of each pair",
    "all_pairs": "counted every pair, equal ones included",
    "all_but_the_centre": "counted every entry that half a turn moves",
    "transposed_pairs": "compared each entry with the one mirrored at the diagonal",
    "one_axis_pairs": "compared the entries of each row with their mirror images",
}

M, L, ROW, COLUMN = symbols("height width row column")
with evaluate(False):
    ROW_AFTER: Final = Formula("new_row", M + 1 - ROW, {"new_row": "i'", "height": "M", "row": "i"})
    COLUMN_AFTER: Final = Formula("new_column", L + 1 - COLUMN, {"new_column": "j'", "width": "N", "column": "j"})


def look_alikes(kernel: Matrix) -> dict[str, Matrix]:
    """Return what is taken for the kernel turned by half a turn."""
    rows_reversed = tuple(reversed(kernel))
    return {
        "not_flipped": kernel,
        "transposed": transposed(kernel),
        "flipped_rows_only": rows_reversed,
        "flipped_columns_only": tuple(tuple(reversed(row)) for row in kernel),
        "rotated_by_90": transposed(rows_reversed),
    }


def all_differ(kernel: Matrix) -> bool:
    """Return whether the turned kernel and all its look-alikes can be told apart."""
    shown = [rot180(kernel), *look_alikes(kernel).values()]
    return len(set(shown)) == len(shown)


def worked_outputs(patch: Matrix, kernel: Matrix, letter: str) -> tuple[Matrix, dict[str, SumOfProducts]]:
    """Return the correlation and the working of its outputs under names that begin with `letter`."""
    steps = window_steps((patch,), (kernel,))
    named = {name.replace("y", letter, 1): step for name, step in steps.items()}
    shown = {name: replace(step, left=step.left.replace("Y", letter.upper(), 1)) for name, step in named.items()}
    return correlate((patch,), (kernel,)), shown


def wrong_results(patch: Matrix, kernel: Matrix, used: Matrix, *, flipped: bool) -> dict[str, Matrix]:
    """Return the wrong outputs of the operation that lays `used` over the patch, the kernel `flipped` or as it is."""
    positive = mapped(used, lambda entry: max(entry, -entry))
    tried = {
        "kernel_not_flipped" if flipped else "kernel_flipped": kernel if flipped else rot180(kernel),
        "flipped_rows_only": tuple(reversed(kernel)),
        "flipped_columns_only": rot180(tuple(reversed(kernel))),
        "minus_signs_lost": positive,
    }
    found = {slip: correlate((patch,), (laid,)) for slip, laid in tried.items()}
    return found | {"image_padded": correlate((patch,), (used,), padding=1)}


def opposite_pairs(kernel: Matrix) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return the places (rows and columns counted from 1) of every two entries that half a turn exchanges."""
    height, width = len(kernel), len(kernel[0])
    places = [(row, column) for row in range(1, height + 1) for column in range(1, width + 1)]
    pairs = (
        ((i, j), (int(ROW_AFTER(height=height, row=i)), int(COLUMN_AFTER(width=width, column=j)))) for i, j in places
    )
    return [(here, there) for here, there in pairs if here < there]


def unequal(kernel: Matrix) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """Return those pairs whose entries differ."""
    return [
        (here, there)
        for here, there in opposite_pairs(kernel)
        if kernel[here[0] - 1][here[1] - 1] != kernel[there[0] - 1][there[1] - 1]
    ]


def wrong_pair_counts(kernel: Matrix) -> dict[str, int]:
    """Return the wrong numbers of entries to be changed."""
    size, pairs = len(kernel), len(unequal(kernel))
    mirrored = sum(kernel[i][j] != kernel[j][i] for i in range(size) for j in range(i))
    sideways = sum(row[j] != row[-1 - j] for row in kernel for j in range(size // 2))
    wrong = {
        "both_of_each_pair": 2 * pairs,
        "all_pairs": len(opposite_pairs(kernel)),
        "all_but_the_centre": size**2 - size % 2,
    }
    return wrong | {"transposed_pairs": mirrored, "one_axis_pairs": sideways}

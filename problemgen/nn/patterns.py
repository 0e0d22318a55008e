"""Black-and-white test images that go on without end: checkerboard, stripes, half-planes and the impulse."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias, TypeVar

from sympy import evaluate, floor, symbols

from problemgen.formula import Formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problemgen.exact import Matrix

T = TypeVar("T")
Pattern: TypeAlias = Literal[
    "checkerboard", "vertical stripes", "horizontal stripes", "vertical edge", "horizontal edge", "impulse"
]
PERIODIC: Final = ("checkerboard", "vertical stripes", "horizontal stripes")

PLACE, WIDTH, LINES, OUTPUTS = symbols("place width lines outputs")
SIDE, INSIDE, ACROSS = symbols("side inside across")
K, ZEROS = symbols("kernel_size zeros")

with evaluate(False):
    PERIOD: Final = Formula("period", 2 * WIDTH, {"period": "T", "width": "B"})
    REDUCED: Final = Formula("reduced", PLACE - 2 * WIDTH * floor((PLACE - 1) / (2 * WIDTH)))
    LINES_TIMES_LENGTH: Final = Formula(
        "nonzero", LINES * OUTPUTS, {"nonzero": r"\text{entries}", "lines": "n", "outputs": r"\text{length}"}
    )
    INSIDE_A_SIDE: Final = Formula("inside", SIDE - K + 1, {"side": "b", "inside": r"n_{\text{bright}}"})
    RESPONDING: Final = Formula(
        "lines", ACROSS + INSIDE, {"lines": "n", "across": r"n_{\text{edge}}", "inside": r"n_{\text{bright}}"}
    )
    TAPS_LEFT: Final = Formula("nonzero", K**2 - ZEROS, {"nonzero": r"\text{entries}", "zeros": "z"})


def bright(pattern: Pattern, width: int, first: int, row: int, column: int) -> int:
    """Return the pixel, 0 or 1; `first` is the one at the top left, `width` that of a cell, a stripe or the near side.

    The impulse is the one pixel that differs, `width` rows below and columns right of the first.
    """
    match pattern:
        case "checkerboard":
            other = (row // width + column // width) % 2 == 1
        case "vertical stripes":
            other = column // width % 2 == 1
        case "horizontal stripes":
            other = row // width % 2 == 1
        case "vertical edge":
            other = column >= width
        case "horizontal edge":
            other = row >= width
        case "impulse":
            other = row == column == width
    return 1 - first if other else first


def pattern_image(pattern: Pattern, width: int, first: int, height: int, length: int) -> Matrix:
    """Return the upper left corner of a pattern."""
    return tuple(tuple(bright(pattern, width, first, row, column) for column in range(length)) for row in range(height))


def own_values(right: T, wrong: Mapping[str, T]) -> dict[str, T]:
    """Return the wrong values that are wrong, without those to which a rule before them leads, too."""
    kept: dict[str, Any] = {}
    for slip, value in wrong.items():
        if value != right and value not in kept.values():
            kept[slip] = value
    return kept

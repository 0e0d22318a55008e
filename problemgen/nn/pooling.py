"""Max and average pooling on exact arrays, forward and backward, with the working of every window and every entry.

A window reads K x K entries; windows start every S rows and columns and lie completely inside the map.  Backwards a
maximum hands its gradient to the entry that won, an average hands every entry of the window an equal share, and an
entry in several windows adds up what comes back.
"""

from __future__ import annotations

from functools import cache
from typing import Final, TypeAlias

from sympy import evaluate, symbols

from problemgen.errors import require
from problemgen.exact import Matrix, Rational, exact_sum
from problemgen.formula import Formula, Substitution
from problemgen.nn.layers import K
from problemgen.operations import Operation
from problemgen.worked import Application, SumOfProducts

Place: TypeAlias = tuple[int, int]
Window: TypeAlias = tuple[Place, ...]
Mode: TypeAlias = str

G, R, COLUMNS, ACTIVE = symbols("upstream rows columns active")

with evaluate(False):
    SHARE: Final = Formula("share", G / K**2, {"upstream": r"\delta", "share": r"\text{share}"})
    IDLE: Final = Formula("idle", R * COLUMNS - ACTIVE, {"idle": r"\text{without influence}", "active": "n"})


def check_pool(image: Matrix, kernel_size: int, stride: int) -> None:
    """Refuse ragged maps and windows that are none or do not fit."""
    require(image and image[0] and len({len(row) for row in image}) == 1, "the map must be a matrix")
    require(min(kernel_size, stride) >= 1, "kernel_size and stride must be at least 1")
    size = min(len(image), len(image[0]))
    require(kernel_size <= size, f"a window of {kernel_size} does not fit a map with a side of {size}")


def grid_of_windows(height: int, width: int, kernel_size: int, stride: int) -> tuple[tuple[Window, ...], ...]:
    """Return the places of each window's entries, counted from 0, in the order of the outputs."""
    taps = range(kernel_size)
    return tuple(
        tuple(
            tuple((top + row, left + column) for row in taps for column in taps)
            for left in range(0, width - kernel_size + 1, stride)
        )
        for top in range(0, height - kernel_size + 1, stride)
    )


def windows_of(image: Matrix, kernel_size: int, stride: int) -> tuple[tuple[Window, ...], ...]:
    """Return `grid_of_windows` for a map."""
    return grid_of_windows(len(image), len(image[0]), kernel_size, stride)


def values(image: Matrix, window: Window) -> tuple[Rational, ...]:
    """Return the entries that a window reads, row by row."""
    return tuple(image[row][column] for row, column in window)


def winner(image: Matrix, window: Window) -> Place:
    """Return the place of a window's maximum, the first one if there are several."""
    return max(window, key=lambda place: image[place[0]][place[1]])


def winners(image: Matrix, kernel_size: int, stride: int) -> list[Place]:
    """Return the place of every window's maximum, window by window."""
    return [winner(image, window) for row in windows_of(image, kernel_size, stride) for window in row]


def ties(image: Matrix, kernel_size: int, stride: int) -> bool:
    """Return whether a window has its maximum twice."""
    read = [values(image, window) for row in windows_of(image, kernel_size, stride) for window in row]
    return any(found.count(max(found)) > 1 for found in read)


@cache
def mean_rule(count: int, row: int, column: int) -> Formula:
    """Return the mean of `count` entries as the output in this row and column, counted from 1."""
    with evaluate(False):
        total = symbols("x1")
        for place in range(2, count + 1):
            total = total + symbols(f"x{place}")
        return Formula("mean", total / count, {"mean": f"Y_{{{row},{column}}}"})


def pool_steps(image: Matrix, kernel_size: int, stride: int, mode: Mode) -> dict[str, Application | Substitution]:
    """Return the working of every output by name: y_1_1, y_1_2, ..., row by row."""
    steps: dict[str, Application | Substitution] = {}
    for row, line in enumerate(windows_of(image, kernel_size, stride), start=1):
        for column, window in enumerate(line, start=1):
            read = values(image, window)
            if mode == "max":
                step: Application | Substitution = Application(f"Y_{{{row},{column}}}", r"\max", read, max(read))
            else:
                rule = mean_rule(len(read), row, column)
                step = rule.worked(**{f"x{place}": value for place, value in enumerate(read, start=1)})
            steps[f"y_{row}_{column}"] = step
    return steps


def shares(
    image: Matrix, upstream: Matrix, kernel_size: int, stride: int, mode: Mode
) -> dict[Place, tuple[Rational, ...]]:
    """Return what every entry gets back, window by window; entries that get nothing are left out."""
    found: dict[Place, tuple[Rational, ...]] = {}
    for line, gradients in zip(windows_of(image, kernel_size, stride), upstream, strict=True):
        for window, gradient in zip(line, gradients, strict=True):
            share = gradient if mode == "max" else SHARE(kernel_size=kernel_size, upstream=gradient)
            for place in (winner(image, window),) if mode == "max" else window:
                found[place] = (*found.get(place, ()), share)
    return found


def gradient(image: Matrix, collected: dict[Place, tuple[Rational, ...]]) -> Matrix:
    """Return the gradient of the loss with respect to the map: what every entry collected, added up."""
    return tuple(
        tuple(exact_sum(collected.get((row, column), ())) for column in range(len(entries)))
        for row, entries in enumerate(image)
    )


def handing_back(image: Matrix, upstream: Matrix, kernel_size: int, stride: int, mode: Mode) -> tuple[Operation, ...]:
    """Return what is done once in every window: its maximum is found, or the gradient shared out."""
    if mode == "max":
        lines = windows_of(image, kernel_size, stride)
        return tuple(Operation("max", values(image, window)) for line in lines for window in line)
    return tuple(Operation("divide", (gradient, kernel_size**2)) for gradients in upstream for gradient in gradients)


def collecting_steps(collected: dict[Place, tuple[Rational, ...]], least: int) -> dict[str, SumOfProducts]:
    """Return the sums of the entries that collect from at least so many windows, by name: x_1_1, ..."""
    return {
        f"x_{row + 1}_{column + 1}": SumOfProducts(
            rf"\partial L/\partial X_{{{row + 1},{column + 1}}}", tuple((share,) for share in got), exact_sum(got)
        )
        for (row, column), got in sorted(collected.items())
        if len(got) >= least
    }

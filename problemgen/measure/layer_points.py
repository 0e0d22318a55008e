"""Formulas of convolution and pooling layers, measured at whole-number points: windows slid, tensor entries counted."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from problemgen.equivalence import Points
from problemgen.measure.sliding import conv_tensors, count_entries, count_windows, window_starts

if TYPE_CHECKING:
    from collections.abc import Callable

Point: TypeAlias = dict[str, Any]

_KERNELS: Final = (3, 2, 4, 3, 5, 2, 3, 4, 5, 2, 3, 5)


@cache
def points(*, dilated: bool = False, grouped: bool = False) -> list[Point]:
    """Return sizes of layers into which the window fits, with all kinds of remainders."""
    found = []
    for turn, kernel in enumerate(_KERNELS):
        groups = 1 + turn % 3 if grouped else 1
        found.append(
            {
                "in_height": 17 + 5 * turn % 7, "in_width": 19 + 3 * turn % 11, "kernel_size": kernel,
                "in_channels": groups * (3 + turn % 4), "out_channels": groups * (7 + turn % 5), "groups": groups,
                "stride": 1 + (turn + 1) % 4, "padding": turn % 3, "dilation": 1 + turn % 4 if dilated else 1,
                "pool_size": 2 + turn % 3, "pool_stride": 1 + turn % 4,
            }
        )  # fmt: skip
    return found


def _filters(at: Point) -> list[Any]:
    return conv_tensors(at["in_channels"], at["out_channels"], at["kernel_size"], at["groups"], bias=False)


def _windows(at: Point, axis: str) -> int:
    return count_windows(at[axis], at["kernel_size"], at["stride"], at["padding"], at["dilation"])


def _measured(measure: Callable[[Point], int], **kinds: bool) -> Points:
    return Points((at, measure(at)) for at in points(**kinds))


@cache
def conv_parameters(*, grouped: bool, bias: bool) -> dict[str, Points]:
    """Return pairs for the number of weights and of biases."""

    def biases(at: Point) -> int:
        layer = conv_tensors(at["in_channels"], at["out_channels"], at["kernel_size"], at["groups"], bias=bias)
        return count_entries(layer) - count_entries(_filters(at))

    return {
        "weights": _measured(lambda at: count_entries(_filters(at)), grouped=grouped),
        "biases": _measured(biases, grouped=grouped),
    }


@cache
def conv_shape(*, dilated: bool, grouped: bool) -> dict[str, Points]:
    """Return pairs for the height, the width and the channels of a convolution's output."""
    return {
        "height": _measured(lambda at: _windows(at, "in_height"), dilated=dilated, grouped=grouped),
        "width": _measured(lambda at: _windows(at, "in_width"), dilated=dilated, grouped=grouped),
        "channels": _measured(lambda at: len(_filters(at)), dilated=dilated, grouped=grouped),
    }


@cache
def conv_multiplications(*, grouped: bool) -> Points:
    """Return pairs for the multiplications, one for each output position and kernel entry."""
    found = []
    for at in points(grouped=grouped):
        rows = window_starts(at["in_height"], at["kernel_size"], at["stride"], at["padding"])
        columns = window_starts(at["in_width"], at["kernel_size"], at["stride"], at["padding"])
        count = sum(kernel.size for kernel in _filters(at) for _row in rows for _column in columns)
        found.append(({**at, "out_height": len(rows), "out_width": len(columns)}, count))
    return Points(found)


@cache
def same_padding(*, dilated: bool) -> Points:
    """Return pairs for the padding that keeps the size at stride 1, found by trying one after the other."""
    found = []
    for at in points(dilated=dilated):
        size, kernel = at["in_height"], at["kernel_size"] // 2 * 2 + 1
        fits = [p for p in range(40) if count_windows(size, kernel, 1, p, at["dilation"]) == size]
        found.append(({**at, "kernel_size": kernel, "stride": 1}, fits[0]))
    return Points(found)


@cache
def pool_shape(*, tiled: bool) -> dict[str, Points]:
    """Return pairs for height, width and channels behind a pooling; `tiled` windows do not overlap."""

    def windows(at: Point, axis: str) -> int:
        return count_windows(at[axis], at["kernel_size"], at["kernel_size"] if tiled else at["stride"])

    return {
        "height": _measured(lambda at: windows(at, "in_height")),
        "width": _measured(lambda at: windows(at, "in_width")),
        "channels": _measured(lambda at: len(range(at["in_channels"]))),
    }


@cache
def stacked_shape() -> dict[str, Points]:
    """Return pairs for height, width and channels behind a convolution with stride 1 and a pooling."""

    def windows(at: Point, axis: str) -> int:
        inner = count_windows(at[axis], at["kernel_size"], 1, at["padding"])
        return count_windows(inner, at["pool_size"], at["pool_stride"])

    return {
        "height": _measured(lambda at: windows(at, "in_height")),
        "width": _measured(lambda at: windows(at, "in_width")),
        "channels": _measured(lambda at: len(_filters(at))),
    }


@cache
def pool_comparisons(*, tiled: bool) -> Points:
    """Return pairs for the comparisons of a max pooling, made one by one in every window."""
    found = []
    for at in points():
        stride = at["kernel_size"] if tiled else at["stride"]
        rows, columns = (len(window_starts(at[axis], at["kernel_size"], stride)) for axis in ("in_height", "in_width"))
        cells = [(row, column) for row in range(at["kernel_size"]) for column in range(at["kernel_size"])]
        count = sum(len(cells[1:]) for _window in range(rows * columns) for _channel in range(at["in_channels"]))
        found.append(({**at, "out_height": rows, "out_width": columns}, count))
    return Points(found)

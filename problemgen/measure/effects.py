"""What a filter does, seen from what it makes of test images: an impulse, a constant image and two edges."""

from __future__ import annotations

from typing import Any

from problemgen.measure.patterns import filtered, painted, quotients

SIZE = 7
CENTRE = SIZE // 2 - 1  # where the impulse lies in the output of a 3 x 3 filter


def responses(kernel: Any, pattern: str) -> set[Any]:
    """Return the values that occur in the output for a test image."""
    image = painted(pattern, SIZE // 2, 0, SIZE, SIZE)
    return {entry for row in quotients(*filtered(image, kernel)) for entry in row}


def constant_response(kernel: Any, brightness: int) -> Any:
    """Return the output for a constant image."""
    (value,) = {
        entry
        for row in quotients(*filtered(painted("vertical edge", SIZE, brightness, SIZE, SIZE), kernel))
        for entry in row
    }
    return value


def observed(kernel: Any) -> str:
    """Return the name of the effect, by experiments alone."""
    after = quotients(*filtered(painted("impulse", SIZE // 2, 0, SIZE, SIZE), kernel))
    seen = {(row, column): value for row, line in enumerate(after) for column, value in enumerate(line) if value}
    if list(seen.values()) == [1]:
        ((row, column),) = seen
        moves = {(0, 0): "identity", (0, -1): "shift_left", (0, 1): "shift_right"}
        return (moves | {(-1, 0): "shift_up", (1, 0): "shift_down"})[row - CENTRE, column - CENTRE]
    flat = constant_response(kernel, 1)
    if flat == 0:
        upright, level = (responses(kernel, edge) != {0} for edge in ("vertical edge", "horizontal edge"))
        return "laplacian" if upright and level else "vertical_edges" if upright else "horizontal_edges"
    if min(seen.values()) < 0:
        return "sharpen"
    return "box" if len(set(seen.values())) == 1 else "gaussian"


def fitting_centre(kernel: Any, wanted: int) -> int:
    """Return the centre with which a bright image gets the wanted brightness, moved there in steps of one."""
    tried = [list(row) for row in kernel]
    while (brightness := constant_response(tried, 1)) != wanted:
        tried[1][1] += 1 if brightness < wanted else -1
    return int(tried[1][1])

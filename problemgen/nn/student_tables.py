"""A layer table as a student filled it in, with one wrong entry, gone on from or not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from problemgen.nn.layers import Layer, Shape, out_shape, parameters, shapes
from problemgen.nn.slips import with_own_value, wrong_parameters, wrong_shapes

if TYPE_CHECKING:
    from problemgen.exact import Rational

Column: TypeAlias = Literal["out_shape", "parameters"]
MINOR = ("forgot_padding", "single_sided_padding", "minus_one_for_plus_one", "minus_one_and_input_channels")


@dataclass(frozen=True)
class Line:
    """What stands in one row."""

    out_shape: Shape
    parameters: Rational


def wrong_entries(layers: tuple[Layer, ...], in_shape: Shape, row: int, column: Column) -> dict[str, Shape | Rational]:
    """Return the wrong values that the usual rules put into this entry, each other from the rest."""
    before = shapes(layers, in_shape)[row]
    found: dict[str, Shape | Rational] = {}
    if column == "out_shape":
        found |= {slip: shape for slip, shape in wrong_shapes(layers[row], before).items() if min(shape) >= 1}
    else:
        found |= wrong_parameters(layers[row], before, in_shape[-1])
    return with_own_value(found, MINOR)


def filled_in(
    layers: tuple[Layer, ...], in_shape: Shape, row: int, entry: Shape | Rational, *, goes_on: bool
) -> tuple[Line, ...]:
    """Return the table with this entry, a shape or a count, in a row; `goes_on`: the rows below follow from it."""
    before, lines = in_shape, []
    for place, layer in enumerate(layers):
        after, count = out_shape(layer, before), parameters(layer, before)
        written = Line(after, count)
        if place == row:
            written = Line(entry, count) if isinstance(entry, tuple) else Line(after, entry)
        lines.append(written)
        before = written.out_shape if goes_on else after
    return tuple(lines)

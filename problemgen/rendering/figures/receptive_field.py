"""The receptive field of one output pixel as a cone: a row of pixels for each layer, from the output to the input.

One axis is drawn.  Each row shows the pixels that the output depends on, above the middle of the input pixels that
they see themselves; so strides can be seen as distances.  The window of the first pixel of each row is drawn in ink,
the outline of the cone in grey.

Data: `layers`, from the input to the output, a list of {`kernel_size`, optional `name`, `stride` (1), `dilation` (1)}.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from problemgen.rendering.drawing import Box, Line
from problemgen.rendering.figures import TEXT_WIDTH, TIMES, enclose, text_width, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from problemgen.rendering.drawing import Drawing, Item

_ROW: Final = 34.0  # from row to row, for the windows between them
_LARGEST: Final = 12.0  # cell of one input pixel
_SMALLEST: Final = 3.0
_GAP: Final = 12.0  # between the pixels and the words beside them
_EDGE: Final = 0.6  # grey of the outline
_SEEN: Final = 0.85


@dataclass(frozen=True, slots=True)
class _Layer:
    kernel_size: int
    stride: int = 1
    dilation: int = 1
    name: str = ""

    @property
    def words(self) -> str:
        said = f"{self.name} {self.kernel_size}{TIMES}{self.kernel_size}".strip()
        said += f", stride {self.stride}" if self.stride > 1 else ""
        return said + (f", dilation {self.dilation}" if self.dilation > 1 else "")

    def reads(self, place: int) -> list[int]:
        """Return the places below that a pixel sees."""
        return [self.stride * place + self.dilation * tap for tap in range(self.kernel_size)]


@dataclass(frozen=True, slots=True)
class _Row:
    """The pixels of one map that matter, by their place in it, and the middle of each in input pixels."""

    places: list[int]
    middles: dict[int, float]


def _layers(data: Mapping[str, Any]) -> list[_Layer]:
    return [_Layer(**{key: value for key, value in layer.items() if value is not None}) for layer in data["layers"]]


def _rows(layers: Sequence[_Layer]) -> list[_Row]:
    """Return the rows from the input to the output."""
    places = [[0]]
    for layer in reversed(layers):
        places.append(sorted({below for place in places[-1] for below in layer.reads(place)}))
    places.reverse()
    rows = [_Row(places[0], {place: float(place) for place in places[0]})]
    for layer, kept in zip(layers, places[1:], strict=True):
        below = rows[-1].middles
        middles = {place: (below[layer.reads(place)[0]] + below[layer.reads(place)[-1]]) / 2 for place in kept}
        rows.append(_Row(kept, middles))
    return rows


def _widths(rows: Sequence[_Row]) -> int:
    return rows[0].places[-1] - rows[0].places[0] + 1


def _beside(layers: Sequence[_Layer]) -> float:
    return max(text_width(layer.words, "scriptsize") for layer in layers) + _GAP


def draw(data: Mapping[str, Any]) -> Drawing:
    """Draw the rows, the output on top, each layer's name beside the windows that it lays on the row below."""
    layers = _layers(data)
    rows = _rows(layers)
    count = _widths(rows)
    room = TEXT_WIDTH - 8 - _beside(layers) - text_width(_counted(count), "scriptsize") - _GAP
    cell = max(_SMALLEST, min(_LARGEST, room / count))
    items: list[Item] = []
    for number, row in enumerate(rows):
        y = number * _ROW
        items.extend(_pixels(row, y, cell, seen=number == 0))
        if number:
            items.extend(_windows(layers[number - 1], row, rows[number - 1], y, cell))
            said = layers[number - 1].words
            items.append(words(-_GAP - text_width(said, "scriptsize") / 2, y - _ROW / 2, said, "scriptsize"))
    said = _counted(count)
    items.append(words(count * cell + _GAP + text_width(said, "scriptsize") / 2, 0, said, "scriptsize"))
    return enclose(items)


def _counted(count: int) -> str:
    return f"{count} pixel{'s' * (count > 1)}"


def _pixels(row: _Row, y: float, cell: float, *, seen: bool) -> Iterator[Item]:
    half = 0.42 * cell
    for place in row.places:
        x = (row.middles[place] + 0.5) * cell
        yield Box(x - half, y - half, 2 * half, 2 * half, fill=_SEEN if seen else None, width=0.5, radius=0.2 * cell)


def _windows(layer: _Layer, row: _Row, below: _Row, y: float, cell: float) -> Iterator[Item]:
    half = 0.42 * cell
    top, bottom = y - half, y - _ROW + half
    for place in (row.places[-1], row.places[0]) if len(row.places) > 1 else row.places:
        first = place == row.places[0]
        x, reads = (row.middles[place] + 0.5) * cell, layer.reads(place)
        inner = [(x, (below.middles[read] + 0.5) * cell) for read in (reads if first else reads[-1:])]
        for start, end in inner:
            yield Line(((start, top), (end, bottom)), 0.5 if first else 0.4, grey=0 if first else _EDGE)


def alt(data: Mapping[str, Any]) -> str:
    """Say how many pixels of each row the output depends on, from the output to the input."""
    layers = _layers(data)
    rows = _rows(layers)
    said = [
        f"through {layer.words} it depends on {_counted(len(row.places))}"
        for layer, row in zip(reversed(layers), reversed(rows[:-1]), strict=True)
    ]
    span = _widths(rows)
    return f"The receptive field of one output pixel, along one axis: {'; '.join(said)}, spanning {span} input pixels."

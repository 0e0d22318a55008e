"""The layers of a network as boxes from left to right, joined by arrows, in as many rows as they need.

Rows are read like lines of text: from the end of one the arrow returns to the beginning of the next.  Turning
back at the end of a row would save that line, and make students read every second row from right to left.

Data: `input` (list of sizes), `layers` (list of {`title`, optional `name` and `lines`}), optional `output`
(list of sizes).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property, lru_cache
from textwrap import wrap
from typing import TYPE_CHECKING, Any, Final

from problemgen.rendering.drawing import Arrow, Box, Group
from problemgen.rendering.figures import TEXT_WIDTH, TIMES, enclose, maths, text_width, words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from problemgen.rendering.drawing import Drawing, Item, Part, Point

_GAP: Final = 20.0  # between boxes, for the arrow
_WIDEST_GAP: Final = 40.0  # to which a row is stretched until it ends below the one above
_GUTTER: Final = 28.0  # between rows, for the names and the returning arrow
_STUB: Final = 9.0  # how far the returning arrow leaves the last box
_INDENT: Final = 14.0  # room for the returning arrow's tip
_PADDING: Final = 7.0
_LONGEST: Final = 34  # characters in a line of text
_LEADING: Final = 10.5
_NAME: Final = 7.5  # from the top of a box to the middle of the name above it


def _sizes(shape: Iterable[object]) -> str:
    return f" {TIMES} ".join(map(str, shape))


@dataclass(frozen=True, eq=False)
class _Layer:
    """A box; networks are made of few different ones, so `_layer` makes each once, and it is equal to itself alone."""

    name: str
    title: str
    lines: tuple[str, ...]
    shape: tuple[str, ...] = ()  # only the input and the output show one

    @cached_property
    def width(self) -> float:
        texts = [
            text_width(self.title, "footnotesize", "bold"),
            text_width(self.name, "scriptsize") - _PADDING,
        ]
        texts += [text_width(line, "scriptsize") for line in (*self.lines, _sizes(self.shape))]
        return max(texts) + 2 * _PADDING

    @cached_property
    def rows(self) -> int:
        """How many lines stand below the title."""
        return len(self.lines) + bool(self.shape)

    @cached_property
    def spoken(self) -> str:
        """The layer in words."""
        details = "; ".join((self.title, *self.lines) if self.name else self.lines)
        return f"{self.name or self.title} ({details})" if details else self.title

    def items(self, x: float, y: float, h: float) -> Iterator[Item]:
        """Draw it with its left side at `x` and its middle at `y`."""
        yield Box(x, y - h / 2, self.width, h, fill=0.92 if self.shape else None, width=0.6, radius=3)
        middle = x + self.width / 2
        top = y + self.rows * _LEADING / 2
        if self.name:
            yield words(middle, y + h / 2 + _NAME, self.name, "scriptsize")
        yield words(middle, top, self.title, style="bold")
        for i, line in enumerate(self.lines, 1):
            yield words(middle, top - i * _LEADING, line, "scriptsize")
        if self.shape:
            yield maths(middle, top - _LEADING, r"\times ".join(self.shape), _sizes(self.shape), "scriptsize")


@lru_cache(maxsize=4096)
def _layer(name: str, title: str, lines: tuple[str, ...], shape: tuple[str, ...] = ()) -> _Layer:
    return _Layer(name, title, tuple(part for line in lines for part in wrap(line, _LONGEST)), shape)


@lru_cache(maxsize=8192)
def _drawn(layer: _Layer, x: float, y: float, h: float) -> Group:
    return Group(layer.items(x, y, h))


@lru_cache(maxsize=8192)
def _arrow(*points: Point) -> Group:
    return Group([Arrow(points)])


def _layers(data: Mapping[str, Any]) -> list[_Layer]:
    def end(title: str, shape: Sequence[object]) -> _Layer:
        return _layer("", title, (), tuple(map(str, shape)))

    inner = [_layer(layer.get("name", ""), layer["title"], tuple(layer.get("lines", ()))) for layer in data["layers"]]
    outputs = [end("output", data["output"])] if data.get("output") else []
    return [end("input", data["input"]), *inner, *outputs]


def _greedy(layers: list[_Layer], limit: float) -> list[list[_Layer]]:
    rows: list[list[_Layer]] = [[]]
    used = 0.0
    for layer in layers:
        if rows[-1] and used + _GAP + layer.width > limit:
            rows.append([])
        used = layer.width + (used + _GAP if rows[-1] else 0)
        rows[-1].append(layer)
    return rows


def _count(widths: Sequence[float], limit: float) -> int:
    """Return how many rows `_greedy` makes."""
    rows, used = 0, limit
    for width in widths:
        used += _GAP + width
        if used > limit:
            rows, used = rows + 1, width
    return rows


def _rows(layers: list[_Layer]) -> list[list[_Layer]]:
    """Break into as few rows as possible, and then so that the longest row is as short as possible."""
    widths = [layer.width for layer in layers]
    if _count(widths, TEXT_WIDTH - 2) == 1:
        return [layers]
    low, high = 0.0, TEXT_WIDTH - _INDENT - _STUB - 2
    count = _count(widths, high)
    while high - low > 1:
        middle = (low + high) / 2
        low, high = (low, middle) if _count(widths, middle) <= count else (middle, high)
    return _greedy(layers, high)


def _gaps(rows: list[list[_Layer]]) -> Iterator[float]:
    """Stretch all rows but the last to the same length, as far as that looks well."""
    spare = max(sum(layer.width for layer in row) + _GAP * (len(row) - 1) for row in rows)
    for row in rows[:-1]:
        gaps = max(1, len(row) - 1)
        yield min(_WIDEST_GAP, (spare - sum(layer.width for layer in row)) / gaps)
    yield _GAP


def draw(data: Mapping[str, Any]) -> Drawing:
    """Draw the layers in rows."""
    layers = _layers(data)
    height = _LEADING * (1 + max(layer.rows for layer in layers)) + 9
    rows = _rows(layers)
    parts: list[Part] = []
    end: Point | None = None
    for i, (row, gap) in enumerate(zip(rows, _gaps(rows), strict=True)):
        x, y = 0.0, -i * (height + _GUTTER)
        for layer in row:
            if end and end[1] == y:
                parts.append(_arrow(end, (x, y)))
            elif end:
                turn = y + height / 2 + _GUTTER - 7
                out, back = end[0] + _STUB, x - _INDENT
                parts.append(_arrow(end, (out, end[1]), (out, turn), (back, turn), (back, y), (x, y)))
            parts.append(_drawn(layer, x, y, height))
            end = (x + layer.width, y)
            x += layer.width + gap
    return enclose(parts)


def alt(data: Mapping[str, Any]) -> str:
    """Name the layers in order, with their settings."""
    layers = _layers(data)[1:]
    result = layers.pop() if layers[-1].shape else None
    plural = "" if len(layers) == 1 else "s"
    shape = _sizes(data["input"])
    end = f" The output is {_sizes(result.shape)}." if result else ""
    path = ", then ".join([layer.spoken for layer in layers])
    return f"A network of {len(layers)} layer{plural}. The input, {shape}, passes through {path}.{end}"

"""A 1-D convolution, maxima of neighbouring outputs, ReLU, a linear layer and the squared error as a graph.

Every unit stands beside the middle of the units it reads, so that strides and windows can be seen.  The
kernel is shared: only the edges into the first unit are drawn in ink and lettered, the others are grey.

Data: `in_size`, `kernel_size`, and optionally `stride` (1), `pool_size` (2), `pool_stride` (1);
`letters`: other letters for any of x, z, m, v, k, w, y (an empty one for k or w leaves the edges unlettered);
`values`: lists of strings for x, z, m, v, k, w and single strings `output`, `target`, `loss`;
`gradients`: lists of strings for x, z, v and a single string `output`, set in grey above the units.
"""

from __future__ import annotations

import math
import unicodedata
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from problemgen.errors import require
from problemgen.rendering.drawing import INK, SIZES, Arrow, Box, Label
from problemgen.rendering.figures import TEXT_WIDTH, enclose, lowered, maths, number, text_width, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from problemgen.rendering.drawing import Drawing, Item

_RADIUS: Final = 10.5
_PITCH: Final = 31.0  # between the middles of two units of a column
_ROOM: Final = 9.0  # more than that when gradients or maxima stand between them
_MORE_ROOM: Final = 5.0  # and when both do
_SPANS: Final = (84.0, 66.0, 62.0, 50.0)  # between columns, for the edges
_TIP: Final = 4.5
_INPUT: Final = 0.92  # given, not computed
_GREY_EDGE: Final = 0.55
_GREY_TEXT: Final = 0.35
_HEADERS: Final = ("input", "convolution", "max, ReLU", "linear", "loss")
_LETTERS: Final = {letter: letter for letter in "xzmvkwy"}


@dataclass(frozen=True, slots=True)
class _Unit:
    """A circle, or a longer rounded box when it also shows its value."""

    x: float
    y: float
    latex: str
    text: str
    value: str = ""
    above: str = ""
    below: tuple[str, str] = ("", "")
    fill: float | None = None
    width: float = 2 * _RADIUS

    @property
    def ends(self) -> tuple[float, float]:
        """The x of the middles of its two round ends."""
        reach = self.width / 2 - _RADIUS
        return self.x - reach, self.x + reach

    @property
    def natural_width(self) -> float:
        if not self.value:
            return self.width
        return text_width(_equation(self.latex, self.text, self.value)[1], "footnotesize") + 1.2 * _RADIUS

    def draw(self) -> Iterator[Item]:
        x, y, w, r = self.x, self.y, self.width, _RADIUS
        yield Box(x - w / 2, y - r, w, 2 * r, fill=self.fill, width=0.6, radius=r)
        yield maths(x, y, *_equation(self.latex, self.text, self.value))
        if self.above:
            yield maths(x, y + r + 5.5, *number(self.above), "scriptsize", grey=_GREY_TEXT)
        if self.below[0]:
            yield maths(x, y - r - 6, *self.below, "scriptsize")


def _equation(latex: str, text: str, value: str) -> tuple[str, str]:
    if not value:
        return latex, text
    value_latex, value_text = number(value)
    return f"{latex}={value_latex}", f"{text} = {value_text}"


def _edge(start: _Unit, end: _Unit, grey: float = INK) -> Arrow:
    """Aim from the right end of one unit at the left end of the other, and stop at its outline."""
    x1, y1, x2, y2 = start.ends[1], start.y, end.ends[0], end.y
    length = math.hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) / length * _RADIUS, (y2 - y1) / length * _RADIUS
    return Arrow(((x1 + dx, y1 + dy), (x2 - dx, y2 - dy)), 0.5, _TIP, grey)


def _letter_on(edge: Arrow, share: float, latex: str, text: str) -> Iterator[Item]:
    (x1, y1), (x2, y2) = edge.points
    x, y = x1 + share * (x2 - x1), y1 + share * (y2 - y1)
    w, h = text_width(text, "scriptsize") + 1, SIZES["scriptsize"]
    yield Box(x - w / 2, y - h / 2, w, h, fill=1, width=0)
    yield maths(x, y, latex, text, "scriptsize")


def _graph(data: Mapping[str, Any]) -> _Graph:
    return _Graph(**{key: value for key, value in data.items() if value is not None})


def _windows(size: int, width: int, stride: int) -> list[range]:
    return [range(start, start + width) for start in range(0, size - width + 1, stride)]


@dataclass(frozen=True, slots=True)
class _Graph:
    """The data with its defaults filled in, and which unit reads which."""

    in_size: int
    kernel_size: int
    stride: int = 1
    pool_size: int = 2
    pool_stride: int = 1
    letters: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Any] = field(default_factory=dict)
    gradients: Mapping[str, Any] = field(default_factory=dict)

    @property
    def convolved(self) -> list[range]:
        return _windows(self.in_size, self.kernel_size, self.stride)

    @property
    def pooled(self) -> list[range]:
        pooled = _windows(len(self.convolved), self.pool_size, self.pool_stride)
        require(pooled, f"the figure has {len(self.convolved)} outputs of the convolution, too few to pool")
        return pooled

    @property
    def predicted(self) -> str:
        return unicodedata.normalize("NFC", self.letter("y") + "\u0302")

    def letter(self, name: str) -> str:
        return (_LETTERS | dict(self.letters))[name]

    def indexed(self, name: str, i: int) -> tuple[str, str]:
        letter = self.letter(name)
        return f"{letter}_{{{i + 1}}}", f"{letter}{lowered(i + 1)}"

    def weight(self, name: str, i: int) -> tuple[str, str]:
        return _equation(*self.indexed(name, i), _get(self.values, name, i))

    def columns(self) -> list[list[_Unit]]:
        """Return the units of x, z, v, the output and the loss, all of them at x = 0."""
        notes = bool(self.gradients), bool(self.values.get("m"))
        pitch = _PITCH + _ROOM * any(notes) + _MORE_ROOM * all(notes)
        xs = [self._unit("x", i, -i * pitch) for i in range(self.in_size)]
        zs = [self._unit("z", i, _mean(xs, window)) for i, window in enumerate(self.convolved)]
        vs = [self._unit("v", i, _mean(zs, window)) for i, window in enumerate(self.pooled)]
        y = self.letter("y")
        middle = _mean(vs, range(len(vs)))
        known, slope = self.values.get("output", ""), self.gradients.get("output", "")
        output = _Unit(0, middle, rf"\hat{{{y}}}", self.predicted, known, slope)
        loss = _Unit(0, middle, "L", "L", self.values.get("loss", ""))
        target = _Unit(0, middle - 2 * _RADIUS - 24, y, y, self.values.get("target", ""), fill=_INPUT)
        return [xs, zs, vs, [output], [loss, target]]

    def _unit(self, name: str, i: int, y: float) -> _Unit:
        maximum = _get(self.values, "m", i) if name == "v" else ""
        below = _equation(*self.indexed("m", i), maximum) if maximum else ("", "")
        known, slope = _get(self.values, name, i), _get(self.gradients, name, i)
        return _Unit(0, y, *self.indexed(name, i), known, slope, below, _INPUT if name == "x" else None)


def _get(values: Mapping[str, Any], name: str, i: int) -> str:
    return str(values[name][i]) if values.get(name) else ""


def _mean(units: Sequence[_Unit], window: range) -> float:
    return (units[window[0]].y + units[window[-1]].y) / 2


def _place(columns: list[list[_Unit]]) -> list[list[_Unit]]:
    """Give every column its width and its x, with as much room for the edges as the page has."""
    widths = [max(unit.natural_width for unit in column) for column in columns]
    squeeze = min(1.0, max(0.25, (TEXT_WIDTH - 4 - sum(widths)) / sum(_SPANS)))
    x, placed = 0.0, []
    for column, width, span in zip(columns, widths, (*_SPANS, 0), strict=True):
        placed.append([replace(unit, x=x + width / 2, width=width) for unit in column])
        x += width + span * squeeze
    return placed


def draw(data: Mapping[str, Any]) -> Drawing:
    """Draw the columns from left to right, each unit beside the middle of those it reads."""
    graph = _graph(data)
    columns = _place(graph.columns())
    xs, zs, vs, (output,), (loss, target) = columns
    first = [_edge(xs[j], zs[0]) for j in graph.convolved[0]]
    others = list(zip(zs, graph.convolved, strict=True))[1:]
    shared = [_edge(xs[j], z, _GREY_EDGE) for z, window in others for j in window]
    pooled = [_edge(zs[j], v) for v, window in zip(vs, graph.pooled, strict=True) for j in window]
    linear = [_edge(v, output) for v in vs]
    down = Arrow(((target.x, target.y + _RADIUS), (loss.x, loss.y - _RADIUS)), 0.5, _TIP)
    items: list[Item] = [*shared, *first, *pooled, *linear, _edge(output, loss), down]
    for name, edges in ("k", first), ("w", linear):
        share = 0.42 if graph.values.get(name) else 0.3  # a longer label needs more room beside the unit
        for i, edge in enumerate(edges if graph.letter(name) else ()):
            items.extend(_letter_on(edge, share, *graph.weight(name, i)))
    units = [unit for column in columns for unit in column]
    top = max(unit.y + 10 * bool(unit.above) for unit in units) + _RADIUS + 13
    for header, column in zip(_HEADERS, columns, strict=True):
        items.append(words(column[0].x, top, header, style="italic"))
    for unit in units:
        items.extend(unit.draw())
    if graph.gradients:
        right, bottom = loss.x + loss.width / 2, min(unit.y for unit in units) - _RADIUS - 12
        key = r"above a unit: $\partial L/\partial$unit", "above a unit: ∂L/∂unit"
        items.append(Label(right, bottom, *key, "scriptsize", "end", grey=_GREY_TEXT))
    return enclose(items)


def _read(graph: _Graph, reader: str, read: str, windows: list[range]) -> str:
    texts = []
    for i, window in enumerate(windows):
        units = ", ".join(graph.indexed(read, j)[1] for j in window)
        texts.append(f"{graph.indexed(reader, i)[1]} from {units}")
    return "; ".join(texts)


def _listed(graph: _Graph, values: Mapping[str, Any]) -> str:
    letters = _LETTERS | dict(graph.letters) | {"output": graph.predicted, "target": graph.letter("y"), "loss": "L"}
    texts = {name: value if isinstance(value, str) else ", ".join(map(str, value)) for name, value in values.items()}
    return "; ".join(f"{letters[name]}: {text}" for name, text in texts.items() if text)


def alt(data: Mapping[str, Any]) -> str:
    """Say which unit reads which, then the values shown."""
    graph = _graph(data)
    hidden = (graph.indexed("v", i)[1] for i in range(len(graph.pooled)))
    said = (
        "A network with a one-dimensional convolution, max, ReLU, a linear layer and a loss. "
        f"A kernel of size {graph.kernel_size} slides over {graph.in_size} inputs, stride {graph.stride}: "
        f"{_read(graph, 'z', 'x', graph.convolved)}. "
        f"ReLU of the maximum gives {_read(graph, 'v', 'z', graph.pooled)}. "
        f"The linear layer gives {graph.predicted} from {', '.join(hidden)}. "
        f"The loss L compares {graph.predicted} with {graph.letter('y')}."
    )
    if graph.values:
        said += f" Values: {_listed(graph, graph.values)}."
    if graph.gradients:
        said += f" Gradients: {_listed(graph, graph.gradients)}."
    return said

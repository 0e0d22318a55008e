"""Matrices as grids of square cells, with window, zero padding and shaded cells, and operators between them.

Exact entries may be fractions, so cells grow with the widest entry, and all matrices of a figure share one
size of cell: a kernel then looks as large as the window that it is laid over.

Data: `items`, a list of matrices and operators.  An operator is {`operator`: LaTeX, optional `text`}.  A
matrix is {`entries`: rows of strings} with, optionally, `name` (LaTeX), `text` (the name as plain text),
`channel` (a word set below), `border` (rings of zeros), `window` [top, left, height, width] and `marked`
[[row, column], ...].  Rows and columns count from 0 at the first entry, and are negative in the padding.
"""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

from problemgen.rendering.drawing import SIZES, Box, Group, Line
from problemgen.rendering.figures import MINUS, TEXT_WIDTH, TIMES, enclose, maths, number, text_width, words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from problemgen.rendering.drawing import Drawing, Item, Label, Part, Point, Size

_GAP: Final = 8.0  # beside an operator; twice as much between two matrices
_LINE_GAP: Final = 14.0
_NAME: Final = 9.0  # from a grid's edge to the middle of its name
_WINDOW, _MARK, _PADDED = 0.9, 0.76, 0.5  # grey levels that a copier keeps apart
_SIZES: Final[tuple[Size, ...]] = ("small", "footnotesize", "scriptsize", "tiny")
_SIGNS: Final = {
    "*": "\N{ASTERISK OPERATOR}",
    r"\to": "→",
    r"\cdot": "·",
    r"\times": TIMES,
    "-": MINUS,
    r"\odot": "⊙",
    r"\oplus": "⊕",
}


class _Sign(NamedTuple):
    latex: str
    text: str

    def width(self, _cell: float) -> float:
        return text_width(self.text, "normalsize")

    def heights(self, _cell: float) -> tuple[float, float]:
        return 6, 6

    def draw(self, x: float, y: float, cell: float, _size: Size) -> Iterator[Part]:
        axis = 0.08 * SIZES["normalsize"]  # a sign is set lower than the middle of a capital letter
        yield maths(x + self.width(cell) / 2, y + axis, self.latex, self.text, "normalsize")

    def labels(self, _x: float, _y: float, _cell: float, _size: Size) -> Iterator[Label]:
        yield from ()


class _Matrix(NamedTuple):
    entries: Sequence[Sequence[str]]
    name: str = ""
    text: str = ""
    channel: str = ""
    border: int = 0
    window: Sequence[int] | None = None
    marked: Sequence[Sequence[int]] = ()

    @property
    def rows(self) -> int:
        return len(self.entries)

    @property
    def columns(self) -> int:
        return len(self.entries[0])

    @property
    def lift(self) -> float:
        """How far its name stands above it."""
        return _NAME + 2.5 * ("frac" in self.name)

    def width(self, cell: float) -> float:
        return (self.columns + 2 * self.border) * cell

    def heights(self, cell: float) -> tuple[float, float]:
        """How far it reaches above and below its middle."""
        half = (self.rows / 2 + self.border) * cell
        return half + bool(self.name) * (self.lift + 6), half + bool(self.channel) * (_NAME + 4)

    def draw(self, x: float, y: float, cell: float, size: Size) -> Iterator[Part]:
        """Draw all but its entries with its left side at `x` and its middle at `y`."""
        half = (self.rows / 2 + self.border) * cell
        middle = x + self.width(cell) / 2
        left, top = x + self.border * cell, y + self.rows / 2 * cell
        if self.name:
            yield maths(middle, y + half + self.lift, self.name, self.text or self.name, "small")
        if self.channel:
            yield words(middle, y - half - _NAME, self.channel, "scriptsize")
        if self.window:
            yield _block((left, top), cell, self.window, fill=_WINDOW, pen=0)
        for row, column in self.marked:
            yield _block((left, top), cell, (row, column, 1, 1), fill=_MARK, pen=0)
        if self.border:
            yield _padding((left, top), cell, self.rows, self.columns, self.border, size)
        yield _grid((left, top), cell, self.rows, self.columns)
        if self.window:
            yield _block((left, top), cell, self.window, fill=None, pen=1.3)

    def labels(self, x: float, y: float, cell: float, size: Size) -> Iterator[Label]:
        """Draw its entries, each in its cell."""
        left, top = x + (self.border + 0.5) * cell, y + (self.rows / 2 - 0.5) * cell
        for i, entries in enumerate(self.entries):
            for j, entry in enumerate(entries):
                if entry:
                    yield _entry(left + j * cell, top - i * cell, entry, size)


_Thing: TypeAlias = _Sign | _Matrix


def _block(corner: Point, cell: float, window: Sequence[int], *, fill: float | None, pen: float) -> Box:
    left, top = corner
    row, column, height, width = window
    return Box(left + column * cell, top - (row + height) * cell, width * cell, height * cell, fill, pen)


def _outside(low: float, high: float, out: float, *, whole: bool) -> list[tuple[float, float]]:
    """Return a line of the padding: all of it, or what lies on both sides of the entries."""
    return [(low - out, high + out)] if whole else [(low - out, low), (high, high + out)]


@lru_cache(maxsize=16384)
def _entry(x: float, y: float, entry: str, size: Size) -> Label:
    # TeX sets a number as a word in half the time that it takes for a formula, and with the same digits
    return words(x, y, entry, size) if entry.isdecimal() else maths(x, y, *number(entry), size)


@lru_cache(maxsize=1024)
def _padding(corner: Point, cell: float, rows: int, columns: int, border: int, size: Size) -> Group:
    left, top = corner
    right, bottom, out = left + columns * cell, top - rows * cell, border * cell
    items: list[Item] = []
    for i in range(-border, rows + border + 1):
        for start, end in _outside(left, right, out, whole=not 0 <= i <= rows):
            items.append(Line(((start, top - i * cell), (end, top - i * cell)), 0.4, cell / 5, _PADDED))
    for j in range(-border, columns + border + 1):
        for start, end in _outside(bottom, top, out, whole=not 0 <= j <= columns):
            items.append(Line(((left + j * cell, start), (left + j * cell, end)), 0.4, cell / 5, _PADDED))
    for i in range(-border, rows + border):
        for j in range(-border, columns + border):
            if not (0 <= i < rows and 0 <= j < columns):
                zero = maths(left + (j + 0.5) * cell, top - (i + 0.5) * cell, "0", "0", size, grey=_PADDED)
                items.append(zero)
    return Group(items)


@lru_cache(maxsize=4096)
def _grid(corner: Point, cell: float, rows: int, columns: int) -> Group:
    left, top = corner
    right, bottom = left + columns * cell, top - rows * cell
    across = [Line(((left, top - i * cell), (right, top - i * cell)), 0.4) for i in range(1, rows)]
    down = [Line(((left + j * cell, top), (left + j * cell, bottom)), 0.4) for j in range(1, columns)]
    return Group([*across, *down, Box(left, bottom, right - left, top - bottom, width=0.7)])


def _item(item: Mapping[str, Any]) -> _Thing:
    if sign := item.get("operator"):
        return _Sign(sign, item.get("text") or _SIGNS.get(sign, sign))
    return _Matrix(**{key: value for key, value in item.items() if value is not None})


def _cell(items: Sequence[_Thing], size: Size) -> float:
    entries = {entry for item in items if isinstance(item, _Matrix) for row in item.entries for entry in row}
    widest = max((text_width(number(entry)[1], size) for entry in entries), default=0)
    return max(1.75 * SIZES[size], widest + 0.55 * SIZES[size])


def _fit(items: Sequence[_Thing]) -> tuple[Size, float]:
    """Choose the largest letters with which all is on one line, else with which each matrix fits alone."""
    cells = []
    for size in _SIZES:
        cell = _cell(items, size)
        if size != _SIZES[-1] and _advance(items, cell) <= TEXT_WIDTH - 4:
            return size, cell
        cells.append((size, cell))
    alone = [(size, cell) for size, cell in cells[1:] if max(item.width(cell) for item in items) <= TEXT_WIDTH - 30]
    return (alone or cells[-1:])[0]


def _space(before: _Thing, after: _Thing) -> float:
    return _GAP if isinstance(before, _Sign) or isinstance(after, _Sign) else 2 * _GAP


def _advance(items: Sequence[_Thing], cell: float) -> float:
    """How wide the items are, set side by side."""
    return sum(item.width(cell) for item in items) + sum(map(_space, items, items[1:]))


def _lines(items: Sequence[_Thing], cell: float) -> list[list[_Thing]]:
    """Break before operators, as in a displayed formula, and elsewhere only if a line is still too long."""
    terms: list[list[_Thing]] = []
    for i, item in enumerate(items):
        sign = isinstance(item, _Sign)
        after_sign = i > 0 and isinstance(items[i - 1], _Sign)
        too_long = terms and not after_sign and _advance([*terms[-1], item], cell) > TEXT_WIDTH - 4
        if not terms or too_long or (sign and not after_sign):
            terms.append([item])
        else:
            terms[-1].append(item)
    lines: list[list[_Thing]] = [[]]
    for term in terms:
        if lines[-1] and _advance([*lines[-1], *term], cell) > TEXT_WIDTH - 4:
            lines.append([])
        lines[-1].extend(term)
    return lines


def draw(data: Mapping[str, Any]) -> Drawing:
    """Draw the matrices in one or more lines, each centred on its operators."""
    things = [_item(item) for item in data["items"]]
    size, cell = _fit(things)
    parts: list[Part] = []
    entries: list[Label] = []
    y = 0.0
    for line in _lines(things, cell):
        y -= max(thing.heights(cell)[0] for thing in line)
        for i, thing in enumerate(line):
            x = _advance(line[: i + 1], cell) - thing.width(cell)
            parts.extend(thing.draw(x, y, cell, size))
            entries.extend(thing.labels(x, y, cell, size))
        y -= max(thing.heights(cell)[1] for thing in line) + _LINE_GAP
    return enclose(parts, entries)


def _spoken(matrix: _Matrix) -> str:
    name = f"matrix {matrix.text or matrix.name}" if matrix.name else "a matrix"
    rows = "; ".join(", ".join(entry or "blank" for entry in row) for row in matrix.entries)
    channel = f" ({matrix.channel})" if matrix.channel else ""
    said = f"{name}{channel}, {matrix.rows} by {matrix.columns}, with the rows {rows}"
    if matrix.border:
        said += f", padded with {matrix.border} ring{'s' * (matrix.border > 1)} of zeros"
    if matrix.window:
        row, column, height, width = matrix.window
        first = f"row {row + 1 + matrix.border}, column {column + 1 + matrix.border}"
        said += f", with a {height} by {width} window from {first}{' of the padded matrix' * bool(matrix.border)}"
    if matrix.marked:
        cells = ", ".join(f"({row + 1}, {column + 1})" for row, column in matrix.marked)
        said += f", with the cells (row, column) {cells} shaded"
    return said


def alt(data: Mapping[str, Any]) -> str:
    """Read the matrices and operators from left to right."""
    things = [_item(item) for item in data["items"]]
    count = sum(isinstance(thing, _Matrix) for thing in things)
    said = [f"the sign {thing.text}" if isinstance(thing, _Sign) else _spoken(thing) for thing in things]
    heading = "One matrix" if count == 1 else f"{count} matrices"
    return f"{heading}. From left to right: {'. Then '.join(said)}."

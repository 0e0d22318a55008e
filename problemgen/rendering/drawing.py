r"""Drawings as data, printed as a LaTeX picture (`svg` prints them for HTML).

All geometry, down to the tips of the arrows, is computed here once, so that both outputs look the same and TeX has
nothing left to solve: it hands the strokes on as PDF operators (`\strokes`, in the preamble of the sheets), which
takes a thirtieth of the time of TikZ and a third of pict2e's.  Lengths are points, y points up.
Type sizes are absolute, not `\footnotesize`: a box that fits its text fits it in a class of any size.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_IN_POINTS: Final = f"q {72 / 72.27:.6f} 0 0 {72 / 72.27:.6f} 0 0 cm"  # PDF's own unit is an inch over 72
INK: Final = 0.0  # greys run from 0 (ink) to 1 (paper)
TIP_SLENDER: Final = 0.38  # half the breadth of an arrow's tip over its length
MIDDLE: Final = 0.33  # half the height of a capital letter over the type size
Point: TypeAlias = tuple[float, float]
Style: TypeAlias = Literal["plain", "bold", "italic", "math"]
Command: TypeAlias = tuple[str, str]  # the pen or type size that it needs, "" if any will do, and itself
Size: TypeAlias = Literal["normalsize", "small", "footnotesize", "scriptsize", "tiny"]
SIZES: Final = dict[Size, float](normalsize=10.95, small=10, footnotesize=9, scriptsize=8, tiny=6)


class Line(NamedTuple):
    """A stroke through two or more points; `dash` is the length of dashes and gaps, 0 for none."""

    points: tuple[Point, ...]
    width: float = 0.5
    dash: float = 0
    grey: float = INK


class Arrow(NamedTuple):
    """A stroke through two or more points with a filled tip of length `tip` that ends at the last one."""

    points: tuple[Point, ...]
    width: float = 0.5
    tip: float = 5
    grey: float = INK


class Polygon(NamedTuple):
    """A filled area without an outline."""

    points: tuple[Point, ...]
    fill: float = INK


class Box(NamedTuple):
    """A rectangle from its lower left corner; `width` 0 means no outline, `fill` None no filling."""

    x: float
    y: float
    w: float
    h: float
    fill: float | None = None
    width: float = 0.5
    radius: float = 0


class Label(NamedTuple):
    """A word or formula, as LaTeX, which is set as it is, and as plain Unicode text for SVG."""

    x: float
    y: float  # the middle of a capital letter, so that labels with the same y share a baseline
    latex: str
    text: str
    size: Size = "footnotesize"
    anchor: Literal["start", "middle", "end"] = "middle"
    style: Style = "plain"
    grey: float = INK


Item: TypeAlias = Line | Arrow | Polygon | Box | Label


class Group:
    """Items that papers draw together again and again, so that they are written once; equal to itself alone."""

    __slots__ = ("items",)

    def __init__(self, items: Iterable[Item]) -> None:
        self.items = tuple(items)


Part: TypeAlias = Item | Group


@dataclass(frozen=True, slots=True)
class Drawing:
    """What lies within `width` and `height` of (left, bottom); later items cover earlier ones, labels cover all."""

    width: float
    height: float
    parts: tuple[Part, ...]
    left: float = 0
    bottom: float = 0

    @property
    def items(self) -> tuple[Item, ...]:
        """Return the items, those of groups one by one."""
        return tuple(item for part in self.parts for item in (part.items if isinstance(part, Group) else (part,)))


def shaft_and_tip(arrow: Arrow) -> tuple[Line, Polygon]:
    """Return what an arrow is drawn with."""
    *before, (x1, y1), (x2, y2) = arrow.points
    scale = arrow.tip / math.hypot(x2 - x1, y2 - y1)
    dx, dy = (x2 - x1) * scale, (y2 - y1) * scale
    x, y, out_x, out_y = x2 - dx, y2 - dy, -dy * TIP_SLENDER, dx * TIP_SLENDER
    shaft = Line((*before, (x1, y1), (x, y)), arrow.width, grey=arrow.grey)
    return shaft, Polygon(((x2, y2), (x + out_x, y + out_y), (x - out_x, y - out_y)), arrow.grey)


@lru_cache(maxsize=16384)
def number(value: float) -> str:
    """Return a length with two decimals at most."""
    return f"{value:z.2f}".rstrip("0").rstrip(".")


def _at(point: Point) -> str:
    return f"{number(point[0])} {number(point[1])}"


def _path(points: Iterable[Point]) -> str:
    start, *others = points
    return " ".join([f"{_at(start)} m", *(f"{_at(point)} l" for point in others)])


def _dashed(points: tuple[Point, ...], dash: float) -> str:
    """Return the operators of a dashed line, which end with solid strokes again."""
    strokes = []
    for start, end in pairwise(points):
        length = math.dist(start, end)
        count = round(length / dash) | 1  # odd: it ends with a dash, as it began
        strokes.append(f"[{length / count:.4g}] 0 d {_path((start, end))} S")
    return " ".join([*strokes, "[] 0 d"])


def _outline(box: Box) -> str:
    x, y, right, top, r = box.x, box.y, box.x + box.w, box.y + box.h, box.radius
    if not r:
        return f"{_at((x, y))} {_at((box.w, box.h))} re"
    c = r * 0.4477  # from the corner to the control points of a quarter circle
    x0, x1, x2, x3 = (number(value) for value in (x, x + r, right - r, right))
    y0, y1, y2, y3 = (number(value) for value in (y, y + r, top - r, top))
    cx, dx, cy, dy = (number(value) for value in (x + c, right - c, y + c, top - c))
    return (
        f"{x1} {y0} m "
        f"{x2} {y0} l {dx} {y0} {x3} {cy} {x3} {y1} c "
        f"{x3} {y2} l {x3} {dy} {dx} {y3} {x2} {y3} c "
        f"{x1} {y3} l {cx} {y3} {x0} {dy} {x0} {y2} c "
        f"{x0} {y1} l {x0} {cy} {cx} {y0} {x1} {y0} c h"
    )


def _in_grey(command: str, operator: str, grey: float) -> str:
    """Return strokes (operator G) or a filling (g) in a grey, which ends with them."""
    return command if grey == INK else f"{number(grey)} {operator} {command} 0 {operator}"


@lru_cache(maxsize=32768, typed=True)
def _latex(part: Part) -> tuple[tuple[Command, ...], tuple[Command, ...]]:
    """Return the PDF operators of a part, and the commands of its labels.

    Papers differ in a few numbers only, so that most parts of a figure have been written before.
    """
    match part:
        case Group(items=items):
            strokes, labels = zip(*map(_latex, items), strict=True)
            return tuple(chain.from_iterable(strokes)), tuple(chain.from_iterable(labels))
        case Label(x, y, latex, _, size, anchor, _, grey):
            height = number(SIZES[size])
            text = latex if grey == INK else rf"\grey{{{number(grey)}}}{latex}"
            left, up = number(x), number(y - MIDDLE * SIZES[size])
            type_size = rf"\fontsize{{{height}}}{{{height}}}\selectfont"
            return (), ((type_size, rf"\label{anchor}{{{left}}}{{{up}}}{{{text}}}"),)
    return tuple(_strokes(part)), ()


def _strokes(item: Line | Arrow | Polygon | Box) -> Iterator[Command]:
    match item:
        case Line(points, width, dash, grey):
            yield _pen(width), _in_grey(_dashed(points, dash) if dash else f"{_path(points)} S", "G", grey)
        case Arrow():
            for piece in shaft_and_tip(item):
                yield from _strokes(piece)
        case Polygon(points, fill):
            yield "", _in_grey(f"{_path(points)} h f", "g", fill)
        case Box(fill=filling, width=width):
            path = _outline(item)
            if filling is not None:
                yield "", _in_grey(f"{path} f", "g", filling)
            if width:
                yield _pen(width), f"{path} S"
        case _:
            assert_never(item)


def _pen(width: float) -> str:
    return f"{number(width)} w"


def to_latex(drawing: Drawing) -> str:
    r"""Return LaTeX that needs the preamble's `\strokes`, `\grey` and labels; settings end with it."""
    frame = ((drawing.width, drawing.height), (drawing.left, drawing.bottom))
    size, corner = (_at(pair).replace(" ", ",") for pair in frame)
    rows = [r"{\setlength{\unitlength}{1pt}\normalfont", rf"\begin{{picture}}({size})({corner})"]
    written = [_latex(part) for part in drawing.parts]
    strokes = [command for commands, _ in written for command in commands]
    labels = [command for _, commands in written for command in commands]
    if strokes:
        rows.append("\\strokes{" + "\n".join([_IN_POINTS, *_with_settings(strokes), "Q"]) + "}")
    rows += _with_settings(sorted(labels, key=itemgetter(0)))  # changing sizes costs time
    return "%\n".join([*rows, r"\end{picture}}"])  # % keeps a line's end from moving what follows


def _with_settings(commands: Iterable[Command]) -> Iterator[str]:
    """Yield the commands, and before each the pen or type size that it needs if that changes."""
    chosen = ""
    for setting, command in commands:
        if setting and setting != chosen:
            chosen = setting
            yield setting
        yield command

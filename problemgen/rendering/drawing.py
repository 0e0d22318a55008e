r"""Drawings as data, printed as a LaTeX picture and as SVG for HTML.

All geometry, down to the tips of the arrows, is computed here once, so that both outputs look the same and TeX has
nothing left to solve: it hands the strokes on as PDF operators (`\strokes`, in the preamble of the sheets), which
takes a thirtieth of the time of TikZ and a third of pict2e's.  Lengths are points, y points up.
Type sizes are absolute, not `\footnotesize`: a box that fits its text fits it in a class of any size.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from html import escape
from itertools import chain, pairwise
from operator import itemgetter
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INK: Final = 0.0  # greys run from 0 (ink) to 1 (paper)
TIP_SLENDER: Final = 0.38  # half the breadth of an arrow's tip over its length
_MIDDLE: Final = 0.33  # half the height of a capital letter over the type size
_SUB, _SUP = "₀-₎ₐ-ₜᵢⱼ", "⁰-ⁿ¹²³ᵀ"
_RUNS: Final = re.compile(rf"(?P<sub>[{_SUB}]+)|(?P<sup>[{_SUP}]+)|(?P<letters>[^\W\d_{_SUB}{_SUP}]+)|(?P<space> +)|.")
Point: TypeAlias = tuple[float, float]
Style: TypeAlias = Literal["plain", "bold", "italic", "math"]
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


_Plain: TypeAlias = Line | Polygon | Box | Label  # what is left when arrows are shafts and tips
Item: TypeAlias = _Plain | Arrow


@dataclass(frozen=True, slots=True)
class Drawing:
    """What lies within `width` and `height` of (left, bottom); later items cover earlier ones, labels cover all."""

    width: float
    height: float
    items: tuple[Item, ...]
    left: float = 0
    bottom: float = 0


def _plain(items: Iterable[Item]) -> Iterator[_Plain]:
    """Replace every arrow by its shaft and its tip."""
    for item in items:
        if isinstance(item, Arrow):
            *before, (x1, y1), (x2, y2) = item.points
            scale = item.tip / math.hypot(x2 - x1, y2 - y1)
            dx, dy = (x2 - x1) * scale, (y2 - y1) * scale
            x, y, out_x, out_y = x2 - dx, y2 - dy, -dy * TIP_SLENDER, dx * TIP_SLENDER
            yield Line((*before, (x1, y1), (x, y)), item.width, grey=item.grey)
            yield Polygon(((x2, y2), (x + out_x, y + out_y), (x - out_x, y - out_y)), item.grey)
        else:
            yield item


@lru_cache(maxsize=16384)
def _number(value: float) -> str:
    return f"{value:z.2f}".rstrip("0").rstrip(".")


def _at(point: Point) -> str:
    return f"{_number(point[0])} {_number(point[1])}"


def _path(points: Iterable[Point]) -> str:
    start, *others = points
    return " ".join([f"{_at(start)} m", *(f"{_at(point)} l" for point in others)])


def _dashes(points: tuple[Point, ...], dash: float) -> Iterator[str]:
    for (x1, y1), (x2, y2) in pairwise(points):
        count = round(math.hypot(x2 - x1, y2 - y1) / dash) | 1  # odd: it ends with a dash, as it began
        dx, dy = (x2 - x1) / count, (y2 - y1) / count
        ends = [(x1 + i * dx, y1 + i * dy) for i in range(count + 1)]
        yield from (_path(ends[i : i + 2]) for i in range(0, count, 2))


def _outline(box: Box) -> str:
    x, y, right, top, r = box.x, box.y, box.x + box.w, box.y + box.h, box.radius
    if not r:
        return f"{_at((x, y))} {_at((box.w, box.h))} re"
    c = r * 0.4477  # from the corner to the control points of a quarter circle
    x0, x1, x2, x3 = (_number(value) for value in (x, x + r, right - r, right))
    y0, y1, y2, y3 = (_number(value) for value in (y, y + r, top - r, top))
    cx, dx, cy, dy = (_number(value) for value in (x + c, right - c, y + c, top - c))
    return (
        f"{x1} {y0} m "
        f"{x2} {y0} l {dx} {y0} {x3} {cy} {x3} {y1} c "
        f"{x3} {y2} l {x3} {dy} {dx} {y3} {x2} {y3} c "
        f"{x1} {y3} l {cx} {y3} {x0} {dy} {x0} {y2} c "
        f"{x0} {y1} l {x0} {cy} {cx} {y0} {x1} {y0} c h"
    )


def _in_grey(command: str, operator: str, grey: float) -> str:
    """Return strokes (operator G) or a filling (g) in a grey, which ends with them."""
    return command if grey == INK else f"{_number(grey)} {operator} {command} 0 {operator}"


@lru_cache(maxsize=32768, typed=True)
def _latex(item: Item) -> tuple[tuple[str, str], ...]:
    """Return the PDF operators of an item, or the command of a label, each with the pen or type size that it needs.

    Papers differ in a few numbers only, so that most items of a figure have been written before.
    """
    match item:
        case Line(points, width, dash, grey):
            path = " ".join(_dashes(points, dash)) if dash else _path(points)
            return ((_pen(width), _in_grey(f"{path} S", "G", grey)),)
        case Arrow():
            return tuple(command for piece in _plain([item]) for command in _latex(piece))
        case Polygon(points, fill):
            return (("", _in_grey(f"{_path(points)} h f", "g", fill)),)
        case Box(fill=filling, width=width):
            path = _outline(item)
            filled = () if filling is None else (("", _in_grey(f"{path} f", "g", filling)),)
            return (*filled, (_pen(width), f"{path} S")) if width else filled
        case Label(x, y, latex, _, size, anchor, _, grey):
            height = _number(SIZES[size])
            text = latex if grey == INK else rf"\grey{{{_number(grey)}}}{latex}"
            left, up = _number(x), _number(y - _MIDDLE * SIZES[size])
            return ((rf"\fontsize{{{height}}}{{{height}}}\selectfont", rf"\label{anchor}{{{left}}}{{{up}}}{{{text}}}"),)
    assert_never(item)


def _pen(width: float) -> str:
    return f"{_number(width)} w"


def to_latex(drawing: Drawing) -> str:
    r"""Return LaTeX that needs the preamble's `\strokes`, `\grey` and labels; settings end with it."""
    frame = ((drawing.width, drawing.height), (drawing.left, drawing.bottom))
    size, corner = (_at(pair).replace(" ", ",") for pair in frame)
    rows = [r"{\setlength{\unitlength}{1pt}\normalfont", rf"\begin{{picture}}({size})({corner})"]
    commands = list(chain.from_iterable(map(_latex, drawing.items)))
    strokes = [one for one in commands if one[1][0] != "\\"]
    labels = sorted((one for one in commands if one[1][0] == "\\"), key=itemgetter(0))  # changing sizes costs time
    if strokes:
        rows.append("\\strokes{" + "\n".join(_with_settings(strokes)) + "}")
    rows += _with_settings(labels)
    return "%\n".join([*rows, r"\end{picture}}"])  # % keeps a line's end from moving what follows


def _with_settings(commands: Iterable[tuple[str, str]]) -> Iterator[str]:
    """Yield the commands, and before each the pen or type size that it needs if that changes."""
    chosen = ""
    for setting, command in commands:
        if setting and setting != chosen:
            chosen = setting
            yield setting
        yield command


def _attributes(**values: float | str) -> str:
    """Leave out zeros and empty strings: they are what SVG assumes."""
    pairs = ((name.replace("_", "-"), value) for name, value in values.items() if value)
    return "".join(f' {name}="{value if isinstance(value, str) else _number(value)}"' for name, value in pairs)


def _svg_maths(text: str, size: float) -> str:
    """Letters in italics, sub- and superscripts as moved ciphers: few fonts have the Unicode ones."""
    spans, height, gap = [], 0.0, 0.0
    for run in _RUNS.finditer(text):
        if run.lastgroup == "space":  # some renderers drop a space between two moved pieces
            gap = 0.28 * size
            continue
        wanted = {"sub": 0.2 * size, "sup": -0.38 * size}.get(run.lastgroup or "", 0.0)
        small, slope = 0.7 * size if wanted else 0, "italic" if run.lastgroup == "letters" else ""
        look = _attributes(dx=gap, dy=wanted - height, font_size=small, font_style=slope)
        body = escape(unicodedata.normalize("NFKC", run[0]) if wanted else run[0])
        spans.append(f"<tspan{look}>{body}</tspan>" if look else body)
        height, gap = wanted, 0.0
    return "".join(spans)


def _hex(grey: float) -> str:
    return "#" + 3 * f"{round(grey * 255):02x}"


def _pairs(points: tuple[Point, ...]) -> str:
    return " ".join(f"{_number(x)},{_number(-y)}" for x, y in points)


def _svg(item: _Plain) -> str:
    match item:
        case Line(points, width, dash, grey):
            pen = _attributes(fill="none", stroke=_hex(grey), stroke_width=width, stroke_dasharray=dash)
            return f'<polyline points="{_pairs(points)}"{pen}/>'
        case Polygon(points, fill):
            return f'<polygon points="{_pairs(points)}" fill="{_hex(fill)}"/>'
        case Box(x, y, w, h, fill, width, radius):
            where = _attributes(x=x, y=-y - h, width=w, height=h, rx=radius, stroke_width=width)
            paint, ink = "none" if fill is None else _hex(fill), _hex(INK) if width else "none"
            return f'<rect{where} fill="{paint}" stroke="{ink}"/>'
        case Label(x, y, _, text, size, anchor, style, grey):
            body = _svg_maths(text, SIZES[size]) if style == "math" else escape(text)
            where = _attributes(x=x, y=_MIDDLE * SIZES[size] - y, text_anchor=anchor, font_size=SIZES[size])
            font = {"bold": ' font-weight="bold"', "italic": ' font-style="italic"'}.get(style, "")
            return f'<text{where}{font} fill="{_hex(grey)}">{body}</text>'
        case _:
            assert_never(item)


def to_svg(drawing: Drawing, alt: str) -> str:
    """Return a self-contained <svg> element; its title is the first sentence of the alternative text."""
    width, height = _number(drawing.width), _number(drawing.height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}pt" height="{height}pt"'
        f' viewBox="{_number(drawing.left)} {_number(-drawing.bottom - drawing.height)} {width} {height}"'
        " style=\"max-width:100%;height:auto;font-family:'Latin Modern Roman','Times New Roman',serif\">"
    )
    about = f"<title>{escape(alt.partition('. ')[0].rstrip('.'))}.</title>\n<desc>{escape(alt)}</desc>"
    return "\n".join([head, about, *map(_svg, _plain(drawing.items)), "</svg>"])

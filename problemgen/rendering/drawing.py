"""Drawings as data, printed as pict2e for LaTeX and as SVG for HTML.

All geometry, down to the tips of the arrows, is computed here once, so that both outputs look the same and TeX has
nothing left to solve: pict2e took 4 ms a figure where TikZ took 69.  Lengths are points (1/72.27 inch), y points
up.  Type sizes are absolute, not `\\footnotesize`, because a box that fits its text must fit it in every class.
"""

from __future__ import annotations

import math
import re
import unicodedata
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final, Literal, TypeAlias, assert_never

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

INK: Final = 0.0  # greys run from 0 (ink) to 1 (paper)

Point: TypeAlias = tuple[float, float]
Anchor: TypeAlias = Literal["left", "middle", "right"]
Style: TypeAlias = Literal["plain", "bold", "italic", "math"]
Size: TypeAlias = Literal["normalsize", "small", "footnotesize", "scriptsize", "tiny"]
SIZES: Final[dict[Size, float]] = {
    "normalsize": 10.95,
    "small": 10,
    "footnotesize": 9,
    "scriptsize": 8,
    "tiny": 6,
}


@dataclass(frozen=True, slots=True)
class Line:
    """A stroke through two or more points; `dash` is the length of dashes and gaps, 0 for none."""

    points: tuple[Point, ...]
    width: float = 0.5
    dash: float = 0
    grey: float = INK


@dataclass(frozen=True, slots=True)
class Arrow:
    """A stroke through two or more points with a filled tip of length `tip` that ends at the last one."""

    points: tuple[Point, ...]
    width: float = 0.5
    tip: float = 5
    grey: float = INK


@dataclass(frozen=True, slots=True)
class Polygon:
    """A filled area without an outline."""

    points: tuple[Point, ...]
    fill: float = INK


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle with its lower left corner at (x, y); no outline when `width` is 0, no filling when None."""

    x: float
    y: float
    w: float
    h: float
    fill: float | None = None
    width: float = 0.5
    radius: float = 0


@dataclass(frozen=True, slots=True)
class Label:
    """A word or formula, given twice: as LaTeX, which is set as it is, and as plain Unicode text for SVG.

    `x` is where `anchor` says and `y` is the middle of a capital letter, so that labels with the same y share a
    baseline whether or not their letters reach below it.
    """

    x: float
    y: float
    latex: str
    text: str
    size: Size = "footnotesize"
    anchor: Anchor = "middle"
    style: Style = "plain"
    grey: float = INK


Item: TypeAlias = Line | Arrow | Polygon | Box | Label


@dataclass(frozen=True, slots=True)
class Drawing:
    """What lies between (left, bottom) and (left + width, bottom + height); later items cover earlier ones."""

    width: float
    height: float
    items: tuple[Item, ...]
    left: float = 0
    bottom: float = 0


TIP_SLENDER: Final = 0.38  # half the breadth of an arrow's tip over its length
_MIDDLE: Final = 0.33  # half the height of a capital letter over the type size
_ROUND: Final = 0.5523  # a Bezier curve with its control points so far out is a quarter circle


def _plain(items: Iterable[Item]) -> Iterator[Line | Polygon | Box | Label]:
    """Replace every arrow by its shaft and its tip."""
    for item in items:
        if not isinstance(item, Arrow):
            yield item
            continue
        *before, (x1, y1), (x2, y2) = item.points
        length = math.hypot(x2 - x1, y2 - y1)
        dx, dy = (x2 - x1) / length * item.tip, (y2 - y1) / length * item.tip
        base_x, base_y = x2 - dx, y2 - dy
        out_x, out_y = -dy * TIP_SLENDER, dx * TIP_SLENDER
        yield Line((*before, (x1, y1), (base_x, base_y)), item.width, grey=item.grey)
        yield Polygon(
            ((x2, y2), (base_x + out_x, base_y + out_y), (base_x - out_x, base_y - out_y)), item.grey
        )


def _number(value: float) -> str:
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def _at(*points: Point) -> str:
    return "".join(f"({_number(x)},{_number(y)})" for x, y in points)


def _grey(command: str, grey: float) -> str:
    return command if grey == INK else rf"{{\color[gray]{{{_number(grey)}}}{command}}}"


def _dashes(line: Line) -> Iterator[tuple[Point, Point]]:
    for (x1, y1), (x2, y2) in zip(line.points, line.points[1:], strict=False):
        count = (
            max(1, round(math.hypot(x2 - x1, y2 - y1) / line.dash)) | 1
        )  # odd: ends with a dash, as it began
        dx, dy = (x2 - x1) / count, (y2 - y1) / count
        for i in range(0, count, 2):
            yield (x1 + i * dx, y1 + i * dy), (x1 + (i + 1) * dx, y1 + (i + 1) * dy)


def _outline(box: Box) -> str:
    x, y, right, top, r = box.x, box.y, box.x + box.w, box.y + box.h, box.radius
    if r == 0:
        return rf"\moveto{_at((x, y))}" + "".join(
            rf"\lineto{_at(p)}" for p in ((right, y), (right, top), (x, top))
        )
    c = r * (1 - _ROUND)
    start = rf"\moveto{_at((x + r, y))}"
    sides = (
        ((right - r, y), (right - c, y), (right, y + c), (right, y + r)),
        ((right, top - r), (right, top - c), (right - c, top), (right - r, top)),
        ((x + r, top), (x + c, top), (x, top - c), (x, top - r)),
        ((x, y + r), (x, y + c), (x + c, y), (x + r, y)),
    )
    return start + "".join(rf"\lineto{_at(side[0])}\curveto{_at(*side[1:])}" for side in sides)


def _pict2e(item: Line | Polygon | Box | Label) -> Iterator[str]:
    match item:
        case Line(points, width, dash, grey):
            yield rf"\linethickness{{{_number(width)}pt}}"
            if dash:
                strokes = "".join(rf"\moveto{_at(start)}\lineto{_at(end)}" for start, end in _dashes(item))
                yield _grey(rf"{strokes}\strokepath", grey)
            else:
                yield _grey(rf"\polyline{_at(*points)}", grey)
        case Polygon(points, fill):
            yield _grey(rf"\polygon*{_at(*points)}", fill)
        case Box(fill=fill, width=width):
            if fill is not None:
                yield _grey(rf"{_outline(item)}\closepath\fillpath", fill)
            if width:
                yield rf"\linethickness{{{_number(width)}pt}}"
                yield rf"{_outline(item)}\closepath\strokepath"
        case Label(x, y, latex, _, size, anchor, _, grey):
            points = _number(SIZES[size])
            yield rf"\fontsize{{{points}}}{{{points}}}\selectfont"
            where = {"left": "[l]", "middle": "", "right": "[r]"}[anchor]
            put = rf"\makebox[0pt]{where}{{{latex}}}"
            yield rf"\put{_at((x, y - _MIDDLE * SIZES[size]))}{{{_grey(put, grey)}}}"
        case _:
            assert_never(item)


def to_pict2e(drawing: Drawing) -> str:
    r"""Return LaTeX that needs pict2e and xcolor; its settings end with it.

    A pen or a type size is chosen only where it changes; `%` keeps the ends of lines from moving what follows.
    """
    size, origin = (drawing.width, drawing.height), (drawing.left, drawing.bottom)
    rows = [r"{\setlength{\unitlength}{1pt}\normalfont", rf"\begin{{picture}}{_at(size, origin)}"]
    chosen: dict[str, str] = {}
    for command in (command for item in _plain(drawing.items) for command in _pict2e(item)):
        kind = command[: command.index("{")] if command.startswith(("\\linethickness", "\\fontsize")) else ""
        if kind and chosen.get(kind) == command:
            continue
        chosen[kind] = command
        rows.append(command)
    return "%\n".join([*rows, r"\end{picture}}"])


_RUNS: Final = re.compile(
    r"(?P<sub>[₀-₎ₐ-ₜᵢⱼ]+)|(?P<sup>[⁰-ⁿ¹²³ᵀ]+)|(?P<letters>[^\W\d_₀-₎ₐ-ₜᵢⱼ⁰-ⁿ¹²³ᵀ]+)|.", re.DOTALL
)


def _svg_maths(text: str, size: float) -> str:
    """Letters in italics; sub- and superscripts as moved ciphers, for few fonts have the Unicode ones."""
    spans, shift = [], 0.0
    for run in _RUNS.finditer(text):
        wanted = {"sub": 0.2 * size, "sup": -0.38 * size}.get(run.lastgroup or "", 0.0)
        look = f' dy="{_number(wanted - shift)}"' if wanted != shift else ""
        look += f' font-size="{_number(size * 0.7)}"' if wanted else ""
        look += ' font-style="italic"' if run.lastgroup == "letters" else ""
        body = escape(unicodedata.normalize("NFKC", run[0]) if wanted else run[0])
        spans.append(f"<tspan{look}>{body}</tspan>" if look else body)
        shift = wanted
    return "".join(spans)


def _hex(grey: float) -> str:
    return f"#{round(grey * 255):02x}" + 2 * f"{round(grey * 255):02x}"


def _svg(item: Line | Polygon | Box | Label, left: float, top: float) -> str:
    match item:
        case Line(points, width, dash, grey):
            where = " ".join(f"{_number(x - left)},{_number(top - y)}" for x, y in points)
            broken = f' stroke-dasharray="{_number(dash)}"' if dash else ""
            pen = f'stroke="{_hex(grey)}" stroke-width="{_number(width)}"{broken}'
            return f'<polyline points="{where}" fill="none" {pen}/>'
        case Polygon(points, fill):
            where = " ".join(f"{_number(x - left)},{_number(top - y)}" for x, y in points)
            return f'<polygon points="{where}" fill="{_hex(fill)}"/>'
        case Box(x, y, w, h, fill, width, radius):
            paint = "none" if fill is None else _hex(fill)
            pen = f' stroke="#000" stroke-width="{_number(width)}"' if width else ""
            round_corners = f' rx="{_number(radius)}"' if radius else ""
            where = f'x="{_number(x - left)}" y="{_number(top - y - h)}" width="{_number(w)}" height="{_number(h)}"'
            return f'<rect {where}{round_corners} fill="{paint}"{pen}/>'
        case Label(x, y, _, text, size, anchor, style, grey):
            points = SIZES[size]
            where = f'x="{_number(x - left)}" y="{_number(top - y + _MIDDLE * points)}"'
            end = {"left": "start", "middle": "middle", "right": "end"}[anchor]
            font = {"bold": ' font-weight="bold"', "italic": ' font-style="italic"'}.get(style, "")
            body = _svg_maths(text, points) if style == "math" else escape(text)
            kind = f'font-size="{_number(points)}" text-anchor="{end}"{font} fill="{_hex(grey)}"'
            return f"<text {where} {kind}>{body}</text>"
        case _:
            assert_never(item)


def to_svg(drawing: Drawing, alt: str) -> str:
    """Return a self-contained <svg> element; its title is the first sentence of the alternative text."""
    width, height = _number(drawing.width), _number(drawing.height)
    top = drawing.bottom + drawing.height
    rows = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}pt" height="{height}pt"'
        f' viewBox="0 0 {width} {height}" style="max-width:100%;height:auto"'
        " font-family=\"'Latin Modern Roman','Times New Roman',Times,serif\">",
        f"<title>{escape(alt.split('. ')[0].rstrip('.'))}.</title>",
        f"<desc>{escape(alt)}</desc>",
        *(_svg(item, drawing.left, top) for item in _plain(drawing.items)),
        "</svg>",
    ]
    return "\n".join(rows)

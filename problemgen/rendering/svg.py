"""Drawings as SVG, for HTML: the same geometry as in print."""

from __future__ import annotations

import re
import unicodedata
from html import escape
from typing import TYPE_CHECKING, Final, assert_never

from problemgen.rendering.drawing import INK, MIDDLE, SIZES, Arrow, Box, Label, Line, Polygon, number, shaft_and_tip

if TYPE_CHECKING:
    from problemgen.rendering.drawing import Drawing, Item, Point

_SUB, _SUP = "₀-₎ₐ-ₜᵢⱼ", "⁰-ⁿ¹²³ᵀ"
_RUNS: Final = re.compile(rf"(?P<sub>[{_SUB}]+)|(?P<sup>[{_SUP}]+)|(?P<letters>[^\W\d_{_SUB}{_SUP}]+)|(?P<space> +)|.")


def _attributes(**values: float | str) -> str:
    """Leave out zeros and empty strings: they are what SVG assumes."""
    pairs = ((name.replace("_", "-"), value) for name, value in values.items() if value)
    return "".join(f' {name}="{value if isinstance(value, str) else number(value)}"' for name, value in pairs)


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
    return " ".join(f"{number(x)},{number(-y)}" for x, y in points)


def _svg(item: Item) -> str:
    match item:
        case Arrow():
            return "\n".join(_svg(piece) for piece in shaft_and_tip(item))
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
            where = _attributes(x=x, y=MIDDLE * SIZES[size] - y, text_anchor=anchor, font_size=SIZES[size])
            font = {"bold": ' font-weight="bold"', "italic": ' font-style="italic"'}.get(style, "")
            return f'<text{where}{font} fill="{_hex(grey)}">{body}</text>'
        case _:
            assert_never(item)


def to_svg(drawing: Drawing, alt: str) -> str:
    """Return a self-contained <svg> element; its title is the first sentence of the alternative text."""
    width, height = number(drawing.width), number(drawing.height)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}pt" height="{height}pt"'
        f' viewBox="{number(drawing.left)} {number(-drawing.bottom - drawing.height)} {width} {height}"'
        " style=\"max-width:100%;height:auto;font-family:'Latin Modern Roman','Times New Roman',serif\">"
    )
    about = f"<title>{escape(alt.partition('. ')[0].rstrip('.'))}.</title>\n<desc>{escape(alt)}</desc>"
    return "\n".join([head, about, *map(_svg, drawing.items), "</svg>"])

"""The kinds of figure, found by being here, and the lettering they share.

A figure is data; the module `<kind>.py` turns it into a `Drawing` and into alternative text.  There is no
list to keep: a new module is a new kind.  How wide a text will be is estimated here, once, so that every kind
can fit its boxes to their contents without asking TeX.
"""

from __future__ import annotations

import pkgutil
import re
from functools import cache, lru_cache
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeAlias, assert_never, cast

from problemgen.errors import UnknownName, did_you_mean
from problemgen.rendering.drawing import INK, SIZES, TIP_SLENDER, Arrow, Box, Drawing, Group, Label, Line, Polygon

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from problemgen.rendering.drawing import Item, Part, Size, Style

TIMES: Final = "\N{MULTIPLICATION SIGN}"
MINUS: Final = "\N{MINUS SIGN}"
TEXT_WIDTH: Final = 440.0  # the widest figure that a sheet has room for


class _Kind(Protocol):
    def draw(self, data: Mapping[str, Any]) -> Drawing: ...
    def alt(self, data: Mapping[str, Any]) -> str: ...


@cache
def _kind(name: str) -> _Kind:
    known = sorted(module.name for module in pkgutil.iter_modules(__path__))
    if name not in known:
        message = f"no figure kind '{name}'; known: {', '.join(known)}{did_you_mean(name, known)}"
        raise UnknownName(message)
    return cast("_Kind", import_module(f"{__name__}.{name}"))


def draw(kind: str, data: Mapping[str, Any]) -> Drawing:
    """Return the drawing of a figure; raise `UnknownName` for a kind that is not here."""
    return _kind(kind).draw(data)


def alt(kind: str, data: Mapping[str, Any]) -> str:
    """Return what a figure shows, in sentences made from its data."""
    return _kind(kind).alt(data)


_SPECIAL: Final = str.maketrans(
    {character: f"\\{character}" for character in "#$%&_{}"}
    | {character: f"${character}$" for character in "<>|"}
    | {"\\": r"\textbackslash{}", "~": r"\textasciitilde{}", "^": r"\textasciicircum{}"}
    | {TIMES: r"$\times$", "·": r"$\cdot$", MINUS: "$-$", "→": r"$\to$", "≤": r"$\leq$", "≥": r"$\geq$"}
)


@lru_cache(maxsize=16384)
def words(
    x: float, y: float, text: str, size: Size = "footnotesize", *, style: Style = "plain", grey: float = INK
) -> Label:
    """Return a centred label of plain text, whose special characters LaTeX prints literally."""
    latex = text.translate(_SPECIAL)
    match style:
        case "bold":
            latex = rf"\textbf{{{latex}}}"
        case "italic":
            latex = rf"\textit{{{latex}}}"
        case "plain" | "math":
            pass
        case _:
            assert_never(style)
    return Label(x, y, latex, text, size, style=style, grey=grey)


@lru_cache(maxsize=16384)
def maths(x: float, y: float, latex: str, text: str, size: Size = "footnotesize", *, grey: float = INK) -> Label:
    """Return a centred label of a formula: LaTeX without dollars, and the same in plain Unicode."""
    return Label(x, y, f"${latex}$", text, size, style="math", grey=grey)


_FRACTION: Final = re.compile(r"(-?)(\d+)/(\d+)")
_RAISED: Final = str.maketrans("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹")
_LOWERED: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")


def lowered(index: int) -> str:
    """Return a number as a Unicode subscript."""
    return str(index).translate(_LOWERED)


@lru_cache(maxsize=4096)
def number(entry: str) -> tuple[str, str]:
    """Return LaTeX without dollars and plain text of an entry such as "-3", "1/2", "?" or ""."""
    if not (fraction := _FRACTION.fullmatch(entry)):
        return entry, entry.replace("-", MINUS)
    sign, top, bottom = fraction.groups()
    text = f"{MINUS * len(sign)}{top.translate(_RAISED)}/{bottom.translate(_LOWERED)}"
    return rf"{sign}\tfrac{{{top}}}{{{bottom}}}", text


_WIDTHS: Final = {
    character: width
    for width, characters in {
        0.28: "il.,:;[]!'|",
        0.36: "Ifj- ",
        0.39: "rst()₀₁₂₃₄₅₆₇₈₉⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁽⁾₊₋₍₎",
        0.56: "bdhknpuS",
        0.72: "CTwFLEPBZRAHNUVXYD",
        0.80: "GKOQ+=<>@→≤≥" + TIMES + MINUS,
        0.92: "mM%",
        1.03: "W",
    }.items()
    for character in characters
}
_OPTICAL: Final[dict[Size, float]] = {
    "normalsize": 1,
    "small": 1,
    "footnotesize": 1.03,
    "scriptsize": 1.06,
    "tiny": 1.22,
}


_BEFORE: Final = {"start": 0, "middle": 0.5, "end": 1}  # how much of a label lies left of its place


@lru_cache(maxsize=4096)
def text_width(text: str, size: Size, style: Style = "plain") -> float:
    """Return about how wide Latin Modern sets a text, in points (small sizes are drawn wider)."""
    ems = sum(_WIDTHS.get(character, 0.53) for character in text)
    return ems * SIZES[size] * _OPTICAL[size] * (1.16 if style == "bold" else 1)


Extent: TypeAlias = tuple[float, float, float, float]


@lru_cache(maxsize=32768, typed=True)
def extent(part: Part) -> Extent:
    """Return left, bottom, right and top of what a part inks."""
    match part:
        case Group(items=items):
            return _around(items)
        case Line(points) | Polygon(points):
            pen = part.width / 2 if isinstance(part, Line) else 0
        case Arrow(points, width, tip):
            pen = max(width / 2, tip * TIP_SLENDER)
        case Box(x, y, w, h, _, width):
            pen = width / 2
            return x - pen, y - pen, x + w + pen, y + h + pen
        case Label(x, y, _, text, size, anchor, style):
            w, h = text_width(text, size, style), SIZES[size]
            left = x - w * _BEFORE[anchor]
            return left, y - 0.6 * h, left + w, y + 0.5 * h
        case _:
            assert_never(part)
    xs, ys = zip(*points, strict=True)
    return min(xs) - pen, min(ys) - pen, max(xs) + pen, max(ys) + pen


def _around(parts: Iterable[Part]) -> Extent:
    lefts, bottoms, rights, tops = zip(*map(extent, parts), strict=True)
    return min(lefts), min(bottoms), max(rights), max(tops)


def enclose(parts: Iterable[Part], inner: Iterable[Item] = (), margin: float = 1) -> Drawing:
    """Return the smallest drawing that holds all parts, and with them the `inner` items, which lie inside of boxes."""
    parts = tuple(parts)
    left, bottom, right, top = _around(parts)
    size = right - left + 2 * margin, top - bottom + 2 * margin
    return Drawing(*size, (*parts, *inner), left - margin, bottom - margin)

"""How values look inside a template: what `<< value >>` prints, and the few filters of the templates.

Plain text is data and always escaped; only what was made here or by a formula passes as LaTeX.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from functools import lru_cache
from typing import Any, Final, get_args

import sympy
from jinja2 import Undefined
from pylatex.utils import escape_latex

from problemgen import answers
from problemgen.errors import TemplateFault
from problemgen.formula import Formula
from problemgen.problem import Figure
from problemgen.rendering import figures
from problemgen.rendering.drawing import to_latex
from problemgen.typeset import LATEX, Writer, number
from problemgen.worked import Worked

_LIGATURE: Final = re.compile("([<>,'`!?])(?=[<>,'`])")  # fonts make << of T1 a quotation mark
_ANSWERS: Final = get_args(answers.Answer)
_LINE: Final = 36.0  # em of a part's solution that a display may take
_WIDEST: Final = 0.75  # em of a character of LaTeX
_TOKENS: Final = re.compile(r" (?:[-+=<>]|\\(?:approx|cdot|times|le|ge|to|mapsto)) |[_^]\{|\\[a-zA-Z]+|\\.|\S")
_BREAKS: Final = {" + ": r"&\quad + ", " - ": r"&\quad - ", " = ": "&= "}
_OPENING: Final = frozenset(("(", "[", "{", "_{", "^{", r"\lfloor", r"\lceil", r"\{", r"\begin"))
_CLOSING: Final = frozenset((")", "]", "}", r"\rfloor", r"\rceil", r"\}", r"\end"))
_FRACTION: Final = re.compile(r"\\[td]?frac\{([^{}]*)\}\{([^{}]*)\}")
_SCRIPT: Final = 0.7
_WIDTHS: Final = {  # em of the tokens of a line; letters and signs not named here are 0.6 wide at most
    **dict.fromkeys("0123456789/", 0.5), **dict.fromkeys("()[]", 0.4), **dict.fromkeys("|.:!'", 0.3), ",": 0.45,
    **dict.fromkeys((" + ", " - ", r" \times "), 1.23), **dict.fromkeys((" = ", r" \approx ", r" \to "), 1.34),
    r" \cdot ": 0.73, "-": 0.78, "+": 1.23, "=": 1.34, r"\,": 0.17, r"\quad": 1.0, r"\qquad": 2.0, r"\sum": 1.5,
    r"\left": 0.35, r"\right": 0.35, r"\ln": 1.0, r"\log": 1.4, r"\max": 1.9, r"\min": 1.8, r"\exp": 1.6,
    **dict.fromkeys(("&", "_", "^", r"\text", r"\operatorname", r"\begin", r"\end"), 0.0),
}  # fmt: skip
ALT: Final = "% figure: "
_WORKED: Final = (Formula, *get_args(Worked))


class Tex(str):
    """A text that is LaTeX already and is not escaped again."""

    __slots__ = ()


@lru_cache(maxsize=4096)
def escape(text: str) -> Tex:
    """Return plain text as LaTeX, on one line, whatever characters it holds."""
    escaped = str(escape_latex(" ".join(text.split()))).replace(r"\^{}", r"\textasciicircum{}")
    return Tex(_LIGATURE.sub(r"\1{}", escaped))


def finalize(value: Any) -> str:
    """Return what a template prints for a value; raises `TemplateFault` for what has no printed form."""
    if type(value) is Tex:  # nearly always
        return value
    match value:
        case Undefined() | Tex():
            return str(value)  # an undefined name raises here, with its name
        case str():
            return escape(value)
        case bool():
            raise TemplateFault(f'{value} cannot be printed; write \'<< "with" if bias else "without" >> bias\'')
        case int() | Fraction():
            return number(value)
        case sympy.Expr():
            return Writer(LATEX, ordered=True).write(value)
        case Figure():
            return drawn(value)
    if isinstance(value, _WORKED):
        return str(value.latex())
    if isinstance(value, _ANSWERS):
        return answers.latex(value)
    raise TemplateFault(f"a {type(value).__name__} cannot be printed: {value!r}")


def drawn(figure: Figure) -> Tex:
    """Return a figure as a centred picture, never wider than the line, its description in a comment."""
    picture = to_latex(figures.draw(figure.kind, figure.data))
    alt = figures.alt(figure.kind, figure.data)
    return Tex(f"{ALT}{alt}\n\\begin{{center}}\\fitted{{{picture}}}\\end{{center}}")


def matrix(rows: Sequence[Sequence[Any]]) -> Tex:
    """Return rows of exact values as a LaTeX matrix in parentheses."""
    return Tex(answers.latex(answers.MatrixAnswer(tuple(tuple(row) for row in rows))))


def vector(values: Sequence[Any]) -> Tex:
    """Return exact values as a row vector, `(1, 4, 0, -2, 3)`."""
    return Tex("(" + ", ".join(number(value) for value in values) + ")")


def dims(sizes: Sequence[int]) -> Tex:
    r"""Return the shape of a tensor as `32 \times 32 \times 3`."""
    return Tex(answers.latex(answers.Shape(tuple(sizes))))


def counted(count: int, noun: str) -> Tex:
    """Return `1 filter` or `3 filters`."""
    return Tex(f"{number(count)} {escape(noun)}{'' if count == 1 else 's'}")


def aligned(worked: Mapping[str, Any] | Sequence[Any]) -> Tex:
    """Return formulas and worked steps as one display, aligned at their first equals signs, long sums on more lines."""
    lines = worked.values() if isinstance(worked, Mapping) else worked
    written = [line.latex() for line in lines]
    left = max((_width(_left(line)) for line in written), default=0.0)
    rows = [_broken(line, left, r"\\") for line in written]
    return Tex("\\[ \\begin{aligned} " + r" \\ ".join(rows) + " \\end{aligned} \\]") if rows else Tex()


def aligned_rows(rows: Iterable[Sequence[Any]]) -> Tex:
    """Return the worked entries of a matrix, aligned like `aligned`; a page may end behind each of its rows only."""
    entries = [[entry.latex() for entry in row] for row in rows if row]
    left = max((_width(_left(entry)) for row in entries for entry in row), default=0.0)
    groups = [r" \\* ".join(_broken(entry, left, r"\\*") for entry in row) for row in entries]
    return Tex("\\begin{align*} " + r" \\[4pt] ".join(groups) + " \\end{align*}") if groups else Tex()


def _left(line: str) -> str:
    """Return what stands before the first equals sign of a line."""
    return line.partition(" = ")[0]


def _broken(line: str, left: float, ending: str) -> str:
    """Return a line of an aligned display, on several rows where it is wider than a line of text.

    `left` is the width in front of the equals signs of the display.
    """
    before, sign, after = line.partition(" = ")
    if not sign or left + _WIDEST * len(after) <= _LINE:
        return line.replace(" = ", " &= ", 1)
    rows, width = [f"{before} &= "], left + _WIDTHS[sign]
    for lead, term in _terms(after):
        step = _WIDTHS.get(lead, 0.0) + _width(term)
        if lead and width + step > _LINE:
            rows.append(_BREAKS[lead] + term)
            width = left + 2 * _WIDTHS[lead] + _width(term)
        else:
            rows[-1] += lead + term
            width += step
    return f" {ending} ".join(rows)


def _terms(side: str) -> list[tuple[str, str]]:
    """Return the terms between the signs at which a line may end, outside all brackets, each behind its sign."""
    found, lead, start, depth = [], "", 0, 0
    for token in _TOKENS.finditer(side):
        text = token[0]
        if text in _OPENING:
            depth += 1
        elif text in _CLOSING:
            depth -= 1
        elif depth == 0 and text in _BREAKS:
            found.append((lead, side[start : token.start()]))
            lead, start = text, token.end()
    return [*found, (lead, side[start:])]


@lru_cache(maxsize=4096)
def _width(latex: str) -> float:
    """Estimate the printed width of mathematics in em."""
    while (inner := _FRACTION.sub(lambda parts: max(parts[1], parts[2], key=len) + r"\,", latex)) != latex:
        latex = inner
    total, sizes = 0.0, [1.0]
    for sign in _TOKENS.findall(latex):
        if sign in {"{", "_{", "^{"}:
            sizes.append(sizes[-1] * (1 if sign == "{" else _SCRIPT))
        elif sign == "}":
            sizes.pop()
        else:
            total += sizes[-1] * _WIDTHS.get(sign, _WIDEST if sign.isupper() else 0.6)
    return total


def join_tex(pieces: Sequence[str], between: str) -> Tex:
    """Return LaTeX pieces with LaTeX between them."""
    return Tex(between.join(pieces))


FILTERS: Final[Mapping[str, Callable[..., Any]]] = {
    "matrix": matrix,
    "vector": vector,
    "dims": dims,
    "counted": counted,
    "aligned": aligned,
    "aligned_rows": aligned_rows,
    "join_tex": join_tex,
    "prose": Tex,  # a text of the bank, which is LaTeX already; never one that a user gives
}

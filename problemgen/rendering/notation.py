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
_TERMS: Final = 6
_LONG: Final = 130
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
    rows = [_broken(line) for line in lines]
    return Tex("\\[ \\begin{aligned} " + r" \\ ".join(rows) + " \\end{aligned} \\]") if rows else Tex()


def aligned_rows(rows: Iterable[Sequence[Any]]) -> Tex:
    """Return the worked entries of a matrix, aligned like `aligned`; a page may end behind each of its rows only."""
    groups = [r" \\* ".join(_broken(entry, r"\\*") for entry in row) for row in rows if row]
    return Tex("\\begin{align*} " + r" \\[4pt] ".join(groups) + " \\end{align*}") if groups else Tex()


def _broken(worked: Any, ending: str = r"\\") -> str:
    """Return a line of an aligned display; a sum of many terms has a line's ending after every few."""
    line = worked.latex().replace(" = ", " &= ", 1)
    terms = line.split(" + ")
    per_row = _TERMS if len(line) > _LONG else len(terms)
    rows = [" + ".join(terms[start : start + per_row]) for start in range(0, len(terms), per_row)]
    return rf" {ending} &\quad + ".join(rows)


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

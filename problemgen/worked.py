"""Worked steps beside formulas with numbers put in: sums of products, functions, derivations, evaluations, reasons."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeAlias

from problemgen.exact import Exact, Rational, decimal, rounded
from problemgen.formula import Substitution, equated
from problemgen.operations import Operation, symbols_in
from problemgen.typeset import LATEX, TEXT, Style, bracket, number, plain
from problemgen.writing import sorted_out

if TYPE_CHECKING:
    from collections.abc import Mapping

    import sympy


@dataclass(frozen=True, slots=True)
class SumOfProducts:
    """`left = 1·2 + 0·3 + ... = value`: a window of a convolution, or (single factors) the total of a column."""

    left: str
    terms: tuple[tuple[Rational, ...], ...]
    value: Rational

    def latex(self) -> str:
        """Return the line in LaTeX."""
        return equated(self.left, self._right(LATEX), number(self.value))

    def text(self) -> str:
        """Return the line as it is typed."""
        return equated(plain(self.left), self._right(TEXT), number(self.value, TEXT))

    def _right(self, style: Style) -> str:
        written = ""
        for term in self.terms:
            factors = [number(factor, style) for factor in term]
            bracketed = [
                bracket(text, style) if text.startswith("-") and (index or written) else text
                for index, text in enumerate(factors)
            ]
            if len(term) == 1 and written and term[0] < 0:
                written += f" - {number(-term[0], style)}"
            else:
                written += (" + " if written else "") + style.times.join(bracketed)
        return written or "0"

    def operations(self) -> tuple[Operation, ...]:
        """Return one product a term with several factors, and one sum."""
        products = tuple(Operation("multiply", term) for term in self.terms if len(term) > 1)
        values = tuple(math.prod(term) for term in self.terms)
        return (*products, Operation("add", values)) if len(values) > 1 else products


@dataclass(frozen=True, slots=True)
class Application:
    """`left = function(arguments) = value`, e.g. a maximum; `function` is LaTeX."""

    left: str
    function: str
    arguments: tuple[Rational, ...]
    value: Rational

    def latex(self) -> str:
        """Return the line in LaTeX."""
        inside = ", ".join(number(argument) for argument in self.arguments)
        return equated(self.left, self.function + bracket(inside), number(self.value))

    def text(self) -> str:
        """Return the line as it is typed."""
        inside = ", ".join(number(argument, TEXT) for argument in self.arguments)
        return equated(plain(self.left), f"{plain(self.function)}({inside})", number(self.value, TEXT))

    def operations(self) -> tuple[Operation, ...]:
        """Return the one operation."""
        return (Operation(plain(self.function), self.arguments),)


@dataclass(frozen=True, slots=True)
class Equation:
    """`left = side = side ...` in symbols: a derivation, with `letters` for its symbols."""

    left: str
    sides: tuple[sympy.Expr, ...]
    letters: Mapping[str, str] = field(default_factory=dict)
    done: tuple[Operation, ...] = ()

    def latex(self) -> str:
        """Return the line in LaTeX."""
        return equated(self.left, *(sorted_out(side, LATEX, self.letters) for side in self.sides))

    def text(self) -> str:
        """Return the line as it is typed."""
        return equated(plain(self.left), *(sorted_out(side, TEXT, self.letters) for side in self.sides))

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations that the author named, else that symbols are put together."""
        return self.done or tuple(Operation("symbols", (symbols_in(side),)) for side in self.sides)


@dataclass(frozen=True, slots=True)
class Evaluation:
    """`left = working = value`, or `≈` its decimals if `places` is given; `left` and `working` are LaTeX."""

    left: str
    working: str
    value: Exact
    places: int | None = None
    done: tuple[Operation, ...] = ()

    def latex(self) -> str:
        """Return the line in LaTeX."""
        return self._line(self.left, self.working, r"\approx", LATEX)

    def text(self) -> str:
        """Return the line as it is typed."""
        return self._line(plain(self.left), _typed(self.working), "~", TEXT)

    def _line(self, left: str, working: str, about: str, style: Style) -> str:
        if self.places is None:
            return equated(left, working, number(self.value, style))
        nearest = rounded(self.value, self.places)
        sign = "=" if nearest == self.value else about
        return f"{equated(left, working)} {sign} {decimal(nearest, self.places)}"

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations that the author named."""
        return self.done


@dataclass(frozen=True, slots=True)
class Remark:
    """A reason in words, where there is nothing to compute; `words` are portable LaTeX prose."""

    words: str

    def latex(self) -> str:
        """Return the words."""
        return self.words

    def text(self) -> str:
        """Return the words as they are, LaTeX included: `rendering.plain` makes plain text of it."""
        return self.words

    def operations(self) -> tuple[Operation, ...]:
        """Return that a reason is to be found."""
        return (Operation("reason"),)


Worked: TypeAlias = Substitution | SumOfProducts | Application | Equation | Evaluation | Remark


def _typed(latex: str) -> str:
    """Return a working in LaTeX as it is typed, fractions as quotients."""
    text = re.sub(r"\\left|\\right", "", latex).replace(r"\cdot", "*").replace(r"\ln", "ln ")
    while (inner := re.sub(r"\\frac\{([^{}]*)\}\{([^{}]*)\}", r"(\1)/(\2)", text)) != text:
        text = inner
    return plain(text)

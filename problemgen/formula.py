"""Formulas that compute and typeset themselves, and the worked steps made from them.

A formula is written once, in textbook order, under `sympy.evaluate(False)`; it then serves as a function (exact
value), as letters, and as letters with the numbers put in.  Its symbols carry the field names of the records
(`in_size`, `kernel_size`), so that a formula reads its arguments off any record or layer; the printed letters are
chosen here.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from problemgen.compilation import compiled
from problemgen.errors import UnknownName, did_you_mean
from problemgen.exact import Exact, Rational, decimal, rational, rounded
from problemgen.operations import Operation, carried_out, symbols_in
from problemgen.typeset import LATEX, TEXT, Style, bracket, number, piece, plain
from problemgen.writing import LETTERS, filled, kind, pattern, sorted_out

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    import sympy

    from problemgen.writing import Pattern

_MISSING: Final = object()


@dataclass(frozen=True, eq=False)
class Formula:
    """`result = expr`, e.g. `Formula("out_size", floor((N + 2 * P - K) / S) + 1)`.

    `result` and the free symbols are field names; `letters` overrides how they are printed.
    """

    result: str
    expr: sympy.Expr
    letters: Mapping[str, str] = field(default_factory=dict)
    fields: Mapping[str, str] = field(default_factory=dict)
    arguments: tuple[str, ...] = field(init=False, repr=False)
    _reads: Mapping[str, str] = field(init=False, repr=False)
    _function: Callable[..., Any] = field(init=False, repr=False)
    _patterns: dict[tuple[Style, tuple[tuple[int, bool], ...]], Pattern] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Fix the argument names, the fields they are read from, and compile, once for each formula."""
        names = _names(self.expr)
        object.__setattr__(self, "arguments", names)
        object.__setattr__(self, "_reads", {self.fields.get(name, name): name for name in names})
        object.__setattr__(self, "_function", compiled(self.expr, names))
        object.__setattr__(self, "_patterns", {})

    def __call__(self, source: object = None, /, **overrides: Any) -> Rational:
        """Return the exact value, arguments read from `source` unless overridden; unknown overrides raise."""
        return self._value(self.bind(source, overrides))

    def worked(self, source: object = None, /, **overrides: Any) -> Substitution:
        """Return the formula with the numbers put in, and its value."""
        bindings = self.bind(source, overrides)
        return Substitution(self, bindings, self._value(bindings))

    def named(self, **fields: str) -> Formula:
        """Return the same formula reading an argument from another field: `named(kernel_size="filter_size")`."""
        return replace(self, fields={**self.fields, **fields})

    def lettered(self, **letters: str) -> Formula:
        """Return the same formula printed with other letters: `lettered(in_size="H")`."""
        return replace(self, letters={**self.letters, **letters})

    def bind(self, source: object, overrides: Mapping[str, Any]) -> dict[str, Rational]:
        """Return the value of each argument, exactly."""
        values, given = {}, 0
        for read, name in self._reads.items():
            if read in overrides:
                value, given = overrides[read], given + 1
            else:
                value = getattr(source, read, _MISSING)
                if value is _MISSING:
                    raise UnknownName(f"{self.text()} needs '{read}', which {type(source).__name__} does not have")
            values[name] = value if type(value) is int else rational(value)
        if given < len(overrides):
            unknown = next(name for name in overrides if name not in self._reads)
            raise UnknownName(f"no argument '{unknown}' in {self.text()}{did_you_mean(unknown, self._reads)}")
        return values

    def latex(self) -> str:
        """Return `result = expression` in letters."""
        return f"{self.letter()} = {self.write(LATEX)}"

    def text(self) -> str:
        """Return `result = expression` as it is typed."""
        return f"{plain(self.letter())} = {self.write(TEXT)}"

    def operations(self) -> tuple[Operation, ...]:
        """Return that its symbols are put together: a rule has no arithmetic."""
        return (Operation("symbols", (symbols_in(self.expr),)),)

    def letter(self) -> str:
        """Return the letter of the result, in LaTeX."""
        return self.letters.get(self.result) or LETTERS.get(self.result, self.result)

    def write(self, style: Style, values: Mapping[str, Rational] | None = None) -> str:
        """Return the right-hand side, with `values`, those of all arguments in their order, put in for the letters."""
        pieces = [piece(value, style) for value in values.values()] if values else []
        kinds = style, tuple(map(kind, pieces))
        if kinds not in self._patterns:
            self._patterns[kinds] = pattern(
                self.expr, style, self.letters, dict(zip(values or (), pieces, strict=True))
            )
        return filled(self._patterns[kinds], [text for text, _ in pieces])

    def _value(self, bindings: Mapping[str, Rational]) -> Rational:
        value = self._function(*bindings.values())
        return value if type(value) is int else rational(value)


@lru_cache(maxsize=4096)
def _names(expr: sympy.Expr) -> tuple[str, ...]:
    """Return the names of the free symbols, in the order in which the compiled expression takes their values."""
    return tuple(sorted(symbol.name for symbol in expr.free_symbols))


@dataclass(frozen=True, slots=True)
class Substitution:
    """A formula with the numbers put in."""

    formula: Formula
    bindings: Mapping[str, Rational]
    value: Rational

    def latex(self) -> str:
        r"""Return `O = \lfloor ... \rfloor + 1 = 66`."""
        return _equated(self.formula.letter(), self.formula.write(LATEX, self.bindings), number(self.value))

    def text(self) -> str:
        """Return the same as it is typed."""
        left = plain(self.formula.letter())
        return _equated(left, self.formula.write(TEXT, self.bindings), number(self.value, TEXT))

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations in the order in which they are carried out."""
        return carried_out(self.formula.expr, self.bindings)


@dataclass(frozen=True, slots=True)
class SumOfProducts:
    """`left = 1·2 + 0·3 + ... = value`: a window of a convolution, or (single factors) the total of a column."""

    left: str
    terms: tuple[tuple[Rational, ...], ...]
    value: Rational

    def latex(self) -> str:
        """Return the line in LaTeX."""
        return _equated(self.left, self._right(LATEX), number(self.value))

    def text(self) -> str:
        """Return the line as it is typed."""
        return _equated(plain(self.left), self._right(TEXT), number(self.value, TEXT))

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
        return _equated(self.left, self.function + bracket(inside), number(self.value))

    def text(self) -> str:
        """Return the line as it is typed."""
        inside = ", ".join(number(argument, TEXT) for argument in self.arguments)
        return _equated(plain(self.left), f"{plain(self.function)}({inside})", number(self.value, TEXT))

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
        return _equated(self.left, *(sorted_out(side, LATEX, self.letters) for side in self.sides))

    def text(self) -> str:
        """Return the line as it is typed."""
        return _equated(plain(self.left), *(sorted_out(side, TEXT, self.letters) for side in self.sides))

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
            return _equated(left, working, number(self.value, style))
        nearest = rounded(self.value, self.places)
        sign = "=" if nearest == self.value else about
        return f"{_equated(left, working)} {sign} {decimal(nearest, self.places)}"

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


def _equated(left: str, *sides: str) -> str:
    """Join the sides, leaving out one that repeats the one before it (`a = 5 = 5`)."""
    kept = [left]
    kept.extend(side for index, side in enumerate(sides) if not index or side != sides[index - 1])
    return " = ".join(kept)

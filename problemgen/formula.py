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
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import sympy

from problemgen.compilation import compiled, indicated, over
from problemgen.errors import UnknownName, did_you_mean
from problemgen.exact import Exact, Rational, decimal, rational, rounded
from problemgen.typeset import LATEX, TEXT, Style, Writer, bracket, number, plain

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

LETTERS: Final[Mapping[str, str]] = {
    "in_size": "N", "in_height": "H", "in_width": "W", "in_channels": "C",
    "out_size": "O", "out_height": "H'", "out_width": "W'", "out_channels": "F",
    "kernel_size": "K", "stride": "S", "padding": "P", "dilation": "D", "groups": "G",
    "in_features": "I", "out_features": "J",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation a student carries out by hand, with the numbers it is carried out on."""

    name: str
    operands: tuple[Rational, ...]


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
    _function: Callable[..., Any] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Fix the argument names and compile, once for each formula."""
        names = tuple(sorted(symbol.name for symbol in self.expr.free_symbols))
        object.__setattr__(self, "arguments", names)
        object.__setattr__(self, "_function", compiled(self.expr, names))

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
        reads = {self.fields.get(name, name): name for name in self.arguments}
        for name in overrides:
            if name not in reads:
                raise UnknownName(f"no argument '{name}' in {self.text()}{did_you_mean(name, reads)}")
        values = {}
        for read, name in reads.items():
            if read in overrides:
                values[name] = rational(overrides[read])
            elif hasattr(source, read):
                values[name] = rational(getattr(source, read))
            else:
                raise UnknownName(f"{self.text()} needs '{read}', which {type(source).__name__} does not have")
        return values

    def latex(self) -> str:
        """Return `result = expression` in letters."""
        return f"{self.letter()} = {self.write(LATEX)}"

    def text(self) -> str:
        """Return `result = expression` as it is typed."""
        return f"{plain(self.letter())} = {self.write(TEXT)}"

    def letter(self) -> str:
        """Return the letter of the result, in LaTeX."""
        return {**LETTERS, **self.letters}.get(self.result, self.result)

    def write(self, style: Style, values: Mapping[str, Exact] | None = None) -> str:
        """Return the right-hand side, with `values` put in for the letters."""
        return Writer(style, {**LETTERS, **self.letters}, values).write(self.expr)

    def _value(self, bindings: Mapping[str, Rational]) -> Rational:
        return rational(self._function(**bindings))


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
        found: list[Operation] = []
        _operate(self.formula.expr, self.bindings, found)
        return tuple(found)


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
        values = tuple(rational(math.prod(term)) for term in self.terms)
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

    def latex(self) -> str:
        """Return the line in LaTeX."""
        writer = Writer(LATEX, {**LETTERS, **self.letters}, ordered=True)
        return _equated(self.left, *(writer.write(side) for side in self.sides))

    def text(self) -> str:
        """Return the line as it is typed."""
        writer = Writer(TEXT, {**LETTERS, **self.letters}, ordered=True)
        return _equated(plain(self.left), *(writer.write(side) for side in self.sides))

    def operations(self) -> tuple[Operation, ...]:
        """Return nothing: a derivation in letters has no arithmetic."""
        return ()


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
        """Return nothing: there is no arithmetic in it."""
        return ()


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


def _operate(expr: Any, values: Mapping[str, Rational], found: list[Operation]) -> Rational:
    """Evaluate, noting each operation after those of its operands; a sign is no operation, `x / y` is one."""
    if isinstance(expr, sympy.Symbol):
        return values[expr.name]
    if expr.is_Rational:
        return rational(expr)
    if isinstance(expr, sympy.Mul) and isinstance(expr.args[-1], sympy.Pow) and expr.args[-1].exp == -1:
        top = _operate(expr.args[0] if len(expr.args) == 2 else expr.func(*expr.args[:-1]), values, found)
        bottom = _operate(expr.args[-1].base, values, found)
        found.append(Operation("divide", (top, bottom)))
        return over(top, bottom)
    operands = tuple(_operate(arg, values, found) for arg in expr.args)
    name, function = _OPERATIONS[expr.func.__name__]
    if not (name == "multiply" and operands[0] == -1):
        found.append(Operation(name, operands))
    return rational(function(*operands))


_OPERATIONS: Final[Mapping[str, tuple[str, Callable[..., Any]]]] = {
    "Add": ("add", lambda *terms: sum(terms)),
    "Mul": ("multiply", lambda *factors: math.prod(factors)),
    "Pow": ("power", lambda base, exponent: Fraction(base) ** exponent),
    "floor": ("floor", math.floor),
    "ceiling": ("ceiling", math.ceil),
    "Max": ("max", max),
    "Min": ("min", min),
    "u": ("indicator", indicated),
}

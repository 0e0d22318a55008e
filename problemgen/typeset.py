"""Exact values and expressions as LaTeX and as plain text, in the order in which they were written.

SymPy's printers sort terms and print numbers put in for letters without parentheses (`3 - -4`).  This one keeps
the textbook's order, puts the numbers in while printing, so that nothing collapses early, and brackets what needs
it.  One walk serves both outputs: a `Style` says how a quotient, a floor or a product looks.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import sympy
from sympy.core.function import AppliedUndef

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from problemgen.exact import Exact

_SUM, _PRODUCT, _POWER, _ATOM = range(4)
_DIGIT: Final = re.compile(r"(?<!\d)(\d)(?!\d)")  # an index of one digit: as "07" it comes before "10"
_LONG: Final = re.compile(r"\d\d")
Piece: TypeAlias = tuple[str, int]

_GREEK: Final = {
    "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "epsilon": "ε", "eta": "η", "theta": "θ", "lambda": "λ",
    "mu": "μ", "sigma": "σ", "tau": "τ", "phi": "φ", "nabla": "∇", "partial": "∂", "ell": "ℓ",
}  # fmt: skip


@dataclass(frozen=True, slots=True, eq=False)
class Style:
    """How the parts of an expression look in one output."""

    times: str
    juxtapose: str
    floor: str
    ceiling: str
    quotient: Callable[[str, str, int, int], Piece]
    power: str
    group_digits: bool
    functions: Mapping[str, str]


def _text_quotient(top: str, bottom: str, top_level: int, bottom_level: int) -> Piece:
    top = f"({top})" if top_level < _PRODUCT or " " in top else top
    bottom = f"({bottom})" if bottom_level < _ATOM else bottom
    return f"{top}/{bottom}", _PRODUCT


LATEX: Final = Style(
    times=r" \cdot ",
    juxtapose=" ",
    floor=r"\left\lfloor {} \right\rfloor",
    ceiling=r"\left\lceil {} \right\rceil",
    quotient=lambda top, bottom, _top_level, _bottom_level: (rf"\frac{{{top}}}{{{bottom}}}", _ATOM),
    power="{}^{{{}}}",
    group_digits=True,
    functions={"Max": r"\max", "Min": r"\min", "log": r"\ln", "exp": r"\exp"},
)
TEXT: Final = Style(
    times=" * ",
    juxtapose=" ",
    floor="floor({})",
    ceiling="ceil({})",
    quotient=_text_quotient,
    power="{}^{}",
    group_digits=False,
    functions={"Max": "max", "Min": "min", "log": "ln", "exp": "exp"},
)


@lru_cache(maxsize=4096)
def plain(latex: str) -> str:
    r"""Return a letter such as `\hat{y}_{1}` as it is typed: `ŷ1`."""
    text = re.sub(r"\\hat\s*\{?(\w)\}?", "\\1\N{COMBINING CIRCUMFLEX ACCENT}", latex)
    text = re.sub(r"\\operatorname\{(\w+)\}|\\mathrm\{(\w+)\}|\\text\{([\w ]+)\}", r"\1\2\3", text)
    text = re.sub(r"\\([a-zA-Z]+)\s?", lambda found: _GREEK.get(found[1], found[1]), text)
    return re.sub(r"[{}_]|\s(?!\w)|(?<!\w)\s", "", text)


def bracket(text: str, style: Style = LATEX) -> str:
    """Return the text in parentheses, which grow with a fraction inside."""
    return rf"\left({text}\right)" if style is LATEX and r"\frac" in text else f"({text})"


def number(value: Exact, style: Style = LATEX) -> str:
    """Return an exact value; whole numbers of five and more digits are grouped by thin spaces in LaTeX."""
    return piece(value, style)[0]


def piece(value: Exact, style: Style) -> Piece:
    """Return an exact value, and how loosely its outermost operation binds."""
    if type(value) is int and 0 <= value < 10_000:
        return str(value), _ATOM
    if isinstance(value, int):
        digits = f"{value:,}".replace(",", r"\,") if style.group_digits and abs(value) >= 10_000 else str(value)
        return digits, _SUM if value < 0 else _ATOM
    if isinstance(value, Fraction):
        top, bottom = number(abs(value.numerator), style), number(value.denominator, style)
        text, level = style.quotient(top, bottom, _ATOM, _ATOM)
        return (f"-{text}", _SUM) if value < 0 else (text, min(level, _PRODUCT))
    return Writer(style).piece(value)


class Writer:
    """Writes expressions in one style, as letters, or with `values`, written already, put in for some of the symbols.

    `ordered=True` sorts terms the usual way, for results that SymPy computed rather than a person wrote.
    """

    def __init__(
        self,
        style: Style,
        letters: Mapping[str, str] | None = None,
        values: Mapping[str, Piece] | None = None,
        *,
        ordered: bool = False,
    ) -> None:
        self.style = style
        self._letters = letters or {}
        self._values = values or {}
        self._ordered = ordered

    def write(self, expr: sympy.Expr) -> str:
        """Return the expression."""
        return self.piece(expr)[0]

    def piece(self, expr: Any) -> Piece:
        """Return the expression and how loosely its outermost operation binds."""
        match expr:
            case sympy.Integer():
                return piece(int(expr), self.style)
            case sympy.Rational():
                return piece(Fraction(int(expr.p), int(expr.q)), self.style)
            case sympy.Symbol():
                return self._symbol(expr.name)
            case sympy.Add():
                return self._sum(self._terms(expr)), _SUM
            case sympy.Mul():
                return self._product(expr)
            case sympy.Pow():
                return self._power(expr)
            case sympy.floor() | sympy.ceiling():
                pattern = self.style.floor if isinstance(expr, sympy.floor) else self.style.ceiling
                return pattern.format(self.write(expr.args[0])), _ATOM
            case sympy.Sum():
                return self._series(expr), _PRODUCT
            case sympy.Indexed():
                indices = ",".join(self.write(index).replace(" ", "") for index in expr.indices)
                base = self._letters.get(str(expr.base), str(expr.base))
                return (f"{base}_{{{indices}}}" if self.style is LATEX else f"{plain(base)}[{indices}]"), _ATOM
        return self._call(expr), _ATOM

    def _symbol(self, name: str) -> Piece:
        if name in self._values:
            return self._values[name]
        letter = self._letters.get(name) or sympy.latex(sympy.Symbol(name))
        return (letter if self.style is LATEX else plain(letter)), _ATOM

    def _bracketed(self, expr: Any, least: int) -> str:
        text, level = self.piece(expr)
        return bracket(text, self.style) if level < least else text

    def _terms(self, expr: sympy.Expr) -> list[sympy.Expr]:
        """Flatten nested sums, which is how `a + b + c` is stored when nothing is evaluated."""
        if self._ordered:
            return _positive_first(_in_order(expr))
        flat: list[sympy.Expr] = []
        for arg in expr.args:
            flat.extend(self._terms(arg) if isinstance(arg, sympy.Add) else [arg])
        return flat

    def _sum(self, terms: list[sympy.Expr]) -> str:
        text = ""
        for term in terms:
            sign, rest = _split_sign(term)
            body = self._bracketed(rest, _PRODUCT)
            if not text:
                text = f"-{body}" if sign < 0 else self.piece(rest)[0]
            else:
                text += (" - " if sign < 0 else " + ") + body
        return text

    def _factors(self, expr: sympy.Expr) -> list[sympy.Expr]:
        if self._ordered:
            return list(expr.as_ordered_factors())
        flat: list[sympy.Expr] = []
        for arg in expr.args:
            flat.extend(self._factors(arg) if isinstance(arg, sympy.Mul) and not _is_quotient(arg) else [arg])
        return flat

    def _product(self, expr: sympy.Expr) -> Piece:
        sign, rest = _split_sign(expr)
        if sign < 0:
            return f"-{self._bracketed(rest, _PRODUCT)}", _SUM
        above: list[Any] = []
        below: list[Any] = []
        for factor in self._factors(expr):
            if isinstance(factor, sympy.Rational) and not isinstance(factor, sympy.Integer):
                above += [sympy.Integer(factor.p)] if factor.p != 1 else []
                below.append(sympy.Integer(factor.q))
            elif isinstance(factor, sympy.Pow) and factor.exp.is_Rational and factor.exp < 0:
                below.append(factor.base if factor.exp == -1 else factor.base**-factor.exp)
            else:
                above.append(factor)
        if not below:
            return self._times(above)
        top, bottom = self._times(above or [sympy.Integer(1)]), self._times(below)
        return self.style.quotient(top[0], bottom[0], top[1], bottom[1])

    def _times(self, factors: list[Any]) -> Piece:
        if len(factors) == 1:
            return self.piece(factors[0])
        texts = [self._bracketed(factor, _PRODUCT if not number else _POWER) for number, factor in enumerate(factors)]
        text = texts[0]
        for index, right in enumerate(texts[1:], start=1):
            apart = right[0].isdigit() or right.startswith(r"\frac") or right == texts[index - 1]
            close = not self._values and not apart
            text += (self.style.juxtapose if close and self._lettered(factors[index]) else self.style.times) + right
        return text, _PRODUCT

    def _lettered(self, factor: Any) -> bool:
        return self.style is LATEX and not factor.is_number

    def _power(self, expr: sympy.Pow) -> Piece:
        if expr.exp.is_Rational and expr.exp < 0:
            below = expr.base if expr.exp == -1 else expr.base**-expr.exp
            text, level = self.piece(below)
            return self.style.quotient("1", text, _ATOM, level)
        if expr.exp == sympy.Rational(1, 2) and self.style is LATEX:
            return rf"\sqrt{{{self.write(expr.base)}}}", _ATOM
        base, level = self.piece(expr.base)
        needs = level < _ATOM or r"\frac" in base
        exponent, exponent_level = self.piece(expr.exp)
        if self.style is TEXT and exponent_level < _ATOM:
            exponent = f"({exponent})"
        return self.style.power.format(bracket(base, self.style) if needs else base, exponent), _POWER

    def _series(self, expr: sympy.Sum) -> str:
        *inner, (index, low, high) = expr.limits  # the last index of SymPy's is the outermost
        body = self._bracketed(sympy.Sum(expr.function, *inner) if inner else expr.function, _PRODUCT)
        parts = (self.write(index), self.write(low), self.write(high))
        if self.style is LATEX:
            return r"\sum_{{{}={}}}^{{{}}} ".format(*parts) + body
        return "sum({}, {} = {}..{})".format(body, *parts)

    def _call(self, expr: Any) -> str:
        name = expr.func.__name__
        letter = self.style.functions.get(name) or self._letters.get(name, name)
        if isinstance(expr, AppliedUndef) and self.style is TEXT:
            letter = plain(letter)
        return letter + bracket(", ".join(self.write(arg) for arg in expr.args), self.style)


def _is_quotient(expr: sympy.Mul) -> bool:
    """Return whether a product was written as `a / b`, which stays together as one factor."""
    return any(isinstance(arg, sympy.Pow) and arg.exp == -1 for arg in expr.args)


def _in_order(expr: sympy.Expr) -> list[sympy.Expr]:
    """Return the terms in the usual order, x2 before x10: SymPy compares names as texts."""
    if not any(_LONG.search(symbol.name) for symbol in expr.free_symbols):
        return list(expr.as_ordered_terms())
    padded = {symbol: sympy.Symbol(_DIGIT.sub(r"0\1", str(symbol))) for symbol in expr.free_symbols}
    back = {other: symbol for symbol, other in padded.items()}
    return [term.xreplace(back) for term in expr.xreplace(padded).as_ordered_terms()]


def _positive_first(terms: list[sympy.Expr]) -> list[sympy.Expr]:
    """Let a sum begin with a term without a minus sign, if it has one: `y - x`, not `-x + y`."""
    first = next((index for index, term in enumerate(terms) if _split_sign(term)[0] > 0), 0)
    return [terms[first], *terms[:first], *terms[first + 1 :]]


def _split_sign(term: Any) -> tuple[int, Any]:
    """Return -1 and the rest for `-x`, else 1 and the term, without evaluating it."""
    if term.is_Rational and term < 0:
        return -1, -term
    if isinstance(term, sympy.Mul) and term.args[0].is_Rational and term.args[0] < 0:
        first, *others = term.args
        kept = ([] if first == -1 else [-first]) + others
        return -1, kept[0] if len(kept) == 1 else sympy.Mul(*kept, evaluate=False)
    return 1, term

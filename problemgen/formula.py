"""Formulas that compute and typeset themselves, and with the numbers put in.

A formula is written once, in textbook order, under `sympy.evaluate(False)`; it then serves as a function (exact
value), as letters, and as letters with the numbers put in.  Its symbols carry the field names of the records
(`in_size`, `kernel_size`), so that a formula reads its arguments off any record or layer; the printed letters are
chosen here.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from problemgen.compilation import compiled
from problemgen.errors import UnknownName, did_you_mean
from problemgen.exact import Rational, rational
from problemgen.operations import Operation, carried_out, symbols_in
from problemgen.typeset import LATEX, TEXT, Style, number, piece, plain
from problemgen.writing import LETTERS, filled, kind, pattern

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
        return equated(self.formula.letter(), self.formula.write(LATEX, self.bindings), number(self.value))

    def text(self) -> str:
        """Return the same as it is typed."""
        left = plain(self.formula.letter())
        return equated(left, self.formula.write(TEXT, self.bindings), number(self.value, TEXT))

    def operations(self) -> tuple[Operation, ...]:
        """Return the operations in the order in which they are carried out."""
        return carried_out(self.formula.expr, self.bindings)


def equated(left: str, *sides: str) -> str:
    """Join the sides, leaving out one that repeats the one before it (`a = 5 = 5`)."""
    kept = [left]
    kept.extend(side for index, side in enumerate(sides) if not index or side != sides[index - 1])
    return " = ".join(kept)

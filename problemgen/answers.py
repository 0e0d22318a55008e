"""The kinds of answer, a closed union: exact values that compare, print and store themselves.

Every behaviour is one `match` over the union that ends in `assert_never`, so that a new kind cannot be forgotten
anywhere.  Decimals are presentation only: `places` says how many are printed; the value stays exact.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias, assert_never

import sympy
from sympy.printing.str import StrPrinter

from problemgen.equivalence import PROBES, Points, equivalent, value_at
from problemgen.errors import InexactValue, InvalidParameters, require
from problemgen.exact import Exact, Matrix, decimal, exact, matrix, rational, rounded
from problemgen.typeset import LATEX, TEXT, Style, number
from problemgen.writing import sorted_out

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

_TOLERANCE: Final = 1e-9
_UNORDERED: Final = StrPrinter({"order": "none"})  # in a fifth of the time
_SHORT: Final = 20  # characters of an exact value that is printed beside its decimals


@dataclass(frozen=True)
class Number:
    """One exact number; `unit` is printed behind it, `places` rounds it (half up) on paper only."""

    value: Exact
    unit: str = ""
    places: int | None = None

    def __post_init__(self) -> None:
        """Refuse floats."""
        if type(self.value) is not int:  # nearly always
            object.__setattr__(self, "value", exact(self.value))


@dataclass(frozen=True)
class Shape:
    """The shape of a tensor, e.g. height x width x channels."""

    dims: tuple[int, ...]

    def __post_init__(self) -> None:
        """Refuse anything but whole numbers."""
        object.__setattr__(self, "dims", tuple([size if type(size) is int else _whole(size) for size in self.dims]))


@dataclass(frozen=True)
class NumberSet:
    """All solutions of a problem, as a set; may be empty."""

    values: frozenset[Exact]

    def __init__(self, values: Iterable[Any]) -> None:
        object.__setattr__(self, "values", frozenset(exact(value) for value in values))

    def sorted(self) -> list[Exact]:
        """Return the elements in increasing order."""
        return sorted(self.values, key=float)


@dataclass(frozen=True)
class MatrixAnswer:
    """A matrix of rational entries, given as rows."""

    entries: Matrix

    def __post_init__(self) -> None:
        """Refuse floats and ragged rows."""
        object.__setattr__(self, "entries", matrix(self.entries))


@dataclass(frozen=True)
class Expression:
    """A symbolic answer, judged by equivalence: `letters` says how its symbols are printed."""

    expr: sympy.Expr
    letters: Mapping[str, str] = field(default_factory=dict, compare=False)

    def __post_init__(self) -> None:
        """Refuse floats inside the expression."""
        exact(self.expr)


@dataclass(frozen=True)
class Choice:
    """One or several of the options, by their place."""

    options: tuple[str, ...]
    correct: frozenset[int]

    def __post_init__(self) -> None:
        """Refuse places that are not there, repeated options and a question with no right option."""
        require(len(set(self.options)) == len(self.options), "two options are the same")
        require(self.correct and all(0 <= place < len(self.options) for place in self.correct), "no right option")


@dataclass(frozen=True)
class Text:
    """A model answer in words, portable LaTeX prose as in templates; never marked by machine."""

    model_answer: str


CellAnswer: TypeAlias = Number | Shape | NumberSet | MatrixAnswer | Expression | Choice | Text


@dataclass(frozen=True)
class Row:
    """One row of a table: a stable id, what is printed in front, and an answer for each column asked."""

    id: str
    label: str
    cells: Mapping[str, CellAnswer]


@dataclass(frozen=True)
class Table:
    """A table to fill in: `columns` maps stable ids to headings; cells left out of a row are not asked."""

    columns: Mapping[str, str]
    rows: tuple[Row, ...]

    def __post_init__(self) -> None:
        """Refuse cells outside the columns and repeated row ids."""
        require(len({row.id for row in self.rows}) == len(self.rows), "two rows of a table have the same id")
        require(all(set(row.cells) <= set(self.columns) for row in self.rows), "a cell is outside the columns")

    def cells(self) -> Iterator[tuple[tuple[str, str], CellAnswer]]:
        """Yield ((row id, column id), answer), row by row."""
        for row in self.rows:
            for column, answer in row.cells.items():
                yield (row.id, column), answer


Answer: TypeAlias = CellAnswer | Table


def _whole(value: Any) -> int:
    size = rational(value)
    if type(size) is not int:
        raise InvalidParameters(f"{size} is no whole number, so it cannot be the size of a tensor")
    return size


def latex(answer: Answer) -> str:
    """Return the answer in LaTeX; all kinds but Choice, Text and Table are maths, without the dollars."""
    return _written(answer, LATEX)


def latex_rounded(answer: Answer) -> str:
    """Return the same, but of a number that is asked in decimals these alone, without its exact value."""
    if isinstance(answer, Number) and answer.places is not None:
        nearest = Number(rounded(answer.value, answer.places), answer.unit, answer.places)
        return latex(nearest).rpartition("= ")[2]
    return latex(answer)


def text(answer: Answer) -> str:
    """Return the answer as it is typed."""
    return _written(answer, TEXT)


def _written(answer: Answer, style: Style) -> str:
    tex = style is LATEX
    match answer:
        case Number(value, unit, places):
            shown = number(value, style) if places is None else _rounded(value, places, style)
            return shown + ((rf"\ \text{{{unit}}}" if tex else f" {unit}") if unit else "")
        case Shape(dims):
            return (r" \times " if tex else " x ").join(number(size, style) for size in dims)
        case NumberSet():
            inside = ", ".join(number(value, style) for value in answer.sorted())
            return (rf"\{{{inside}\}}" if inside else r"\emptyset") if tex else f"{{{inside}}}"
        case MatrixAnswer(entries):
            if tex:
                between = r" \\[1ex] " if any(isinstance(e, Fraction) for row in entries for e in row) else r" \\ "
                body = between.join(
                    " & ".join(number(entry).replace(r"\frac", r"\tfrac") for entry in row) for row in entries
                )
                return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"
            return "[" + "; ".join(", ".join(number(entry, TEXT) for entry in row) for row in entries) + "]"
        case Expression(expr, letters):
            return sorted_out(expr, style, letters)
        case Choice(options, correct):
            return ", ".join(option(options, place) for place in sorted(correct))
        case Text(model_answer):
            return model_answer
        case Table(columns, rows):
            return "; ".join(
                f"{row.id}: "
                + ", ".join(f"{columns[name]} {_written(cell, style)}" for name, cell in row.cells.items())
                for row in rows
            )
    assert_never(answer)


def plain_words(options: Sequence[str]) -> bool:
    """Return whether the options are the words true and false, which need no letters."""
    return tuple(options) == ("true", "false")


def option(options: Sequence[str], place: int) -> str:
    """Return an option as it is printed: "(B) it blurs", or the plain word."""
    return options[place] if plain_words(options) else f"({chr(ord('A') + place)}) {options[place]}"


def _rounded(value: Exact, places: int, style: Style) -> str:
    """Return the value rounded half up to `places` decimals, with the exact value in front when it is short."""
    nearest = rounded(value, places)
    shown = decimal(nearest, places)
    if len(number(value, TEXT)) > _SHORT:
        return shown
    sign = "=" if value == nearest else r"\approx" if style is LATEX else "~"
    return f"{number(value, style)} {sign} {shown}"


def to_json(answer: Answer) -> Any:
    """Return the value for JSON: numbers where JSON has them, else texts such as "5/9"; sets are sorted arrays."""
    match answer:
        case Number(value):
            return _json_number(value)
        case Shape(dims):
            return list(dims)
        case NumberSet():
            return [_json_number(value) for value in answer.sorted()]
        case MatrixAnswer(entries):
            return [[_json_number(entry) for entry in row] for row in entries]
        case Expression(expr):
            return _typed(expr)
        case Choice(options, correct):
            return {"options": list(options), "correct": sorted(correct)}
        case Text(model_answer):
            return model_answer
        case Table():
            return {row.id: {column: to_json(cell) for column, cell in row.cells.items()} for row in answer.rows}
    assert_never(answer)


def _json_number(value: Exact) -> int | str:
    return value if isinstance(value, int) else _typed(value)


@lru_cache(maxsize=4096)
def _typed(value: Exact) -> str:
    """Return the value as SymPy reads it; terms are put in order for a reader only where they have letters."""
    numeric = isinstance(value, sympy.Expr) and not value.free_symbols
    return str(_UNORDERED.doprint(value) if numeric else value)


def kind(answer: Answer) -> str:
    """Return the name of the answer's kind, as it stands in JSON and `problemgen list`."""
    return {"MatrixAnswer": "matrix", "NumberSet": "set"}.get(type(answer).__name__, type(answer).__name__.lower())


def same(left: Answer, right: Answer) -> bool:
    """Return whether two answers of one kind mean the same; expressions by `equivalent`."""
    if type(left) is Number and type(right) is Number:  # nearly always
        return bool(left.value == right.value)
    match left, right:
        case Expression(), Expression():
            return equivalent(left.expr, right.expr)
        case Table(), Table():
            ours, theirs = dict(left.cells()), dict(right.cells())
            return ours.keys() == theirs.keys() and all(same(ours[place], theirs[place]) for place in ours)
        case _:
            return type(left) is type(right) and left == right


def agrees(answer: Answer, measured: Any) -> bool:
    """Return whether an oracle's measurement confirms the answer.

    `measured` is plain data: an int, Fraction or (for exact reals) float; a tuple of sizes; a set; rows of a
    matrix; {(row id, column id): value} for a table; for a Choice the set of right places; for an Expression
    pairs (point, value), the value measured at that point.  Floats are compared to 1e-9.
    """
    match answer:
        case Number(value):
            return _close(value, measured)
        case Shape(dims):
            return tuple(dims) == tuple(measured)
        case NumberSet(values):
            return values == frozenset(measured)
        case MatrixAnswer(entries):
            rows = [list(row) for row in measured]
            return [len(row) for row in rows] == [len(row) for row in entries] and all(
                _close(ours, theirs)
                for row, other in zip(entries, rows, strict=True)
                for ours, theirs in zip(row, other, strict=True)
            )
        case Expression(expr):
            return _confirmed_once(expr, measured) if isinstance(measured, Points) else _confirmed(expr, measured)
        case Choice(_, correct):
            return correct == frozenset(measured)
        case Text():
            return measured is None
        case Table():
            cells = dict(answer.cells())
            return cells.keys() == measured.keys() and all(agrees(cells[place], measured[place]) for place in cells)
    assert_never(answer)


@lru_cache(maxsize=4096)
def _confirmed_once(expr: sympy.Expr, pairs: Points) -> bool:
    return _confirmed(expr, pairs)


def _confirmed(expr: sympy.Expr, pairs: Iterable[tuple[Mapping[str, Any], Any]]) -> bool:
    """Return whether the expression has the measured value at every point, being undefined at none of them."""
    known = tuple(pairs)
    try:
        return len(known) >= PROBES and all(_close(value_at(expr, point), value) for point, value in known)
    except (InexactValue, ZeroDivisionError):
        return False


def _close(value: Exact, measured: Any) -> bool:
    if isinstance(measured, float):
        ours = float(value)
        return abs(ours - measured) <= _TOLERANCE * max(1.0, abs(ours))
    return bool(value == measured)

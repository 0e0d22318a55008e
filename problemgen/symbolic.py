"""Parts whose answers are formulas: one formula, or a table of them, each with the formulas that wrong rules give."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problemgen.answers import Expression, Row, Table
from problemgen.problem import Mistake, Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sympy import Expr

    from problemgen.problem import Steps


def formula_part(
    name: str,
    right: Expr,
    wrong: Mapping[str, Expr],
    why: Mapping[str, str],
    letters: Mapping[str, str],
    steps: Steps,
) -> Part:
    """Return a part that asks for one formula; `why` gives the reason of each wrong rule by its id."""
    mistakes = tuple(Mistake(slip, why[slip], Expression(expr, letters)) for slip, expr in wrong.items())
    return Part(name, Expression(right, letters), steps, mistakes, points=2, space="2.5cm")


def formula_table(
    name: str,
    right: Mapping[str, tuple[str, Expr]],
    wrong: Mapping[str, Mapping[str, Expr]],
    why: Mapping[str, str],
    letters: Mapping[str, str],
    steps: Steps,
) -> Part:
    """Return a part that asks for a formula in each row, `right` giving the label and the formula by the row's id."""
    rows = tuple(Row(row, label, {"formula": Expression(expr, letters)}) for row, (label, expr) in right.items())
    mistakes = tuple(
        Mistake(slip, why[slip], Expression(expr, letters), (row, "formula"))
        for row, slips in wrong.items()
        for slip, expr in slips.items()
    )
    return Part(name, Table({"formula": "Formula"}, rows), steps, mistakes, points=len(rows))

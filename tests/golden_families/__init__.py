"""Golden cases as instances of problems: one module a group of families, found by being there.

Each module has `FAMILIES`, {family: function of a case that returns a `Golden`}, and may have `RULES`, {family: ids of
the distractors whose rules the problem implements}, and `SLIPS`, {case id: function that returns (path, wrong value)}.
"""

from __future__ import annotations

import importlib
import pkgutil
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Golden:
    """A case as an instance of a problem.

    `part` is a part's name or the path of a cell, `part.row.column`; `expected` has the form of `answers.to_json`,
    with SymPy expressions in the place of formulas.
    """

    problem: str
    parameters: dict[str, Any]
    part: str
    expected: Any


def gathered(name: str) -> dict[str, Any]:
    """Return the entries of a table such as FAMILIES over all groups; a family in two groups is an error."""
    found: dict[str, Any] = {}
    for module in pkgutil.iter_modules(__path__):
        table = getattr(importlib.import_module(f"{__name__}.{module.name}"), name, {})
        assert not found.keys() & table.keys()
        found |= table
    return found

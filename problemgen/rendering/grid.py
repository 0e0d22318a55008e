"""The rows of the key grid: a marker goes down the column of a paper in the order in which it is printed.

Where the papers ask different problems at one place, or in another order, a row above names each paper's.
"""

from __future__ import annotations

from itertools import zip_longest
from typing import TYPE_CHECKING, Final, TypeAlias

from problemgen import answers
from problemgen.problem import about
from problemgen.rendering import marking
from problemgen.rendering.notation import Tex, escape

if TYPE_CHECKING:
    from collections.abc import Sequence

    from problemgen.exam.compose import Asked
    from problemgen.problem import Part

Cell: TypeAlias = answers.Answer | Tex
Row: TypeAlias = tuple[str, "list[Cell]"]
_LINES: Final = 45
_MISSING: Final = Tex("--")
_DROPPED: Final = {"dropped": Tex(r"\emph{dropped}"), "credited": Tex(r"\emph{all points}")}


def rows(numbers: Sequence[str], papers: Sequence[Sequence[Asked]]) -> list[Row]:
    """Return (label, a cell for each paper) for every part; `papers` are lists of equally many questions."""
    found: list[Row] = []
    for number, column in zip(numbers, zip(*papers, strict=True), strict=True):
        different = len({asked.id for asked in column}) > 1
        if different:
            found.append((number, [_title(asked) for asked in column]))
        parts = list(zip_longest(*(asked.instance.solution.parts for asked in column)))
        for letter, asked in zip(marking.letters(len(parts)), parts, strict=True):
            cells: list[Cell] = [_cell(one, part) for one, part in zip(column, asked, strict=True)]
            found.append((f"{number}{letter}", cells))
    return found


def _cell(asked: Asked, part: Part | None) -> Cell:
    if part is None:
        return _MISSING
    if asked.revised in _DROPPED:
        return _DROPPED[asked.revised]
    return part.offer.choice if part.offer else part.answer


def pages(rows: Sequence[Row]) -> list[list[Row]]:
    """Return the rows in groups that a page can hold; a matrix takes as many lines as it has rows."""
    groups: list[list[Row]] = [[]]
    filled = 0
    for row in rows:
        lines = max(len(cell.entries) if isinstance(cell, answers.MatrixAnswer) else 1 for cell in row[1])
        if groups[-1] and filled + lines > _LINES:
            groups.append([])
            filled = 0
        groups[-1].append(row)
        filled += lines
    return groups


def _title(asked: Asked) -> Tex:
    title = escape(about(asked.instance.record).title)
    return Tex(rf"\parbox{{3.2cm}}{{\centering\scriptsize\strut\textbf{{{title}}}\strut}}")

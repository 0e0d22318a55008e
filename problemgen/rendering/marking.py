"""The marking scheme of a part: how its points are given, what goes wrong, and what follows from that later."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Final

from problemgen import answers, carrying
from problemgen.errors import NotCarriable
from problemgen.rendering import tables
from problemgen.rendering.notation import Tex

if TYPE_CHECKING:
    from problemgen.exam.compose import Asked
    from problemgen.problem import Mistake, Part
    from problemgen.rendering.text import PartText

REVISED: Final = {
    "": "",
    "replaced": "Changed after the print: ",
    "dropped": "Dropped, not marked: ",
    "credited": "Dropped, all points to everybody: ",
}
"""What stands before the title of a question in the keys."""


def letters(count: int) -> list[str]:
    """Return the letters of so many parts, "(a)", "(b)", ...; a single part has none."""
    return [""] if count == 1 else [f"({chr(ord('a') + place)})" for place in range(count)]


def unmarked(asked: Asked) -> Tex:
    """Return that a question is not marked, if it is not."""
    return Tex("nothing is marked.") if asked.revised in {"dropped", "credited"} else Tex()


def given_for(part: Part, worth: Fraction) -> Tex:
    """Return how the points are given: one answer point, the rest for the method; a table by its cells."""
    answer = part.answer
    if isinstance(answer, answers.Table):
        cells = sum(1 for _ in answer.cells())
        given = f"{tables.points(worth)} p. for {cells} cells, in proportion to the right ones"
        return Tex(f"{given}; a value that follows from an earlier mistake counts as right.")
    if isinstance(answer, answers.Text):
        return Tex(f"{tables.points(worth)} p. for the reason in the model answer.")
    final = min(Fraction(1), worth / 2)
    if isinstance(answer, answers.Choice):
        rest = f", {tables.points(worth - final)} p. for the reason" if part.reason else ""
        return Tex(f"{tables.points(final if rest else worth)} p. for the right choice{rest}.")
    if worth <= 1:
        return Tex(f"{tables.points(worth)} p. for the answer with its working.")
    return Tex(f"{tables.points(worth - final)} p. method, {tables.points(final)} p. answer.")


def mistakes(asked: Asked, text: PartText) -> list[dict[str, Tex]]:
    """Return the rows of the part's mistakes: why, what it leads to, what follows; in a table one row for each rule."""
    rows: dict[str, dict[str, Tex]] = {}
    for mistake in text.part.mistakes:
        why, leads = text.reasons[mistake.id], _value(mistake.value)
        if isinstance(mistake.value, answers.MatrixAnswer):  # keeps tall matrices off the line above
            leads = Tex(rf"\rule{{0pt}}{{{1.6 * len(mistake.value.entries) + 1.4:.1f}ex}}{leads}")
        follows = _consequences(asked, text.part, mistake)
        if mistake.cell:
            spoiled = {mistake.cell: leads} | {cell: _value(value) for cell, value in mistake.also.items()}
            told = "; ".join(f"{_cell_name(text.part.answer, cell)}: {value}" for cell, value in spoiled.items())
            leads = Tex(told + (rf" $\to$ {', '.join(follows)}" if follows else ""))
            former = rows.get(why)
            rows[why] = {
                "why": why,
                "value": Tex(f"{former['value']}; {leads}") if former else leads,
                "consequences": Tex(),
            }
        else:
            rows[mistake.id] = {"why": why, "value": leads, "consequences": Tex("; ".join(follows))}
    if any(row["consequences"] for row in rows.values()):
        rows = {name: {**row, "consequences": row["consequences"] or Tex("no change")} for name, row in rows.items()}
    return list(rows.values())


def _value(wrong: answers.Answer) -> Tex:
    """Return a wrong answer: an option with its words, several as letters, a rounded number without its fraction."""
    one = isinstance(wrong, answers.Choice) and len(wrong.correct) == 1
    return tables.full(wrong) if one or isinstance(wrong, answers.Text) else tables.short(wrong)


def _consequences(asked: Asked, part: Part, mistake: Mistake) -> list[str]:
    """Return what a mistake changes later; of each table only the last row it reaches, usually the total."""
    try:
        changed = carrying.consequences(asked.instance, part, mistake)
    except NotCarriable:
        return [] if mistake.cell else ["nothing follows from it"]
    if mistake.cell:
        last = {place.partition(".")[0]: place.rpartition(".")[0] for place in changed}
        changed = {
            place: answer
            for place, answer in changed.items()
            if place.rpartition(".")[0] == last[place.partition(".")[0]]
        }
    return list(filter(None, (_told(asked, place, answer) for place, answer in changed.items())))


def _cell_name(answer: answers.Answer, cell: tuple[str, str]) -> str:
    return _place(answer, *cell) if isinstance(answer, answers.Table) else ""


def _place(table: answers.Table, row: str, column: str) -> str:
    """Return the short name of a cell: the row's label up to its first colon or comma, and which of several columns."""
    label = re.split("[:,]", next(item.label for item in table.rows if item.id == row), maxsplit=1)[0]
    return f"{label}, {table.columns[column].lower()}" if len(table.columns) > 1 else label


def _told(asked: Asked, place: str, answer: answers.Answer) -> str:
    """Return a later part and its value; nothing where it offers other options than this value."""
    name, *cell = place.split(".")
    parts = asked.instance.solution.parts
    letter = letters(len(parts))[[part.name for part in parts].index(name)]
    part = asked.instance.solution.part(name)
    if part.offer:
        options, shown = part.offer.choice.options, f"${answers.latex_rounded(answer)}$"
        return f"{letter} {answers.option(options, options.index(shown))}" if shown in options else ""
    table = part.answer
    if cell and isinstance(table, answers.Table):
        return f"{letter} {_place(table, *cell)}: {tables.short(answer)}".strip()
    return f"{letter} {tables.short(answer)}"

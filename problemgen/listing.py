"""What `problemgen list` says of each problem; which kinds of answer it has is found by solving one of each level.

Nothing of these is printed but the kinds, so the oracles, which take most of the time, are not asked.  What is said of
the program's own problems is kept in the user's cache.
"""

from __future__ import annotations

from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

from problemgen import answers, cache, catalog
from problemgen.draw import Draw, Level, Seed
from problemgen.errors import InvalidParameters, Unsatisfiable
from problemgen.problem import Carried

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

_DRAWS: Final = 400
_KIND: Final = "listing"
_FIELDS: Final = {"problem", "title", "topics", "levels", "answers", "minutes", "families", "summary"}


def descriptions(entries: Iterable[catalog.Entry]) -> list[dict[str, Any]]:
    """Return what is said of each problem; those of a pack, whose modules may change unseen, are loaded every time."""
    known, rows = cache.kept(_KIND), []
    new: dict[str, Any] = {}
    for entry in entries:
        row = None if entry.templates else known.get(entry.name)
        if not isinstance(row, dict) or row.keys() != _FIELDS:
            row = described(entry)
            new |= {} if entry.templates else {entry.name: row}
        rows.append(row)
    if new:
        cache.keep(_KIND, new)
    return rows


def described(entry: catalog.Entry) -> dict[str, Any]:
    """Return name, title, topics, levels, kinds of answer, minutes, families and summary of a problem."""
    about = entry.about()
    kinds = {kind: None for level in Level for kind in _kinds(entry, level)}
    return {
        "problem": entry.name,
        "title": about.title,
        "topics": list(catalog.topics(entry)),
        "levels": [str(level) for level in Level],
        "answers": list(kinds),
        "minutes": about.minutes,
        "families": list(about.families),
        "summary": about.summary,
    }


def _kinds(entry: catalog.Entry, level: Level) -> list[str]:
    problem, seed = entry.load(), Seed.of("list")
    for attempt in range(_DRAWS):
        with suppress(InvalidParameters):
            record = problem.sample(Draw(seed.child(attempt), level))
            return [answers.kind(part.answer) for part in record.solve(Carried(answers_only=True)).parts]
    raise Unsatisfiable(f"{entry.name}: no {level} question in {_DRAWS} draws")


def listing(rows: Sequence[dict[str, Any]]) -> str:
    """Return the rows as a table for the terminal, a line for each problem."""
    names = ("problem", "minutes", "title", "topics", "levels", "answers", "families")
    heads = {name: "min" if name == "minutes" else name for name in names}
    cells = [{name: _cell(row[name]) for name in heads} for row in rows]
    widths = {name: max(len(head), *(len(row[name]) for row in cells)) for name, head in heads.items()}
    lines = [heads, *cells]
    return "\n".join("  ".join(f"{line[name]:<{widths[name]}}" for name in heads).rstrip() for line in lines)


def _cell(value: Any) -> str:
    return ", ".join(value) if isinstance(value, list) else str(value)

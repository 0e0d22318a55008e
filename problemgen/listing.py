"""What `problemgen list` says of each problem, found by drawing one instance of every level."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from problemgen import answers, catalog, sampling
from problemgen.draw import Level, Seed

if TYPE_CHECKING:
    from collections.abc import Sequence


def described(entry: catalog.Entry) -> dict[str, Any]:
    """Return name, title, topics, levels, kinds of answer, minutes, families and summary of a problem."""
    about = entry.about()
    kinds = {
        answers.kind(part.answer): None
        for level in Level
        for part in sampling.sample(entry, Seed.of("list"), level).solution.parts
    }
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

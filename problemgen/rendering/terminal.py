"""What the terminal shows: an instance in words, the files a build made, and the papers it could not make."""

from __future__ import annotations

import json
import re
from string import ascii_lowercase
from typing import TYPE_CHECKING, Any, Final

from rich import box
from rich.console import Console
from rich.table import Table

from problemgen.exam.manifest import instance_json
from problemgen.rendering.plain import text_of
from problemgen.rendering.text import question_text

_LINE: Final = re.compile(r"(.*) \(line (\d+) of the \.tex\)")
_NAMED: Final = 6

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from fractions import Fraction
    from pathlib import Path

    from problemgen.rendering.delivery import Delivery
    from problemgen.sampling import Instance


def as_data(
    instance: Instance, templates: Path | None = None, points: Sequence[Fraction] | None = None
) -> dict[str, Any]:
    """Return an instance as JSON's data, the questions as plain text; `points` are not the parts' own in an exam."""
    text = question_text(instance, templates)
    data = instance_json(instance, {part.part.name: text_of(part.prompt) for part in text.parts}, points)
    return {**data, "stem": text_of(text.stem)}


def as_text(instance: Instance, templates: Path | None = None) -> str:
    """Return an instance to be read: stem, parts, steps, answers and mistakes."""
    return told(as_data(instance, templates), {})


def told(shown: Mapping[str, Any], offers: Mapping[str, str]) -> str:
    """Return the data of an instance to be read; `offers` has what is printed to choose from, by part."""
    values = ", ".join(f"{name}={json.dumps(value)}" for name, value in shown["parameters"].items())
    stem = shown["stem"]
    lines = [f"{shown['problem']}: {shown['title']}", values, "", stem, ""]
    for letter, part in zip(ascii_lowercase, shown["parts"], strict=False):
        lines += [f"({letter}) {part['prompt']}", ""]
        lines += [f"    {offers[part['name']]}"] if part["name"] in offers else []
        lines += [f"    {_unlatexed(step['text'])}" for step in part["steps"]]
        lines.append(f"    ANSWER ({part['name']}): {_unlatexed(part['answer']['text'])}")
        for mistake in part["mistakes"]:
            where = f"{'.'.join(mistake['cell'])}: " if "cell" in mistake else ""
            lines.append(f"    mistake: {where}{text_of(mistake['why'])} -> {_typed(mistake['value'])}")
        lines.append("")
    return "\n".join(lines)


def _unlatexed(text: str) -> str:
    """Return prose as plain text; what was typed by a formula is plain already."""
    return text_of(text) if "$" in text or "\\" in text else text


def _typed(value: Any) -> str:
    match value:
        case {"options": options, "correct": correct}:
            return ", ".join(text_of(options[place]) for place in correct)
        case str():
            return value
    return json.dumps(value)


def show_files(done: Delivery) -> None:
    """Print the files made, a line for each folder."""
    folders: dict[str, list[str]] = {}
    for name in done.files:
        folder, _, file = name.rpartition("/")
        folders.setdefault(folder, []).append(file)
    table = Table(box=box.SIMPLE_HEAD, show_edge=False)
    for heading in ("folder", "files"):
        table.add_column(heading, overflow="fold")
    shown = [folder for folder in folders if not folder.startswith("tex/")]
    for folder in shown if len(shown) <= 12 else [*shown[:5], *[f for f in shown[5:] if f in {"", "print"}]]:
        table.add_row(f"{done.folder}/{folder}".rstrip("/"), ", ".join(folders[folder]))
    if hidden := len(shown) - table.row_count:
        table.add_row(f"... and {hidden} more", "the same files")
    sources = [folder for folder in folders if folder.startswith("tex/")]
    papers = "paper" if len(sources) == 1 else "papers"
    table.add_row(f"{done.folder}/tex/", f"LaTeX sources of {len(sources)} {papers}")
    console = Console(soft_wrap=True, highlight=False, markup=False)
    console.print(table)
    console.print(f"{len(done.files)} files in {done.folder}")


def failed(done: Delivery) -> str:
    """Return a line for each fault, with the papers that have it, and what the folder now holds."""
    papers: dict[str, list[str]] = {}
    lines: dict[str, str] = {}
    for name, told in done.failures.items():
        placed = _LINE.fullmatch(told)
        reason, line = (placed[1], placed[2]) if placed else (told, "")
        papers.setdefault(reason, []).append(name)
        lines.setdefault(reason, f" ({done.folder}/tex/{name}.tex:{line})" if line else "")
    faults = [f"{_some(names)}: {reason}{lines[reason]}" for reason, names in papers.items()]
    made = any(name.endswith(".pdf") for name in done.files)
    rest = "The other papers are complete; the PDFs of these" if made else "No PDF was made; those of the papers"
    return "\n".join([*faults, f"{rest} and of print/ are as they were before."])


def _some(names: list[str]) -> str:
    return ", ".join(names[:_NAMED]) + (f" and {len(names) - _NAMED} more" if len(names) > _NAMED else "")

"""Practice sheets: many instances of some problems, worked solutions at the end or in a second file."""

from __future__ import annotations

import json
from itertools import cycle, islice
from typing import TYPE_CHECKING, Any

from problemgen import catalog, parameters, sampling
from problemgen.draw import Draw, Level, Seed
from problemgen.errors import OutputFault, TexFailed
from problemgen.exam.compose import Asked
from problemgen.exam.manifest import SCHEMA
from problemgen.exam.points import share
from problemgen.exam.spec import ExamSpec, Question
from problemgen.rendering import delivery, sheet, targets
from problemgen.rendering.notation import Tex, escape
from problemgen.rendering.text import question_text

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


def instances(patterns: Sequence[str], count: int, level: Level, seed: str) -> list[Asked]:
    """Return `count` questions, no two with the same parameters where there are others.

    The problems are taken in turn; of more problems than questions, the seed draws some.
    """
    entries = {entry.name: entry for pattern in patterns for entry in catalog.matching(pattern)}
    taken = Draw(Seed.of(seed, "problems")).sample(tuple(entries), count) if count < len(entries) else tuple(entries)
    asked = []
    seen: set[Any] = set()
    for number, name in enumerate(islice(cycle(name for name in entries if name in taken), count), start=1):
        entry = entries[name]
        address = Seed.of(seed, entry.name, number)
        found = sampling.sample(entry, address, level)
        for _ in range(20):
            if found.record not in seen:
                break
            found = sampling.sample(entry, address, level, first=found.attempt + 1)
        seen.add(found.record)
        asked.append(Asked(str(number), found, share(None, found.solution.parts)))
    return asked


def practice_sheets(
    patterns: Sequence[str],
    *,
    count: int,
    level: str,
    seed: str,
    out: Path,
    title: str,
    separate: bool = False,
    user: Path | None = None,
) -> list[Path]:
    """Write the sheet, `separate` solutions beside it, and a manifest for an exam's `avoid`; returns the paths.

    Raises `TexFailed` naming question and block, `TexMissing`, `UnknownName`.
    """
    out = _pdf(out)
    second = out.with_name(f"{out.stem}-solutions.pdf")
    asked = instances(patterns, count, Level(level), seed)
    parts = [(out, True, False), (second, False, True)] if separate else [(out, True, True)]
    sheets = [
        (path, _sheet(asked, title, level, user, questions=questions, solutions=solutions))
        for path, questions, solutions in parts
    ]
    written, manifest = _delivered(sheets), out.with_suffix(".json")
    targets.deliver_file(manifest, json.dumps(_manifest(asked), indent=1).encode())
    return [*written, manifest]


def _manifest(asked: Sequence[Asked]) -> dict[str, Any]:
    """Return what a later exam needs to avoid these questions."""
    told = [{"problem": one.instance.name, "parameters": parameters.to_json(one.instance.record)} for one in asked]
    return {"schema": SCHEMA, "questions": told}


def gallery(*, level: str, seed: str, out: Path, user: Path | None = None) -> list[Path]:
    """Write one worked instance of every problem of the catalog, each under its name; returns the path."""
    names = list(catalog.entries())
    asked = instances(names, len(names), Level(level), seed)
    source = _sheet(asked, "Gallery of problems", level, user, questions=False, solutions=True, named=True)
    return _delivered([(_pdf(out), source)])


def _sheet(
    asked: Sequence[Asked],
    title: str,
    level: str,
    user: Path | None,
    *,
    questions: bool,
    solutions: bool,
    named: bool = False,
) -> sheet.Document:
    texts = [question_text(one.instance, user) for one in asked]
    spec = ExamSpec(title=title, seed="practice", variants=("practice",), questions=(Question(problem="practice"),))
    shown = sheet.questions(asked, texts, solved=solutions)
    for one, question in zip(asked, shown, strict=True):
        question["title"] = f"{one.instance.name}: {question['title']}" if named else question["title"]
        question["worth"] = Tex()  # nobody marks a practice sheet
        for part in question["parts"]:
            part["marking"] = part["points"] = Tex()
    context = {
        "paper": {"mark": escape(level), "student": None},
        "kind_name": "Gallery" if named else "Practice",
        "questions": shown,
        "facts": [escape(f"{len(asked)} questions"), escape(level)],
        "notes": [Tex(note) for note in sheet.conventions(one.instance.entry for one in asked)],
        "with_questions": questions,
        "with_solutions": solutions,
    }
    return sheet.Document("practice", sheet.layout("practice", spec, title, context, user), title)


def _delivered(sheets: Sequence[tuple[Path, sheet.Document]]) -> list[Path]:
    """Typeset all sheets, then write them, so that none is written when one fails."""
    ready = []
    for path, document in sheets:
        pdf, reason = delivery.typeset_one(document)
        if pdf is None:
            raise TexFailed(f"{path}: {reason}")
        ready.append((path, pdf))
    for path, pdf in ready:
        targets.deliver_file(path, pdf)
    return [path for path, _ in ready]


def _pdf(out: Path) -> Path:
    """Return the path of the PDF; raises `OutputFault` if there cannot be one."""
    if out.name in {"", ".."} or out.is_dir():
        raise OutputFault(f"--out: '{out}' is a folder; give the name of the PDF, such as {out / 'practice.pdf'}")
    targets.refuse_unwritable(out.parent)
    return out if out.suffix == ".pdf" else out.with_name(f"{out.name}.pdf")

"""Manifests of earlier exams and practice sheets, whose questions are not to be asked again."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from problemgen.errors import InvalidSpec
from problemgen.exam.files import read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

_READ: Final = (1, 2)  # what is needed here is the same in both
_FEW: Final = {"choice", "text"}  # kinds of which there are too few answers to be kept apart


@dataclass(frozen=True)
class Avoided:
    """What was asked: (problem, parameters) and (problem, part, answer), the values as JSON's texts."""

    numbers: frozenset[tuple[str, str]] = frozenset()
    answers: frozenset[tuple[str, str, str]] = frozenset()


NOTHING: Final = Avoided()


def read_avoided(paths: Iterable[tuple[Path, str]]) -> Avoided:
    """Return what the manifests hold, each given with the name by which it is told of; raises `InvalidSpec`."""
    numbers: set[tuple[str, str]] = set()
    answers: set[tuple[str, str, str]] = set()
    for path, shown in paths:
        for problem, parameters, answered in _questions(path, shown):
            numbers.add((problem, parameters))
            answers.update((problem, part, value) for part, value in answered)
    return Avoided(frozenset(numbers), frozenset(answers))


def _questions(path: Path, shown: str) -> Iterator[tuple[str, str, list[tuple[str, str]]]]:
    if path.is_dir():
        path, shown = path / "manifest.json", f"{shown}/manifest.json"
    try:
        manifest = json.loads(read_text(path, shown))
    except (ValueError, RecursionError):
        raise InvalidSpec(f"{shown}: is no manifest: it cannot be read as JSON") from None
    if (schema := _field(manifest, "schema", int, shown)) not in _READ:
        some = " and ".join(map(str, _READ))
        raise InvalidSpec(f"{shown}: is a manifest of schema {schema}; this version reads {some}")
    papers = _field(manifest, "papers", list, shown) if "papers" in manifest else [manifest]
    for question in [one for paper in papers for one in _field(paper, "questions", list, shown)]:
        values = written(_field(question, "parameters", dict, shown))
        answers = _field(question, "answers", dict, shown) if "answers" in question else {}
        told = {part: (_field(one, "type", str, shown), one.get("value")) for part, one in answers.items()}
        found = [(part, written(value)) for part, (kind, value) in told.items() if kind not in _FEW]
        yield _field(question, "problem", str, shown), values, found


def _field(table: Any, name: str, kind: type[Any], shown: str) -> Any:
    if not isinstance(table, dict) or not isinstance(table.get(name), kind):
        raise InvalidSpec(f"{shown}: is no manifest of problemgen, or was edited: '{name}' is missing or wrong")
    return table[name]


def written(value: object) -> str:
    """Return JSON's data as one text, whatever the order of its fields was."""
    return json.dumps(value, sort_keys=True, ensure_ascii=False)

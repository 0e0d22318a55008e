"""What is wrong with an exam spec as TOML gave it, in our words: (path of the value, reason) for each mistake."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from problemgen import catalog, parameters
from problemgen.errors import InvalidParameters, UnknownName, did_you_mean
from problemgen.exam.folders import collisions
from problemgen.exam.pools import members

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    Path = tuple[str | int, ...]


def written(path: Sequence[str | int]) -> str:
    """Return a path as messages write it: ("sections", 0, "questions", 1) is sections[1].questions[2]."""
    return "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in path).lstrip(".")


def question_tables(raw: Mapping[str, Any]) -> list[tuple[Path, Any]]:
    """Return the path and the table of every question, in printed order: those outside of sections come first."""
    found: list[tuple[Path, Any]] = [(("questions", k), one) for k, one in enumerate(_array(raw, "questions"))]
    for place, section in enumerate(_array(raw, "sections")):
        inside = _array(section, "questions") if isinstance(section, dict) else []
        found += [(("sections", place, "questions", k), one) for k, one in enumerate(inside)]
    return found


def _array(table: Mapping[str, Any], name: str) -> list[Any]:
    found = table.get(name)
    return found if isinstance(found, list) else []


def of_the_whole(raw: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield what is wrong between the fields of a spec."""
    if not raw.get("variants") and not raw.get("roster"):
        yield (
            ("variants" if "variants" in raw else "title",),
            'variants: missing; give variants = ["A", "B"] or roster = "roster.csv"',
        )
    for _, reason in collisions(str(label) for label in _array(raw, "variants")):
        yield ("variants",), f"variants: {reason}"
    if not raw.get("questions") and not raw.get("sections"):
        yield ("questions",), "questions: missing" if "questions" not in raw else "questions: is empty"
    names: list[Any] = []
    for path, table in question_tables(raw):
        question = table if isinstance(table, dict) else {}
        if isinstance(table, dict):
            yield from _of_a_question(path, question, shuffled=raw.get("shuffle") is True)
        name = question.get("id")
        if isinstance(name, str) and name in names:
            yield (*path, "id"), f"{written(path)}.id: {name!r} is used twice"
        names.append(name)


def _of_a_question(path: Path, question: Mapping[str, Any], *, shuffled: bool) -> Iterator[tuple[Path, str]]:
    here, pooled = written(path), "pool" in question
    if "problem" in question and pooled:
        yield (*path, "pool"), f"{here}.pool: problem names one problem, pool draws from several; write one of the two"
    elif pooled:
        yield from _of_a_pool(path, question)
    else:
        yield from _of_a_problem(path, question)
    if "number" in question and shuffled:
        yield (*path, "number"), f"{here}.number: a shuffled paper numbers its questions itself; leave number out"


def _of_a_pool(path: Path, question: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    here, choose = written(path), question.get("choose", 1)
    for key in {"pin", "given"} & question.keys():
        yield (*path, key), f"{here}.{key}: fixes the fields of one problem, not of a pool; write problem instead"
    if "number" in question and choose != 1:
        yield (*path, "number"), f"{here}.number: one number for the {choose} questions of a pool; leave it out"
    if question.get("draw") == "variant" and "points" not in question:
        yield (*path, "draw"), f"{here}.points: missing; every paper draws its own questions and must have equal points"
    patterns = [question["pool"]] if isinstance(question["pool"], str) else question["pool"]
    if not isinstance(patterns, list) or not patterns or not all(isinstance(one, str) for one in patterns):
        return
    try:
        found = members(patterns)
    except UnknownName as error:
        yield (*path, "pool"), f"{here}.pool: {error}"
        return
    if isinstance(choose, int) and len(found) < choose:
        count = f"{len(found)} problem{'s' if len(found) != 1 else ''}"
        yield (*path, "pool"), f"{here}.pool: has {count}, too few for choose = {choose}; widen it or choose fewer"


def _of_a_problem(path: Path, question: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    name, here = question.get("problem"), written(path)
    for key in sorted({"choose", "draw"} & question.keys()):
        yield (*path, key), f"{here}.{key}: belongs to a pool; write pool instead of problem, or leave it out"
    if not isinstance(name, str):
        if name is None:
            yield path, f"{here}.problem: missing; give problem, or a pool to draw from"
        return
    try:
        record_type = catalog.get(name).load()
    except UnknownName as error:
        yield (*path, "problem"), f"{here}.problem: {error}"
        return
    if question.get("pin") and question.get("given"):
        yield (*path, "given"), f"{here}: pin fixes some fields, given all of them; write one of the two"
    for key in ("pin", "given"):
        fixed = question.get(key, {})
        for field, value in fixed.items() if isinstance(fixed, dict) else ():
            try:
                parameters.read_some(record_type, {field: value})
            except (InvalidParameters, UnknownName) as error:
                yield (*path, key, field), f"{here}.{key}: {error}"


def reason(fault: Any, fields: Sequence[str]) -> str:
    """Return pydantic's finding in our words, with the nearest of the table's fields for an unknown one."""
    name, path = fault["loc"][-1], written(fault["loc"])
    match fault["type"]:
        case "missing":
            return f"{path}: missing"
        case "extra_forbidden":
            hint = did_you_mean(str(name), fields) or f"; the fields are {', '.join(fields)}"
            return f"{path}: there is no field '{name}'{hint}"
        case "value_error":
            return f"{path}: {fault['input']!r} {fault['ctx']['error']}"
        case "string_too_short" | "too_short":
            return f"{path}: is empty"
        case "literal_error":
            options = re.findall("'([^']*)'", fault["ctx"]["expected"])
            hint = did_you_mean(str(fault["input"]), options)
            return f"{path}: {fault['input']!r} is none of {', '.join(options)}{hint}"
        case "string_pattern_mismatch":
            return f"{path}: {fault['input']!r} has other characters than letters, digits, blanks and . _ -"
    return f"{path}: {fault['input']!r}: {fault['msg'].lower()}"

"""The instructor's TOML file, read and checked in one pass: all mistakes are reported, each with its line."""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction  # noqa: TC003 - pydantic reads the annotations
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from problemgen import catalog, parameters
from problemgen.draw import Level
from problemgen.errors import InvalidParameters, InvalidSpec, UnknownName, did_you_mean
from problemgen.exam import values
from problemgen.exam.files import read_text
from problemgen.exam.folders import collisions
from problemgen.exam.locate import line_of
from problemgen.exam.points import unmet
from problemgen.exam.roster import Student, read_roster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_SLACK: Final = (0.5, 1.25)


Textual = Annotated[str, BeforeValidator(values.text)]
Lines = Annotated[tuple[str, ...], BeforeValidator(values.lines)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Question(_Model):
    """One `[[questions]]` table; `id` is the question's address in the seed, `number` is printed before it.

    `pin` fixes some of the problem's fields, `given` the whole instance (fields left out have their defaults).
    """

    problem: str
    id: str | None = Field(default=None, pattern=r"^[\w .-]+$")
    level: Annotated[Level, BeforeValidator(values.level)] = Level.MEDIUM
    points: Annotated[Fraction | tuple[Fraction, ...] | None, BeforeValidator(values.points)] = None
    pin: dict[str, Any] = Field(default_factory=dict)
    given: dict[str, Any] = Field(default_factory=dict)
    space: Annotated[str, BeforeValidator(values.length)] | None = None
    number: str | None = Field(default=None, pattern=r"^[\w .()-]{1,12}$")


class ExamSpec(_Model):
    """An exam.  `seed` with the variants' labels and the questions' ids is its address."""

    title: Textual = Field(min_length=1)
    seed: Textual = Field(min_length=1)
    course: Textual = ""
    institution: Textual = ""
    date: Textual = ""
    duration: Annotated[int, BeforeValidator(values.minutes)] | None = None
    instructions: Lines = ()
    variants: Annotated[tuple[Textual, ...], BeforeValidator(values.labels)] = ()
    roster: str = ""
    paper: Literal["a4", "letter"] = "a4"
    calculator: bool | None = None
    allowed: Lines = ()
    rounding: Textual = ""
    scratch_pages: int = Field(default=0, ge=0, le=20)
    duplex: bool = False
    questions: Annotated[tuple[Question, ...], BeforeValidator(values.questions)] = Field(min_length=1)

    def question_ids(self) -> list[str]:
        """Return the ids: as given, else problem name and occurrence, so that order does not matter."""
        seen: dict[str, int] = {}
        ids = []
        for question in self.questions:
            seen[question.problem] = seen.get(question.problem, 0) + 1
            ids.append(question.id or f"{question.problem}#{seen[question.problem]}")
        return ids

    def warnings(self) -> list[str]:
        """Return what is legal and looks wrong: minutes that clearly disagree with the duration."""
        minutes = sum(catalog.get(question.problem).about().minutes for question in self.questions)
        low, high = _SLACK
        if self.duration and not low * self.duration <= minutes <= high * self.duration:
            more = "more" if minutes > self.duration else "less"
            return [
                f"the questions take about {minutes} min by hand, much {more} than the duration of {self.duration} min"
            ]
        return []


@dataclass(frozen=True)
class Exam:
    """A checked spec with the students of its roster, and where its questions stand in the file."""

    spec: ExamSpec
    students: tuple[Student, ...] = ()
    file: str = ""
    lines: tuple[int, ...] = ()

    def at(self, place: int) -> str:
        """Return `midterm.toml:14: questions[2]` for the question at a 0-based place."""
        where = f"{self.file}:{self.lines[place]}: " if self.lines else ""
        return f"{where}questions[{place + 1}]"


def read_spec(path: Path, shown: str | None = None) -> Exam:
    """Return the exam of a TOML file; raises `InvalidSpec` with one line for each mistake in it or its roster."""
    shown = shown or path.name
    source = read_text(path, shown)
    raw = _parsed(source, shown)
    students: list[Student] = []
    found = list(_faults(raw))
    if found:
        bad = {int(place[1]) for place, _ in found if place[0] == "questions" and len(place) > 1}
        found += _untried(raw, bad)
    faults = sorted((line_of(source, place), reason) for place, reason in found)
    lines = [f"{shown}:{line}: {reason}" for line, reason in faults]
    if isinstance(raw.get("roster"), str) and raw["roster"]:
        try:
            students = read_roster(path.parent / raw["roster"], raw["roster"])
        except InvalidSpec as error:
            lines.append(str(error))
    if lines:
        raise InvalidSpec("\n".join(lines))
    starts = tuple(line_of(source, ["questions", place]) for place in range(len(raw["questions"])))
    return Exam(ExamSpec.model_validate(raw), tuple(students), shown, starts)


def _parsed(source: str, shown: str) -> dict[str, Any]:
    try:
        return tomllib.loads(source)
    except tomllib.TOMLDecodeError as error:
        reason, _, place = str(error).partition(" (at ")
        line = re.match(r"line (\d+)", place)
        at = line[1] if line else str(max(1, len(source.splitlines())))
        raise InvalidSpec(f"{shown}:{at}: this is no valid TOML: {reason[:1].lower()}{reason[1:]}") from None
    except (RecursionError, ValueError) as error:  # thousands of brackets, or a number of thousands of digits
        raise InvalidSpec(f"{shown}: this cannot be read as TOML: {str(error).partition(';')[0]}") from None


def _faults(raw: dict[str, Any]) -> Iterator[tuple[Sequence[str | int], str]]:
    """Yield (path, reason) for everything wrong in the spec itself."""
    try:
        ExamSpec.model_validate(raw)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            if fault["type"] != "too_short" or not fault["input"]:  # it counts the good questions only
                yield fault["loc"], _reason(fault)
    if "variants" in raw and "roster" in raw:
        yield ["roster"], "give variants or a roster, not both"
    elif not raw.get("variants") and not raw.get("roster"):
        yield (
            ["variants" if "variants" in raw else "title"],
            'variants: missing; give variants = ["A", "B"] or roster = "roster.csv"',
        )
    if isinstance(raw.get("variants"), list):
        for _, reason in collisions(str(label) for label in raw["variants"]):
            yield ["variants"], f"variants: {reason}"
    questions = [one if isinstance(one, dict) else {} for one in _questions(raw)]
    names = [one.get("id") for one in questions]
    for place, question in enumerate(questions):
        yield from _question_faults(place, question)
        if isinstance(names[place], str) and names[place] in names[:place]:
            yield ["questions", place, "id"], f"questions[{place + 1}].id: {names[place]!r} is used twice"


def _questions(raw: dict[str, Any]) -> list[Any]:
    found = raw.get("questions")
    return found if isinstance(found, list) else []


def _question_faults(place: int, question: dict[str, Any]) -> Iterator[tuple[Sequence[str | int], str]]:
    name, here = question.get("problem"), f"questions[{place + 1}]"
    if not isinstance(name, str):
        return
    try:
        record_type = catalog.get(name).load()
    except UnknownName as error:
        yield ["questions", place, "problem"], f"{here}.problem: {error}"
        return
    if question.get("pin") and question.get("given"):
        yield ["questions", place, "given"], f"{here}: pin fixes some fields, given all of them; write one of the two"
    for key in ("pin", "given"):
        fixed = question.get(key, {})
        for field, value in fixed.items() if isinstance(fixed, dict) else ():
            try:
                parameters.read_some(record_type, {field: value})
            except (InvalidParameters, UnknownName) as error:
                yield ["questions", place, key, field], f"{here}.{key}: {error}"


def _untried(raw: dict[str, Any], at: set[int]) -> Iterator[tuple[Sequence[str | int], str]]:
    """Yield what only a trial shows of the questions not in `at`: pins without a question, points that do not fit."""
    for place, one in enumerate(_questions(raw)):
        if place not in at:
            question = Question.model_validate(one)
            fault = unmet(question)
            if fault:
                yield ["questions", place, fault[0]], f"questions[{place + 1}].{fault[0]}: {fault[1]}"


def _reason(fault: Any) -> str:
    """Return pydantic's finding in our words, with the nearest name for an unknown field."""
    *inside, name = fault["loc"]
    path = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in fault["loc"]).lstrip(".")
    match fault["type"]:
        case "missing":
            return f"{path}: missing"
        case "extra_forbidden":
            known = list((Question if inside else ExamSpec).model_fields)
            hint = did_you_mean(str(name), known) or f"; the fields are {', '.join(known)}"
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

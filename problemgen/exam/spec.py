"""The instructor's TOML file, read and checked in one pass: all mistakes are reported, each with its line."""

from __future__ import annotations

import datetime as dt
import re
import tomllib
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from problemgen import catalog, parameters
from problemgen.draw import Level
from problemgen.errors import InvalidParameters, InvalidSpec, UnknownName, did_you_mean
from problemgen.exam.folders import collisions
from problemgen.exam.locate import line_of
from problemgen.exam.roster import Student, read_roster

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_LENGTH: Final = re.compile(r"\d+(\.\d+)?\s*(cm|mm|in|pt|em|ex)")
_MINUTES: Final = re.compile(r"(?:(\d+)\s*h(?:ours?)?)?\s*(?:(\d+)\s*(?:m|min|minutes?)?)?")
_SLACK: Final = (0.5, 1.25)


def _text(value: Any) -> Any:
    return value.isoformat() if isinstance(value, dt.date) else str(value) if isinstance(value, int) else value


def _lines(value: Any) -> Any:
    return [value] if isinstance(value, str) else value


def _points(value: Any) -> Any:
    """Points are multiples of one half, exact: 2.5 becomes 5/2."""
    if isinstance(value, list):
        return [_points(one) for one in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("is no number of points; write 3 or 2.5, or one for each part")  # noqa: TRY004 - for pydantic
    points = Fraction(value).limit_denominator(1000)
    if points <= 0 or (points * 2).denominator != 1:
        raise ValueError("must be positive, and whole or half points")
    return points


def _length(value: str) -> str:
    if not _LENGTH.fullmatch(value):
        raise ValueError("is no length; write 4cm, 25mm or 1.5in")
    return value


def _level(value: Any) -> Any:
    if value not in set(Level):
        raise ValueError(f"is none of {', '.join(Level)}{did_you_mean(str(value), list(Level))}")
    return Level(value)


def _duration(value: Any) -> Any:
    """Return minutes: 90, "90 min", "1 h 30 min"."""
    found = _MINUTES.fullmatch(str(value).strip().lower()) if not isinstance(value, bool) else None
    if not found or not any(found.groups()):
        raise ValueError("is no duration; write 90, '90 min' or '1 h 30 min'")
    return 60 * int(found[1] or 0) + int(found[2] or 0)


Textual = Annotated[str, BeforeValidator(_text)]
Lines = Annotated[tuple[str, ...], BeforeValidator(_lines)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Question(_Model):
    """One `[[questions]]` table; `id` is the question's address in the seed."""

    problem: str
    id: str | None = Field(default=None, pattern=r"^[\w .-]+$")
    level: Annotated[Level, BeforeValidator(_level)] = Level.MEDIUM
    points: Annotated[Fraction | tuple[Fraction, ...] | None, BeforeValidator(_points)] = None
    pin: dict[str, Any] = Field(default_factory=dict)
    space: Annotated[str, BeforeValidator(_length)] | None = None


class ExamSpec(_Model):
    """An exam.  `seed` with the variants' labels and the questions' ids is its address."""

    title: Textual = Field(min_length=1)
    seed: Textual = Field(min_length=1)
    course: Textual = ""
    institution: Textual = ""
    date: Textual = ""
    duration: Annotated[int, BeforeValidator(_duration)] | None = None
    instructions: Lines = ()
    variants: tuple[Textual, ...] = ()
    roster: str = ""
    paper: Literal["a4", "letter"] = "a4"
    calculator: bool | None = None
    allowed: Lines = ()
    rounding: Textual = ""
    scratch_pages: int = Field(default=0, ge=0, le=20)
    duplex: bool = False
    questions: tuple[Question, ...] = Field(min_length=1)

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
    try:
        source = path.read_text(encoding="utf-8-sig")
        raw = tomllib.loads(source)
    except FileNotFoundError:
        raise InvalidSpec(f"{shown}: there is no such file") from None
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidSpec(f"{shown}: cannot be read: {error}") from None
    except tomllib.TOMLDecodeError as error:
        line = re.search(r"line (\d+)", str(error))
        at = line[1] if line else str(len(source.splitlines()))
        raise InvalidSpec(f"{shown}:{at}: this is no valid TOML: {error}") from None
    students: list[Student] = []
    faults = sorted((line_of(source, place), reason) for place, reason in _faults(raw))
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


def _faults(raw: dict[str, Any]) -> Iterator[tuple[Sequence[str | int], str]]:
    """Yield (path, reason) for everything wrong in the spec itself."""
    try:
        ExamSpec.model_validate(raw)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
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
    questions = raw.get("questions")
    seen: set[str] = set()
    for place, question in enumerate(questions if isinstance(questions, list) else []):
        if isinstance(question, dict):
            yield from _question_faults(place, question)
            if question.get("id") in seen:
                yield (
                    ["questions", place, "id"],
                    f"questions[{place + 1}].id: {question['id']!r} is used twice",
                )
            seen |= {question["id"]} if isinstance(question.get("id"), str) else set()


def _question_faults(place: int, question: dict[str, Any]) -> Iterator[tuple[Sequence[str | int], str]]:
    name, here = question.get("problem"), f"questions[{place + 1}]"
    if not isinstance(name, str):
        return
    try:
        entry = catalog.get(name)
    except UnknownName as error:
        yield ["questions", place, "problem"], f"{here}.problem: {error}"
        return
    pin = question.get("pin", {})
    if isinstance(pin, dict):
        for field, value in pin.items():
            try:
                parameters.read_some(entry.load(), {field: value})
            except (InvalidParameters, UnknownName) as error:
                yield ["questions", place, "pin"], f"{here}.pin: {error}"


def _reason(fault: Any) -> str:
    """Return pydantic's finding in our words, with the nearest name for an unknown field."""
    *inside, name = fault["loc"]
    path = "".join(f"[{step + 1}]" if isinstance(step, int) else f".{step}" for step in fault["loc"]).lstrip(".")
    match fault["type"]:
        case "missing":
            return f"{path}: missing"
        case "extra_forbidden":
            known = (Question if inside else ExamSpec).model_fields
            return f"no field '{name}'{did_you_mean(str(name), known)}"
        case "value_error":
            return f"{path}: {fault['input']!r} {fault['ctx']['error']}"
        case "string_too_short" | "too_short":
            return f"{path}: is empty"
    return f"{path}: {fault['input']!r}: {fault['msg'].lower()}"

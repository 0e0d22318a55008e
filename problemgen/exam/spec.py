"""The instructor's TOML file, read and checked in one pass: all mistakes are reported, each with its line."""

from __future__ import annotations

import re
import tomllib
from collections import Counter
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StrictBool, ValidationError

from problemgen.draw import Level
from problemgen.errors import InvalidSpec
from problemgen.exam import faults, values
from problemgen.exam.avoid import NOTHING, Avoided, read_avoided
from problemgen.exam.files import read_text, too_large
from problemgen.exam.locate import line_of
from problemgen.exam.points import unmet
from problemgen.exam.pools import members
from problemgen.exam.replacing import misfits
from problemgen.exam.roster import Student, read_roster

if TYPE_CHECKING:
    import pathlib
    from collections.abc import Iterator

    from problemgen.exam.faults import Path

_SLACK: Final = (0.5, 1.25)

Textual = Annotated[str, BeforeValidator(values.text)]
Lines = Annotated[tuple[str, ...], BeforeValidator(values.lines)]


class _Model(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class Question(_Model):
    """One `[[questions]]` table; `id` is the question's address in the seed, `number` is printed before it.

    `pin` fixes some of the problem's fields, `given` the whole instance (fields left out have their defaults).
    A `pool` of names, topics and globs in the place of `problem` stands for `choose` questions, the same ones on all
    papers (`draw` = exam) or drawn for each (variant).  The points of a `bonus` are not part of the total.
    `effort_band` is by how many percent the effort may be off, if not as in the whole exam.
    """

    problem: str = ""
    pool: Annotated[tuple[str, ...], BeforeValidator(values.lines)] = Field(default=(), min_length=1)
    choose: int = Field(default=1, ge=1, strict=True)
    draw: Literal["exam", "variant"] = "exam"
    id: str | None = Field(default=None, pattern=r"^[\w .-]+$")
    level: Annotated[Level, BeforeValidator(values.level)] = Level.MEDIUM
    points: values.Points = None
    bonus: StrictBool = False
    format: Literal["open", "choice", "true-false"] = "open"
    pin: dict[str, Any] = Field(default_factory=dict)
    given: dict[str, Any] = Field(default_factory=dict)
    space: Annotated[str, BeforeValidator(values.length)] | None = None
    effort_band: int | None = Field(default=None, ge=1, le=100, strict=True)
    number: values.Numbered | None = None


Questions = Annotated[tuple[Question, ...], BeforeValidator(values.tables)]


class Section(_Model):
    """One `[[sections]]` table: a heading, a line or more below it, and the questions that follow."""

    title: Textual = Field(min_length=1)
    instructions: Lines = ()
    questions: Questions = Field(min_length=1)


class Replacement(_Model):
    """One `[[replace]]` table, for a question that was printed with a fault: see `replacing`.

    `fields` (`with` in the file) are parameters put in the place of those printed; a question that is dropped gives no
    points, or with `credit` all of them; `papers` names those concerned, if not all.
    """

    question: Textual = Field(min_length=1)
    fields: dict[str, Any] | None = Field(default=None, alias="with")
    drop: StrictBool = False
    credit: StrictBool = False
    papers: Lines = ()


class ExamSpec(_Model):
    """An exam.  `seed` with the variants' labels and the questions' ids is its address.

    `avoid` names manifests of earlier exams and practice sheets, from the spec's folder.
    """

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
    engine: Literal["pdflatex", "lualatex"] | None = None
    calculator: StrictBool | None = None
    allowed: Lines = ()
    rounding: Textual = ""
    scratch_pages: int = Field(default=0, ge=0, le=20)
    duplex: StrictBool = False
    effort_band: int = Field(default=10, ge=1, le=100, strict=True)
    avoid: Lines = ()
    shuffle: StrictBool = False
    questions: Questions = ()
    sections: Annotated[tuple[Section, ...], BeforeValidator(values.tables)] = ()
    replace: Annotated[tuple[Replacement, ...], BeforeValidator(values.tables)] = ()

    def every_question(self) -> list[tuple[int | None, Question]]:
        """Return all questions in the order of the spec, each with the 0-based place of its section."""
        inside = ((place, one) for place, section in enumerate(self.sections) for one in section.questions)
        return [*((None, one) for one in self.questions), *inside]

    def question_ids(self) -> list[str]:
        """Return the ids: as given, else problem or pool and occurrence, so that order does not matter."""
        seen: Counter[str] = Counter()
        ids = []
        for _, question in self.every_question():
            name = question.problem or ",".join(question.pool)
            seen[name] += 1
            ids.append(question.id or f"{name}#{seen[name]}")
        return ids

    def warnings(self) -> list[str]:
        """Return what is legal and looks wrong: minutes that clearly disagree with the duration."""
        minutes = round(sum(_minutes(question) for _, question in self.every_question() if not question.bonus))
        low, high = _SLACK
        if self.duration and not low * self.duration <= minutes <= high * self.duration:
            more = "more" if minutes > self.duration else "less"
            return [
                f"the questions take about {minutes} min by hand, much {more} than the duration of {self.duration} min"
            ]
        return []


def _minutes(question: Question) -> Fraction:
    """Return the minutes a question takes by hand; of a pool, those of so many questions of average length."""
    every = members([question.problem] if question.problem else question.pool)
    return Fraction(question.choose * sum(entry.about().minutes for entry in every), len(every))


@dataclass(frozen=True)
class Exam:
    """A checked spec with the students of its roster, and where its questions stand in the file."""

    spec: ExamSpec
    students: tuple[Student, ...] = ()
    file: str = ""
    lines: tuple[int, ...] = ()
    avoided: Avoided = NOTHING
    assigned: dict[str, str] = field(default_factory=dict)  # the students' variants, where they are settled already

    def at(self, place: int) -> str:
        """Return `midterm.toml:14: questions[2]` for a 0-based place among `every_question`."""
        where = f"{self.file}:{self.lines[place]}: " if self.lines else ""
        section, _ = self.spec.every_question()[place]
        if section is None:
            return f"{where}questions[{place + 1}]"
        before = len(self.spec.questions) + sum(len(one.questions) for one in self.spec.sections[:section])
        return f"{where}sections[{section + 1}].questions[{place - before + 1}]"


def read_spec(path: pathlib.Path, shown: str | None = None) -> Exam:
    """Return the exam of a TOML file; raises `InvalidSpec` with one line for each mistake in it or its roster."""
    shown = shown or path.name
    source = read_text(path, shown)
    raw = _parsed(source, shown)
    if huge := list(too_large(raw)):  # not even pydantic could say what is wrong with these
        lines = [f"{line_of(source, path)}: {faults.written(path)}: has more than 30 digits" for path in huge]
        raise InvalidSpec("\n".join(f"{shown}:{line}" for line in lines))
    students: list[Student] = []
    avoided = NOTHING
    found = [*_of_values(raw), *faults.of_the_whole(raw), *_misplaced(raw, source)]
    found += _untried(raw, [path for path, _ in found])
    if not found:
        found += misfits(ExamSpec.model_validate(raw))
    lines = [f"{shown}:{line}: {why}" for line, why in sorted((line_of(source, path), why) for path, why in found)]
    if isinstance(raw.get("roster"), str) and raw["roster"]:
        try:
            students = read_roster(path.parent / raw["roster"], raw["roster"])
        except InvalidSpec as error:
            lines.append(str(error))
    if not found:
        try:
            avoided = read_avoided([(path.parent / name, name) for name in ExamSpec.model_validate(raw).avoid])
        except InvalidSpec as error:
            lines.append(f"{shown}:{line_of(source, ['avoid'])}: avoid: {error}")
    if lines:
        raise InvalidSpec("\n".join(lines))
    starts = tuple(line_of(source, path) for path, _ in faults.question_tables(raw))
    return Exam(ExamSpec.model_validate(raw), tuple(students), shown, starts, avoided)


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


def _of_values(raw: dict[str, Any]) -> Iterator[tuple[Path, str]]:
    """Yield (path, reason) for every value that is wrong by itself."""
    try:
        ExamSpec.model_validate(raw)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            if fault["type"] != "too_short" or not fault["input"]:  # it counts the good questions only
                tables: dict[str, type[_Model]] = {"questions": Question, "sections": Section, "replace": Replacement}
                inside = [step for step in fault["loc"][:-1] if step in tables]
                model = tables[str(inside[-1])] if inside else ExamSpec
                yield (
                    fault["loc"],
                    faults.reason(fault, [field.alias or name for name, field in model.model_fields.items()]),
                )


def _misplaced(raw: dict[str, Any], source: str) -> Iterator[tuple[Path, str]]:
    """Yield the questions that stand below a section's header without belonging to it."""
    if not isinstance(raw.get("sections"), list):
        return
    first = line_of(source, ["sections", 0])
    for path, _ in faults.question_tables(raw):
        if path[0] == "questions" and line_of(source, path) > first:
            yield path, f"{faults.written(path)}: stands below a section; begin it with [[sections.questions]]"


def _untried(raw: dict[str, Any], bad: list[Path]) -> Iterator[tuple[Path, str]]:
    """Yield what only a trial shows of the questions that are not `bad`: pins without a question, misfitting points.

    A spec without other mistakes is tried by composing it; but a pool must fit whichever problems it happens to draw.
    """
    for path, table in faults.question_tables(raw):
        if not any(one[: len(path)] == path for one in bad):
            question = Question.model_validate(table)
            fault = unmet(question) if bad or question.pool or question.format != "open" else None
            if fault:
                yield (*path, fault[0]), f"{faults.written(path)}.{fault[0]}: {fault[1]}"

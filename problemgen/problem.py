"""What a problem is: a frozen record of parameters that draws, solves and measures itself.

A decorated record rather than a subclass: an instance can be built by hand, pinned by a spec, compared, hashed and
stored as its fields; a question without an answer cannot be constructed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from fractions import Fraction
from functools import cache, cached_property
from typing import (
    TYPE_CHECKING,
    Annotated,
    Any,
    Final,
    Protocol,
    Self,
    TypeAlias,
    TypeVar,
    dataclass_transform,
    get_type_hints,
)

from problemgen.answers import Table
from problemgen.errors import NotCarriable, ProblemgenError
from problemgen.exact import exact, rational

if TYPE_CHECKING:
    from problemgen.answers import Answer, Choice
    from problemgen.draw import Draw
    from problemgen.exact import Matrix
    from problemgen.formula import Formula
    from problemgen.operations import Operation
    from problemgen.worked import Worked

T = TypeVar("T")
_HIDDEN: Final = "hidden"

Hidden: TypeAlias = Annotated[T, _HIDDEN]
"""A parameter the question's text may not see, because it would give an answer away."""

Measured: TypeAlias = Mapping[str, Any]
"""What an oracle returns: {part name: measured value}; see `answers.agrees` for the form of each kind."""

Steps: TypeAlias = Mapping[str, "Formula | Worked"]


@dataclass(frozen=True)
class Mistake:
    """A named wrong rule and the value it leads to; `cell` = (row id, column id) says where in a Table.

    `also` are the other cells that the same rule spoils, with what they become, where one who makes the mistake makes
    it in every cell: they are carried forward with it.
    """

    id: str
    why: str
    value: Answer
    cell: tuple[str, str] | None = None
    also: Mapping[tuple[str, str], Answer] = field(default_factory=dict, hash=False)


@dataclass(frozen=True)
class Figure:
    """A drawing that belongs to an instance, as data: `rendering/figures/<kind>.py` draws it."""

    kind: str
    data: Mapping[str, Any]


def matrix_item(name: str, entries: Matrix, **shown: Any) -> dict[str, Any]:
    """Return a matrix as an item of a figure of the kind `matrices`; `shown` are its other keys (text, marked, ...)."""
    return {"name": name, "entries": [[str(entry) for entry in row] for row in entries], **shown}


@dataclass(frozen=True)
class Offer:
    """What a part prints to choose from when it is asked in a closed form; its answer and mistakes stay as they are.

    `mistakes` has for each option of `choice` the id of the mistake that leads to it, or "".  `claim` is the value,
    in LaTeX, of which true-false asks whether it is the answer.
    """

    choice: Choice
    mistakes: tuple[str, ...]
    claim: str = ""


class _Mistakes:
    """The field of that name: a function that an author gives is called when someone first asks for the mistakes.

    Most questions that are drawn are refused, for their effort, before anyone does.
    """

    def __get__(self, part: Any, _: type | None = None) -> tuple[Mistake, ...]:
        if part is None:
            return ()  # what `dataclass` takes as the default
        found = part.__dict__["mistakes"]
        if callable(found):
            found = part.__dict__["mistakes"] = tuple(found())
        return found  # type: ignore[no-any-return]

    def __set__(self, part: Any, value: tuple[Mistake, ...] | Callable[[], Iterable[Mistake]]) -> None:
        part.__dict__["mistakes"] = value


@dataclass(frozen=True)
class Part:
    """One thing asked: its answer, the steps that lead there, and the mistakes students make.

    `mistakes` is a tuple, or a function that returns them and is called when they are needed.
    `space` is the room left for working on the question sheet, a TeX length; `unshown` are operations that the worked
    solution tells in words ("all others are a single product") and no step shows; with `reason` the prompt asks for
    one beside the choice; `offer` is set by an exam alone.
    """

    name: str
    answer: Answer
    steps: Steps = field(default_factory=dict)
    mistakes: _Mistakes = _Mistakes()
    points: int = 1
    space: str | None = None
    unshown: tuple[Operation, ...] = ()
    reason: bool = False
    offer: Offer | None = None


@dataclass(frozen=True)
class Solution:
    """The parts of a question in the order in which they are asked, and its figures."""

    parts: tuple[Part, ...]
    figures: Mapping[str, Figure]
    solution_figures: Mapping[str, Figure]

    def __init__(
        self,
        *parts: Part,
        figures: Mapping[str, Figure] | None = None,
        solution_figures: Mapping[str, Figure] | None = None,
    ) -> None:
        object.__setattr__(self, "parts", parts)
        object.__setattr__(self, "figures", figures or {})
        object.__setattr__(self, "solution_figures", solution_figures or {})

    @cached_property
    def every_answer(self) -> dict[str, Answer]:
        """Return every answer by its path, `part` or, cell by cell, `part.row.column`."""
        found: dict[str, Answer] = {}
        for part in self.parts:
            if isinstance(part.answer, Table):
                found |= {f"{part.name}.{row}.{column}": cell for (row, column), cell in part.answer.cells()}
            else:
                found[part.name] = part.answer
        return found

    def part(self, name: str) -> Part:
        """Return the part with this name; raises `KeyError`."""
        return {part.name: part for part in self.parts}[name]


class Carried:
    """Earlier results of a student, by path: `part`, or `part.row.column` for a cell of a table.

    Called with a path and the right value it returns the student's value when there is one.  `reads` lists the
    paths that were asked for, which is how the parts' dependencies are known.  `answers_only` says that nobody will
    look at steps, mistakes and figures: problems that have many of them leave them out then.
    """

    def __init__(self, values: Mapping[str, Any] | None = None, *, answers_only: bool = False) -> None:
        self._values = dict(values or {})
        self.answers_only = answers_only
        self.reads: list[str] = []

    def __call__(self, path: str, right: Any) -> Any:
        """Return the carried value in the place of `right`; raises `NotCarriable` if it is of another form."""
        self.reads.append(path)
        if path not in self._values:
            return right
        value = self._values[path]
        if isinstance(right, tuple | frozenset):
            if not isinstance(value, type(right)) or (isinstance(right, tuple) and len(value) != len(right)):
                raise NotCarriable(f"{path}: {value!r} has not the form of {right!r}")
            return value
        try:
            return rational(value) if isinstance(right, int | Fraction) else exact(value)
        except ProblemgenError as error:
            raise NotCarriable(f"{path}: {error}") from error


class _Nothing(Carried):
    """No earlier results; keeps no record, so that one instance serves every call."""

    def __call__(self, path: str, right: Any) -> Any:  # noqa: ARG002 - the path matters to Carried only
        return right


NOTHING: Final[Carried] = _Nothing()


class Problem(Protocol):
    """What an author writes under `@problem`; `flaws`, `givens` and `asks` are optional.

    `asks()` names what is asked out of a bank: no other question of the paper asks it again.
    """

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        """Return an instance of the draw's level; may raise `InvalidParameters`, which draws again."""
        ...

    def solve(self, carried: Carried = NOTHING) -> Solution:
        """Return the exact solution, later parts computed from what was carried."""
        ...

    def oracle(self) -> Measured:
        """Measure the same answers another way; shares no code with `solve`."""
        ...


@dataclass(frozen=True)
class About:
    """What the catalog knows of a problem beyond its name."""

    title: str
    topics: tuple[str, ...]
    minutes: int
    summary: str
    families: tuple[str, ...]


@dataclass_transform(frozen_default=True)
def problem(
    *, title: str, topics: tuple[str, ...], minutes: int, families: tuple[str, ...] = ()
) -> Callable[[type[T]], type[T]]:
    """Make a class a problem: a frozen record that knows its title, topics and the minutes it takes by hand.

    `families` names the families of `docs/families.md` that it covers.
    """

    def decorate(cls: type[T]) -> type[T]:
        record = dataclass(frozen=True)(cls)
        record.__pydantic_config__ = {"extra": "forbid", "strict": True}  # type: ignore[attr-defined]
        module_doc = __import__(cls.__module__, fromlist=["__doc__"]).__doc__ or ""
        record.__about__ = About(title, topics, minutes, module_doc.strip().partition("\n")[0], families)  # type: ignore[attr-defined]
        return record

    return decorate


def about(record: Any) -> About:
    """Return what a problem, or an instance of it, is about."""
    return record.__about__  # type: ignore[no-any-return]


@cache
def _visible_names(record_type: Any) -> tuple[str, ...]:
    hints = get_type_hints(record_type, include_extras=True)
    names = (item.name for item in fields(record_type))
    return tuple(name for name in names if _HIDDEN not in getattr(hints[name], "__metadata__", ()))


def visible(record: Any) -> dict[str, Any]:
    """Return the fields the question's text may see, and what the record's `givens` adds to them."""
    record_type: Any = type(record)
    shown = {name: getattr(record, name) for name in _visible_names(record_type)}
    givens: Callable[[], Mapping[str, Any]] | None = getattr(record, "givens", None)
    return {**shown, **(givens() if givens else {})}


def asks(record: Any) -> frozenset[str]:
    """Return the names of what an instance asks out of a bank; none for most problems."""
    named: Callable[[], Iterable[str]] | None = getattr(record, "asks", None)
    return frozenset(named() if named else ())


def flaws(record: Any) -> Iterator[str]:
    """Yield the pedagogical faults of an instance (a tie at a maximum, all strides 1, ...), in words."""
    found: Callable[[], Iterable[str]] | None = getattr(record, "flaws", None)
    yield from found() if found else ()

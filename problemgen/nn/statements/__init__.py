"""The bank of statements: each in a true and a false wording, with the reason, read from one file for each topic.

What a wording claims is data (`claims`), so that an oracle can measure whether it holds: `check` names the measurement.
A statement that nothing can be measured about names its `source` instead.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

LEVELS: Final = ("easy", "medium", "hard")


@dataclass(frozen=True)
class Statement:
    """A claim in two wordings, which are LaTeX; `claims` are what the true and the false one say that `check` finds.

    `mistake` is the id of the misconception behind a wrong verdict and its description, where it has a name.
    """

    id: str
    topic: str
    level: str
    true: str
    false: str
    reason: str
    check: str = ""
    on: tuple[Any, ...] = ()
    claims: tuple[Any, ...] = ()
    source: str = ""
    mistake: tuple[str, str] | None = None

    def wording(self, *, holds: bool) -> str:
        """Return the true or the false wording."""
        return self.true if holds else self.false

    def claimed(self, *, holds: bool) -> Any:
        """Return what the true or the false wording says that the check finds."""
        return self.claims[0 if holds else 1]


@cache
def bank() -> Mapping[str, Statement]:
    """Return all statements by their ids, topic by topic."""
    found: dict[str, Statement] = {}
    for file in sorted(files(__name__).iterdir(), key=lambda file: file.name):
        topic, _, kind = file.name.partition(".")
        if kind == "toml":
            entries = tomllib.loads(file.read_text(encoding="utf-8"))["statement"]
            found |= {entry["id"]: _statement(topic, entry) for entry in entries}
    return found


def _statement(topic: str, entry: dict[str, Any]) -> Statement:
    mistake = entry.pop("mistake", None)
    on, claims = tuple(entry.pop("on", ())), tuple(entry.pop("claims", ()))
    return Statement(topic=topic, on=on, claims=claims, mistake=mistake and (mistake["id"], mistake["why"]), **entry)


@cache
def by_topic(level: str) -> Mapping[str, tuple[str, ...]]:
    """Return the ids of a level's statements, by topic."""
    found: dict[str, list[str]] = {}
    for statement in bank().values():
        if statement.level == level:
            found.setdefault(statement.topic, []).append(statement.id)
    return {topic: tuple(ids) for topic, ids in found.items()}


def verdicts(truths: Sequence[bool]) -> tuple[int, ...]:
    """Return the places of the right verdicts among "true" and "false"."""
    return tuple(0 if holds else 1 for holds in truths)

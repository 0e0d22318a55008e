"""What differs between two states of an exam, question by question: parameters, keys, marking, from what to what.

Both are given as a manifest holds them, so that it does not matter whether one was read, or made just now.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

Entry: TypeAlias = "Mapping[str, Any]"
What: TypeAlias = Literal[
    "paper",
    "student",
    "question",
    "place",
    "parameters",
    "points",
    "answer",
    "options",
    "mistakes",
    "revision",
    "fault",
]
KEYS: Final[frozenset[What]] = frozenset({"answer", "options", "points", "revision", "fault"})
"""What changes the marks of a student."""

_WORDS: Final = {"dropped": "dropped: gives no points", "credited": "dropped: all points to everybody"}


@dataclass(frozen=True)
class Change:
    """One difference of a paper; `number` is the printed one, `part` empty where the whole question is meant."""

    paper: str
    what: What
    old: str
    new: str
    number: str = ""
    id: str = ""
    problem: str = ""
    part: str = ""


def compare(old: Mapping[str, Entry], new: Mapping[str, Entry]) -> Iterator[Change]:
    """Yield the differences of two exams, given as papers by their labels."""
    for label, paper in old.items():
        if label in new:
            yield from compare_papers(paper, new[label])
        else:
            yield Change(label, "paper", "is there", "is gone")
    for label in new.keys() - old.keys():
        yield Change(label, "paper", "is not there", "is new")


def compare_papers(old: Entry, new: Entry) -> Iterator[Change]:
    """Yield the differences of two papers of one label."""
    before = {question["id"]: question for question in old["questions"]}
    after = {question["id"]: question for question in new["questions"]}
    for name, question in before.items():
        if name in after:
            yield from compare_questions(old["label"], question, after[name])
        else:
            yield change(old["label"], question, "question", "is asked", "is not asked")
    for name, question in after.items():
        if name not in before:
            yield change(old["label"], question, "question", "is not asked", "is asked")


def compare_questions(label: str, old: Entry, new: Entry) -> Iterator[Change]:
    """Yield the differences of two questions of one id."""
    if number_of(old) != number_of(new):
        yield change(label, old, "place", number_of(old), number_of(new))
    if new["revised"] in _WORDS and new["revised"] != old["revised"]:
        yield change(label, old, "revision", "; ".join(_part_texts(old)), _WORDS[new["revised"]])
        return
    if old["problem"] != new["problem"]:
        yield change(label, old, "question", old["problem"], new["problem"])
        return
    if old["parameters"] != new["parameters"]:
        yield change(label, old, "parameters", *differing(old["parameters"], new["parameters"]))
    if old["points"] != new["points"]:
        yield change(label, old, "points", *(" + ".join(f"{one:g}" for one in each["points"]) for each in (old, new)))
    before, after = old["answers"], new["answers"]
    for part in {**before, **after}:
        for what, was, now in _of_part(before.get(part), after.get(part)):
            if what != "mistakes" or old["parameters"] == new["parameters"]:  # else they are others anyway
                yield change(label, old, what, was, now, part)


def number_of(question: Entry) -> str:
    """Return the printed number of a question."""
    return str(question["number"] or question["place"])


def change(label: str, question: Entry, what: What, old: str, new: str, part: str = "") -> Change:
    """Return a difference of a question, given as a manifest holds it."""
    return Change(label, what, old, new, number_of(question), question["id"], question["problem"], part)


def _part_texts(question: Entry) -> list[str]:
    return [answer["text"] for answer in question["answers"].values()]


def _of_part(old: Entry | None, new: Entry | None) -> Iterator[tuple[What, str, str]]:
    """Yield what differs between two keys of a part, None where it is not asked."""
    if old is None or new is None:
        yield "answer", old["text"] if old else "is not asked", new["text"] if new else "is not asked"
        return
    if (old["type"], old["value"]) != (new["type"], new["value"]):
        texts = [old["text"], new["text"]]
        if texts[0] == texts[1]:  # different ones may be typed alike, rounded ones for example
            texts = [json.dumps(each["value"], ensure_ascii=False) for each in (old, new)]
        yield "answer", texts[0], texts[1]
    if old.get("offer") != new.get("offer"):
        yield "options", _offer_text(old.get("offer")), _offer_text(new.get("offer"))
    before, after = (dict(_mistakes(each["mistakes"])) for each in (old, new))
    if before != after:
        yield "mistakes", *differing(before, after)


def _offer_text(offer: Entry | None) -> str:
    if offer is None:
        return "open"
    if offer["claim"]:
        return f"{offer['claim']} is {offer['options'][offer['correct'][0]]}"
    options = [f"{'*' if place in offer['correct'] else ''}{text}" for place, text in enumerate(offer["options"])]
    return " | ".join(options)


def _mistakes(told: Iterable[Entry]) -> Iterator[tuple[str, Any]]:
    for mistake in told:
        yield "/".join([mistake["id"], *mistake.get("cell", [])]), mistake["value"]


def differing(old: Mapping[str, Any], new: Mapping[str, Any]) -> tuple[str, str]:
    """Return the fields in which two tables differ, as `name=value, ...`, those of the old and those of the new."""
    names = [name for name in {**old, **new} if old.get(name) != new.get(name)]
    texts = (
        ", ".join(f"{name}={json.dumps(table[name], ensure_ascii=False)}" for name in names if name in table)
        for table in (old, new)
    )
    before, after = texts
    return before or "none", after or "none"


def compare_students(old: Iterable[Entry], new: Iterable[Entry]) -> Iterator[Change]:
    """Yield the students of an exam in variants who have another one."""
    before, after = ({one["id"]: one["variant"] for one in rows} for rows in (old, new))
    for student in {**before, **after}:
        variants = [has.get(student, "none") for has in (before, after)]
        if variants[0] != variants[1]:
            yield Change(before.get(student, ""), "student", f"{student} has {variants[0]}", variants[1])

"""One question of a manifest for the terminal: solved again, and held against the key that was printed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from problemgen.errors import ProblemgenError, UnknownName, did_you_mean
from problemgen.exam.difference import KEYS, compare_questions, number_of
from problemgen.exam.manifest import question_entry
from problemgen.exam.record import asked_data, asked_of
from problemgen.rendering.plain import text_of
from problemgen.rendering.terminal import as_data, told

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from problemgen.exam.stored import Manifest


@dataclass(frozen=True)
class Found:
    """A question of a paper, as text and as JSON's data; `warnings` tell where today's key is not the printed one."""

    text: str
    data: dict[str, Any]
    warnings: Sequence[str]


def wanted(manifest: Manifest, label: str, question: str) -> list[Mapping[str, Any]]:
    """Return the questions of a paper, or the one of this printed number or id; raises `UnknownName`."""
    every = manifest.paper(label)["questions"]
    if not question:
        return list(every)
    for name in (number_of, lambda one: one["id"], lambda one: one["problem"]):
        if found := [one for one in every if name(one) == question]:
            return found
    known = [number_of(one) for one in every]
    hint = did_you_mean(question, [one["id"] for one in every]) or f"; its questions are {', '.join(known)}"
    raise UnknownName(f"{manifest.shown}: paper {label} has no question '{question}'{hint}")


def look(manifest: Manifest, label: str, stored: Mapping[str, Any], templates: Path | None = None) -> Found:
    """Return a question of a paper; raises `ProblemgenError` if its problem is gone or cannot have these parameters."""
    try:
        asked = asked_of(stored)
        now = question_entry(stored["place"], asked, asked_data(asked), stored["sources"])
        shown = as_data(asked.instance, templates, asked.points)
    except (ProblemgenError, ValueError) as error:
        raise ProblemgenError(
            f"{manifest.shown}: paper {label}, question {number_of(stored)} ({stored['id']}): {error}"
        ) from None
    changes = [one for one in compare_questions(label, stored, now) if one.what in KEYS]
    paper = manifest.entries[label]
    place = stored["place"] - 1
    begun = {kind: of["questions"] for kind, of in paper.get("pages", {}).items()}
    pages = {kind: of[place] for kind, of in begun.items() if place < len(of)}
    data = {
        "paper": label,
        "students": [{"id": name, "name": full} for name, full in manifest.holders(label)],
        "number": number_of(stored),
        "id": stored["id"],
        "points": sum(stored["points"]),
        "bonus": stored["bonus"],
        "revised": stored["revised"],
        "pages": pages,
        "effort": stored["effort"],
        "printed_answers": stored["answers"],
        **{name: value for name, value in shown.items() if name != "seed"},
        "seed": stored["seed"],
    }
    warnings = [
        f"paper {label}, question {one.number}, {one.part}: the program has changed: "
        f"the key in the manifest is {one.old}, today's is {one.new}"
        for one in changes
    ]
    return Found("\n".join([*_head(data), told(shown, _offers(stored))]), data, warnings)


def _head(data: Mapping[str, Any]) -> list[str]:
    """Return the lines above the instance: where it stands, and what it is worth."""
    who = ", ".join(f"{one['name']} ({one['id']})" for one in data["students"][:1])
    who += f" and {len(data['students']) - 1} more" if len(data["students"]) > 1 else ""
    pages = ", ".join(f"{kind} page {page}" for kind, page in data["pages"].items())
    worth = f"{data['points']:g} {'bonus ' if data['bonus'] else ''}points"
    where = f"Paper {data['paper']}{f' of {who}' if who else ''}, question {data['number']} (id {data['id']})"
    return [where, "; ".join(filter(None, [worth, data["revised"], pages])), ""]


def _offers(stored: Mapping[str, Any]) -> dict[str, str]:
    """Return what was printed to choose from, by part."""
    return {name: _offer(answer["offer"]) for name, answer in stored["answers"].items() if answer.get("offer")}


def _offer(offer: Mapping[str, Any]) -> str:
    if offer["claim"]:
        return f"claim: {text_of(offer['claim'])}: {offer['options'][offer['correct'][0]]}"
    options = [f"({chr(ord('A') + place)}) {text_of(option)}" for place, option in enumerate(offer["options"])]
    return f"options: {', '.join(options)}; right: {', '.join(options[place][:3] for place in offer['correct'])}"

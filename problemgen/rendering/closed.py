"""How a part in a closed form looks: the options or the claim, the key, and which mistake leads to which option."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from problemgen import answers
from problemgen.rendering import marking, tables
from problemgen.rendering.notation import Tex

if TYPE_CHECKING:
    from collections.abc import Iterable
    from fractions import Fraction

    from problemgen.exam.compose import Asked
    from problemgen.problem import Offer, Part
    from problemgen.rendering.text import PartText


def form(part: Part) -> Tex | None:
    """Return what a student fills in or ticks: the empty table, or boxes before the options; None for open parts."""
    answer = part.answer
    if part.offer:
        return _ticked(part.offer)
    if isinstance(answer, answers.Table):
        return tables.form(answer)
    if isinstance(answer, answers.Choice):
        boxes = (f"$\\square$ {answers.option(answer.options, place)}" for place in range(len(answer.options)))
        between = r"\qquad " if answers.plain_words(answer.options) else r"\par\nopagebreak "
        return Tex(between.join(boxes))
    return None


def _ticked(offer: Offer) -> Tex:
    options = offer.choice.options
    boxes = [rf"\fitted{{$\square$~{answers.option(options, place)}}}" for place in range(len(options))]
    if offer.claim:
        return Tex(rf"\textbf{{True or false?}} The answer is {offer.claim}.\qquad " + r"\qquad ".join(boxes))
    return Tex(r"\noindent " + r"\hfill ".join(boxes) + r"\hspace*{1em}\par")


def key(part: Part, offer: Offer) -> Tex:
    """Return the right option as the key prints it; where a claim is false, with what is true."""
    if offer.claim and offer.choice.correct != {0}:
        return Tex(f"false: the answer is {tables.short(part.answer)}")
    return Tex(tables.full(offer.choice))


def given_for(offer: Offer, worth: Fraction) -> Tex:
    """Return how the points of a closed part are given."""
    what = "verdict" if offer.claim else "option"
    return Tex(f"{tables.points(worth)} p. for the right {what}; no working is asked for.")


def mistakes(asked: Asked, text: PartText, offer: Offer) -> list[dict[str, Any]]:
    """Return the rows of the mistakes that lead to an option, in the order of the options, and of near values."""
    known = {mistake.id: mistake for mistake in text.part.mistakes}
    chosen = [name for name in offer.mistakes if name]
    part = replace(text.part, mistakes=tuple(known[name] for name in chosen))
    rows = dict(zip(chosen, marking.mistakes(asked, replace(text, part=part)), strict=True))
    shown = []
    for place, name in enumerate(offer.mistakes):
        if place in offer.choice.correct or (offer.claim and not name):
            continue
        near: dict[str, Any] = {"why": Tex("a value near the right one"), "consequences": Tex()}
        row = rows.get(name, near)
        value = offer.claim or answers.option(offer.choice.options, place)
        shown.append({**row, "value": Tex(f"the claim {value}" if offer.claim else value)})
    return shown


def note(asked: Iterable[Asked]) -> list[str]:
    """Return what the cover says of options, if any question has them."""
    offers = [part.offer for one in asked for part in one.instance.solution.parts if part.offer]
    if not any(not offer.claim for offer in offers):
        return []
    rule = "exactly one is right, unless a question asks for all that are; mark the boxes clearly."
    return [rf"\textbf{{Options:}} of (A), (B), (C), \dots\ {rule}"]

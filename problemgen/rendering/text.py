"""The words of a question: a problem's template blocks, rendered from its record, its steps and its mistakes.

Question blocks see the visible fields, what `givens` adds, and the question's figures; never steps, answers,
mistakes or hidden fields.  So a question that tells its answer fails while it is rendered, not when it is read.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from functools import cache
from typing import TYPE_CHECKING, Any

from problemgen.errors import TemplateFault
from problemgen.problem import Part, visible
from problemgen.rendering.notation import Tex, aligned
from problemgen.rendering.templates import environment, folders, load, rendered, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jinja2 import Template

    from problemgen.catalog import Entry
    from problemgen.sampling import Instance


@dataclass(frozen=True)
class PartText:
    """LaTeX of one part: what is asked, how it is solved, and why each mistake is made."""

    part: Part
    prompt: Tex
    solution: Tex
    reasons: Mapping[str, Tex]


@dataclass(frozen=True)
class QuestionText:
    """LaTeX of a question."""

    instance: Instance
    stem: Tex
    parts: tuple[PartText, ...]


def template_of(entry: Entry, user: Path | None = None) -> Template:
    """Return a problem's template, from the user's folder if it is there."""
    return _template(entry.name, folders(user, entry.templates))


@cache
def _template(name: str, searched: tuple[Path, ...]) -> Template:
    return load(environment(searched), f"problems/{name}.tex.j2")


def question_text(instance: Instance, user: Path | None = None) -> QuestionText:
    """Return the rendered question; raises `TemplateFault` with file, line and block."""
    template = template_of(instance.entry, user)
    solution = instance.solution
    asked = {**visible(instance.record), "figures": solution.figures}
    every = {item.name: getattr(instance.record, item.name) for item in fields(instance.record)}
    worked = {**asked, **every, "solution_figures": solution.solution_figures}
    stem = Tex(_block(template, "stem", asked))
    parts = tuple(_part(template, part, asked, worked) for part in solution.parts)
    return QuestionText(instance, stem, parts)


def _part(template: Template, part: Part, asked: dict[str, Any], worked: dict[str, Any]) -> PartText:
    known = {**part.steps, **worked, "steps": part.steps, "answer": part.answer}
    name = f"{part.name}_solution"
    solution = Tex(_block(template, name, known)) if name in template.blocks else aligned(part.steps)
    reasons = {}
    for mistake in part.mistakes:
        block = f"mistake_{mistake.id}"
        reasons[mistake.id] = Tex(_block(template, block, known) if block in template.blocks else mistake.why)
    return PartText(part, Tex(_block(template, part.name, asked)), solution, reasons)


def _block(template: Template, block: str, context: dict[str, Any]) -> str:
    if block not in template.blocks:
        there = ", ".join(template.blocks) or "none"
        raise TemplateFault(f"{shown(str(template.filename))}: there is no block '{block}'; it has {there}")
    return rendered(template, context, block)

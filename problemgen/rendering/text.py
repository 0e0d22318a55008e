"""The words of a question: a problem's template blocks, rendered from its record, its steps and its mistakes.

Question blocks see the visible fields, what `givens` adds, and the question's figures; never steps, answers,
mistakes or hidden fields.  So a question that tells its answer fails while it is rendered, not when it is read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache, cached_property
from typing import TYPE_CHECKING, Any

from problemgen import parameters
from problemgen.errors import TemplateFault
from problemgen.problem import Part, visible
from problemgen.rendering.notation import Tex, aligned
from problemgen.rendering.templates import environment, folders, load, rendered_block, shown

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from jinja2 import Template
    from jinja2.runtime import Context

    from problemgen.catalog import Entry
    from problemgen.sampling import Instance


@dataclass(frozen=True)
class PartText:
    """LaTeX of one part: what is asked, and, rendered when asked for, how it is solved and why mistakes are made."""

    part: Part
    prompt: Tex
    template: Template = field(repr=False)
    known: Context = field(repr=False)

    @cached_property
    def solution(self) -> Tex:
        """Return the worked solution."""
        name = f"{self.part.name}_solution"
        return _block(self.template, name, self.known) if name in self.template.blocks else aligned(self.part.steps)

    @cached_property
    def reasons(self) -> Mapping[str, Tex]:
        """Return why each mistake is made, by its id."""
        found = {}
        for mistake in self.part.mistakes:
            block = f"mistake_{mistake.id}"
            written = block in self.template.blocks
            found[mistake.id] = _block(self.template, block, self.known) if written else Tex(mistake.why)
        return found


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


@cache
def _globals(template: Template) -> dict[str, Any]:
    """Return what Jinja defines in every template, as one dictionary: it would put it together for every context."""
    return dict(template.globals)


def _context(template: Template, known: Mapping[str, Any]) -> Context:
    return template.new_context({**_globals(template), **known}, shared=True)


def question_text(instance: Instance, user: Path | None = None) -> QuestionText:
    """Return the rendered question; raises `TemplateFault` with file, line and block."""
    template = template_of(instance.entry, user)
    record, solution = instance.record, instance.solution
    asked = {**visible(record), "figures": solution.figures}
    every = {name: getattr(record, name) for name in parameters.names(type(record))}
    worked = {**asked, **every, "solution_figures": solution.solution_figures}
    context = _context(template, asked)
    stem = _block(template, "stem", context)
    return QuestionText(instance, stem, tuple(_part(template, part, context, worked) for part in solution.parts))


def _part(template: Template, part: Part, asked: Context, worked: dict[str, Any]) -> PartText:
    known = _context(template, {**part.steps, **worked, "steps": part.steps, "answer": part.answer})
    return PartText(part, _block(template, part.name, asked), template, known)


def _block(template: Template, block: str, context: Context) -> Tex:
    if block not in template.blocks:
        there = ", ".join(template.blocks) or "none"
        raise TemplateFault(f"{shown(str(template.filename))}: there is no block '{block}'; it has {there}")
    return Tex(rendered_block(template, block, context))

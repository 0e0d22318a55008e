"""Every block of a problem, rendered and set by LaTeX in one run: stem, parts, solutions and mistakes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.errors import ProblemgenError, TemplateFault, TexMissing
from problemgen.exam.compose import Asked, Paper
from problemgen.exam.points import share
from problemgen.exam.spec import ExamSpec, Question
from problemgen.rendering import delivery, sheet

if TYPE_CHECKING:
    from pathlib import Path


@dataclass(frozen=True)
class Setting:
    """How many instances were set; `fault` says what went wrong, `lacking` why LaTeX was not asked."""

    instances: int = 0
    fault: str = ""
    lacking: str = ""


def typeset(name: str, instances: int, templates: Path | None = None) -> Setting:
    """Set so many instances of every level on one solutions sheet."""
    entry, asked = catalog.get(name), []
    for level in Level:
        for number in range(instances):
            try:
                found = sampling.sample(entry, Seed.of("check", number), level)
            except Exception:  # noqa: BLE001, S112 - the draws are judged elsewhere, this is about the words
                continue
            asked.append(Asked(f"{level}-{number}", found, share(None, found.solution.parts)))
    if not asked:
        return Setting()
    total = len(asked)
    spec = ExamSpec(title="Check", seed="check", variants=("A",), questions=(Question(problem=name),))
    try:
        made = sheet.documents(spec, Paper("A", "A", tuple(asked)), templates)["solutions"]
        pdf, reason = delivery.typeset_one(made)
    except TexMissing as error:
        return Setting(total, lacking=str(error))
    except TemplateFault as error:
        return Setting(total, fault=str(error))
    except ProblemgenError as error:
        return Setting(total, fault=f"{name}: {error}")
    return Setting(total, fault=f"{name}: {reason}" if pdf is None else "")

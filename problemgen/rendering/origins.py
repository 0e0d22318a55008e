"""Digests of what questions and documents come from: modules, templates, layouts, TeX; so that a change is noticed."""

from __future__ import annotations

import importlib.util
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from problemgen.exam.manifest import digest_of
from problemgen.rendering import tex
from problemgen.rendering.templates import environment, folders
from problemgen.rendering.text import template_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from problemgen.catalog import Entry
    from problemgen.rendering.sheet import Kind


def sources(entries: Iterable[Entry], user: Path | None = None) -> dict[str, dict[str, str]]:
    """Return the digests of module and template of each problem, by its name; raises `TemplateFault`."""
    return {entry.name: _sources(entry, folders(user, entry.templates), user) for entry in set(entries)}


@cache
def _sources(entry: Entry, _searched: tuple[Path, ...], user: Path | None) -> dict[str, str]:
    module = importlib.util.find_spec(entry.module)
    origins = {"module": module and module.origin, "template": template_of(entry, user).filename}
    return {name: _file_digest(Path(path)) if path else "" for name, path in origins.items()}


def _file_digest(path: Path) -> str:
    return digest_of(path.read_text(encoding="utf-8"))


def documents(kinds: Sequence[Kind], papers: int, engine: str | None, user: Path | None = None) -> dict[str, Any]:
    """Return what the bytes of the PDFs depend on beside the papers; without `engine` none are made.

    `papers` is how many the whole exam has: it says which of them share a run of TeX.
    """
    return {
        "kinds": list(kinds),
        "papers": papers,
        "sheets": _sheets(folders(user)),
        "pikepdf": version("pikepdf") if engine else "",
        "tex": tex.identity(engine) if engine else "",
    }


@cache
def _sheets(searched: tuple[Path, ...]) -> str:
    env = environment(searched)
    names = env.list_templates(filter_func=lambda name: name.startswith("sheets/"))
    return digest_of([[name, env.loader.get_source(env, name)[0]] for name in names] if env.loader else [])

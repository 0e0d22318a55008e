"""Which problems there are: found by being there, `problems/<topic>/<name>.py`, and in installed packs.

A pack is a Python package laid out like `problemgen.problems`, with its templates in `templates/problems/` inside
it, announced by an entry point of the group `problemgen.packs`.  Names come from the files, so that nothing is
imported before it is used.
"""

from __future__ import annotations

import fnmatch
import importlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any

from problemgen.errors import ProblemgenError, UnknownName, did_you_mean
from problemgen.problem import About, about

BUILT_IN = "problemgen.problems"


@dataclass(frozen=True)
class Entry:
    """One problem: its name, the module it is in, and where its pack keeps templates (None: with the program)."""

    name: str
    module: str
    templates: Path | None

    def load(self) -> type[Any]:
        """Import the module and return its one problem; raises `ProblemgenError` when either is not to be had."""
        return _loaded(self.name, self.module)

    def about(self) -> About:
        """Return title, topics, minutes and summary."""
        return about(self.load())


@cache
def _loaded(name: str, path: str) -> type[Any]:
    try:
        module = importlib.import_module(path)
    except Exception as error:
        told = f"{type(error).__name__}: {error}"
        raise ProblemgenError(f"{name}: {path} cannot be imported: {told}") from error
    items = vars(module).values()
    found = [item for item in items if isinstance(item, type) and hasattr(item, "__about__")]
    found = [item for item in found if item.__module__ == path]
    if len(found) != 1:
        raise ProblemgenError(f"{path} must hold exactly one class under @problem, and holds {len(found)}")
    return found[0]


@cache
def entries() -> dict[str, Entry]:
    """Return all problems by name, sorted; two packs with the same name are refused."""
    found: dict[str, Entry] = {}
    packages = [BUILT_IN, *sorted(point.value for point in entry_points(group="problemgen.packs"))]
    for package in packages:
        for entry in problems_in(package):
            if entry.name in found:
                raise ProblemgenError(f"'{entry.name}' is in {found[entry.name].module} and in {entry.module}")
            found[entry.name] = entry
    return dict(sorted(found.items()))


def problems_in(package: str) -> list[Entry]:
    """Return the problems of one package, by its files."""
    spec = importlib.util.find_spec(package)
    if spec is None or not spec.submodule_search_locations:
        raise ProblemgenError(f"the problem pack '{package}' cannot be found; reinstall it or remove it")
    found = []
    for root in map(Path, spec.submodule_search_locations):
        templates = None if package == BUILT_IN else root / "templates" / "problems"
        for path in sorted(root.glob("*/*.py")):
            if not path.name.startswith("_") and path.parent.name != "templates":
                name = f"{path.parent.name}/{path.stem}"
                found.append(Entry(name, f"{package}.{path.parent.name}.{path.stem}", templates))
    return found


def get(name: str) -> Entry:
    """Return the problem with this name; raises `UnknownName` with the nearest one."""
    known = entries()
    if name not in known:
        raise UnknownName(f"no problem '{name}'{did_you_mean(name, known)} ('problemgen list' shows all)")
    return known[name]


def matching(pattern: str) -> list[Entry]:
    """Return the problems that a name, a topic (`cnn`) or a glob (`cnn/conv_*`) means, sorted by name."""
    known = entries()
    if pattern in known:
        return [known[pattern]]
    found = [entry for name, entry in known.items() if fnmatch.fnmatchcase(name, pattern)]
    found = found or [entry for entry in known.values() if pattern in topics(entry)]
    if not found:
        every = {*known} | {topic for entry in known.values() for topic in topics(entry) if "/" not in pattern}
        raise UnknownName(f"no problem, topic or pattern '{pattern}'{did_you_mean(pattern, every)}")
    return found


def topics(entry: Entry) -> tuple[str, ...]:
    """Return the topics of a problem; its folder is the first."""
    folder = entry.name.partition("/")[0]
    return (folder, *(topic for topic in entry.about().topics if topic != folder))

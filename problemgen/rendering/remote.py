"""What a worker of a cluster does: a unit of work, if it is the same program as the one that sent it.

SymPy's numbers are not safe in threads, so a worker of several threads does one unit at a time.
"""

from __future__ import annotations

import pickle
import threading
import traceback
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from problemgen.errors import ClusterFault, OutputFault, ProblemgenError, TexMissing
from problemgen.rendering.identity import HOST, differences, digest, files_below, identity
from problemgen.rendering.templates import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_ONE: Final = threading.Lock()
_OF_THE_MACHINE: Final = (OutputFault, TexMissing)


@dataclass(frozen=True)
class Templates:
    """The user's templates as data: what the folders that are searched before the program's own hold."""

    files: tuple[tuple[str, bytes], ...] = ()
    origins: tuple[tuple[str, str], ...] = ()

    @classmethod
    def of(cls, folders: tuple[Path, ...]) -> Templates:
        """Return the files of folders, of equal names the first; `origins` are their paths as the user knows them."""
        files: dict[str, bytes] = {}
        origins: dict[str, str] = {}
        for folder in folders:
            for name, data in files_below(folder):
                files.setdefault(name, data)
                origins.setdefault(name, shown(str(folder / name)))
        return cls(tuple(sorted(files.items())), tuple(sorted(origins.items())))

    def unpacked(self, place: Path) -> Path:
        """Return the folder with these files, made below `place` if it is not there."""
        folder = place / f"problemgen-{digest(self.files)}"
        if not folder.is_dir():
            for name, data in self.files:
                path = folder.with_suffix(".new") / name
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(data)
            folder.with_suffix(".new").replace(folder)
        return folder

    def told(self, error: ProblemgenError, folder: Path) -> ProblemgenError:
        """Return an error with the user's own paths in the place of the worker's."""
        text = str(error)
        for name, origin in self.origins:
            text = text.replace(shown(str(folder / name)), origin)
        return type(error)(text)


@dataclass(frozen=True)
class Task:
    """A function, the unit it is carried out on, and the templates for it."""

    function: Callable[[Any], Any]
    unit: Any
    templates: Templates


@dataclass(frozen=True)
class Outcome:
    """What a task gave: a result, or an error meant for the user, or the trace of any other."""

    result: Any = None
    failure: ProblemgenError | None = None
    trace: str = ""


def carry_out(sent: bytes, expected: Mapping[str, str], engine: str) -> bytes:
    """Carry out a pickled `Task` on a worker whose identity is the expected one, and return the pickled `Outcome`."""
    from distributed import get_worker  # noqa: PLC0415 - an optional library

    worker = get_worker()
    mine = identity(engine)
    unlike = differences(mine, expected)
    if unlike:
        told = f"the worker {worker.address} ({mine[HOST]}) came later and has {', '.join(unlike)}; update or stop it"
        return pickle.dumps(Outcome(failure=ClusterFault(told)))
    with _ONE:
        return pickle.dumps(_outcome(pickle.loads(sent), worker.address, Path(worker.local_directory)))  # noqa: S301


def _outcome(task: Task, address: str, place: Path) -> Outcome:
    unit, folder = task.unit, place
    try:
        if task.templates.files:
            folder = task.templates.unpacked(place)
            unit = replace(unit, templates=folder)
        return Outcome(task.function(unit))
    except _OF_THE_MACHINE as error:
        return Outcome(failure=type(error)(f"{address}: {error}"))
    except ProblemgenError as error:
        return Outcome(failure=task.templates.told(error, folder))
    except Exception:  # noqa: BLE001 - whatever it is, it is raised again where it can be told
        return Outcome(trace=traceback.format_exc())

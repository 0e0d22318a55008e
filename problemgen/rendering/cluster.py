"""Units of work on a dask.distributed cluster: the same functions on the same plain data, on many machines.

Every worker is asked who it is before the work begins, and again with every unit, since workers come and go: all
of them must give the bytes that this machine would give.  A unit whose worker is lost is done again by another.
Results wait on their workers until they are wanted here, so that this machine holds one at a time.
"""

from __future__ import annotations

import json
import logging
import pickle
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeVar

from problemgen.errors import ClusterFault, ClusterLost
from problemgen.rendering import remote, tex
from problemgen.rendering.identity import HOST, differences, identity
from problemgen.rendering.lacking import settled
from problemgen.rendering.templates import folders, packaged

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from pathlib import Path

    from distributed import Client, Future

    from problemgen.exam.spec import Exam

U = TypeVar("U")
R = TypeVar("R")
_CONNECT_SECONDS: Final = 4
_WATCH_SECONDS: Final = 1
_PATIENCE_SECONDS: Final = 30
_AHEAD: Final = 2  # units a worker: one under way, one waiting there
_NAMED: Final = 4
_LOGGERS: Final = ("distributed", "distributed.client", "tornado", "tornado.application", "asyncio")
_GO_ON: Final = "what is finished is complete, and the next build goes on from there"


@dataclass
class Cluster:
    """The workers of a dask scheduler; an `Executor`.  `engine` is the TeX that the units need, empty for none."""

    client: Client
    address: str
    engine: str = ""
    _templates: dict[Path | None, remote.Templates] = field(default_factory=dict)

    def check(self) -> None:
        """Raise `ClusterFault` naming the workers that would not give the bytes that this machine gives."""
        try:
            self.client.wait_for_workers(1, timeout=_CONNECT_SECONDS)
        except TimeoutError:
            raise ClusterFault(
                f"--scheduler: {self.address} has no workers; start some: dask worker {self.address}"
            ) from None
        told = self.client.run(identity, self.engine, on_error="return")
        found: dict[str, list[str]] = {}
        for worker, theirs in sorted(told.items()):
            host = "" if isinstance(theirs, Exception) else f" ({theirs[HOST]})"
            if unlike := _unlike(theirs, identity(self.engine)):
                found.setdefault(unlike, []).append(f"{worker}{host}")
        if found:
            some = "; ".join(f"{_listed(workers)}: {unlike}" for unlike, workers in found.items())
            raise ClusterFault(f"workers that would not give the same papers: {some}. Update, restart or stop them")

    def run(self, function: Callable[[U], R], units: Iterable[U]) -> Iterator[R]:
        """Yield the results as they come, in any order; errors of a unit are raised here."""
        waiting = iter(units)
        under_way: dict[Future[bytes], U] = {}
        try:
            while True:
                free = max(1, _AHEAD * len(self._workers())) - len(under_way)
                under_way |= {self._begun(function, unit): unit for unit in islice(waiting, max(0, free))}
                if not under_way:
                    return
                for future in self._finished(under_way):
                    outcome = self._outcome(future, under_way[future])
                    if outcome is None:
                        continue
                    del under_way[future]
                    future.release()
                    if outcome.failure:
                        raise outcome.failure
                    if outcome.trace:
                        raise RuntimeError(f"in a worker:\n{outcome.trace}")
                    yield outcome.result
        finally:
            for future in under_way:
                future.release()

    def _begun(self, function: Callable[[U], R], unit: U) -> Future[bytes]:
        """Send a unit off, with the templates it asks for in the place of their folder."""
        templates = remote.Templates()
        if hasattr(unit, "templates"):
            templates = self._bundle(unit.templates)
            unit = replace(unit, templates=None)  # type: ignore[type-var]
        sent = pickle.dumps(remote.Task(function, unit, templates))
        return self.client.submit(remote.carry_out, sent, identity(self.engine), self.engine, pure=False)

    def _bundle(self, user: Path | None) -> remote.Templates:
        if user not in self._templates:
            self._templates[user] = remote.Templates.of(tuple(one for one in folders(user) if one not in packaged()))
        return self._templates[user]

    def _finished(self, under_way: Mapping[Future[bytes], Any]) -> set[Future[bytes]]:
        """Return futures that are done, as soon as there are some."""
        from distributed import CancelledError, wait  # noqa: PLC0415 - an optional library

        deserted = 0.0
        while True:
            try:
                return set(wait(list(under_way), timeout=_WATCH_SECONDS, return_when="FIRST_COMPLETED").done)
            except TimeoutError:
                deserted = 0.0 if self._workers() else deserted + _WATCH_SECONDS
            except CancelledError:
                raise self._lost() from None
            if deserted >= _PATIENCE_SECONDS:
                raise ClusterLost(f"all workers of {self.address} are gone; {_GO_ON}")

    def _outcome(self, future: Future[bytes], unit: Any) -> remote.Outcome | None:
        """Return what a task gave; None if its worker was lost with it, and it is being done again."""
        from distributed import CancelledError, KilledWorker  # noqa: PLC0415 - an optional library

        try:
            outcome: remote.Outcome = pickle.loads(future.result(timeout=_PATIENCE_SECONDS))  # noqa: S301 - by our own workers
        except KilledWorker as error:
            raise ClusterLost(
                f"the workers that had {_what(unit)} were lost one after the other, the last one "
                f"{error.last_worker.address}; is there enough memory? {_GO_ON[0].upper()}{_GO_ON[1:]}"
            ) from None
        except TimeoutError:
            return None
        except (CancelledError, OSError):
            raise self._lost() from None
        return outcome

    def _workers(self) -> Mapping[str, int]:
        """Return the threads of every worker by its address."""
        if self.client.status != "running":
            raise self._lost()
        try:
            found: Mapping[str, int] = self.client.nthreads()
        except OSError:
            raise self._lost() from None
        return found

    def _lost(self) -> ClusterLost:
        return ClusterLost(f"the scheduler {self.address} was lost; {_GO_ON}")


@contextmanager
def chosen(executor: str, scheduler: str, exam: Exam, *, tex_only: bool = False) -> Iterator[Cluster | None]:
    """Yield what `--executor` and `--scheduler` ask for: a cluster, or None for this machine."""
    if executor == "local":
        if scheduler:
            raise ClusterFault("--scheduler is the address of a cluster: add --executor dask")
        yield None
        return
    if not scheduler:
        raise ClusterFault(
            "--executor dask needs --scheduler tcp://host:8786, the address that 'dask scheduler' prints"
        )
    engine = "" if tex_only else settled(exam)[0].spec.engine or tex.PDFLATEX
    with connected(scheduler, engine) as cluster:
        yield cluster


@contextmanager
def connected(address: str, engine: str = "") -> Iterator[Cluster]:
    """Yield the cluster of a dask scheduler, checked; `engine` is the TeX that will be needed, empty for none.

    Raises `ClusterFault` when it cannot be reached or its workers differ, `TexMissing` when there is no TeX here.
    """
    if engine:
        tex.program(engine)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # dask's, about versions and sizes: what matters is checked here
        client = _client(address)
        try:
            cluster = Cluster(client, address, engine)
            cluster.check()
            yield cluster
        finally:
            _close(client)


def _client(address: str) -> Client:
    try:
        from distributed import Client  # noqa: PLC0415 - an optional library
    except ImportError:
        raise ClusterFault("--executor dask needs dask.distributed: pip install 'problemgen[dask]'") from None
    for name in _LOGGERS:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        return Client(address, timeout=_CONNECT_SECONDS, name="problemgen")
    except OSError:
        raise ClusterFault(
            f"--scheduler: '{address}' cannot be reached; is a scheduler running there? 'dask scheduler' starts one"
        ) from None
    except (ValueError, TypeError, ImportError) as error:
        raise ClusterFault(f"--scheduler: '{address}' is no address such as tcp://host:8786 ({error})") from None


def _close(client: Client) -> None:
    """Leave the cluster, which then drops what is still waiting."""
    with suppress(Exception):  # it may be lost already; everything here is finished
        client.close(timeout=_CONNECT_SECONDS)


def _unlike(theirs: Mapping[str, str] | Exception, ours: Mapping[str, str]) -> str:
    """Return in words what is wrong with a worker of such an identity, or that could not tell it; empty if nothing."""
    if isinstance(theirs, Exception):
        return f"no usable problemgen ({theirs})"
    return ", ".join(differences(theirs, ours))


def _listed(names: list[str]) -> str:
    more = len(names) - _NAMED
    return ", ".join(names[:_NAMED]) + (f" and {more} more" if more > 0 else "")


def _what(unit: Any) -> str:
    """Return what a unit is about: its papers, if it has any."""
    labels = [json.loads(paper)["label"] for paper in getattr(unit, "papers", ())]
    if not labels:
        return "a piece of the work"
    return f"the papers {labels[0]} to {labels[-1]}" if len(labels) > 1 else f"the paper {labels[0]}"

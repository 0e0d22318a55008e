"""Processes that carry out units of work on this machine.

The standard library's pools lose all results when one worker dies and cannot be stopped at once; these workers are
replaced when they die, their unit is done again, and they end with the program, whatever ends it.
"""

from __future__ import annotations

import gc
import multiprocessing as mp
import os
import signal
import sys
import threading
import time
import traceback
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from itertools import chain, islice
from multiprocessing.connection import wait
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar

from problemgen.errors import OutputFault, ProblemgenError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

U = TypeVar("U")
R = TypeVar("R")
_TRIES: Final = 3
_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_WATCH_SECONDS: Final = 0.5
_OFTEN: Final = 100_000  # new objects after which the collector runs; Python's 700 costs a build a tenth of its time


class Executor(Protocol):
    """Carries out a function of this package on units of plain data."""

    def run(self, function: Callable[[U], R], units: Iterable[U]) -> Iterator[R]:
        """Yield the results as they come, in any order; errors of a unit are raised here."""
        ...


@dataclass
class _Worker:
    process: BaseProcess
    connection: Connection[Any, Any]
    unit: Any = None
    tries: int = 0


@dataclass
class Workers:
    """Up to `count` processes, started when there is work for them; with one, the work is done in this process."""

    count: int
    _all: list[_Worker] = field(default_factory=list)  # whatever an interrupt leaves out of the two below
    _idle: list[_Worker] = field(default_factory=list)
    _busy: list[_Worker] = field(default_factory=list)

    def run(self, function: Callable[[U], R], units: Iterable[U]) -> Iterator[R]:
        """Yield the results as they come; only as many units are under way as there are workers."""
        waiting = iter(units)
        begun = list(islice(waiting, 2))
        if self.count == 1 or len(begun) == 1:
            yield from map(function, chain(begun, waiting))
            return
        for unit in begun:
            self._begin(function, unit)
        results: list[R] = []
        while True:
            for unit in islice(waiting, self.count - len(self._busy)):
                self._begin(function, unit)
            yield from results  # what is done with them takes its time: so the workers have their next units by now
            if not self._busy:
                return
            results = list(self._finished(function))

    def close(self) -> None:
        """End the workers, and whatever they run, at once."""
        started = [worker for worker in self._all if worker.process.pid]
        for worker in started:
            worker.process.terminate()
        patience = time.monotonic() + 1
        for worker in started:
            worker.process.join(max(0.0, patience - time.monotonic()))
            if worker.process.is_alive():
                worker.process.kill()
                worker.process.join()
            worker.connection.close()
        for known in (self._all, self._idle, self._busy):
            known.clear()

    def _begin(self, function: Callable[[U], R], unit: U, tries: int = 1) -> None:
        worker = self._idle.pop() if self._idle else self._started()
        worker.unit, worker.tries = unit, tries
        self._busy.append(worker)
        with suppress(OSError):  # it died; `_finished` notices
            worker.connection.send((function, unit))

    def _started(self) -> _Worker:
        # A forked worker has SymPy and the problems already; elsewhere than on Linux forking is not safe.
        context = mp.get_context("fork" if sys.platform == "linux" else "spawn")
        here, there = context.Pipe()
        process: BaseProcess = context.Process(target=_serve, args=(there, os.getpid()), daemon=True)  # type: ignore[attr-defined]
        worker = _Worker(process, here)
        self._all.append(worker)
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _STOPPING)  # Python loses what arises while it forks
        try:
            process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
        there.close()
        return worker

    def _finished(self, function: Callable[[U], R]) -> Iterator[R]:
        """Yield the results that have come; the unit of a worker that died is begun again."""
        ready = wait([worker.connection for worker in self._busy])
        for worker in [worker for worker in self._busy if worker.connection in ready]:
            self._busy.remove(worker)
            try:
                result, error, trace = worker.connection.recv()
            except (EOFError, OSError):
                self._again(function, worker)
                continue
            self._idle.append(worker)
            if isinstance(error, ProblemgenError):
                raise error
            if trace:
                raise RuntimeError(f"in a worker:\n{trace}")
            yield result

    def _again(self, function: Callable[[U], R], worker: _Worker) -> None:
        worker.connection.close()
        worker.process.join()
        self._all.remove(worker)
        if worker.tries >= _TRIES:
            raise ProblemgenError(
                f"a worker process was killed {_TRIES} times at the same papers "
                f"(exit code {worker.process.exitcode}); is there enough memory? Try --workers 1"
            )
        self._begin(function, worker.unit, worker.tries + 1)


@contextmanager
def workers(count: int | None = None) -> Iterator[Workers]:
    """Yield workers, one a core unless told otherwise, that end with the block."""
    found = Workers(count or cores())
    try:
        yield found
    finally:
        found.close()


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _serve(connection: Connection[Any, Any], parent: int) -> None:
    """Carry out what comes until there is nobody to do it for."""
    for number in (signal.SIGINT, signal.SIGHUP):  # the program is told of them and ends its workers
        signal.signal(number, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, _leave)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, _STOPPING)
    spare_collector()
    threading.Thread(target=_watch, args=(parent,), daemon=True).start()
    while True:
        try:
            function, unit = connection.recv()
        except (EOFError, OSError):
            return
        result, failure, trace = None, None, ""
        try:
            result = function(unit)
        except ProblemgenError as error:
            failure = error
        except OSError as error:
            failure = OutputFault(f"{error.filename}: {error.strerror}" if error.filename else str(error))
        except Exception:  # noqa: BLE001 - whatever it is, it is raised again where it can be told
            trace = traceback.format_exc()
        connection.send((result, failure, trace))


def spare_collector() -> None:
    """Let the collector look less often for cycles, and not through what was imported: SymPy stays."""
    gc.freeze()
    gc.set_threshold(_OFTEN)


def _leave(*_: object) -> None:
    raise SystemExit(0)  # so that TeX is ended and its folder removed


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)

"""How a build goes on, while it does: a bar on a terminal, a plain line now and then elsewhere, or nothing."""

from __future__ import annotations

import sys
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from problemgen.rendering.delivery import Watcher

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.progress import Progress, TaskID

    from problemgen.rendering.delivery import Delivery

_EVERY_SECONDS: Final = 10.0


@contextmanager
def watching(*, quiet: bool) -> Iterator[Watcher]:
    """Yield what shows the progress of a build on standard error, as suits where that goes."""
    if quiet:
        yield Watcher()
    elif sys.stderr.isatty():
        with _bar() as bar:
            yield _Shown(bar)
    else:
        yield _Told()


def closing(done: Delivery, seconds: float) -> str:
    """Return the totals of a build in one line."""
    made, failed = done.papers, len({name.partition("/")[0] for name in done.failures})
    told = [f"{made} paper{'' if made == 1 else 's'}", f"{done.pages} pages"]
    if failed:
        told.append(f"{failed} failed")
    if done.reused:
        told.append(f"{done.reused} were there already" if done.reused < made else "all of them were there already")
    if done.redrawn:
        told.append(f"{done.redrawn} with other questions than before")
    return f"{', '.join(told)}; {seconds:.1f} s"


def _bar() -> Progress:
    from rich.console import Console  # noqa: PLC0415 - on a terminal only
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[told]}"),
        TimeRemainingColumn(),
    )
    return Progress(*columns, console=Console(stderr=True), transient=True)


class _Counted(Watcher):
    """Counts what is reported."""

    def __init__(self) -> None:
        self.papers, self.done, self.failed, self.reused = 0, 0, 0, 0
        self.start = time.monotonic()

    def begun(self, papers: int) -> None:
        """Start the count."""
        self.papers, self.start = papers, time.monotonic()

    def advanced(self, papers: int, failed: int, reused: int) -> None:
        """Count what is finished."""
        self.done += papers
        self.failed += failed
        self.reused += reused

    def rate(self) -> float:
        """Return the papers a second since typesetting began."""
        return self.done / max(time.monotonic() - self.start, 1e-6)

    def told(self) -> str:
        """Return rate and failures."""
        parts = [f"{self.rate():.1f}/s"]
        parts += [f"{self.failed} failed"] if self.failed else []
        parts += [f"{self.reused} there already"] if self.reused else []
        return ", ".join(parts)


class _Shown(_Counted):
    """A bar that is redrawn."""

    def __init__(self, bar: Progress) -> None:
        super().__init__()
        self.bar = bar
        self.task: TaskID = bar.add_task("generating", total=None, told="")

    def begun(self, papers: int) -> None:
        """Show how many papers there are."""
        super().begun(papers)
        self.bar.update(self.task, description="typesetting", total=papers)

    def advanced(self, papers: int, failed: int, reused: int) -> None:
        """Move the bar."""
        super().advanced(papers, failed, reused)
        self.bar.update(self.task, completed=self.done, told=self.told())


class _Told(_Counted):
    """A line every few seconds, for logs; nothing for a short build."""

    def __init__(self) -> None:
        super().__init__()
        self.last = time.monotonic()

    def advanced(self, papers: int, failed: int, reused: int) -> None:
        """Print a line if the last one is long ago."""
        super().advanced(papers, failed, reused)
        now = time.monotonic()
        if now - self.last > _EVERY_SECONDS and self.done < self.papers:
            self.last = now
            left = (self.papers - self.done) / self.rate()
            print(f"{self.done} of {self.papers} papers, {self.told()}, {left:.0f} s left", file=sys.stderr, flush=True)  # noqa: T201

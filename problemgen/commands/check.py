"""`problemgen check`: the author's stress test."""

from __future__ import annotations

import json
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

import click

from problemgen.commands.options import TEMPLATES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

_FEW: Final = 5  # problems whose reasons for drawing again are printed


@click.command()
@click.argument("patterns", nargs=-1, metavar="[PROBLEM]...")
@click.option("--seeds", default=200, show_default=True, type=click.IntRange(1), help="Questions of every level.")
@click.option(
    "--prove",
    type=click.IntRange(0),
    metavar="DRAWS",
    help="Examine all draws of a level that has at most so many  [1000000 for a problem given by name, else 2000]",
)
@click.option("--workers", type=click.IntRange(1, 512), help="Processes at work [one a core].")
@click.option("--json", "as_json", is_flag=True, help="Print all that was counted as JSON.")
@TEMPLATES
def check(
    patterns: tuple[str, ...],
    seeds: int,
    prove: int | None,
    workers: int | None,
    templates: Path | None,
    *,
    as_json: bool,
) -> None:
    """Try problems, topics or patterns [all] on many seeds, or on every draw there is, and tell what is wrong.

    Columns: different instances and answers; smallest and largest number of an answer; effort (least, median, most);
    share of the draws refused, and of those in which some mistake led to the key; places and ranks of the key among
    four options; milliseconds a question; instances typeset; and how many instances there are in all, the key of each
    proved.
    """
    from problemgen import catalog  # noqa: PLC0415
    from problemgen.checking import report, run  # noqa: PLC0415
    from problemgen.checking.findings import findings  # noqa: PLC0415
    from problemgen.errors import CheckFailed  # noqa: PLC0415

    entries = {entry.name: entry for pattern in patterns or ("*",) for entry in catalog.matching(pattern)}
    limits = {name: prove if prove is not None else run.NAMED if name in patterns else run.OTHERS for name in entries}
    with _progress() as progress:
        problems = run.check(
            list(entries.values()), seeds=seeds, prove=limits, count=workers, templates=templates, progress=progress
        )
    told = [line for problem in problems for line in findings(problem)]
    if as_json:
        click.echo(json.dumps([report.data(problem) for problem in problems], indent=1, ensure_ascii=False))
    else:
        more = [report.reasons(problems)] if len(problems) <= _FEW else []
        click.echo("\n\n".join(filter(None, [report.table(problems), *more, report.proved(problems), "\n".join(told)])))
    for lacking in {problem.setting.lacking for problem in problems} - {""}:
        click.echo(f"warning: nothing was typeset: {lacking}", err=True)
    if told:
        raise CheckFailed(f"{len(told)} finding{'' if len(told) == 1 else 's'} in {report.counted(problems)}")


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Yield what is told how much is done: a bar on a terminal, else nothing."""
    if not sys.stderr.isatty():
        yield lambda _done, _all: None
        return
    from rich.console import Console  # noqa: PLC0415 - on a terminal only
    from rich.progress import Progress  # noqa: PLC0415

    # redrawn by hand: a thread that does it could hold a lock when the workers are forked
    with Progress(console=Console(stderr=True), transient=True, auto_refresh=False) as bar:
        task = bar.add_task("checking", total=None)

        def show(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total, refresh=True)

        yield show

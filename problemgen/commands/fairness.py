"""`problemgen fairness`: how comparable the papers of an exam are."""

from __future__ import annotations

import json
from pathlib import Path

import click


@click.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--workers", type=click.IntRange(1, 512), help="Processes at work [one a core].")
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write the report with its plot here.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def fairness(spec: Path, workers: int | None, html: Path | None, *, as_json: bool) -> None:
    """Compare the papers of an exam: effort by question and paper, and what papers share.

    Effort is counted in additions of two digits over the steps of the worked solutions.  Exits with 1 when something
    that the spec asks for could not be met.
    """
    from problemgen.exam.compose import candidates  # noqa: PLC0415
    from problemgen.exam.fairness import Chooser  # noqa: PLC0415
    from problemgen.exam.pools import plan  # noqa: PLC0415
    from problemgen.exam.spec import read_spec  # noqa: PLC0415
    from problemgen.rendering import comparison, targets  # noqa: PLC0415
    from problemgen.rendering.proposing import proposals  # noqa: PLC0415
    from problemgen.rendering.workers import workers as started  # noqa: PLC0415

    exam = read_spec(spec, str(spec))
    if html:
        targets.refuse_unwritable_file(html)
    with started(workers) as local:
        chooser, planned = Chooser(exam, proposals(exam, local)), plan(exam)
        for label, _ in candidates(exam):
            chooser.settle(label, planned.slots(label))
    report, unmet = chooser.report, chooser.warnings()
    if html:
        targets.deliver_file(html, comparison.page(report, exam.spec.title, unmet).encode())
    if as_json:
        click.echo(json.dumps({**report.to_json(), "warnings": unmet}, indent=1, ensure_ascii=False))
    else:
        comparison.show(report)
    for warning in unmet:
        click.echo(f"warning: {warning}", err=True)
    if unmet:
        click.get_current_context().exit(1)

"""`problemgen practice`: a practice sheet with worked solutions."""

from __future__ import annotations

from pathlib import Path

import click

from problemgen.commands.options import LEVELS, TEMPLATES


@click.command()
@click.argument("problems", nargs=-1, required=True, metavar="PROBLEM...")
@click.option("--count", default=10, show_default=True, type=click.IntRange(1, 500), help="Questions on the sheet.")
@click.option("--level", default="medium", show_default=True, type=LEVELS)
@click.option("--seed", default="practice", show_default=True, help="Same seed, same sheet.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("output/practice.pdf"), show_default=True)
@click.option("--separate-solutions", is_flag=True, help="Solutions in a file of their own, <out>-solutions.pdf.")
@click.option("--title", default="Practice sheet", show_default=True)
@TEMPLATES
def practice(
    problems: tuple[str, ...],
    count: int,
    level: str,
    seed: str,
    out: Path,
    templates: Path | None,
    title: str,
    *,
    separate_solutions: bool,
) -> None:
    """Make a practice sheet from problems, topics (cnn) or patterns ('cnn/conv_*'), worked solutions at the end."""
    from problemgen.rendering.lacking import replaced  # noqa: PLC0415
    from problemgen.rendering.practice import practice_sheets  # noqa: PLC0415

    for warning in replaced("--title", title):
        click.echo(f"warning: {warning}", err=True)
    written = practice_sheets(
        problems,
        count=count,
        level=level,
        seed=seed,
        out=out,
        title=title.strip() or "Practice sheet",
        separate=separate_solutions,
        user=templates,
    )
    for path in written:
        click.echo(f"{path}")

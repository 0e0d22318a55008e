"""`problemgen gallery`: a worked instance of every problem."""

from __future__ import annotations

from pathlib import Path

import click

from problemgen.commands.options import LEVELS, TEMPLATES


@click.command()
@click.option("--level", default="medium", show_default=True, type=LEVELS)
@click.option("--seed", default="gallery", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("output/gallery.pdf"), show_default=True)
@TEMPLATES
def gallery(level: str, seed: str, out: Path, templates: Path | None) -> None:
    """Make one PDF with a worked instance of every problem there is."""
    from problemgen.rendering.practice import gallery as made  # noqa: PLC0415

    for path in made(level=level, seed=seed, out=out, user=templates):
        click.echo(f"{path}")

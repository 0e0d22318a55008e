"""`problemgen show`: one instance of a problem."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from problemgen.commands.options import LEVELS, TEMPLATES

if TYPE_CHECKING:
    from pathlib import Path

    from problemgen.sampling import Instance


@click.command()
@click.argument("name")
@click.option("--seed", default="show", show_default=True)
@click.option("--level", default="medium", show_default=True, type=LEVELS)
@click.option("--json", "as_json", is_flag=True)
@TEMPLATES
def show(name: str, seed: str, level: str, templates: Path | None, *, as_json: bool) -> None:
    """Show one instance: stem, parts, answers, steps and mistakes."""
    from problemgen import catalog, sampling  # noqa: PLC0415
    from problemgen.draw import Level, Seed  # noqa: PLC0415

    printed(sampling.sample(catalog.get(name), Seed.of(seed), Level(level)), templates, as_json=as_json)


def printed(instance: Instance, templates: Path | None, *, as_json: bool) -> None:
    """Print an instance, its warnings on standard error."""
    from problemgen.rendering.terminal import as_data, as_text  # noqa: PLC0415

    shown = (
        json.dumps(as_data(instance, templates), indent=1, ensure_ascii=False)
        if as_json
        else as_text(instance, templates)
    )
    for warning in instance.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(shown)

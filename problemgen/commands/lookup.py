"""`problemgen lookup`: a question as a student had it, its key and its worked steps."""

from __future__ import annotations

import json
from pathlib import Path

import click

from problemgen.commands.options import TEMPLATES
from problemgen.errors import ProblemgenError


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--student", default="", help="Whose paper, by id.")
@click.option("--variant", default="", help="Which paper, by its label.")
@click.option("--question", default="", help="Which question, by its printed number or its id [all].")
@click.option("--json", "as_json", is_flag=True)
@TEMPLATES
def lookup(manifest: Path, student: str, variant: str, question: str, templates: Path | None, *, as_json: bool) -> None:
    """Show the questions of a student or a variant: instance, key, worked steps, points and pages."""
    from problemgen.exam.stored import read_manifest  # noqa: PLC0415
    from problemgen.rendering import looking  # noqa: PLC0415

    if bool(student) == bool(variant):
        raise ProblemgenError("lookup: name a paper with --student ID or with --variant LABEL")
    stored = read_manifest(manifest, str(manifest))
    label = stored.label(student=student, variant=variant)
    found = [looking.look(stored, label, one, templates) for one in looking.wanted(stored, label, question)]
    for one in found:
        for warning in one.warnings:
            click.echo(f"warning: {warning}", err=True)
    if as_json:
        click.echo(json.dumps([one.data for one in found], indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(one.text for one in found))

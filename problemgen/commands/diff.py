"""`problemgen diff`: which papers have which questions and keys changed."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from problemgen.commands.options import TEMPLATES


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.argument("other", type=click.Path(path_type=Path), required=False, metavar="[SPEC | MANIFEST]")
@click.option("--workers", type=click.IntRange(1, 512), help="Processes at work [one a core].")
@click.option("--json", "as_json", is_flag=True, help="Print the differences as JSON.")
@TEMPLATES
def diff(manifest: Path, other: Path | None, workers: int | None, templates: Path | None, *, as_json: bool) -> None:
    """Tell which papers and students have which questions and keys changed, from what to what.

    A manifest is compared with what today's program gives for its parameters, with the exam that a SPEC gives, or with
    another MANIFEST.  Exits with 1 when something differs.
    """
    from problemgen.exam.spec import read_spec  # noqa: PLC0415
    from problemgen.exam.stored import read_manifest  # noqa: PLC0415
    from problemgen.rendering import changes  # noqa: PLC0415
    from problemgen.rendering.delivery import Options  # noqa: PLC0415

    stored = read_manifest(manifest, str(manifest))
    options = Options(templates=templates, workers=workers)
    if other is None:
        found = changes.with_today(stored, options)
    elif other.suffix == ".json" or os.path.isdir(other):  # noqa: PTH112 - Path raises at a name that is too long
        found = changes.with_manifest(stored, read_manifest(other, str(other)))
    else:
        found = changes.with_exam(stored, read_spec(other, str(other)), options)
    if as_json:
        click.echo(json.dumps(found.to_json(), indent=1, ensure_ascii=False))
    else:
        click.echo("\n".join(changes.lines(found)))
    if found:
        click.get_current_context().exit(1)

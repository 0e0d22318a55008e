"""`problemgen rebuild`: the documents of a manifest once more."""

from __future__ import annotations

import time
from pathlib import Path

import click

from problemgen.commands.options import TEMPLATES
from problemgen.errors import PartialDelivery


@click.command()
@click.argument("manifest", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the papers [output/<exam>-rebuilt].")
@click.option("--only", default="", help="Papers to rebuild, e.g. A,B.")
@click.option("--student", default="", help="The papers of these students, by id.")
@click.option("--with-current", is_flag=True, help="Also when problems have changed since: as they are now.")
@click.option("--tex-only", is_flag=True, help="Write the LaTeX sources and the manifest, no PDF.")
@click.option("--workers", type=click.IntRange(1, 512), help="Processes at work [one a core].")
@click.option("--quiet", is_flag=True, help="Print errors and warnings only.")
@TEMPLATES
def rebuild(
    manifest: Path,
    out: Path | None,
    only: str,
    student: str,
    workers: int | None,
    templates: Path | None,
    *,
    with_current: bool,
    tex_only: bool,
    quiet: bool,
) -> None:
    """Build the documents of a manifest again: the same parameters, answers and, with the same TeX, PDFs.

    Refuses, with a list, when a problem or a layout has changed since.
    """
    from problemgen.exam.stored import read_manifest  # noqa: PLC0415
    from problemgen.rendering import delivery, rebuilding  # noqa: PLC0415
    from problemgen.rendering.progress import closing, watching  # noqa: PLC0415
    from problemgen.rendering.terminal import failed, show_files  # noqa: PLC0415

    begun = time.monotonic()
    stored = read_manifest(manifest, str(manifest))
    labels = [stored.label(variant=label) for label in listed(only)]
    labels += [stored.label(student=name) for name in listed(student)]
    options = delivery.Options(
        only=list(dict.fromkeys(labels)), tex_only=tex_only, templates=templates, workers=workers
    )
    folder = out or Path("output") / f"{stored.name}-rebuilt"
    with watching(quiet=quiet) as watcher:
        done = rebuilding.rebuild(stored, folder, options, with_current=with_current, watcher=watcher)
    for warning in done.warnings:
        click.echo(f"warning: {warning}", err=True)
    if not quiet:
        show_files(done)
        click.echo(closing(done, time.monotonic() - begun))
    if done.failures:
        raise PartialDelivery(failed(done))


def listed(told: str) -> list[str]:
    """Return the names in a text that are separated by commas."""
    return [name.strip() for name in told.split(",") if name.strip()]

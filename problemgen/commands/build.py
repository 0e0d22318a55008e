"""`problemgen build`: an exam's papers, keys and solutions."""

from __future__ import annotations

import json
from pathlib import Path

import click

from problemgen.commands.options import TEMPLATES
from problemgen.errors import PartialDelivery


@click.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the papers [output/<spec name>].")
@click.option("--only", default="", help="Papers to build, e.g. A,B; others stay as they are.")
@click.option("--tex-only", is_flag=True, help="Write the LaTeX sources and the manifest, no PDF.")
@click.option("--open", "show", is_flag=True, help="Open the questions when they are ready.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@TEMPLATES
def build(
    spec: Path,
    out: Path | None,
    only: str,
    templates: Path | None,
    *,
    tex_only: bool,
    show: bool,
    as_json: bool,
) -> None:
    """Build an exam: questions, answer keys and worked solutions of every variant or student."""
    from problemgen.exam.spec import read_spec  # noqa: PLC0415
    from problemgen.rendering import delivery  # noqa: PLC0415
    from problemgen.rendering.terminal import failed, show_files  # noqa: PLC0415

    exam = read_spec(spec, str(spec))
    folder = out or Path("output") / spec.stem
    labels = [label.strip() for label in only.split(",") if label.strip()]
    done = delivery.build(exam, folder, only=labels, tex_only=tex_only, templates=templates)
    for warning in done.warnings:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        click.echo(json.dumps({"folder": str(done.folder), "files": done.files, "failures": done.failures}, indent=1))
    else:
        show_files(done)
    if show:
        papers = [name for name in done.files if name.endswith("questions.pdf")]
        printed = [name for name in papers if name.startswith("print/")]
        for name in (printed or papers)[:1]:
            click.launch(str(done.folder / name))
    if done.failures:
        raise PartialDelivery(failed(done))

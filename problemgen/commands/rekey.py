"""What `problemgen build` does with a spec that replaces questions of an exam that was printed."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from problemgen.errors import InvalidSpec, PartialDelivery

if TYPE_CHECKING:
    from pathlib import Path

    from problemgen.exam.spec import Exam
    from problemgen.rendering.delivery import Options


def rekeyed(exam: Exam, printed: Path, out: Path, options: Options, *, quiet: bool, as_json: bool) -> None:
    """Write the new keys, and tell who is affected; `printed` is the manifest or its folder."""
    from problemgen.exam.stored import read_manifest  # noqa: PLC0415
    from problemgen.rendering.progress import watching  # noqa: PLC0415
    from problemgen.rendering.rebuilding import AFFECTED, rekey  # noqa: PLC0415
    from problemgen.rendering.terminal import failed, show_files  # noqa: PLC0415

    try:
        stored = read_manifest(printed, str(printed))
    except InvalidSpec as error:
        raise InvalidSpec(
            f"{exam.file}: [[replace]] is for an exam that was built: {error}; name it with --manifest"
        ) from None
    with watching(quiet=quiet or as_json) as watcher:
        done, changes = rekey(stored, exam, out, options, watcher=watcher)
    for warning in done.warnings:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        told = {"folder": str(done.folder), "files": done.files, "failures": done.failures}
        click.echo(json.dumps({**told, "changes": [vars(change) for change in changes]}, indent=1, ensure_ascii=False))
    elif not quiet:
        show_files(done)
        papers = {change.paper for change in changes}
        students = sum(len(stored.holders(label)) for label in papers)
        who = f"{len(papers)} of {len(stored.entries)} papers" + (f", {students} students" if students else "")
        click.echo(f"other keys for {who}: {out / AFFECTED}")
    if done.failures:
        raise PartialDelivery(failed(done))

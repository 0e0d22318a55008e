"""`problemgen build`: an exam's papers, keys and solutions."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

import click

from problemgen.commands.options import TEMPLATES
from problemgen.commands.rekey import rekeyed
from problemgen.errors import PartialDelivery, ProblemgenError, UnknownName, did_you_mean

if TYPE_CHECKING:
    from problemgen.exam.spec import Exam

_KINDS: Final = ("questions", "answers", "solutions")


@click.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the papers [output/<spec name>].")
@click.option("--only", default="", help="Papers to build, e.g. A,B; others stay as they are.")
@click.option("--student", default="", help="The same for students of the roster, by id.")
@click.option("--documents", default="", help="Which to make, e.g. questions,answers [all three].")
@click.option("--tex-only", is_flag=True, help="Write the LaTeX sources and the manifest, no PDF.")
@click.option("--workers", type=click.IntRange(1, 512), help="Processes at work [one a core].")
@click.option("--executor", type=click.Choice(["local", "dask"]), default="local", help="Where: here, or on a cluster.")
@click.option("--scheduler", default="", help="Address of the cluster's scheduler, e.g. tcp://host:8786.")
@click.option(
    "--manifest",
    type=click.Path(path_type=Path),
    help="With [[replace]] in the spec: what was printed [manifest.json in the folder of the papers].",
)
@click.option("--fresh", is_flag=True, help="Make everything anew, also what an earlier build has finished.")
@click.option("--quiet", is_flag=True, help="Print errors and warnings only.")
@click.option("--open", "show", is_flag=True, help="Open the questions when they are ready.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@TEMPLATES
def build(
    spec: Path,
    out: Path | None,
    only: str,
    student: str,
    documents: str,
    workers: int | None,
    executor: str,
    scheduler: str,
    manifest: Path | None,
    templates: Path | None,
    *,
    tex_only: bool,
    fresh: bool,
    quiet: bool,
    show: bool,
    as_json: bool,
) -> None:
    """Build an exam: questions, answer keys and worked solutions of every variant or student.

    Built again, it makes only what is missing or has changed.  A spec with [[replace]] makes new keys for what was
    printed, in a folder of their own.
    """
    from problemgen.exam.spec import read_spec  # noqa: PLC0415
    from problemgen.rendering import cluster, delivery  # noqa: PLC0415
    from problemgen.rendering.progress import closing, watching  # noqa: PLC0415
    from problemgen.rendering.terminal import failed, show_files  # noqa: PLC0415

    begun = time.monotonic()
    exam = read_spec(spec, str(spec))
    folder = out or Path("output") / spec.stem
    options = delivery.Options(
        only=[*_listed(only), *_papers_of(exam, _listed(student))],
        kinds=tuple(kind for kind in _KINDS if kind in _documents(documents)),
        tex_only=tex_only,
        templates=templates,
        workers=workers,
        fresh=fresh,
    )
    if exam.spec.replace:
        if not folder.name or folder.name == "..":
            raise ProblemgenError(f"--out: '{folder}': give the folder of the papers by its name, e.g. output/exam")
        beside = folder.with_name(f"{folder.name}-rekeyed")
        rekeyed(exam, manifest or folder, beside, options, quiet=quiet, as_json=as_json)
        return
    try:
        with (
            cluster.chosen(executor, scheduler, exam, tex_only=tex_only) as where,
            watching(quiet=quiet or as_json) as watcher,
        ):
            done = delivery.build(exam, folder, options, watcher=watcher, executor=where)
    except KeyboardInterrupt:
        click.echo(
            f"stopped; what is finished in {folder} is complete, and the next build goes on from there", err=True
        )
        raise
    for warning in done.warnings:
        click.echo(f"warning: {warning}", err=True)
    if as_json:
        told = {"folder": str(done.folder), "files": done.files, "failures": done.failures}
        click.echo(
            json.dumps({**told, "papers": done.papers, "reused": done.reused, "seconds": done.seconds}, indent=1)
        )
    elif not quiet:
        show_files(done)
        click.echo(closing(done, time.monotonic() - begun))
    if show:
        papers = [name for name in done.files if name.endswith("questions.pdf")]
        printed = [name for name in papers if name.startswith("print/")]
        for name in (printed or papers)[:1]:
            click.launch(str(done.folder / name))
    if done.failures:
        raise PartialDelivery(failed(done))


def _listed(told: str) -> list[str]:
    return [label.strip() for label in told.split(",") if label.strip()]


def _papers_of(exam: Exam, students: list[str]) -> list[str]:
    """Return the papers of these students: their own, or the variants they are assigned."""
    from problemgen.exam.seating import assignment  # noqa: PLC0415

    known, assigned = [student.id for student in exam.students], assignment(exam)
    for one in students:
        if one not in known:
            raise UnknownName(f"--student: no student '{one}' in the roster{did_you_mean(one, known)}")
    return [assigned.get(one, one) for one in students]


def _documents(told: str) -> list[str]:
    chosen = _listed(told) or list(_KINDS)
    for kind in chosen:
        if kind not in _KINDS:
            hint = did_you_mean(kind, _KINDS) or f"; there are {', '.join(_KINDS)}"
            raise ProblemgenError(f"--documents: there is no document '{kind}'{hint}")
    return chosen

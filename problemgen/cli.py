"""The command line: thin commands over the library, imported only when one is run.

Exit codes: 0 done, 1 finished with failures, 2 the user must change something.
"""

from __future__ import annotations

import json
import sys
import tomllib
import traceback
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import click

from problemgen.errors import PartialDelivery, ProblemgenError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from problemgen.sampling import Instance

_SHOWN = 60
_LEVELS = click.Choice(["easy", "medium", "hard"])
_TEMPLATES = click.option(
    "--templates",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder whose sheets/ and problems/ templates replace ours.",
)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; errors meant for the user are printed in a line or two, without a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    told = [argument for argument in given if argument != "--traceback"]  # wherever it stands
    code: int | None
    try:
        _refuse_undecodable(told)
        code = commands.main(args=told, prog_name="problemgen", standalone_mode=False)
    except click.exceptions.Abort:
        code = 130
    except click.ClickException as error:
        error.show()
        code = 2
    except ProblemgenError as error:
        click.echo(traceback.format_exc() if told != given else str(error), err=True)
        code = error.exit_code
    except BrokenPipeError:
        code = 1
    sys.exit(code or 0)


def _refuse_undecodable(arguments: Sequence[str]) -> None:
    for argument in arguments:
        try:
            argument.encode()
        except UnicodeEncodeError:
            raise ProblemgenError(f"the argument {argument!r} is not UTF-8; rename the file or type it anew") from None


def _version(context: click.Context, _parameter: click.Parameter, wanted: bool) -> None:  # noqa: FBT001 - click's form
    if wanted:
        from problemgen import __version__  # noqa: PLC0415 - reads the package's metadata

        click.echo(f"problemgen {__version__}")
        context.exit()


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.option("--traceback", is_flag=True, expose_value=False, help="On an error, show where in the program it arose.")
def commands() -> None:
    """Exam problems for deep-learning courses, solved exactly, checked twice and typeset.

    Begin with `problemgen list`, `problemgen show cnn/conv_params` and `problemgen build exam.toml`.
    """


@commands.command()
@click.argument("spec", type=click.Path(path_type=Path))
@click.option("--out", type=click.Path(path_type=Path), help="Folder for the papers [output/<spec name>].")
@click.option("--only", default="", help="Papers to build, e.g. A,B; others stay as they are.")
@click.option("--tex-only", is_flag=True, help="Write the LaTeX sources and the manifest, no PDF.")
@click.option("--open", "show", is_flag=True, help="Open the questions when they are ready.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@_TEMPLATES
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


@commands.command()
@click.argument("problems", nargs=-1, required=True, metavar="PROBLEM...")
@click.option("--count", default=10, show_default=True, type=click.IntRange(1, 500), help="Questions on the sheet.")
@click.option("--level", default="medium", show_default=True, type=_LEVELS)
@click.option("--seed", default="practice", show_default=True, help="Same seed, same sheet.")
@click.option("--out", type=click.Path(path_type=Path), default=Path("output/practice.pdf"), show_default=True)
@click.option("--separate-solutions", is_flag=True, help="Solutions in a file of their own, <out>-solutions.pdf.")
@click.option("--title", default="Practice sheet", show_default=True)
@_TEMPLATES
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
    from problemgen.rendering.delivery import replaced  # noqa: PLC0415
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


@commands.command()
@click.option("--level", default="medium", show_default=True, type=_LEVELS)
@click.option("--seed", default="gallery", show_default=True)
@click.option("--out", type=click.Path(path_type=Path), default=Path("output/gallery.pdf"), show_default=True)
@_TEMPLATES
def gallery(level: str, seed: str, out: Path, templates: Path | None) -> None:
    """Make one PDF with a worked instance of every problem there is."""
    from problemgen.rendering.practice import gallery as made  # noqa: PLC0415

    for path in made(level=level, seed=seed, out=out, user=templates):
        click.echo(f"{path}")


@commands.command("list")
@click.option("--topic", help="Only problems of this topic.")
@click.option("--json", "as_json", is_flag=True, help="An array with one object a problem.")
def list_problems(topic: str | None, *, as_json: bool) -> None:
    """List the problems there are."""
    from problemgen import catalog  # noqa: PLC0415
    from problemgen.listing import described, listing  # noqa: PLC0415

    found = catalog.matching(topic) if topic else list(catalog.entries().values())
    rows = [described(entry) for entry in found]
    click.echo(json.dumps(rows, indent=1, ensure_ascii=False) if as_json else listing(rows))


@commands.command()
@click.argument("name")
@click.option("--seed", default="show", show_default=True)
@click.option("--level", default="medium", show_default=True, type=_LEVELS)
@click.option("--json", "as_json", is_flag=True)
@_TEMPLATES
def show(name: str, seed: str, level: str, templates: Path | None, *, as_json: bool) -> None:
    """Show one instance: stem, parts, answers, steps and mistakes."""
    from problemgen import catalog, sampling  # noqa: PLC0415
    from problemgen.draw import Level, Seed  # noqa: PLC0415

    _print(sampling.sample(catalog.get(name), Seed.of(seed), Level(level)), templates, as_json=as_json)


@commands.command()
@click.argument("name")
@click.argument("fields", nargs=-1, metavar="FIELD=VALUE...")
@click.option("--json", "as_json", is_flag=True)
@_TEMPLATES
def solve(name: str, fields: tuple[str, ...], templates: Path | None, *, as_json: bool) -> None:
    """Solve a given instance: "what is the answer for my numbers?".  Values are TOML literals."""
    from problemgen import catalog, sampling  # noqa: PLC0415

    values: dict[str, Any] = {}
    for field in fields:
        key, equals, value = field.partition("=")
        if not equals or not key.strip():
            raise ProblemgenError(f"'{field}' is no FIELD=VALUE; write kernel_size=9")
        if key.strip() in values:
            raise ProblemgenError(f"the field '{key.strip()}' is given twice")
        values[key.strip()] = _literal(key.strip(), value)
    try:
        instance = sampling.given(catalog.get(name), values)
    except ProblemgenError as error:
        raise type(error)(f"{name}: {error}" if not str(error).startswith(name) else str(error)) from error
    _print(instance, templates, as_json=as_json)


def _literal(key: str, value: str) -> Any:
    try:
        read = tomllib.loads(f"value = {value}")
        if list(read) == ["value"]:
            return read["value"]
    except (ValueError, RecursionError):  # also numbers of thousands of digits and thousands of brackets
        pass
    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..."
    raise ProblemgenError(f'{key}: {shown!r} is no TOML literal; write 9, true, "1/2" (with its quotes) or [1, 2]')


def _print(instance: Instance, templates: Path | None, *, as_json: bool) -> None:
    from problemgen.rendering.terminal import as_data, as_text  # noqa: PLC0415

    shown = (
        json.dumps(as_data(instance, templates), indent=1, ensure_ascii=False)
        if as_json
        else as_text(instance, templates)
    )
    for warning in instance.warnings:
        click.echo(f"warning: {warning}", err=True)
    click.echo(shown)

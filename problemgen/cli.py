"""The command line: thin commands over the library, imported only when one is run.

Exit codes: 0 done, 1 finished with failures, 2 the user must change something.
"""

from __future__ import annotations

import atexit
import gc
import os
import sys
import traceback
from contextlib import suppress
from typing import TYPE_CHECKING, Any, NoReturn

import click

from problemgen.commands.build import build
from problemgen.commands.check import check
from problemgen.commands.diff import diff
from problemgen.commands.fairness import fairness
from problemgen.commands.gallery import gallery
from problemgen.commands.list import list_problems
from problemgen.commands.lookup import lookup
from problemgen.commands.practice import practice
from problemgen.commands.rebuild import rebuild
from problemgen.commands.show import show
from problemgen.commands.solve import solve
from problemgen.errors import ProblemgenError

if TYPE_CHECKING:
    from collections.abc import Sequence


def run() -> NoReturn:
    """Run the command line as a program of its own.

    It ends without taking SymPy's objects down one by one, and collects little garbage before: a third of the time
    of a short command went there.
    """
    gc.set_threshold(100_000, 50, 100)
    code: Any = 0
    try:
        main()
    except SystemExit as ended:
        code = ended.code
    with suppress(OSError):  # whoever read it has gone
        sys.stdout.flush()
    with suppress(OSError):
        sys.stderr.flush()
    atexit._run_exitfuncs()  # noqa: SLF001 - temporary folders are removed by these
    os._exit(code if isinstance(code, int) else 1)


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


for _command in (build, practice, gallery, list_problems, show, solve, check, fairness, rebuild, diff, lookup):
    commands.add_command(_command)

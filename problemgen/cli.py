"""The command line: thin commands over the library, imported only when one is run.

Exit codes: 0 done, 1 finished with failures, 2 the user must change something.
"""

from __future__ import annotations

import os
import sys

try:
    import atexit
    import errno
    import gc
    import io
    import re
    import signal
    import traceback
    from contextlib import suppress
    from typing import TYPE_CHECKING, Any, Final, NoReturn

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
except KeyboardInterrupt:  # Ctrl-C in the first tenth of a second
    os.write(2, b"stopped\n")
    sys.exit(130)

if TYPE_CHECKING:
    from collections.abc import Sequence

_STOPPING: Final = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_stopped: list[int] = []  # the signals that came
_UNPRINTABLE: Final = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069\ud800-\udfff]"
_LONG: Final = r"(\S{120})\S{60,}(\S{60})"
_LONGEST: Final = 2000


def run() -> NoReturn:
    """Run the command line as a program of its own.

    It ends without taking SymPy's objects down one by one, and collects little garbage before: a third of the time
    of a short command went there.
    """
    gc.set_threshold(100_000, 50, 100)
    code: Any = 1
    try:
        _prepare_streams()
        for number in _STOPPING:
            if signal.getsignal(number) != signal.SIG_IGN:  # as nohup sets it
                signal.signal(number, _stop)
        main()
    except SystemExit as ended:
        code = ended.code
    except KeyboardInterrupt:  # before or after the command
        _say("stopped")
        code = 130
    try:
        sys.stdout.flush()
    except OSError as error:
        code = code or 1
        if error.errno != errno.EPIPE:  # else whoever read it has gone
            _say(f"cannot write to standard output: {error.strerror}")
    with suppress(OSError):
        sys.stderr.flush()
    for number in _STOPPING:
        signal.signal(number, signal.SIG_IGN)  # it ends now, and temporary folders are to be removed
    if _stopped:
        code = 128 + _stopped[0]  # whatever became of the exception: one that arises in a fork is lost
    atexit._run_exitfuncs()  # noqa: SLF001 - temporary folders are removed by these
    os._exit(code if isinstance(code, int) else 1)


def _stop(number: int, _frame: object) -> None:
    """End as Ctrl-C does: TeX and workers are ended, temporary folders removed."""
    _stopped.append(number)
    raise KeyboardInterrupt


def _prepare_streams() -> None:
    """Let a stream that is closed take what is written, and one that lacks a character write its code."""
    for name in ("stdout", "stderr"):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: SIM115, PTH123 - until the program ends
        elif isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line; errors meant for the user are printed in a line or two, without a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    told = [argument for argument in given if argument != "--traceback"]  # wherever it stands
    code: int | None
    try:
        _refuse_undecodable(told)
        code = commands.main(args=told, prog_name="problemgen", standalone_mode=False)
    except click.exceptions.Abort as error:
        if not _told_by_build(error.__cause__):
            _say("stopped")
        code = 130
    except click.ClickException as error:
        text = io.StringIO()
        error.show(file=text)
        _say(text.getvalue().rstrip("\n"))
        code = 2
    except ProblemgenError as error:
        _say(traceback.format_exc() if told != given else str(error))
        code = error.exit_code
    except BrokenPipeError:
        code = 1
    except OSError as error:
        _say(traceback.format_exc() if told != given else _reason(error))
        code = 1
    sys.exit(code or 0)


def _say(text: str) -> None:
    """Print an error; what a file or an argument holds neither drives the terminal nor fills it."""
    shown = re.sub(_UNPRINTABLE, lambda found: ascii(found[0])[1:-1], text)
    lines = (re.sub(_LONG, r"\1...\2", line) for line in shown.split("\n"))
    cut = (line if len(line) <= _LONGEST else f"{line[: _LONGEST - 200]} ... {line[-180:]}" for line in lines)
    with suppress(OSError):  # nobody is told if even that cannot be written
        click.echo("\n".join(cut), err=True)


def _reason(error: OSError) -> str:
    """Return what is wrong with a file that nobody foresaw, standard output included."""
    *_, (frame, _) = traceback.walk_tb(error.__traceback__)
    if frame.f_globals["__name__"].partition(".")[0] in {"click", "rich"}:  # these write to nothing else
        return f"cannot write to standard output: {error.strerror}"
    try:
        os.getcwd()  # noqa: PTH109 - it is asked whether there is one
    except OSError:
        return "the working directory is gone; change to another folder and try again"
    return f"{error.filename}: {error.strerror}" if error.filename else f"{error.strerror or error}"


def _told_by_build(error: BaseException | None) -> bool:
    """Return whether the build was interrupted while it was typesetting: then it has said what is finished."""
    frames = traceback.walk_tb(error.__traceback__) if error else ()
    passed = {frame.f_globals.get("__name__") for frame, _ in frames}
    return {"problemgen.commands.build", "problemgen.rendering.delivery"} <= passed


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

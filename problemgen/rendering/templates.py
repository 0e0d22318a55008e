"""Where templates are found, how they are read, and what is said when one is wrong.

Look-up: the folder given with `--templates`, `./templates` of the working directory, the folder inside the
installed package, else the one beside the source tree (an editable install hides the packaged one).
"""

from __future__ import annotations

import io
import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import (
    BaseLoader,
    BytecodeCache,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from jinja2.exceptions import TemplateNotFound

import problemgen
from problemgen.cache import cache_folder, program, read_checked, write_checked
from problemgen.errors import ProblemgenError, TemplateFault
from problemgen.rendering.notation import FILTERS, finalize

if TYPE_CHECKING:
    from jinja2 import Template
    from jinja2.bccache import Bucket
    from jinja2.runtime import Context

_REMEDY: Final = (
    "a line beginning '%%' is a statement (block, endblock, if, for, set, include) and '<<' opens a value: "
    r"write \ll for the sign, \guillemotleft for the quote"
)


def folders(user: Path | None = None, pack: Path | None = None) -> tuple[Path, ...]:
    """Return the template folders in the order in which they are searched; `pack` holds a pack's problems."""
    here = os.getcwd()  # noqa: PTH109 - every question asks, and pathlib takes ten times as long
    own = [_resolved(here, folder) for folder in (user, "templates") if folder and os.path.isdir(folder)]  # noqa: PTH112
    return (*own, *packaged(), pack.parent) if pack else (*own, *packaged())


@cache
def _resolved(here: str, folder: Path | str) -> Path:
    return Path(here, folder).resolve()


@cache
def packaged() -> tuple[Path, ...]:
    """Return the folders of the program's own templates."""
    package = Path(problemgen.__file__).parent
    return tuple(folder for folder in (package / "templates", package.parent / "templates") if folder.is_dir())


class _Compiled(BytecodeCache):
    """Templates compiled by earlier runs, in the user's cache; Jinja compares them with the templates' texts.

    They are programs: a damaged one would set something else, so each is checked before it is used.
    """

    def __init__(self, folder: Path, own: str) -> None:
        self.folder, self.own = folder, own

    def _path(self, bucket: Bucket) -> Path:
        return self.folder / f"{self.own}-{bucket.key}"

    def load_bytecode(self, bucket: Bucket) -> None:
        """Read a compiled template."""
        data = read_checked(self._path(bucket))
        if data is not None:
            bucket.load_bytecode(io.BytesIO(data))

    def dump_bytecode(self, bucket: Bucket) -> None:
        """Keep a compiled template."""
        write_checked(self._path(bucket), bucket.bytecode_to_string())


def _compiled() -> _Compiled | None:
    """Return the compiled templates, those of other programs forgotten; None where they cannot be kept.

    Jinja works out filters of constants when it compiles, so what it compiled depends on our modules, too.
    """
    folder, own = cache_folder() / "templates", program()
    try:
        folder.mkdir(exist_ok=True)
        if not any(folder.glob(f"{own}-*")):
            for old in folder.iterdir():
                old.unlink(missing_ok=True)
    except OSError:
        return None
    return _Compiled(folder, own)


@cache
def environment(searched: tuple[Path, ...]) -> Environment:
    """Return the Jinja environment over these folders: `<< value >>`, `%% statement`, `%# comment`."""
    loader: BaseLoader = FileSystemLoader([str(folder) for folder in searched])
    made = Environment(  # noqa: S701 - LaTeX, not HTML: `finalize` escapes
        loader=loader,
        undefined=StrictUndefined,
        finalize=finalize,
        variable_start_string="<<",
        variable_end_string=">>",
        block_start_string="<%",
        block_end_string="%>",
        comment_start_string="<#",
        comment_end_string="#>",
        line_statement_prefix="%%",
        line_comment_prefix="%#",
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
        cache_size=-1,
        auto_reload=False,  # a template is read once by a process, not looked for again at every part of a paper
        bytecode_cache=_compiled(),
    )
    made.filters.update(FILTERS)
    return made


def load(env: Environment, name: str) -> Template:
    """Return a template; raises `TemplateFault` with file, line and remedy."""
    try:
        return env.get_template(name)
    except TemplateNotFound as error:
        missing = str(error.name or name)
        raise TemplateFault(f"no template '{missing}' in {', '.join(getattr(env.loader, 'searchpath', []))}") from None
    except UnicodeDecodeError as error:
        raise TemplateFault(f"{name}: the template is not UTF-8 ({error.reason}); save it as UTF-8") from None
    except TemplateSyntaxError as error:
        raise TemplateFault(f"{shown(error.filename or name)}:{error.lineno}: {error.message}; {_REMEDY}") from None
    except (RecursionError, MemoryError):
        raise TemplateFault(f"{_file(env, name)}: its statements or brackets are too deep inside each other") from None
    except (ValueError, OverflowError, SyntaxError) as error:  # what Python says of the program made of it
        raise TemplateFault(f"{_file(env, name)}: cannot be compiled: {' '.join(str(error).split())}") from None


def _file(env: Environment, name: str) -> str:
    """Return the file of a template that is there, as the user would write it."""
    path = env.loader.get_source(env, name)[1] if env.loader else None
    return shown(path or name)


def rendered(template: Template, context: dict[str, Any]) -> str:
    """Return the rendered template; raises `TemplateFault` naming file and line."""
    try:
        return _encodable(template.render(context))
    except Exception as error:  # noqa: BLE001 - whatever a template's expression raises is named with its line
        raise _fault(template, error) from None


def rendered_block(template: Template, name: str, context: Context) -> str:
    """Return one rendered block; raises `TemplateFault` naming file, line and block.

    `context` comes from `template.new_context` and may serve several blocks.
    """
    try:
        return _encodable("".join(template.blocks[name](context)).strip())
    except Exception as error:  # noqa: BLE001 - as above
        raise _fault(template, error, f" (block {name})") from None


def _encodable(text: str) -> str:
    """Return a text; raises `UnicodeEncodeError` while it is known whose it is."""
    if not text.isascii():
        text.encode()
    return text


def _fault(template: Template, error: Exception, where: str = "") -> Exception:
    """Return what is raised in the place of an error: the project's own errors, but for those of templates, as is."""
    match error:
        case TemplateFault():
            said = str(error)
        case ProblemgenError():
            return error
        case TemplateError():
            said = str(error.message)
        case _:
            said = f"{type(error).__name__}: {' '.join(str(error).split())}"
    return TemplateFault(f"{_line(template, error)}{where}: {said}")


def _line(template: Template, error: BaseException) -> str:
    """Return file:line of the template line that was being rendered, in an included template if it was there."""
    path, line = template.filename or template.name or "template", 0
    trace = error.__traceback__
    while trace is not None:
        names = trace.tb_frame.f_globals
        if "__jinja_template__" in names:  # Jinja's own code for a template, whose lines are not the template's
            running: Template = names["__jinja_template__"]
            path, line = running.filename or path, running.get_corresponding_lineno(trace.tb_lineno)
        elif "__jinja_exception__" in names:  # a frame that Jinja has rewritten already
            path, line = trace.tb_frame.f_code.co_filename, trace.tb_lineno
        trace = trace.tb_next
    return f"{shown(path)}:{line}" if line else shown(path)


def shown(path: str) -> str:
    """Return a path as the user would write it: from the working directory, if it is below it."""
    return path.removeprefix(f"{Path.cwd()}{os.sep}")

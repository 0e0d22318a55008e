"""Where templates are found, how they are read, and what is said when one is wrong.

Look-up: the folder given with `--templates`, `./templates` of the working directory, the folder inside the
installed package, else the one beside the source tree (an editable install hides the packaged one).
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from jinja2 import (
    BaseLoader,
    Environment,
    FileSystemLoader,
    StrictUndefined,
    TemplateError,
    TemplateSyntaxError,
)
from jinja2.exceptions import TemplateNotFound

import problemgen
from problemgen.errors import ProblemgenError, TemplateFault
from problemgen.rendering.notation import FILTERS, finalize

if TYPE_CHECKING:
    from collections.abc import Callable

    from jinja2 import Template

_REMEDY: Final = (
    "a line beginning '%%' is a statement (block, endblock, if, for, set, include) and '<<' opens a value: "
    r"write \ll for the sign, \guillemotleft for the quote"
)


def folders(user: Path | None = None, pack: Path | None = None) -> tuple[Path, ...]:
    """Return the template folders in the order in which they are searched; `pack` holds a pack's problems."""
    package = Path(problemgen.__file__).parent
    own = (user and user.resolve(), Path("templates").resolve())
    candidates = (*own, package / "templates", package.parent / "templates")
    found = [folder for folder in candidates if folder is not None and folder.is_dir()]
    return (*found, pack.parent) if pack else tuple(found)


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


def rendered(template: Template, context: dict[str, Any], block: str | None = None) -> str:
    """Return the rendered template, or one block of it; raises `TemplateFault` naming file, line and block."""
    where = block and f" (block {block})"
    try:
        if block is None:
            return template.render(context)
        body: Callable[[Any], Any] = template.blocks[block]
        return "".join(body(template.new_context(context))).strip()
    except TemplateFault as error:
        raise TemplateFault(f"{_line(template, error)}{where or ''}: {error}") from None
    except TemplateError as error:
        raise TemplateFault(f"{_line(template, error)}{where or ''}: {error.message}") from None
    except ProblemgenError:
        raise
    except Exception as error:  # noqa: BLE001 - whatever a template's expression raises is named with its line
        raise TemplateFault(f"{_line(template, error)}{where or ''}: {type(error).__name__}: {error}") from None


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

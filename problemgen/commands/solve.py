"""`problemgen solve`: the answer for given numbers."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING, Any, Final

import click

from problemgen.commands.options import TEMPLATES
from problemgen.commands.show import printed
from problemgen.errors import ProblemgenError

if TYPE_CHECKING:
    from pathlib import Path

_SHOWN: Final = 60


@click.command()
@click.argument("name")
@click.argument("fields", nargs=-1, metavar="FIELD=VALUE...")
@click.option("--json", "as_json", is_flag=True)
@TEMPLATES
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
    printed(instance, templates, as_json=as_json)


def _literal(key: str, value: str) -> Any:
    from problemgen.exam.files import too_large  # noqa: PLC0415

    shown = value if len(value) <= _SHOWN else f"{value[:_SHOWN]}..."
    try:
        read = tomllib.loads(f"value = {value}")
        large = any(too_large(read))
    except (ValueError, RecursionError):  # also numbers of thousands of digits and thousands of brackets
        read, large = {}, False
    if large:
        raise ProblemgenError(f"{key}: {shown!r}: the number has more than 30 digits")
    if list(read) == ["value"]:
        return read["value"]
    raise ProblemgenError(f'{key}: {shown!r} is no TOML literal; write 9, true, "1/2" (with its quotes) or [1, 2]')

"""A problem's parameters in and out of plain data: exam specs, the command line, manifests and JSON.

pydantic reads the types off the record's own annotations.  Floats are refused before it sees them, because no
parameter is ever inexact and it would quietly turn 0.5 into a quotient.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any, Final, get_type_hints

from pydantic import TypeAdapter, ValidationError

from problemgen.errors import InvalidParameters, UnknownName, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping


_LARGEST: Final = 1_000_000


@cache
def _adapter(annotation: Any) -> TypeAdapter[Any]:
    return TypeAdapter(annotation)


@cache
def _types(record_type: Any) -> dict[str, Any]:
    return get_type_hints(record_type, include_extras=True)


def names(record_type: Any) -> tuple[str, ...]:
    """Return the names of a problem's fields."""
    return _names(record_type)


@cache
def _names(record_type: Any) -> tuple[str, ...]:
    return tuple(field.name for field in fields(record_type))


def read(record_type: Any, values: Mapping[str, Any]) -> Any:
    """Return the record with these values; raises `InvalidParameters` or `UnknownName` naming field and value."""
    _check(record_type, values)
    try:
        return _adapter(record_type).validate_json(json.dumps(values), strict=True)
    except ValidationError as error:
        raise InvalidParameters("; ".join(_reasons(error))) from None


def read_some(record_type: Any, values: Mapping[str, Any]) -> dict[str, Any]:
    """Return some of a record's fields in their types, for a pin; the record itself is not made."""
    _check(record_type, values)
    found = {}
    for name, value in values.items():
        try:
            found[name] = _adapter(_types(record_type)[name]).validate_json(json.dumps(value), strict=True)
        except ValidationError as error:
            raise InvalidParameters("; ".join(_reasons(error, name))) from None
    return found


def _check(record_type: Any, values: Mapping[str, Any]) -> None:
    known = names(record_type)
    for name in values:
        if name not in known:
            hint = did_you_mean(name, known) or f"; the fields are {', '.join(known)}"
            raise UnknownName(f"no field '{name}'{hint}")
    _refuse_odd(values)


def to_json(record: Any) -> dict[str, Any]:
    """Return the record's fields as plain data; quotients become texts such as "5/9"."""
    record_type: Any = type(record)
    return dict(_adapter(record_type).dump_python(record, mode="json"))


def _refuse_odd(values: Any, path: str = "") -> None:
    for name, value in _items(values):
        here = f"{path}.{name}" if path else str(name)
        if isinstance(value, float):
            raise InvalidParameters(f'{here}: {value!r} is a float; write a whole number or a quotient such as "1/2"')
        if isinstance(value, dt.date | dt.time):
            raise InvalidParameters(f"{here}: {value} is a date or a time, and no parameter is one")
        if isinstance(value, int) and abs(value) > _LARGEST:
            raise InvalidParameters(f"{here}: {value} is too large to be counted one by one; at most {_LARGEST}")
        _refuse_odd(value, here)


def _items(values: Any) -> Iterator[tuple[Any, Any]]:
    if isinstance(values, dict):
        yield from values.items()
    elif isinstance(values, list | tuple):
        yield from enumerate(values)


def _reasons(error: ValidationError, prefix: str = "") -> list[str]:
    """Return one reason for each wrong field, without the branches of a union that were not meant."""
    reasons: dict[str, str] = {}
    for fault in error.errors(include_url=False):
        place = [str(step) for step in fault["loc"] if not str(step)[:1].isupper() and "[" not in str(step)]
        path = ".".join([prefix, *place] if prefix else place)
        if fault["type"] == "missing":
            reasons.setdefault(path, f"{path} is missing")
        else:
            reasons.setdefault(path, f"{path}: {fault['input']!r} is wrong ({fault['msg'].lower()})")
    return list(reasons.values())

"""How single values of an exam spec are read: points, lengths, durations, levels.

Each takes what TOML gave and returns it in our form, or raises `ValueError` whose text goes on after the value:
"'hrad' is none of easy, medium, hard; did you mean 'hard'?".
"""

from __future__ import annotations

import datetime as dt
import re
from fractions import Fraction
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, Field, PlainSerializer

from problemgen.draw import Level
from problemgen.errors import did_you_mean

_LENGTH: Final = re.compile(r"[0-9]{1,3}(\.[0-9]+)?\s*(cm|mm|in|pt|em|ex)")
_MINUTES: Final = re.compile(r"(?:([0-9]{1,3})\s*h(?:ours?)?)?\s*(?:([0-9]{1,4})\s*(?:m|min|minutes?)?)?")
_MOST_POINTS: Final = 1000


def text(value: Any) -> Any:
    """Texts may be written as dates or whole numbers."""
    if isinstance(value, dt.date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def lines(value: Any) -> Any:
    """Return one line as a list of one."""
    return [value] if isinstance(value, str) else value


def labels(value: Any) -> Any:
    """Refuse one text in the place of a list of labels."""
    if isinstance(value, str):
        raise ValueError('is one text; write a list: variants = ["A", "B"]')  # noqa: TRY004 - for pydantic
    return value


def tables(value: Any) -> Any:
    """Refuse a single table in the place of an array of tables."""
    if isinstance(value, dict):
        raise ValueError("is one table; begin each with its header in two brackets, as [[questions]]")  # noqa: TRY004
    return value


def points(value: Any) -> Any:
    """Points are multiples of one half, exact: 2.5 becomes 5/2."""
    if isinstance(value, list):
        return [points(one) for one in value]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise ValueError("is no number of points; write 3 or 2.5, or one for each part")  # noqa: TRY004 - for pydantic
    if not 0 < value <= _MOST_POINTS or value * 2 != int(value * 2):
        raise ValueError(f"is wrong: points are positive, whole or half, and at most {_MOST_POINTS}")
    return Fraction(value)


def told_points(value: Any) -> Any:
    """Return points as they are written in a spec, for JSON."""
    if isinstance(value, tuple):
        return [told_points(one) for one in value]
    return value if value is None else int(value) if value == int(value) else float(value)


Points = Annotated[
    Fraction | tuple[Fraction, ...] | None,
    BeforeValidator(points),
    PlainSerializer(told_points, when_used="json"),
]


Numbered = Annotated[str, Field(pattern=r"^[\w .()-]{1,12}$")]
"""What is printed before a question in the place of its number, as it stands."""


def length(value: Any) -> Any:
    """Return a TeX length; nothing else can come in here, because it is printed as it stands."""
    if not isinstance(value, str) or not _LENGTH.fullmatch(value):
        raise ValueError("is no length; write 4cm, 25mm or 1.5in")
    return value


def level(value: Any) -> Any:
    """Return the level of this name."""
    if not isinstance(value, str) or value not in set(Level):
        raise ValueError(f"is none of {', '.join(Level)}{did_you_mean(str(value), list(Level))}")
    return Level(value)


def minutes(value: Any) -> Any:
    """Return the minutes of a duration: 90, "90 min", "1 h 30 min"."""
    found = _MINUTES.fullmatch(str(value).strip().lower()) if not isinstance(value, bool) else None
    total = 60 * int(found[1] or 0) + int(found[2] or 0) if found else 0
    if not total:
        raise ValueError("is no duration; write 90, '90 min' or '1 h 30 min'")
    return total

"""The students of a roster: UTF-8 CSV with the columns `id,name`, and others that are optional; all in it is data."""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from problemgen.errors import InvalidSpec
from problemgen.exam.files import read_text
from problemgen.exam.folders import collisions
from problemgen.exam.seats import seat_faults

if TYPE_CHECKING:
    from pathlib import Path

_YES: Final = {"yes", "y", "true", "1", "x"}
_NO: Final = {"", "no", "n", "false", "0", "-"}
_SEPARATORS: Final = {";": "semicolons", "\t": "tabs"}
_READ: Final = ("id", "name", "extra_time", "large_print", "seat")


@dataclass(frozen=True)
class Student:
    """One row: `extra_time` is printed on the cover as it stands ("25 %"), `large_print` sets the type larger.

    `seat` is as it was written; `seats.read_seat` reads it.
    """

    id: str
    name: str
    extra_time: str = ""
    large_print: bool = False
    line: int = 0
    seat: str = ""


def read_roster(path: Path, shown: str) -> list[Student]:
    """Return the students in the order of the file; raises `InvalidSpec` with all mistakes, each with its line."""
    rows = _rows(path, shown)
    header = [name.strip().casefold() for name in rows[0][1]] if rows else []
    missing = [name for name in ("id", "name") if name not in header]
    twice = [name for name in _READ if header.count(name) > 1]
    if missing or twice:
        lacks = f"no column {' and '.join(missing)}" if missing else f"two columns {' and '.join(twice)}"
        other = next((name for sign, name in _SEPARATORS.items() if sign in "".join(header)), "")
        remedy = f"separate the columns by commas, not by {other}" if other else "its first line must be like 'id,name'"
        raise InvalidSpec(f"{shown}:1: the roster has {lacks}; {remedy}")
    if len(rows) == 1:
        raise InvalidSpec(f"{shown}:1: the roster lists no student; write one a line below 'id,name'")
    faults: list[str] = []
    students = []
    for line, row in rows[1:]:
        cell = dict.fromkeys(_READ, "") | dict(zip(header, (value.strip() for value in row), strict=False))
        large = cell["large_print"].casefold()
        if len(row) > len(header):
            wrong = f"{len(row)} values for {len(header)} columns"
            faults.append(f"{shown}:{line}: {wrong}; put a value that holds a comma in quotes")
        if not cell["id"]:
            faults.append(f"{shown}:{line}: the id of {cell['name']!r} is empty")
        if large not in _YES | _NO:
            faults.append(f"{shown}:{line}: large_print: {large!r} is neither yes nor no")
        students.append(Student(cell["id"], cell["name"], cell["extra_time"], large in _YES, line, cell["seat"]))
    faults += [
        f"{shown}:{students[place].line}: the id {reason}"
        for place, reason in collisions(student.id for student in students)
        if students[place].id
    ]
    seats = seat_faults([(student.id, student.seat) for student in students])
    faults += [f"{shown}:{students[place].line}: {reason}" for place, reason in seats]
    if faults:
        raise InvalidSpec("\n".join(faults))
    return students


def _rows(path: Path, shown: str) -> list[tuple[int, list[str]]]:
    """Return the rows that are not empty, each with the line on which it begins."""
    text = read_text(path, shown, "; give the roster's path relative to the spec")
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    rows, line = [], 1
    try:
        for row in reader:
            if any(value.strip() for value in row):
                rows.append((line, row))
            line = reader.line_num + 1
    except csv.Error as error:
        raise InvalidSpec(f"{shown}:{line}: this is no valid CSV: {error}; check the quotes of this line") from None
    return rows

"""The students of a roster: UTF-8 CSV with the columns `id,name`; everything in it is data."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from problemgen.errors import InvalidSpec
from problemgen.exam.folders import collisions

if TYPE_CHECKING:
    from pathlib import Path

_YES: Final = {"yes", "y", "true", "1", "x"}
_NO: Final = {"", "no", "n", "false", "0", "-"}


@dataclass(frozen=True)
class Student:
    """One row: `extra_time` is printed on the cover as it stands ("25 %"), `large_print` sets the type larger."""

    id: str
    name: str
    extra_time: str = ""
    large_print: bool = False
    line: int = 0


def read_roster(path: Path, shown: str) -> list[Student]:
    """Return the students in the order of the file; raises `InvalidSpec` with all mistakes, each with its line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.DictReader(file, restval="", strict=True))
            header = rows[0].keys() if rows else {}
    except FileNotFoundError:
        raise InvalidSpec(f"{shown}: there is no such file; give the roster's path relative to the spec") from None
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise InvalidSpec(f"{shown}: cannot be read as UTF-8 CSV: {error}") from None
    columns = {str(name).strip().casefold(): name for name in header if name is not None}
    missing = [name for name in ("id", "name") if name not in columns]
    if not rows or missing:
        lacks = f"has no column {' and '.join(missing)}" if rows else "lists no student"
        raise InvalidSpec(f"{shown}:1: the roster {lacks}; its first line must be 'id,name'")
    faults: list[str] = []
    students = []
    for line, row in enumerate(rows, start=2):
        cell = {name: str(row.get(column) or "").strip() for name, column in columns.items()}
        if not any(cell.values()):
            continue
        if not cell["id"]:
            faults.append(f"{shown}:{line}: the id of {cell['name']!r} is empty")
        large = cell.get("large_print", "").casefold()
        if large not in _YES | _NO:
            faults.append(f"{shown}:{line}: large_print: {large!r} is neither yes nor no")
        students.append(Student(cell["id"], cell["name"], cell.get("extra_time", ""), large in _YES, line))
    clashes = [
        (place, reason) for place, reason in collisions(student.id for student in students) if students[place].id
    ]
    faults += [f"{shown}:{students[place].line}: the id {reason}" for place, reason in clashes]
    if faults:
        raise InvalidSpec("\n".join(faults))
    return students

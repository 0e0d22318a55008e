"""Reading the instructor's text files, and writing tables that a spreadsheet may open.

The one place that says what is wrong with a file as a whole.
"""

from __future__ import annotations

import csv
import io
import re
from typing import TYPE_CHECKING, Any, Final

from problemgen.errors import InvalidSpec

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

LARGEST: Final = 10**30
_FORMULA: Final = re.compile(r"[=+@\t\r]|-(?![\d./, ]*$)")


def read_text(path: Path, shown: str, missing: str = "") -> str:
    """Return a UTF-8 file's text without its BOM; raises `InvalidSpec`, with the line that is not UTF-8."""
    try:
        data = path.read_bytes()
        return data.decode("utf-8-sig")
    except (FileNotFoundError, NotADirectoryError):
        raise InvalidSpec(f"{shown}: there is no such file{missing}") from None
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        wrong = f"the byte 0x{data[error.start]:02x} is not UTF-8"
        raise InvalidSpec(f"{shown}:{line}: {wrong}; save the file as UTF-8") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise InvalidSpec(f"{shown}: cannot be read: {reason}") from None


def too_large(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    """Yield the paths of whole numbers in TOML's data that no question has, and that Python cannot print."""
    if isinstance(value, int) and abs(value) > LARGEST:
        yield path
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for step, one in inside:
        yield from too_large(one, (*path, step))


def csv_text(rows: Iterable[Sequence[object]]) -> str:
    """Return rows as CSV; a cell that a spreadsheet would take for a formula is kept from it by an apostrophe."""
    lines = io.StringIO()
    table = csv.writer(lines, lineterminator="\n")
    for row in rows:
        cells = [str(cell) for cell in row]
        table.writerow([f"'{cell}" if _FORMULA.match(cell) else cell for cell in cells])
    return lines.getvalue()

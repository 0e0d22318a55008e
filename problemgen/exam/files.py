"""Reading the instructor's text files: the one place that says what is wrong with a file as a whole."""

from __future__ import annotations

from typing import TYPE_CHECKING

from problemgen.errors import InvalidSpec

if TYPE_CHECKING:
    from pathlib import Path


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

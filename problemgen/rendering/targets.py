"""Where output goes: folders and single files, through links and into devices, and what cannot be written."""

from __future__ import annotations

import os
from pathlib import Path

from problemgen.errors import OutputFault
from problemgen.rendering import state


def refuse_unwritable(out: Path) -> None:
    """Raise `OutputFault` if a folder cannot be made or written, before the work for it is done."""
    try:
        there = next(place for place in (out.absolute(), *out.absolute().parents) if place.exists())
    except OSError as error:
        raise OutputFault(f"{out}: cannot be written: {error.strerror}; choose another folder with --out") from None
    if not there.is_dir():
        raise OutputFault(f"{out}: cannot be written: {there} is a file; choose another folder with --out")
    if not os.access(there, os.W_OK):
        raise OutputFault(f"{out}: cannot be written: no permission for {there}; choose another folder with --out")


def refuse_unwritable_file(path: Path) -> None:
    """Raise `OutputFault` if `deliver_file` could not write a file."""
    goal = _goal(path)
    if goal is not None:
        refuse_unwritable(goal.parent)


def deliver_file(path: Path, data: bytes) -> None:
    """Write one file, complete or not at all; what is no file of its own, such as a device or a pipe, is written to."""
    goal = _goal(path)
    if goal is not None:
        state.write(goal.parent, {goal.name: data})
        return
    try:
        path.write_bytes(data)
    except OSError as error:
        raise OutputFault(f"{path}: cannot be written: {error.strerror}") from None


def _goal(path: Path) -> Path | None:
    """Return the file that is to be put in the place of another, which a link names; None where there is no file."""
    try:
        if path.exists() and not path.is_file() and not path.is_dir():
            return None
    except OSError as error:
        raise OutputFault(f"{path}: cannot be written: {error.strerror}") from None
    goal = Path(os.path.realpath(path)) if path.is_symlink() else path
    if goal.is_symlink():
        raise OutputFault(f"{path}: cannot be written: its links lead to each other")
    return goal

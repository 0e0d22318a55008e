"""Seats as a roster names them: a row and a number in it, so that neighbours can be told."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

FORMS: Final = "A12, 3-7, R3 S7 or 12"
_NO_ROW: Final = "no row"
_READ: Final = {  # what rows are named by: how such a seat is written, once in capitals and with single blanks
    _NO_ROW: re.compile(r"()([0-9]{1,5})"),
    "letters": re.compile(r"(?:ROW )?([A-Z]{1,2})(?: ?[-/,] ?| )?(?:SEAT )?([0-9]{1,5})"),
    "numbers": re.compile(r"([0-9]{1,5})(?: ?[-/,] ?| )([0-9]{1,5})"),
    "words": re.compile(r"R(?:OW)? ?([0-9]{1,5})(?: ?[-/,] ?| )?S(?:EAT)? ?([0-9]{1,5})"),
}


class Seat(NamedTuple):
    """A place in the hall; rows count from the front, and can be compared when they are named alike."""

    named: str
    row: int
    number: int

    def beside(self) -> tuple[Seat, Seat]:
        """Return the two places in the same row that touch this one."""
        return self._replace(number=self.number - 1), self._replace(number=self.number + 1)

    def in_line(self) -> tuple[Seat, Seat]:
        """Return the places directly in front of this one and behind it."""
        return self._replace(row=self.row - 1), self._replace(row=self.row + 1)


def read_seat(text: str) -> Seat | None:
    """Return the place that a text names in one of the `FORMS`, else None; capitals and blanks do not matter.

    >>> read_seat("B7") == read_seat("b 07"), read_seat("Row 3, seat 7") == read_seat("3-7"), read_seat("balcony")
    (True, True, None)
    """
    plain = " ".join(text.upper().split())
    for named, form in _READ.items():
        if found := form.fullmatch(plain):
            row, number = found.groups()
            if named == "letters":
                return Seat(named, _ordinal(row), int(number))
            return Seat("numbers" if row else _NO_ROW, int(row or 0), int(number))
    return None


def _ordinal(letters: str) -> int:
    """Return A = 1, ..., Z = 26, AA = 27, ..., as the rows of a hall are lettered."""
    value = 0
    for letter in letters:
        value = 26 * value + ord(letter) - ord("A") + 1
    return value


def seat_faults(seats: Sequence[tuple[str, str]]) -> Iterator[tuple[int, str]]:
    """Yield (place, reason) for each (student id, seat) whose seat is missing, unreadable or taken.

    No seats at all are fine.
    """
    if not any(text for _, text in seats):
        return
    taken: dict[Seat, int] = {}
    for place, (_, text) in enumerate(seats):
        seat = read_seat(text)
        if not text:
            yield place, "seat: is missing; give one to every student, or to none"
        elif seat is None:
            yield place, f"seat: {text!r} cannot be read as a row and a number; write it like {FORMS}"
        elif seat in taken:
            yield place, f"seat: {text!r} is the seat of {seats[taken[seat]][0]!r}, too"
        else:
            taken[seat] = place
    rowless = [place for seat, place in taken.items() if seat.named == _NO_ROW]
    for place in rowless if len(rowless) < len(taken) else ():
        yield place, f"seat: {seats[place][1]!r} names no row, and others do; write it like A12 or 3-7"

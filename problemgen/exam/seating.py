"""Who gets which variant: as many of each, and never the same for neighbours in a row.

Personal papers need none of this; with `variants` *and* a roster the papers are the variants, and the students are
assigned to them.  The assignment is part of the exam's address: same spec and roster, same assignment.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from problemgen.draw import Draw, Seed
from problemgen.exam.files import csv_text
from problemgen.exam.seats import Seat, read_seat

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from problemgen.exam.roster import Student
    from problemgen.exam.spec import Exam

_IN_LINE: Final = 4  # so many variants are enough to tell those in front and behind apart, too


def assignment(exam: Exam) -> dict[str, str]:
    """Return the variant of each student by id, as it was if the exam was assigned before (`Exam.assigned`).

    Empty unless the exam has both variants and a roster.
    """
    if exam.assigned or not exam.spec.variants or not exam.students:
        return dict(exam.assigned)
    return assign(exam.students, exam.spec.variants, Seed.of(exam.spec.seed, "assignment"))


def rows(exam: Exam) -> list[dict[str, str]]:
    """Return id, name, seat and variant of every student in the roster's order; none without an assignment."""
    assigned = assignment(exam)
    return [
        {"id": one.id, "name": one.name, "seat": one.seat, "variant": assigned[one.id]}
        for one in (exam.students if assigned else ())
    ]


def assignment_csv(exam: Exam) -> str | None:
    """Return the assignment as CSV, columns id, name, seat, variant, in the roster's order; None without one.

    Columns extra_time and large_print follow if any student has them.
    """
    found = rows(exam)
    if not found:
        return None
    if any(one.extra_time for one in exam.students):
        found = [{**row, "extra_time": one.extra_time} for row, one in zip(found, exam.students, strict=True)]
    if any(one.large_print for one in exam.students):
        large = ["yes" if one.large_print else "" for one in exam.students]
        found = [{**row, "large_print": needed} for row, needed in zip(found, large, strict=True)]
    return csv_text([list(found[0]), *(list(row.values()) for row in found)])


def warnings(exam: Exam) -> list[str]:
    """Return what variants, which are the same for all who get them, cannot do for single students."""
    if not assignment(exam):
        return []
    large = ", ".join(one.id for one in exam.students if one.large_print)
    if not large:
        return []
    remedy = "print theirs, which assignment.csv names, on the next larger paper (A4 on A3)"
    return [f"{exam.spec.roster}: large_print of {large}: variants have one size; {remedy}"]


def assign(students: Sequence[Student], variants: Sequence[str], seed: Seed) -> dict[str, str]:
    """Return {student id: variant}; how often two variants are given differs by one at most.

    With seats, those beside each other differ whenever there are two variants, and those directly behind each other
    when there are four; there alone a count may differ by more, if seats leave no other way.  Without seats, a
    student added at the end of the roster changes nobody's variant.
    """
    if not any(student.seat for student in students):
        return _shuffled([student.id for student in students], variants, seed)
    seats = {seat: student.id for student in students if (seat := read_seat(student.seat))}
    near = {
        seat: [other for other in _neighbours(seat, len(variants)) if other in seats]
        for seat in sorted(seats, key=lambda seat: (seat.named, seat.row, seat.number))
    }
    return {seats[seat]: variant for seat, variant in _evened(_spread(near, variants, seed), near, variants).items()}


def _shuffled(ids: Sequence[str], variants: Sequence[str], seed: Seed) -> dict[str, str]:
    """Deal the variants out in rounds, each in a drawn order."""
    found: dict[str, str] = {}
    for start in range(0, len(ids), len(variants)):
        dealt = Draw(seed.child("round", start)).sample(variants, len(variants))
        found.update(zip(ids[start : start + len(variants)], dealt, strict=False))
    return found


def _neighbours(seat: Seat, variants: int) -> tuple[Seat, ...]:
    if variants < 2:
        return ()
    return seat.beside() + (seat.in_line() if variants >= _IN_LINE else ())


def _spread(near: Mapping[Seat, Sequence[Seat]], variants: Sequence[str], seed: Seed) -> dict[Seat, str]:
    """Seat by seat, give the variant that was given least among those that no neighbour has.

    One is always left: of the neighbours only the left and the front one have theirs already.
    """
    found: dict[Seat, str] = {}
    given = Counter(dict.fromkeys(variants, 0))
    for seat, others in near.items():
        drawn = Draw(seed.child(*seat)).sample(variants, len(variants))
        free = [variant for variant in drawn if variant not in {found.get(other) for other in others}]
        found[seat] = min(free, key=lambda variant: given[variant])
        given[found[seat]] += 1
    return found


def _evened(found: dict[Seat, str], near: Mapping[Seat, Sequence[Seat]], variants: Sequence[str]) -> dict[Seat, str]:
    """Even the counts out: in a group of seats that hold only two of the variants, exchange the two.

    A group is closed under neighbourhood, so no exchange makes neighbours alike (Kempe's chains).
    """
    while True:
        count = Counter(found.values())
        order = sorted(variants, key=lambda variant: count[variant])
        pairs = ((often, seldom) for often in reversed(order) for seldom in order if count[often] - count[seldom] > 1)
        better = next((group for pair in pairs if (group := _group(found, near, *pair, count))), None)
        if better is None:
            return found
        (often, seldom), seats = better
        found |= {seat: seldom if found[seat] == often else often for seat in seats}


def _group(
    found: Mapping[Seat, str], near: Mapping[Seat, Sequence[Seat]], often: str, seldom: str, count: Counter[str]
) -> tuple[tuple[str, str], set[Seat]] | None:
    """Return a group in which `often` is ahead, by less than it is ahead in all, or None."""
    seen: set[Seat] = set()
    for start in found:
        if start in seen or found[start] != often:
            continue
        group, waiting = {start}, [start]
        while waiting:
            linked = {other for other in near[waiting.pop()] if found[other] in {often, seldom}} - group
            group |= linked
            waiting += linked
        seen |= group
        ahead = sum(1 if found[seat] == often else -1 for seat in group)
        if 0 < ahead < count[often] - count[seldom]:
            return (often, seldom), group
    return None

"""Students get variants: evenly, the same way every time, and never a neighbour's."""

import csv
import io
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from problemgen.draw import Seed
from problemgen.exam.compose import compose
from problemgen.exam.files import csv_text
from problemgen.exam.roster import Student
from problemgen.exam.seating import assign, assignment, assignment_csv
from problemgen.exam.seats import FORMS, Seat, read_seat, seat_faults

SEED = Seed.of("quiz", "assignment")
LABELS = [chr(ord("A") + place) for place in range(8)]
HALLS = st.sets(st.tuples(st.integers(1, 9), st.integers(1, 14)), min_size=1, max_size=90)


def seated(places):
    return [Student(f"s{row}-{number}", "Ada", seat=f"{row}-{number}") for row, number in places]


def evenness(assigned, variants):
    counts = [list(assigned.values()).count(variant) for variant in variants]
    return max(counts) - min(counts)


@settings(max_examples=60, deadline=None, derandomize=True)
@given(places=HALLS, variants=st.integers(2, 8), seed=st.text(max_size=3))
def test_neighbours_in_a_row_never_share_a_variant_and_the_counts_are_even(places, variants, seed):
    assigned = assign(seated(places), LABELS[:variants], Seed.of(seed))
    assert len(assigned) == len(places)
    for row, number in places & {(row, number - 1) for row, number in places}:
        assert assigned[f"s{row}-{number}"] != assigned[f"s{row}-{number + 1}"]
    if variants >= 4:
        for row, number in places & {(row - 1, number) for row, number in places}:
            assert assigned[f"s{row}-{number}"] != assigned[f"s{row + 1}-{number}"]
    assert evenness(assigned, LABELS[:variants]) <= 1


@settings(max_examples=40, deadline=None)
@given(count=st.integers(0, 40), more=st.integers(1, 9), variants=st.integers(1, 8))
def test_without_seats_the_counts_are_even_and_a_student_added_at_the_end_moves_nobody(count, more, variants):
    students = [Student(f"s{place}", "Ada") for place in range(count + more)]
    before, after = (assign(some, LABELS[:variants], SEED) for some in (students[:count], students))
    assert before.items() <= after.items()
    assert max(evenness(before, LABELS[:variants]), evenness(after, LABELS[:variants])) <= 1


def test_the_seed_decides_and_the_order_of_a_roster_with_seats_does_not_matter():
    students = seated((row, number) for row in range(1, 7) for number in range(1, 9))
    whole = assign(students, "ABC", SEED)
    assert whole == assign(students[::-1], "ABC", SEED)
    assert len({tuple(sorted(assign(students, "ABC", Seed.of(number)).items())) for number in range(20)}) == 20
    unseated = [Student(student.id, "Ada") for student in students]
    assert assign(unseated, "ABC", SEED) != assign(unseated, "ABC", Seed.of("other"))


def test_one_variant_is_everybodys():
    students = seated([(1, 1), (1, 2), (2, 1)])
    assert set(assign(students, ["A"], SEED).values()) == {"A"}


def test_every_second_seat_of_every_second_row_still_gets_all_variants():
    students = seated((row, number) for row in range(1, 12, 2) for number in range(1, 16, 2))
    assert evenness(assign(students, "ABCD", SEED), "ABCD") <= 1


@pytest.mark.parametrize(
    ("texts", "seat"),
    [
        (["12", " 012 "], Seat("no row", 0, 12)),
        (["A12", "a 12", "A-12", "Row A seat 12", "A012", "A, 12"], Seat("letters", 1, 12)),
        (["AA3"], Seat("letters", 27, 3)),
        (["3-7", "3/7", "3 7", "R3 S7", "r3s7", "R3-S7", "Row 3, Seat 7", "row 3 seat 7"], Seat("numbers", 3, 7)),
    ],
)
def test_the_forms_that_are_read(texts, seat):
    assert {read_seat(text) for text in texts} == {seat}


def test_the_forms_that_the_message_names_are_read():
    assert None not in {read_seat(text) for text in FORMS.replace(" or ", ", ").split(", ")}


@pytest.mark.parametrize(
    "text", ["", "balcony", "12A", "3-7-9", "-3", "7-Mar", "A", "ABC4", "1.5", "A12B", "\uff13-7", "9" * 6, "R", "3-"]
)
def test_anything_else_is_no_seat(text):
    assert read_seat(text) is None


@given(text=st.text(max_size=12))
def test_whatever_a_seat_holds_is_read_or_refused(text):
    seat = read_seat(text)
    assert (seat is None) == bool(list(seat_faults([("s1", text.strip())])) or not text.strip())


def test_seats_that_are_missing_unreadable_taken_or_without_a_row_are_told_each_with_its_line(faults, exam):
    roster = "id,name,seat\ns1,Ada,A1\ns2,Alan,\ns3,Grace,a01\ns4,Edsger,balcony\ns5,Barbara,7\n"
    assert faults(top='roster = "r.csv"', r_csv=roster) == [
        "r.csv:3: seat: is missing; give one to every student, or to none",
        "r.csv:4: seat: 'a01' is the seat of 's1', too",
        f"r.csv:5: seat: 'balcony' cannot be read as a row and a number; write it like {FORMS}",
        "r.csv:6: seat: '7' names no row, and others do; write it like A12 or 3-7",
    ]
    assert exam(top='roster = "r.csv"', r_csv="id,name,seat\ns1,Ada,\ns2,Alan,\n").students[0].seat == ""


def test_with_variants_and_a_roster_the_assignment_lists_every_student_with_a_variant(exam):
    rows = "".join(f's{number},"Lovelace, {number}",B{number}\n' for number in range(1, 8))
    both = exam(top='roster = "r.csv"', r_csv=f"id,name,seat\n{rows}")
    table = list(csv.DictReader(io.StringIO(assignment_csv(both))))
    assert [(row["id"], row["name"], row["seat"]) for row in table] == [
        (student.id, student.name, student.seat) for student in both.students
    ]
    assert {row["id"]: row["variant"] for row in table} == assignment(both)
    assert Counter(assignment(both).values()).keys() == {"A", "B"}
    assert [(paper.label, paper.student) for paper in compose(both).papers] == [("A", None), ("B", None)]
    assert assignment(both) == assignment(exam(top='roster = "r.csv"', r_csv=f"id,name,seat\n{rows}"))


def test_without_variants_or_without_a_roster_nobody_is_assigned(exam):
    assert (assignment(exam()), assignment_csv(exam())) == ({}, None)
    personal = exam('title = "Quiz"\nseed = "q"\nroster = "r.csv"\n[[questions]]\nproblem = "cnn/conv_params"\n',
                    r_csv="id,name\ns1,Ada\n")  # fmt: skip
    assert (assignment(personal), assignment_csv(personal)) == ({}, None)


def test_a_name_is_never_a_formula_of_a_spreadsheet():
    text = csv_text([["=HYPERLINK(1)", "+1", "@x", "-cmd", "-5", "3/4", "Ada"]])
    assert next(csv.reader(io.StringIO(text))) == ["'=HYPERLINK(1)", "'+1", "'@x", "'-cmd", "-5", "3/4", "Ada"]

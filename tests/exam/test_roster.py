"""A roster is data: whatever it holds is read or refused with its line."""

import pytest

from problemgen.errors import InvalidSpec
from problemgen.exam.roster import read_roster


@pytest.fixture
def roster(tmp_path):
    def read(content):
        path = tmp_path / "roster.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return read_roster(path, "roster.csv")

    return read


@pytest.fixture
def faults(roster):
    def lines(content):
        with pytest.raises(InvalidSpec) as told:
            roster(content)
        return str(told.value).splitlines()

    return lines


def test_bom_extra_columns_other_order_and_capitals_are_fine(roster):
    (student,) = roster("\ufeffEmail, Name ,ID\na@b.c,Ada Lovelace,s1\n")
    assert (student.id, student.name, student.line) == ("s1", "Ada Lovelace", 2)


def test_quoted_commas_quotes_and_line_breaks_are_part_of_the_value(roster):
    found = roster('id,name\r\ns1,"Lovelace, Ada"\r\ns2,"Grace ""Amazing""\nHopper"\r\ns3,Alan\r\n')
    assert [one.name for one in found] == ["Lovelace, Ada", 'Grace "Amazing"\nHopper', "Alan"]
    assert [one.line for one in found] == [2, 3, 5]


def test_empty_lines_are_skipped_and_counted(roster):
    assert [(one.id, one.line) for one in roster("id,name\n\ns1,Ada\n , \n\ns2,Alan\n\n")] == [("s1", 3), ("s2", 6)]


def test_accommodations(roster):
    found = roster("id,name,extra_time,large_print\ns1,Ada,25 %,yes\ns2,Alan,,no\ns3,Grace,15 min,X\ns4,Edsger\n")
    assert [one.extra_time for one in found] == ["25 %", "", "15 min", ""]
    assert [one.large_print for one in found] == [True, False, True, False]


def test_all_mistakes_are_told_each_with_its_line(faults):
    told = faults(
        "id,name,large_print\ns1,Ada,maybe\n,Alan,\nS1,Grace,\ns1,Barbara,\na/b,C,\na_b,D,\n..,E,\n"
        "😀,F,\ns9,Doe, Jane, \n"
    )
    expected = [
        "roster.csv:2: large_print: 'maybe' is neither yes nor no",
        "roster.csv:3: the id of 'Alan' is empty",
        "roster.csv:10: 4 values for 3 columns; put a value that holds a comma in quotes",
        "roster.csv:10: large_print: 'jane' is neither yes nor no",
        "roster.csv:4: the id 'S1' would share the folder 'S1' with 's1'",
        "roster.csv:5: the id 's1' is there twice",
        "roster.csv:7: the id 'a_b' would share the folder 'a_b' with 'a/b'",
        "roster.csv:8: the id '..' has no letter A-Z or digit that could name a folder",
        "roster.csv:9: the id '😀' has no letter A-Z or digit that could name a folder",
    ]
    assert sorted(told) == sorted(expected)


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        ("", 1, "no column id and name"),
        ("name\nAda\n", 1, "no column id"),
        ("id;name\ns1;Ada\n", 1, "no column id and name; separate the columns by commas, not by semicolons"),
        ("id,name,ID\ns1,Ada,s2\n", 1, "two columns id"),
        ("id,name\n", 1, "lists no student"),
        ("id,name\n\n , \n", 1, "lists no student"),
        ('id,name\ns1,Ada\ns2,"Alan\n', 3, "no valid CSV"),
        ('id,name\ns1,"Ada"x\n', 2, "no valid CSV"),
        (b"id,name\ns1,Ada\ns2,Andr\xe9\n", 3, "the byte 0xe9 is not UTF-8; save the file as UTF-8"),
        ("id,name\ns1,Ada\n".encode("utf-16"), 1, "is not UTF-8"),
    ],
)
def test_a_file_that_is_no_roster(faults, content, line, reason):
    (told,) = faults(content)
    assert told.startswith(f"roster.csv:{line}: ")
    assert reason in told


def test_a_missing_roster_says_where_it_is_looked_for(tmp_path):
    with pytest.raises(InvalidSpec, match=r"lost\.csv: there is no such file; give the roster's path relative to"):
        read_roster(tmp_path / "lost.csv", "lost.csv")
    with pytest.raises(InvalidSpec, match="cannot be read: Is a directory"):
        read_roster(tmp_path, "here")

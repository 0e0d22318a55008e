"""A mistake is told with the line on which it was made."""

import pytest

from problemgen.exam.locate import line_of

SOURCE = '''# comment
title = "a = b"
"seed" = 'x'
variants = [
  "A",
  "B",
]
instructions = """
title = "not here"
[[questions]]
"""

[[questions]]
problem = "x"
pin = { a = 1,
        b = 2 }

[[ questions ]]   # the second
problem = "y"
pin.a = 1

  [questions.pin]
  b = 2

[[questions]]
'''


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (["title"], 2),
        (["seed"], 3),
        (["variants", 1], 4),
        (["instructions"], 8),
        (["questions", 0], 13),
        (["questions", 0, "problem"], 14),
        (["questions", 0, "pin", "a"], 15),
        (["questions", 0, "level"], 13),
        (["questions", 1], 18),
        (["questions", 1, "problem"], 19),
        (["questions", 1, "pin", "b"], 23),
        (["questions", 2, "problem"], 25),
        (["nowhere"], 1),
    ],
)
def test_lines(path, line):
    assert line_of(SOURCE, path) == line


def test_questions_in_one_array_are_found_at_the_array():
    assert line_of('title = "x"\nquestions = [\n  { problem = "x" },\n]\n', ["questions", 0, "problem"]) == 2


NESTED = """title = "x"
[[questions]]
problem = "a"
[[sections]]
title = "I"
[[sections.questions]]
problem = "b"
pin.a = 1
[[sections.questions]]
problem = "c"
[sections.questions.pin]
a = 1
[[ sections ]]
[[sections . questions]]
problem = "d"
"""


@pytest.mark.parametrize(
    ("path", "line"),
    [
        (["questions", 0, "problem"], 3),
        (["sections", 0], 4),
        (["sections", 0, "title"], 5),
        (["sections", 0, "questions", 0, "problem"], 7),
        (["sections", 0, "questions", 0, "pin", "a"], 8),
        (["sections", 0, "questions", 1, "problem"], 10),
        (["sections", 0, "questions", 1, "pin", "a"], 12),
        (["sections", 1], 13),
        (["sections", 1, "questions", 0, "problem"], 15),
        (["sections", 1, "title"], 13),
    ],
)
def test_tables_inside_of_tables_are_counted_anew_in_each(path, line):
    assert line_of(NESTED, path) == line

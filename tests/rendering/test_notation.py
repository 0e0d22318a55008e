"""Where a line of an aligned display that is wider than the text goes on on the next row."""

from sympy import symbols

from problemgen.rendering.notation import aligned
from problemgen.worked import Equation, Evaluation, SumOfProducts


def rows(line):
    return str(aligned([line])).replace(r"\[ \begin{aligned} ", "").replace(r" \end{aligned} \]", "").split(r" \\ ")


def test_a_line_that_fits_stays_whole_however_long_its_source_is():
    letters = {f"x{place}": rf"\operatorname{{x}}_{{{place}}}" for place in range(1, 9)}
    line = Equation(r"\text{s}", (sum(symbols("x1:9")),), letters)
    assert len(line.latex()) > 130
    assert len(rows(line)) == 1


def test_seven_products_of_negative_numbers_do_not_fit():
    line = SumOfProducts("G_{2,2}", ((-3, -2),) * 7, 42)
    first, second = rows(line)
    assert first == r"G_{2,2} &= -3 \cdot (-2)" + r" + (-3) \cdot (-2)" * 4
    assert second == r"&\quad + (-3) \cdot (-2) + (-3) \cdot (-2) = 42"


def test_a_line_ends_outside_brackets_only():
    bracketed = r"\left(" + " + ".join(["12345"] * 9) + r"\right)"
    assert rows(Evaluation("x", f"{bracketed} - {bracketed}", 0)) == [
        f"x &= {bracketed}",
        rf"&\quad - {bracketed}",
        "&= 0",
    ]

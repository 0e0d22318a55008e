"""Both printers: nothing leaks out, nothing is noise, and what is escaped stays readable."""

import math
import re
import xml.etree.ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problemgen.rendering.drawing import (
    SIZES,
    Arrow,
    Box,
    Drawing,
    Item,
    Label,
    Line,
    Polygon,
    to_latex,
)
from problemgen.rendering.svg import to_svg

EVERYTHING = (
    Line(((0, 0), (10, 5), (20, 0))),
    Line(((0, 0), (20, 0)), dash=3, grey=0.5),
    Arrow(((0, 0), (0, 10), (20, 10)), grey=0.5),
    Polygon(((0, 0), (5, 0), (0, 5)), fill=0.8),
    Box(1, 2, 30, 20, fill=0.9, radius=4),
    Box(1, 2, 30, 20, width=0, fill=1),
    Label(3, 4, r"$x_{1}$", "x₁", style="math"),
    Label(3, 9, r"\textbf{a \& b}", "a & b <c>", "small", "start", "bold"),
    Label(3, 9, r"\textit{q}", 'q "r"', "tiny", "end", "italic", 0.4),
)


def drawn(*items: Item) -> Drawing:
    return Drawing(50, 40, items)


def parsed(svg: str) -> ET.Element:
    return ET.fromstring(svg)  # noqa: S314 -- written by this package


def tags(svg: str) -> list[str]:
    return [element.tag.rpartition("}")[2] for element in parsed(svg)]


def points(operators: str) -> list[tuple[float, float]]:
    """Return the points of the paths in PDF operators."""
    found, numbers = [], []
    for token in re.findall(r"-?[\d.]+|[A-Za-z]+", operators):
        if not token.isalpha():
            numbers.append(float(token))
            continue
        if token in {"m", "l", "c"}:
            found += zip(numbers[::2], numbers[1::2], strict=True)
        numbers = []
    return found


@pytest.mark.parametrize("item", EVERYTHING, ids=lambda item: type(item).__name__)
def test_each_primitive_is_printed_in_both_ways(item):
    latex, svg = to_latex(drawn(item)), to_svg(drawn(item), "One thing.")
    assert latex.count("\n") > to_latex(drawn()).count("\n")
    assert len(tags(svg)) > 2


def test_latex_keeps_its_settings_to_itself():
    latex = to_latex(drawn(*EVERYTHING))
    assert latex.startswith(r"{\setlength{\unitlength}{1pt}")
    assert latex.endswith("\\end{picture}}")
    without_escapes = re.sub(r"\\.", "", latex)
    assert without_escapes.count("{") == without_escapes.count("}")
    assert latex.count(r"\begin{picture}") == latex.count(r"\end{picture}") == 1


def test_no_line_end_becomes_a_space():
    outside = re.sub(r"\\strokes\{[^}]*\}", "", to_latex(drawn(*EVERYTHING)))  # inside, PDF takes it for a space
    *lines, last = outside.splitlines()
    assert all(line.endswith("%") for line in lines)
    assert not last.endswith("%")


def test_numbers_have_no_noise():
    noisy = drawn(Line(((-0.001, 0.1 + 0.2), (1 / 3, 40.0), (100.0, -2.50))))
    assert "\n0 0.3 m 0.33 40 l 100 -2.5 l S" in to_latex(noisy)
    assert 'points="0,-0.3 0.33,-40 100,2.5"' in to_svg(noisy, "A line.")


def test_pen_and_type_size_are_named_only_where_they_change():
    thin, thick = Line(((0, 0), (1, 0)), 0.4), Line(((0, 0), (1, 0)), 0.8)
    latex = to_latex(drawn(thin, thin, thick, thick, thin, *EVERYTHING[-3:-2] * 3))
    assert latex.count("0.4 w") == 2
    assert latex.count("0.8 w") == 1
    assert latex.count(r"\fontsize") == 1


def test_a_colour_ends_with_its_command():
    latex = to_latex(drawn(*EVERYTHING))
    assert latex.count(r"\grey") == len(re.findall(r"\{\\grey\{[\d.]+\}", latex)) > 0
    strokes = [row for row in latex.splitlines() if re.search(r"[Gg] .* [Gg]", row)]
    assert len(strokes) == 6
    assert all(re.match(r"(\\strokes\{)?[\d.]+ ([Gg]) .* 0 \2\}?%?$", row) for row in strokes)


def test_an_arrow_ends_at_its_last_point_and_its_shaft_stops_before():
    latex = to_latex(drawn(Arrow(((0, 0), (30, 40)), tip=5)))
    shaft = points(next(row for row in latex.splitlines() if row.endswith((" S", " S}%"))))
    tip, left, right = points(next(row for row in latex.splitlines() if row.endswith((" f", " f}%"))))
    assert tip == (30, 40)
    assert math.dist(tip, shaft[-1]) == pytest.approx(5, abs=0.02)
    assert math.dist(left, shaft[-1]) == pytest.approx(math.dist(right, shaft[-1]), abs=0.02)
    assert math.dist(left, right) > 2


@given(st.floats(1, 300), st.floats(1.5, 6))
def test_dashes_begin_and_end_with_the_line(length, dash):
    row = next(row for row in to_latex(drawn(Line(((5, 7), (5 + length, 7)), dash=dash))).splitlines() if " m " in row)
    pattern, _, stroke = row.partition(" 0 d ")
    assert points(stroke.removesuffix("[] 0 d")) == [(5, 7), (pytest.approx(5 + length, abs=0.01), 7)]
    count = length / float(pattern.strip("[]"))
    assert count == pytest.approx(round(count), rel=1e-3)
    assert round(count) % 2 == 1
    assert row.endswith(" S [] 0 d")


@given(st.floats(0, 10))
def test_the_outline_of_a_box_stays_in_it(radius):
    sharp, row = (
        next(row for row in to_latex(drawn(Box(2, 3, 40, 20, radius=one))).splitlines() if " S" in row)
        for one in (0, radius)
    )
    assert sharp.endswith("2 3 40 20 re S")
    if row == sharp:
        return
    xs, ys = zip(*points(row), strict=True)
    assert (min(xs), min(ys), max(xs), max(ys)) == (2, 3, 42, 23)


def test_labels_share_a_baseline_whatever_they_spell():
    latex = to_latex(drawn(Label(0, 9, "ace", "ace"), Label(9, 9, "qgy", "qgy")))
    baselines = set(re.findall(r"\\labelmiddle\{[^}]*\}\{([^}]*)\}", latex))
    assert len(baselines) == 1


def test_latex_of_a_label_is_set_as_it_is():
    assert r"{$\frac{a}{b}_{1}$}" in to_latex(drawn(Label(0, 0, r"$\frac{a}{b}_{1}$", "a/b")))


def test_type_sizes_do_not_depend_on_the_class():
    for size, height in SIZES.items():
        assert rf"\fontsize{{{height:g}}}" in to_latex(drawn(Label(0, 0, "x", "x", size)))
        assert f'font-size="{height:g}"' in to_svg(drawn(Label(0, 0, "x", "x", size)), "x.")


def test_svg_is_an_image_with_title_and_description():
    svg = parsed(to_svg(drawn(*EVERYTHING), "Layers & <boxes>. A longer story."))
    assert svg.get("role") == "img"
    assert [child.text for child in svg[:2]] == ["Layers & <boxes>.", "Layers & <boxes>. A longer story."]
    assert svg.get("viewBox") == "0 -40 50 40"


def test_svg_escapes_text_and_keeps_it():
    texts = ["".join(element.itertext()) for element in parsed(to_svg(drawn(*EVERYTHING), "x"))]
    assert "a & b <c>" in texts
    assert 'q "r"' in texts


def test_svg_moves_sub_and_superscripts_and_slants_letters_only():
    label = parsed(to_svg(drawn(Label(0, 0, "", "x₁⁽²⁾ = 3", style="math")), "x"))[-1]
    spans = [(span.text, span.get("font-style"), float(span.get("dy", "0"))) for span in label]
    assert [(text, slope) for text, slope, _ in spans] == [
        ("x", "italic"),
        ("1", None),
        ("(2)", None),
        ("=", None),
        ("3", None),
    ]
    assert spans[1][2] > 0 > spans[2][2]
    assert sum(dy for _, _, dy in spans) == pytest.approx(0, abs=0.02)
    assert label[3].get("dx") == label[4].get("dx") != "0"


def test_svg_points_down_where_the_drawing_points_up():
    box = parsed(to_svg(Drawing(50, 40, (Box(5, 10, 20, 7),), left=-3, bottom=-2), "x"))
    assert box.get("viewBox") == "-3 -38 50 40"
    assert (box[-1].get("x"), box[-1].get("y")) == ("5", "-17")

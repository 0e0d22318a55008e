"""Every kind of figure, over the shapes that problems use: all fits, nothing overlaps, both outputs agree."""

import json
import math
import pkgutil
import re
import shutil
import subprocess
import xml.etree.ElementTree as ET
from itertools import combinations

import pytest

from problemgen.errors import InvalidParameters, UnknownName
from problemgen.rendering import figures
from problemgen.rendering.drawing import Arrow, Box, Label, Line, to_latex
from problemgen.rendering.figures import MINUS, TEXT_WIDTH, TIMES, extent, number, text_width, words
from problemgen.rendering.svg import to_svg

CONV = {"title": "Conv2d", "lines": [f"3{TIMES}3, 128 filters", "stride 1, padding 1"]}
RELU = {"title": "ReLU"}
POOL = {"title": "MaxPool2d", "lines": [f"2{TIMES}2, stride 2"]}
ODD = {
    "title": "50% {x} & co_1",
    "lines": ["#2 $ ~ ^ \\c <d>", "a line that is so long that it has to be broken into two"],
}


def stack(count, *, output=None):
    layers = [{"name": f"layer{i}", **(CONV, RELU, POOL, ODD)[i % 4]} for i in range(count)]
    return "layer_stack", {"input": [32, 32, 3], "layers": layers, "output": output}


def matrix(rows, columns, entry, **more):
    return {"entries": [[entry] * columns for _ in range(rows)], **more}


def product(size, entry, channels=1, kernel=3, **more):
    images = [
        matrix(size, size, entry, name=f"X^{{({c})}}", text="X⁽¹⁾", channel=f"channel {c}", **more)
        for c in range(channels)
    ]
    kernels = [matrix(kernel, kernel, "-1", name="K", text="K") for _ in range(channels)]
    result = matrix(size - kernel + 1, size - kernel + 1, "?", name="Y", marked=[[0, 0]])
    return "matrices", {"items": [*images, {"operator": "*"}, *kernels, {"operator": "="}, result]}


def network(in_size, kernel_size, pool_size, *, known=False, **more):
    data = {"in_size": in_size, "kernel_size": kernel_size, "pool_size": pool_size, **more}
    if known:
        z = (in_size - kernel_size) // data.get("stride", 1) + 1
        v = (z - pool_size) // data.get("pool_stride", 1) + 1
        data["values"] = {
            "x": ["-10"] * in_size,
            "z": ["-3/4"] * z,
            "m": ["-3/4"] * v,
            "v": ["12"] * v,
            "k": ["-1"] * kernel_size,
            "w": ["1/2"] * v,
            "output": "6",
            "target": "5",
            "loss": "1/2",
        }
        data["gradients"] = {"x": ["2"] * in_size, "z": ["-18"] * z, "v": ["3"] * v, "output": "-6"}
    return "conv1d_network", data


def cone(*layers, **more):
    rows = [{"kernel_size": k, "stride": s, "dilation": d, **more} for k, s, d in layers]
    return "receptive_field", {"layers": rows}


SAMPLES = {
    **{f"stack of {n}": stack(n, output=[10] if n % 2 else None) for n in range(1, 15)},
    **{
        f"{channels} of {size}x{size} {entry}": product(size, entry, channels, window=[0, 0, 3, 3])
        for size in (3, 4, 5, 6)
        for channels in (1, 2, 3)
        for entry in ("7", "-128", "-11/12")
    },
    **{f"padding {p}": product(4, "8", border=p, window=[-p, -p, 3, 3]) for p in (0, 1, 2)},
    "very wide": ("matrices", {"items": [matrix(2, 24, "255"), matrix(2, 24, "255")]}),
    "blank": ("matrices", {"items": [matrix(1, 1, "")]}),
    "gradient": (
        "matrices",
        {"items": [matrix(3, 3, "1", name=r"\frac{\partial L}{\partial K}", text="∂L/∂K")]},
    ),
    **{
        f"network {n} {kernel} {pool}{' known' * known}": network(n, kernel, pool, known=known)
        for n in range(4, 9)
        for kernel in (2, 3, 4)
        for pool in (2, 3)
        for known in (False, True)
        if n - kernel + 1 >= pool
    },
    "network with strides": network(8, 2, 2, stride=2, pool_stride=2, known=True),
    "other letters": network(5, 3, 2, letters={"x": "a", "z": "s", "v": "h", "k": "", "w": "u", "y": "t"}),
    "one layer sees": cone((3, 1, 1)),
    "a pixel sees one": cone((1, 1, 1)),
    "strides and dilations": cone((3, 1, 2), (2, 2, 1), (5, 1, 1), (3, 2, 1), name="conv 1"),
    "a very wide field": cone((7, 2, 1), (5, 2, 1), (3, 2, 1), (3, 2, 1), (3, 1, 1), name="a long name"),
}
every_sample = pytest.mark.parametrize(("kind", "data"), SAMPLES.values(), ids=SAMPLES)


def samples(kind):
    chosen = {name: data for name, (its_kind, data) in SAMPLES.items() if its_kind == kind}
    return pytest.mark.parametrize("data", chosen.values(), ids=chosen)


def items(kind, data, type_):
    return [item for item in figures.draw(kind, data).items if isinstance(item, type_)]


def units(kind, data):
    """The boxes that stand for layers and units: they have an outline and round corners."""
    return [box for box in items(kind, data, Box) if box.width and box.radius]


def apart(one, other, slack):
    left, bottom, right, top = one
    left2, bottom2, right2, top2 = other
    return right - slack <= left2 or right2 - slack <= left or top - slack <= bottom2 or top2 - slack <= bottom


def distance(point, box):
    """How far a point is from the outline of a box with round corners."""
    r = box.radius
    across = abs(point[0] - box.x - box.w / 2) - box.w / 2 + r
    along = abs(point[1] - box.y - box.h / 2) - box.h / 2 + r
    return abs(math.hypot(max(across, 0), max(along, 0)) + min(max(across, along), 0) - r)


def test_every_kind_has_a_sample():
    assert {kind for kind, _ in SAMPLES.values()} == {module.name for module in pkgutil.iter_modules(figures.__path__)}


@every_sample
def test_it_fits_the_page_and_its_drawing(kind, data):
    drawing = figures.draw(kind, data)
    assert drawing.width <= TEXT_WIDTH
    for item in drawing.items:
        left, bottom, right, top = extent(item)
        assert drawing.left <= left <= right <= drawing.left + drawing.width
        assert drawing.bottom <= bottom <= top <= drawing.bottom + drawing.height


@every_sample
def test_no_two_labels_overlap(kind, data):
    labels = items(kind, data, Label)
    assert labels or data == SAMPLES["blank"][1]
    for one, other in combinations(labels, 2):
        assert apart(extent(one), extent(other), slack=0.5), (one, other)


@every_sample
def test_no_two_boxes_overlap(kind, data):
    for one, other in combinations(units(kind, data), 2):
        assert apart(extent(one), extent(other), slack=0), (one, other)
    assert kind == "matrices" or units(kind, data)


@every_sample
def test_text_stays_within_its_box(kind, data):
    for box in units(kind, data):
        left, bottom, right, top = extent(box)
        for label in items(kind, data, Label):
            if left < label.x < right and bottom < label.y < top:
                start, _, end, _ = extent(label)
                assert left + 2 <= start <= end <= right - 2, label


@every_sample
def test_a_label_is_in_a_box_or_clear_of_it(kind, data):
    for box in units(kind, data):
        for label in items(kind, data, Label):
            left, bottom, right, top = extent(box)
            inside = left < label.x < right and bottom < label.y < top
            assert inside or apart(extent(box), extent(label), slack=0.5), (box, label)


@samples("layer_stack")
def test_returning_arrows_are_clear_of_names_and_boxes(data):
    things = [*units("layer_stack", data), *items("layer_stack", data, Label)]
    returning = [arrow for arrow in items("layer_stack", data, Arrow) if len(arrow.points) > 2]
    rows = {box.y for box in units("layer_stack", data)}
    assert len(returning) == len(rows) - 1
    for arrow in returning:
        for stroke in zip(arrow.points[1:-2], arrow.points[2:-1], strict=True):
            assert all(apart(extent(Line(stroke)), extent(thing), slack=0) for thing in things)


@pytest.mark.parametrize(("kind", "data"), [s for s in SAMPLES.values() if s[0] not in ("matrices", "receptive_field")])
def test_arrows_run_from_box_to_box(kind, data):
    boxes = units(kind, data)
    arrows = items(kind, data, Arrow)
    assert arrows
    for arrow in arrows:
        for end in (arrow.points[0], arrow.points[-1]):
            assert min(distance(end, box) for box in boxes) < 0.01, arrow


@every_sample
def test_latex_is_deterministic_and_data_may_come_from_json(kind, data):
    latex = to_latex(figures.draw(kind, data))
    assert latex == to_latex(figures.draw(kind, json.loads(json.dumps(data))))
    assert r"\begin{picture}" in latex


@every_sample
def test_svg_is_well_formed_plain_and_described(kind, data):
    said = figures.alt(kind, data)
    root = ET.fromstring(to_svg(figures.draw(kind, data), said))  # noqa: S314 -- written by this package
    title, description, *drawn = root
    assert description.text == said
    assert said.startswith(title.text)
    texts = ["".join(element.itertext()) for element in drawn]
    assert len(drawn) >= len(figures.draw(kind, data).items)
    assert not [text for text in texts if re.search(r"\\[a-z]{2}|[_^]\{|\$.*\$", text)]


@every_sample
def test_the_description_is_made_of_sentences(kind, data):
    said = figures.alt(kind, data)
    assert said.endswith(".")
    assert said[0].isupper() or said[0].isdigit()
    assert not re.search(r"\\[a-z]{2}|[_^]\{|\bNone\b|\(\)|  ", said)


def test_the_description_names_what_is_shown():
    layers = figures.alt(*stack(2, output=[10, 4]))
    assert f"32 {TIMES} 32 {TIMES} 3" in layers
    assert f"layer0 (Conv2d; 3{TIMES}3, 128 filters; stride 1, padding 1), then layer1 (ReLU)" in layers
    assert f"The output is 10 {TIMES} 4." in layers
    matrices = figures.alt(*product(4, "1/2", border=1, window=[-1, 0, 3, 3]))
    assert "the rows 1/2, 1/2, 1/2, 1/2;" in matrices
    assert "1 ring of zeros, with a 3 by 3 window from row 1, column 2 of the padded matrix" in matrices
    graph = figures.alt(*network(5, 3, 2, known=True))
    assert "z₃ from x₃, x₄, x₅. ReLU of the maximum gives v₁ from z₁, z₂; v₂ from z₂, z₃." in graph
    assert "k: -1, -1, -1;" in graph


def test_an_unknown_kind_is_refused_with_the_known_ones():
    with pytest.raises(UnknownName, match=r"no figure kind 'matrix'; known: conv1d_network, .*did you mean 'matrices'"):
        figures.draw("matrix", {})
    with pytest.raises(UnknownName):
        figures.alt("__init__", {})


def test_a_network_without_a_pooling_window_is_refused():
    with pytest.raises(InvalidParameters, match="too few to pool"):
        figures.draw(*network(4, 4, 2))


@samples("layer_stack")
def test_layers_stand_in_reading_order(data):
    boxes = units("layer_stack", data)
    places = [(-box.y, box.x) for box in boxes]
    assert places == sorted(places)
    assert len(boxes) == len(data["layers"]) + 1 + bool(data["output"])
    assert len(items("layer_stack", data, Arrow)) == len(boxes) - 1


@samples("matrices")
def test_cells_are_square_and_of_one_size(data):
    grids = [box for box in items("matrices", data, Box) if box.width == 0.7]
    shapes = [(len(item["entries"]), len(item["entries"][0])) for item in data["items"] if "entries" in item]
    cells = {round(side, 6) for grid, (m, n) in zip(grids, shapes, strict=True) for side in (grid.h / m, grid.w / n)}
    assert len(cells) == 1


def test_a_window_covers_its_cells():
    data = {"items": [matrix(4, 5, "7", window=[1, 2, 2, 3], marked=[[0, 4]])]}
    shade, mark, grid, outline = items("matrices", data, Box)
    cell = grid.w / 5
    assert (shade.x, shade.y, shade.w, shade.h) == (outline.x, outline.y, outline.w, outline.h)
    assert (shade.x - grid.x, shade.w, shade.h) == pytest.approx((2 * cell, 3 * cell, 2 * cell))
    assert shade.y - grid.y == pytest.approx(cell)
    assert (mark.x - grid.x, mark.y - grid.y) == pytest.approx((4 * cell, 3 * cell))
    assert outline.width > grid.width
    assert mark.fill < shade.fill


@pytest.mark.parametrize("border", [1, 2])
def test_padding_is_dashed_around_the_entries(border):
    data = {"items": [matrix(3, 4, "7", border=border)]}
    zeros = [label for label in items("matrices", data, Label) if label.text == "0"]
    dashed = [line for line in items("matrices", data, Line) if line.dash]
    (grid,) = items("matrices", data, Box)
    cell = grid.w / 4
    assert len(zeros) == (3 + 2 * border) * (4 + 2 * border) - 12
    assert min(extent(line)[0] for line in dashed) == pytest.approx(grid.x - border * cell, abs=0.3)
    assert max(extent(line)[3] for line in dashed) == pytest.approx(grid.y + grid.h + border * cell, abs=0.3)
    assert all(zero.grey > 0 for zero in zeros)


def test_matrices_break_before_an_operator():
    _, data = product(6, "-128", 2)
    labels = items("matrices", data, Label)
    star = next(label for label in labels if label.latex == "$*$")
    first = min(label.x for label in labels if label.y == star.y)
    assert star.x == first


@samples("conv1d_network")
def test_units_and_edges_are_complete(data):
    graph = {name: data.get(name, 1) for name in ("in_size", "kernel_size", "stride", "pool_size", "pool_stride")}
    z = (graph["in_size"] - graph["kernel_size"]) // graph["stride"] + 1
    v = (z - graph["pool_size"]) // graph["pool_stride"] + 1
    assert len(units("conv1d_network", data)) == graph["in_size"] + z + v + 3
    assert len(items("conv1d_network", data, Arrow)) == z * graph["kernel_size"] + v * graph["pool_size"] + v + 2


def test_a_cone_has_the_pixels_of_every_layer_in_a_row():
    kind, data = cone((3, 1, 1), (2, 2, 1), (3, 1, 1))
    boxes = units(kind, data)
    rows = [[box.x for box in boxes if box.y == y] for y in sorted({box.y for box in boxes})]
    assert [len(row) for row in rows] == [8, 6, 3, 1]
    cell = rows[0][1] - rows[0][0]
    assert [right - left for left, right in zip(rows[2], rows[2][1:], strict=False)] == pytest.approx([2 * cell] * 2)
    assert rows[3][0] == pytest.approx((rows[0][0] + rows[0][-1]) / 2)
    assert "it depends on 3 pixels; through 2×2, stride 2 it depends on 6 pixels" in figures.alt(kind, data)
    assert "spanning 8 input pixels." in figures.alt(kind, data)


def test_the_windows_of_a_cone_run_from_pixel_to_pixel():
    kind, data = cone((3, 1, 2), (2, 2, 1), (3, 1, 1))
    tops = {round(box.y + box.h, 6) for box in units(kind, data)}
    bottoms = {round(box.y, 6) for box in units(kind, data)}
    lines = items(kind, data, Line)
    assert len([line for line in lines if not line.grey]) == 3 + 2 + 3
    for line in lines:
        (_, start), (_, end) = line.points
        assert round(start, 6) in bottoms
        assert round(end, 6) in tops


def test_only_the_first_use_of_the_kernel_is_lettered():
    _, data = network(6, 3, 2)
    texts = [label.text for label in items("conv1d_network", data, Label)]
    assert [text for text in texts if text.startswith("k")] == ["k₁", "k₂", "k₃"]
    grey = [arrow for arrow in items("conv1d_network", data, Arrow) if arrow.grey]
    assert len(grey) == 3 * 3


@pytest.mark.parametrize(
    ("entry", "latex", "text"),
    [
        ("3", "3", "3"),
        ("-3", "-3", f"{MINUS}3"),
        ("-1/12", r"-\tfrac{1}{12}", f"{MINUS}¹/₁₂"),
        ("?", "?", "?"),
        ("", "", ""),
    ],
)
def test_entries_are_typeset(entry, latex, text):
    assert number(entry) == (latex, text)


def test_plain_words_are_literal_in_latex():
    literal = "50% of a_b & {c} #1 $ ~ ^ \\ → <x>" + TIMES
    label = words(0, 0, literal)
    assert label.text == literal
    assert label.latex == (
        r"50\% of a\_b \& \{c\} \#1 \$ \textasciitilde{} \textasciicircum{} \textbackslash{}"
        r" $\to$ $<$x$>$$\times$"
    )


@pytest.mark.latex
def test_latex_sets_every_sample_and_text_is_as_wide_as_estimated(tmp_path):
    if not shutil.which("pdflatex"):
        pytest.skip("pdflatex is not installed")
    pictures = [to_latex(figures.draw(*sample)) for sample in SAMPLES.values()]
    measured = ["stride 1, padding 1", "MaxPool2d", "Conv2d", "128 filters", "dilation 2, groups 4", "ReLU"]
    rulers = [rf"\setbox0\hbox{{\fontsize{{8}}{{8}}\selectfont {text}}}\typeout{{wide \the\wd0}}" for text in measured]
    (tmp_path / "all.tex").write_text(
        "\n\n".join(
            [
                r"\documentclass[11pt]{article}\usepackage[T1]{fontenc}\usepackage{lmodern,xcolor,amsmath}",
                r"\newcommand{\strokes}{\pdfliteral}\newcommand{\grey}[1]{\color[gray]{#1}}",
                *(rf"\newcommand{{\label{side}}}[3]{{\put(#1,#2){{#3}}}}" for side in ("start", "middle", "end")),
                rf"\textwidth{TEXT_WIDTH}pt\parindent0pt\raggedbottom\begin{{document}}",
                *rulers,
                *pictures,
                r"\end{document}",
            ]
        ),
        encoding="utf-8",
    )
    command = ["pdflatex", "-interaction=nonstopmode", "-halt-on-error", "all.tex"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, errors="replace", check=False)
    assert done.returncode == 0, done.stdout[-2000:]
    assert "Overfull \\hbox" not in done.stdout
    assert "Font Warning" not in done.stdout
    widths = [float(width) for width in re.findall(r"wide ([\d.]+)pt", done.stdout)]
    assert widths == pytest.approx([text_width(text, "scriptsize") for text in measured], rel=0.08)

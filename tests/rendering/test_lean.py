"""`lean.tex.j2` spares LaTeX's work and changes no page: the same exam with and without it, compared as pictures."""

import numpy as np
import pypdfium2
import pytest

from problemgen.exam.spec import read_spec
from problemgen.rendering import delivery

pytestmark = pytest.mark.latex

KINDS = ("questions", "answers", "solutions")
SPEC = """
title = "Midterm"
seed = "lean"
variants = ["A"]
instructions = ["Show your working."]
{more}
[[sections]]
title = "Part I"
[[sections.questions]]
problem = "concepts/true_false"
points = 6
[[sections.questions]]
problem = "cnn/inverse_kernel_size"
points = [4, 2, 3]
[[sections.questions]]
problem = "cnn/layer_table"
points = 12
[[sections]]
title = "Part II"
[[sections.questions]]
problem = "cnn/conv_forward"
points = 2.5
bonus = true
[[sections.questions]]
problem = "loss/softmax_cross_entropy"
format = "choice"
"""
SCALE = 2  # pixels a point


def pictures(path):
    """Return each page as rows of greys, 0 to 255."""
    with pypdfium2.PdfDocument(path) as pdf:
        return [page.render(scale=SCALE, grayscale=True).to_numpy().squeeze().astype(int) for page in pdf]


def inked(picture):
    """Return first and last row and column with something on them."""
    rows, columns = np.where(picture < 128)
    return rows.min(), rows.max(), columns.min(), columns.max()


@pytest.mark.parametrize("more", ["", 'paper = "letter"'])
def test_the_pages_are_the_same_without_it(tmp_path, more):
    plain = tmp_path / "plain/sheets"
    plain.mkdir(parents=True)
    (plain / "lean.tex.j2").write_text("", encoding="utf-8")
    (tmp_path / "exam.toml").write_text(SPEC.format(more=more), encoding="utf-8")
    for name, templates in (("lean", None), ("full", tmp_path / "plain")):
        done = delivery.build(read_spec(tmp_path / "exam.toml"), tmp_path / name, delivery.Options(templates=templates))
        assert not done.failures
    for kind in KINDS:
        lean, full = (pictures(tmp_path / name / f"A/{kind}.pdf") for name in ("lean", "full"))
        assert len(lean) == len(full) > 0
        for ours, theirs in zip(lean, full, strict=True):
            assert ours.shape == theirs.shape
            assert np.abs(np.subtract(inked(ours), inked(theirs))).max() <= SCALE
            assert (
                np.mean(np.abs(ours - theirs) > 64) < 0.002
            )  # of the pixels: letters moved by less than their strokes

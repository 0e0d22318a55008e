"""A wrong rule for the gradient of a kernel leads to the same entry as a formula in letters and as a matrix."""

import re

import pytest
from sympy import Rational

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed


@pytest.mark.parametrize("level", [Level.MEDIUM, Level.HARD])
@pytest.mark.parametrize("slip", ["flipped", "stride_taken_as_1", "forgot_padding"])
def test_the_formula_and_the_matrix_of_a_slip_agree(slip, level):
    met = False
    for number in range(30):
        instance = sampling.sample(catalog.get("backprop/conv_backward_weight"), Seed.of("slips", number), level)
        record, solution = instance.record, instance.solution
        wrong = [
            {mistake.id: mistake.value for mistake in solution.part(part).mistakes}.get(slip)
            for part in ("entry_formula", "weight_gradient")
        ]
        if None in wrong:
            continue
        given = zip(record.letters, (record.image, record.delta), strict=True)
        point = {f"{name}{i}{j}": entry for name, rows in given for (i, j), entry in entries(rows)}
        row, column = record.entry
        assert wrong[0].expr.subs(point) == Rational(wrong[1].entries[row - 1][column - 1])
        met = True
    assert met or (level, slip) == (Level.MEDIUM, "stride_taken_as_1")


def test_entries_with_the_same_indices_know_no_stride():
    for number in range(12):
        instance = sampling.sample(catalog.get("backprop/conv_backward_weight"), Seed.of("same", number), Level.HARD)
        mistakes = instance.solution.part("entry_formula").mistakes
        (wrong,) = [mistake.value.expr for mistake in mistakes if mistake.id == "index_not_shifted"]
        for term in wrong.args:
            assert len({re.sub(r"\D", "", symbol.name) for symbol in term.free_symbols}) == 1


def entries(rows):
    for i, row in enumerate(rows, 1):
        for j, entry in enumerate(row, 1):
            yield (i, j), entry

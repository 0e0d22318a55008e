"""Whoever goes on from the decimals that a solution of softmax prints comes to the answers that it prints."""

import math
import re

import pytest

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.exact import rounded


def printed(line):
    """Return the last number of a line, which it gives behind = or ≈."""
    return float(re.split(r"=|\\approx", line.latex())[-1])


@pytest.mark.parametrize("level", [Level.MEDIUM, Level.HARD])
def test_the_printed_decimals_lead_to_the_printed_answers(level):
    entry = catalog.get("loss/softmax_cross_entropy")
    for number in range(60):
        instance = sampling.sample(entry, Seed.of("printed", level, number), level)
        places, classes = instance.record.places, range(1, len(instance.record.logits) + 1)
        steps = instance.solution.part("probabilities").steps
        powers = [printed(steps[f"e{place}"]) for place in classes]
        total = printed(steps["sum"])
        assert math.isclose(sum(powers), total)
        for place, power in zip(classes, powers, strict=True):
            right = instance.solution.part("probabilities").answer.rows[place - 1].cells["value"].value
            assert round(power / total, places) == printed(steps[f"p{place}"]) == float(rounded(right, places))
        loss = instance.solution.part("loss").steps["loss"]
        known = float(re.search(r"-\\ln \(([\d.]+)\)", loss.latex())[1])
        for probability in (known, round(powers[instance.record.target - 1] / total, places + 2)):
            assert round(-math.log(probability), places) == printed(loss)

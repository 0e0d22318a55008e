"""What follows from a mistake does not depend on whether mistakes and figures are made, too."""

from dataclasses import replace

import pytest

from problemgen import answers, carrying, catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.errors import InvalidParameters, NotCarriable

PROBLEMS = list(catalog.entries())


def carried(instance, part, mistake, *, answers_only):
    """Return every answer of one who goes on from the mistake, or None where that leads nowhere."""
    known = {place: carrying.value(answer) for place, answer in carrying.spoiled(part, mistake).items()}
    try:
        return carrying.solve(instance.record, known, answers_only=answers_only).every_answer
    except NotCarriable:
        return None


@pytest.mark.parametrize("name", PROBLEMS)
def test_answers_alone_are_those_of_the_whole_solution(name):
    for level in Level:
        record = sampling.sample(catalog.get(name), Seed.of("carrying"), level).record
        whole = carrying.solve(record, {}).every_answer
        alone = carrying.solve(record, {}, answers_only=True).every_answer
        assert alone.keys() == whole.keys()
        assert all(answers.same(whole[place], answer) for place, answer in alone.items())


@pytest.mark.parametrize("name", PROBLEMS)
def test_answers_alone_tell_every_consequence_of_a_mistake(name):
    for level in Level:
        instance = sampling.sample(catalog.get(name), Seed.of("carrying"), level)
        assert instance.reads == set(carrying.reads(instance.record))
        for part in instance.solution.parts:
            for mistake in part.mistakes:
                if carrying.path(part, mistake) in instance.reads:
                    whole = carried(instance, part, mistake, answers_only=False)
                    alone = carried(instance, part, mistake, answers_only=True)
                    assert (whole is None) == (alone is None)
                    for place, answer in (whole or {}).items():
                        assert answers.same(alone[place], answer), f"{place} after {mistake.id}"


def of(record, place):
    part, row, column = place.split(".")
    return dict(record.solve().part(part).answer.cells())[row, column]


@pytest.mark.parametrize(
    ("slip", "turned"),
    [("forgot_bias", lambda _: {"bias": 0}), ("kernel_flipped", lambda net: {"kernel": net.kernel[::-1]})],
)
def test_a_mistake_made_in_every_cell_is_carried_from_all_of_them(slip, turned):
    met = 0
    for number in range(40):
        instance = sampling.sample(catalog.get("backprop/conv_max_relu"), Seed.of("all", number), Level.MEDIUM)
        part = instance.solution.part("forward")
        mistake = next(mistake for mistake in part.mistakes if mistake.id == slip)
        try:
            other = replace(instance.record, **turned(instance.record))
        except InvalidParameters:  # two outputs tie: nobody can tell which one has the gradient
            continue
        followed = carrying.consequences(instance, part, mistake)
        wrong = {**carrying.spoiled(part, mistake), **followed}
        for place, right in instance.solution.every_answer.items():
            assert answers.same(wrong.get(place, right), of(other, place)), (slip, place)
        met += len(followed) > 0
    assert met > 10

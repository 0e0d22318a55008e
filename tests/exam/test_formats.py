"""Closed forms: options are the key and the mistakes, places and ranks are balanced, and nothing depends on luck."""

import itertools
import re
from collections import Counter
from dataclasses import replace
from fractions import Fraction

import pytest

from problemgen import answers, catalog, sampling
from problemgen.answers import Choice, Expression, MatrixAnswer, Number, NumberSet, Shape, Table, Text
from problemgen.draw import Level, Seed
from problemgen.exam.formats import WRONG, Balance, offered, refusal
from problemgen.problem import Mistake, Part, Solution

CLOSED = ("choice", "true-false")
SEED = Seed.of("formats")


def drawn(name, level, number):
    return sampling.sample(catalog.get(name), SEED.child(name, level, number), level)


def dealt(instances, form, label="A"):
    asked = [(str(place), instance, form) for place, instance in enumerate(instances)]
    turns = Balance(SEED).paper(label, asked)
    return [offered(instance, form, turn) for instance, turn in zip(instances, turns, strict=True)], turns


def with_part(part):
    return replace(drawn("cnn/conv_params", Level.EASY, 0), solution=Solution(part))


def values(part):
    return {mistake.id: mistake.value for mistake in part.mistakes}


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("name", list(catalog.entries()))
def test_options_are_the_key_and_mistakes_and_one_near_value_at_most_where_mistakes_are_enough(name, level):
    for number in range(4):
        instance = drawn(name, level, number)
        (closed,), _ = dealt([instance], "choice")
        offers = [(part, part.offer) for part in closed.solution.parts if part.offer]
        assert (not offers) <= bool(
            refusal(instance.solution.parts, "choice")
            or any(isinstance(part.answer, Choice) for part in instance.solution.parts)
        )
        for part, offer in offers:
            assert len(offer.choice.options) == len(set(offer.choice.options)) == WRONG + 1
            (place,) = offer.choice.correct
            named = [mistake for mistake in offer.mistakes if mistake]
            assert len(set(named)) == len(named) >= min(2, len(part.mistakes) - 1)
            assert offer.mistakes[place] == ""
            for option, mistake in zip(offer.choice.options, offer.mistakes, strict=True):
                if mistake and not (isinstance(part.answer, Number) and part.answer.places is not None):
                    assert option == f"${answers.latex(values(part)[mistake])}$".replace("$$", "$")
        plain = [replace(part, offer=None) for part in closed.solution.parts]
        assert plain == list(instance.solution.parts)


@pytest.mark.parametrize("name", list(catalog.entries()))
def test_a_claim_is_the_key_when_it_is_true_and_a_mistakes_value_when_it_is_false(name):
    verdicts = Counter()
    for number in range(6):
        (closed,), _ = dealt([drawn(name, Level.MEDIUM, number)], "true-false", label=str(number))
        for part in (part for part in closed.solution.parts if part.offer):
            assert part.offer.choice.options == ("true", "false")
            (verdict,) = part.offer.choice.correct
            verdicts[verdict] += 1
            if part.offer.mistakes[0]:
                assert verdict == 1
                assert part.offer.mistakes[0] in values(part)
    allowed = refusal(drawn(name, Level.MEDIUM, 0).solution.parts, "true-false") is None
    assert allowed or not verdicts


def test_kinds_without_a_sensible_closed_form_are_refused_in_words():
    for answer in (Text("because"), Table({"c": "C"}, ())):
        part = Part("part", answer)
        for form in CLOSED:
            told = refusal([part], form)
            assert answers.kind(answer) in told
            assert form in told
            assert dealt([with_part(part)], form)[1] == [(None,)]
    assert refusal([Part("part", Text("because"))], "open") is None
    assert refusal([Part("part", Choice(("x", "y"), frozenset({0})))], "choice") is None


NEAR = [
    *(Number(value) for value in (0, 1, 2, 7, 42, 864, 38976, -5, -864, Fraction(5, 9), Fraction(-1, 2))),
    Number(Fraction(22, 7), places=2),
    Shape((1, 1)),
    Shape((66, 66, 96)),
    NumberSet([7]),
    NumberSet([0, 1, 2]),
    NumberSet([0]),
    NumberSet([1]),
    MatrixAnswer(((1, 2), (3, 4))),
    MatrixAnswer(((0,),)),
]


@pytest.mark.parametrize("key", NEAR, ids=repr)
@pytest.mark.parametrize("known", [0, 1, 2])
def test_near_values_complete_the_options_and_are_of_the_same_kind_sign_and_size(key, known):
    wrong = [replace(key, value=key.value * 3 + by) for by in (11, 12)] if isinstance(key, Number) else []
    part = Part("part", key, mistakes=tuple(Mistake(f"m{n}", "why", one) for n, one in enumerate(wrong[:known])))
    for label in "ABCDEFGH":
        (closed,), _ = dealt([with_part(part)], "choice", label)
        offer = closed.solution.parts[0].offer
        assert len(set(offer.choice.options)) == WRONG + 1
        assert sum(bool(name) for name in offer.mistakes) == len(part.mistakes)
        near = [o for o, name in zip(offer.choice.options, offer.mistakes, strict=True) if not name]
        if isinstance(key, Number) and isinstance(key.value, int):
            numbers = [int(option.strip("$").replace(r"\,", "")) for option in near]
            for number in numbers:
                assert number * key.value > 0 or key.value == 0 <= number
                assert abs(number - key.value) <= max(5, abs(key.value) / 2)


@pytest.mark.parametrize("key", [{1}, {1, 2}, {1, 2, 3, 4}, {3, 5}, {0}, {0, 1}], ids=repr)
def test_a_near_set_holds_no_0_unless_the_key_does(key):
    shown = set()
    for label in "ABCDEFGHIJKLMNOP":
        instance = replace(with_part(Part("part", NumberSet(key))), seed=SEED.child(label))
        (closed,), _ = dealt([instance], "choice", label)
        shown.update(closed.solution.parts[0].offer.choice.options)
    numbers = {int(number) for option in shown for number in re.findall(r"-?\d+", option)}
    assert min(numbers) >= 0
    assert (0 in numbers) == (0 in key)


def test_an_expression_with_too_few_mistakes_stays_open():
    import sympy  # noqa: PLC0415

    x = sympy.Symbol("x")
    part = Part("part", Expression(x), mistakes=(Mistake("m", "why", Expression(2 * x)),))
    assert "expression" in refusal([part], "choice")
    assert refusal([part], "true-false") is None


def test_rounded_options_show_decimals_alone_and_never_two_alike():
    key = Number(Fraction(5, 9), places=2)
    near = tuple(Mistake(f"m{n}", "why", Number(Fraction(5, 9) + Fraction(n, 1000))) for n in (1, 2, 200, 300, 400))
    (closed,), _ = dealt([with_part(Part("part", key, mistakes=near))], "choice")
    offer = closed.solution.parts[0].offer
    assert len(set(offer.choice.options)) == WRONG + 1
    assert all(re.fullmatch(r"\$0\.\d\d\$", option) for option in offer.choice.options)
    named = {option for option, name in zip(offer.choice.options, offer.mistakes, strict=True) if name}
    assert named <= {"$0.76$", "$0.86$", "$0.96$"}
    assert offer.choice.options[next(iter(offer.choice.correct))] == "$0.56$"


def fixed(sides):
    """Return an instance whose key 100 has so many mistakes below and above it."""
    below, above = sides
    wrong = [*range(10, 10 + below), *range(200, 200 + above)]
    return with_part(Part("part", Number(100), mistakes=tuple(Mistake(f"m{w}", "why", Number(w)) for w in wrong)))


def exam_of(instances, papers, form="choice"):
    balance = Balance(SEED)
    made = []
    for paper in range(papers):
        asked = [(str(place), instance, form) for place, instance in enumerate(instances)]
        made.append([turn for turns in balance.paper(str(paper), asked) for turn in turns])
    return made


def spread(counted, among):
    found = Counter(counted)
    return max(found[one] for one in among) - min(found[one] for one in among)


@pytest.mark.parametrize(("papers", "questions"), list(itertools.product((1, 2, 4, 7, 40), (1, 3, 4, 8, 12))))
def test_places_and_ranks_of_the_key_are_balanced_in_every_paper_for_every_question_and_over_the_exam(
    papers, questions
):
    made = exam_of([fixed((3, 3))] * questions, papers)
    for what in (0, 1):
        for paper in made:
            assert spread([turn[what] for turn in paper], range(4)) <= 1
        assert spread([turn[what] for paper in made for turn in paper], range(4)) <= max(2, papers * questions // 16)
        if questions == 1:
            for start in range(0, papers - 3, 4):
                assert {paper[0][what] for paper in made[start : start + 4]} == set(range(4))


@pytest.mark.parametrize(("papers", "questions"), list(itertools.product((1, 2, 4, 40), (2, 4, 12))))
def test_true_and_false_are_balanced_and_the_last_does_not_follow_from_the_others(papers, questions):
    made = exam_of([fixed((3, 3))] * questions, papers, "true-false")
    for paper in made:
        assert spread([turn[0] for turn in paper], range(2)) <= 2
    for column in zip(*made, strict=True):
        assert spread([turn[0] for turn in column], range(2)) <= max(2, papers // 4)
    rows = {tuple(turn[0] for turn in paper) for paper in exam_of([fixed((3, 3))] * 2, 40, "true-false")}
    assert len(rows) == 4


def test_one_sided_mistakes_never_leave_the_key_at_one_rank():
    """A value near the key takes the place of one mistake; where mistakes lie on both sides, none does."""
    sides = [(3, 0), (0, 3), (4, 1), (3, 3)]
    made = exam_of([fixed(one) for one in sides], 20)
    ranks = [{paper[place][1] for paper in made} for place in range(len(sides))]
    assert ranks == [{2, 3}, {0, 1}, {1, 2, 3}, {0, 1, 2, 3}]
    assert spread([turn[1] for paper in made for turn in paper], range(4)) <= 20
    for label in "ABCDEFGH":
        closed, _ = dealt([fixed(one) for one in sides], "choice", label)
        near = [4 - 1 - sum(map(bool, one.solution.parts[0].offer.mistakes)) for one in closed]
        assert max(near[:3]) <= 1
        assert near[3] == 0


def test_the_rank_is_that_of_the_key_among_the_printed_options():
    for label in "ABCDEFGH":
        instances = [fixed((3, 3)), fixed((2, 2)), fixed((5, 1)), fixed((1, 0))]
        closed, turns = dealt(instances, "choice", label)
        for one, ((place, rank),) in zip(closed, turns, strict=True):
            numbers = [
                int(option.strip("$").replace(r"\,", "")) for option in one.solution.parts[0].offer.choice.options
            ]
            assert numbers[place] == 100
            assert sum(number < 100 for number in numbers) == rank


def test_adding_a_paper_or_a_question_at_the_end_moves_no_turn():
    before = exam_of([fixed((3, 3))] * 5, 6)
    after = exam_of([fixed((3, 3))] * 7, 9)
    assert [paper[:5] for paper in after[:6]] == before


def test_an_offer_is_made_again_from_the_solution_the_address_and_the_turns():
    for name in ("cnn/conv_output_shape", "backprop/sgd_step_conv", "cnn/flatten_size"):
        for form in CLOSED:
            instance = drawn(name, Level.MEDIUM, 1)
            (closed,), (turns,) = dealt([instance], form)
            again = sampling.accept(instance.entry, instance.record)
            rebuilt = offered(replace(again, seed=instance.seed), form, [turn and tuple(turn) for turn in turns])
            assert [part.offer for part in rebuilt.solution.parts] == [part.offer for part in closed.solution.parts]

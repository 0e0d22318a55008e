"""The bank of statements: every check runs and tells the two wordings apart; what is drawn is balanced."""

import re
from collections import Counter

import pytest

from problemgen import answers, catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.errors import InvalidParameters, OracleDisagreement
from problemgen.measure import claims
from problemgen.measure.questions import MEASURES
from problemgen.nn.questions import QUESTIONS, missed, whys
from problemgen.nn.statements import LEVELS, bank, by_topic
from problemgen.problems.concepts import true_false
from problemgen.problems.concepts.short_answer import ShortAnswer
from problemgen.problems.concepts.true_false import TRIALS, TrueFalse

STATEMENTS = list(bank().values())
CHECKED = [statement for statement in STATEMENTS if statement.check]


def test_the_bank_is_large_and_most_of_it_is_measured():
    assert len(STATEMENTS) >= 100
    assert len(CHECKED) >= 100
    assert {statement.id for statement in STATEMENTS if not statement.check} == {"lenet_subsampling", "lenet_c3_table"}
    assert all(bool(statement.check) != bool(statement.source) for statement in STATEMENTS)


@pytest.mark.parametrize("statement", CHECKED, ids=lambda statement: statement.id)
def test_a_measurement_confirms_the_true_wording_and_refuses_the_false_one(statement):
    measured = claims.measured(statement.check, statement.on)
    assert measured == statement.claimed(holds=True)
    assert measured != statement.claimed(holds=False)
    assert type(measured) is type(statement.claims[0])  # True is no 1


def test_no_wording_no_reason_and_no_id_repeats():
    texts = [text for statement in STATEMENTS for text in (statement.true, statement.false, statement.reason)]
    assert len({" ".join(text.lower().split()) for text in texts}) == len(texts)
    files = {statement.topic for statement in STATEMENTS}
    assert len(files) >= 12
    assert sum(len(ids) for level in LEVELS for ids in by_topic(level).values()) == len(STATEMENTS)


@pytest.mark.parametrize("statement", STATEMENTS, ids=lambda statement: statement.id)
def test_the_wordings_are_sentences_in_balanced_latex(statement):
    for text in (statement.true, statement.false, statement.reason):
        assert text.endswith(".")
        assert text[0].isupper()
        assert text.count("$") % 2 == 0
        assert text.count("{") == text.count("}")
        assert not re.search(r"[<>#%&_^](?![^$]*\$)", re.sub(r"\$[^$]*\$", "", text))
    assert not statement.mistake or (statement.mistake[0].isidentifier() and not statement.mistake[1].endswith("."))


def test_a_wrong_claim_in_the_bank_stops_the_question(monkeypatch):
    record = TrueFalse(("conv_params_and_size", "relu_passes"), (True, False))
    sampling.accept(catalog.get("concepts/true_false"), record)
    monkeypatch.setattr(true_false, "verdicts", lambda truths: tuple(map(int, truths)))
    with pytest.raises(OracleDisagreement):
        sampling.accept(catalog.get("concepts/true_false"), record)


@pytest.mark.parametrize("level", list(Level))
def test_what_is_drawn_is_balanced_and_of_different_topics(level):
    used = Counter()
    for number in range(200):
        record = sampling.sample(catalog.get("concepts/true_false"), Seed.of("balance", number), level).record
        right = sum(record.truths)
        assert abs(2 * right - len(record.truths)) <= 1
        assert len({bank()[name].topic for name in record.statements}) == len(record.statements)
        assert Counter(bank()[name].level for name in record.statements) == Counter(TRIALS[level])
        used.update(record.statements)
        used.update([record.truths[0]])
    assert {name for ids in by_topic(level).values() for name in ids} <= set(used)
    assert 60 < used[True] < 140


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"statements": (), "truths": ()}, "1 to 6"),
        ({"statements": ("flip", "flip"), "truths": (True, False)}, "twice"),
        ({"statements": ("flip",), "truths": (True, False)}, "truths"),
        ({"statements": ("flop",), "truths": (True,)}, "no statement 'flop'"),
    ],
)
def test_what_is_no_question_is_refused(fields, reason):
    with pytest.raises(InvalidParameters, match=reason):
        TrueFalse(**fields)


def test_one_sided_trials_are_flawed_but_have_an_answer():
    record = TrueFalse(("flip", "dilation"), (True, True))
    assert len(record.flaws()) == 2
    instance = sampling.accept(catalog.get("concepts/true_false"), record)
    assert [answers.text(part.answer) for part in instance.solution.parts] == ["true", "true"]


def test_every_short_question_has_words_rules_and_a_measurement():
    assert QUESTIONS.keys() == whys().keys() == MEASURES.keys()
    assert Counter(why.level for why in whys().values()) == dict.fromkeys(LEVELS, 3)
    assert all(missed(name) for question in QUESTIONS.values() for name in question.wrong)
    assert all(set(question.rule.arguments) == set(question.ranges) for question in QUESTIONS.values())
    assert all(len(question.wrong) >= 3 for question in QUESTIONS.values())


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"question": "activations", "layers": 2}, "is none of"),
        ({"question": "activation", "layers": 2}, "kernel_size"),
        ({"question": "activation", "layers": 2, "kernel_size": 3, "stride": 2}, "no meaning"),
        ({"question": "max_memory", "in_size": 7, "stride": 2, "channels": 3}, "fill the map"),
        ({"question": "equivariance", "layers": 2, "stride": 2, "shift": 6}, "multiple"),
        ({"question": "bottleneck", "channels": 8, "narrow": 8, "kernel_size": 3}, "narrower"),
    ],
)
def test_a_short_question_has_the_sizes_of_its_rule(fields, reason):
    with pytest.raises(InvalidParameters, match=reason):
        ShortAnswer(**fields)

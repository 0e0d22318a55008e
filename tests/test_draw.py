"""Addresses and streams: the same for ever, and nothing shared between neighbours."""

from collections import Counter
from fractions import Fraction

import pytest

from problemgen.draw import Draw, Level, Seed


def test_the_stream_of_an_address_never_changes():
    """Recorded values: if these move, every exam ever printed can no longer be rebuilt."""
    draw = Draw(Seed.of("midterm-2026", "A", "cnn/conv_params#1", 0))
    assert [draw.below(1000) for _ in range(6)] == [348, 756, 461, 458, 357, 799]


def test_elements_of_an_address_are_kept_apart():
    keys = {Seed.of(*path).key() for path in (("ab", "c"), ("a", "bc"), ("abc",), ("a", "b", "c"), ("a/b", "c"))}
    assert len(keys) == 5
    assert str(Seed.of("exam", "A").child("q", 3)) == "exam/A/q/3"


def test_neighbouring_seeds_share_nothing():
    draws = [Draw(Seed.of(42 + number)) for number in range(20)]
    assert len({draw.below(10**12) for draw in draws for _ in range(50)}) == 20 * 50


def test_draws_stay_in_their_bounds_and_reach_them():
    draw = Draw(Seed.of("bounds"))
    assert {draw.integer(-2, 2) for _ in range(200)} == {-2, -1, 0, 1, 2}
    assert {draw.integer(0, 9, step=3) for _ in range(200)} == {0, 3, 6, 9}
    assert {draw.boolean() for _ in range(50)} == {True, False}
    assert {draw.choice("xyz") for _ in range(100)} == set("xyz")
    assert {len(set(draw.sample(range(6), 4))) for _ in range(50)} == {4}
    assert len(draw.integers(7, 0, 1)) == 7
    rows = draw.matrix(3, 2, -1, 1)
    assert [len(row) for row in rows] == [2, 2, 2]
    quotients = [draw.rational(-2, 2, (2, 3)) for _ in range(100)]
    assert all(-2 <= value <= 2 and Fraction(value).denominator in {1, 2, 3} for value in quotients)


def test_every_value_is_equally_likely():
    draw = Draw(Seed.of("fair"))
    counts = Counter(draw.below(6) for _ in range(6000))
    assert set(counts) == set(range(6))
    assert all(850 < count < 1150 for count in counts.values())


def test_nothing_can_be_drawn_from_nothing():
    with pytest.raises(ValueError, match="0 things"):
        Draw(Seed.of("empty")).choice(())


def test_the_level_picks_its_entry():
    assert Draw(Seed.of("level"), Level.HARD).by_level({"easy": 1, "medium": 2, "hard": 3}) == 3


def test_a_sparse_matrix_has_just_so_many_zeros():
    rows = Draw(Seed.of("sparse")).sparse(3, 4, (-1, 2))
    flat = [entry for row in rows for entry in row]
    assert [len(row) for row in rows] == [3, 3, 3]
    assert flat.count(0) == 4
    assert set(flat) <= {-1, 0, 2}

"""What `problemgen list` says is kept in the user's cache, and worked out anew where that is not to be trusted."""

from dataclasses import replace

import pytest

from problemgen import cache, catalog, listing

FILE_OF = cache.file_of
SOME = [catalog.get(name) for name in ("cnn/conv_params", "loss/softmax_cross_entropy")]


@pytest.fixture
def file(tmp_path, monkeypatch):
    """Return the file of a cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "file_of", FILE_OF)
    return cache.file_of("listing")


@pytest.fixture
def worked_out(monkeypatch):
    """Return the names of the problems that are described anew, as they come."""
    names, described = [], listing.described

    def noted(entry):
        names.append(entry.name)
        return described(entry)

    monkeypatch.setattr(listing, "described", noted)
    return names


def test_a_problem_is_described_once(file, worked_out):
    first = listing.descriptions(SOME[:1])
    assert file.is_file()
    assert listing.descriptions(SOME)[:1] == first
    assert listing.descriptions(SOME) == [listing.described(entry) for entry in SOME]
    assert worked_out[:2] == [entry.name for entry in SOME]
    assert len(worked_out) == 4  # the last two here


@pytest.mark.parametrize("damage", ["", "[]", '{"cnn/conv_params": 1}', '{"cnn/conv_params": {"problem": "x"}}'])
def test_a_damaged_file_is_passed_over(file, worked_out, damage):
    first = listing.descriptions(SOME)
    file.write_text(damage, encoding="utf-8")
    assert listing.descriptions(SOME) == first
    assert worked_out.count("cnn/conv_params") == 2


def test_the_problems_of_a_pack_are_described_every_time(file, worked_out, tmp_path):
    pack = [replace(SOME[0], templates=tmp_path)]
    assert listing.descriptions(pack) == listing.descriptions(pack)
    assert len(worked_out) == 2
    assert not file.exists()

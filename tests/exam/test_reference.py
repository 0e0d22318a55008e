"""The effort aimed at is where most questions of a sample lie; the sample is kept in the user's cache."""

import json
from dataclasses import replace

import pytest

from problemgen import cache, catalog
from problemgen.draw import Level
from problemgen.exam import reference
from problemgen.exam.reference import Band, efforts_of, reference_of

FILE_OF = cache.file_of
PROBLEM = "cnn/flatten_size"


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """Return the folder of a cache of its own, in which nothing is yet."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(cache, "file_of", FILE_OF)
    return tmp_path / "problemgen/efforts"


def asked(pin="{}", entry=None):
    efforts_of.cache_clear()
    return efforts_of(entry or catalog.get(PROBLEM), Level.MEDIUM, pin)


@pytest.fixture
def refusing(monkeypatch):
    def refused(*_):
        pytest.fail("drawn again")

    return lambda: monkeypatch.setattr(reference, "_sampled", refused)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("name", ["cnn/flatten_size", "cnn/find_wrong_row", "cnn/conv_params"])
@pytest.mark.parametrize("percent", [1, 10, 40])
def test_no_other_effort_of_the_sample_has_more_questions_in_its_band(name, level, percent):
    efforts = efforts_of(catalog.get(name), level, "{}")
    assert len(efforts) == reference.SAMPLE
    assert list(efforts) == sorted(efforts)
    found = reference_of(efforts, percent)
    alike = {one: sum(map(Band(one, percent).holds, efforts)) for one in efforts}
    assert alike[found] == max(alike.values())


def test_a_sample_is_drawn_once_and_then_read(kept, refusing):
    first = asked(), asked('{"in_channels": 3}')
    assert len(list(kept.iterdir())) == 1
    assert len(cache.kept("efforts")) == 2
    refusing()
    assert (asked(), asked('{"in_channels": 3}')) == first


@pytest.mark.parametrize(
    "damaged",
    [
        lambda _: b"",
        lambda _: b"[" * 100_000,
        lambda good: good[:-1],
        lambda good: good + b" ",
        lambda good: good[:16] + json.dumps({"cnn/flatten_size medium {}": [1000] * 60}).encode(),
        lambda good: good[16:],
    ],
)
def test_a_damaged_file_never_decides_what_is_asked(kept, damaged):
    first = asked()
    (file,) = kept.iterdir()
    good = file.read_bytes()
    file.write_bytes(damaged(good))
    assert asked() == first
    assert file.read_bytes() == good


def test_a_file_under_another_name_is_not_believed(tmp_path):
    cache.write_checked(tmp_path / "one", b"what was kept")
    assert cache.read_checked(tmp_path / "one") == b"what was kept"
    (tmp_path / "one").rename(tmp_path / "two")
    assert cache.read_checked(tmp_path / "two") is None


def test_what_another_program_sampled_is_forgotten(kept, monkeypatch):
    first = asked()
    (other,) = kept.iterdir()
    monkeypatch.setattr(cache, "program", lambda: "another")
    assert asked() == first
    assert [file.name for file in kept.iterdir()] == ["another.kept"]
    assert not other.exists()


def test_a_cache_that_cannot_be_written_is_done_without(kept):
    first = asked()
    for file in kept.iterdir():
        file.unlink()
    kept.rmdir()
    kept.write_text("a file in its place")
    assert asked() == first


@pytest.mark.usefixtures("kept")
def test_the_questions_of_a_pack_are_not_kept(tmp_path):
    assert asked(entry=replace(catalog.get(PROBLEM), templates=tmp_path)) == asked()
    assert len(cache.kept("efforts")) == 1


def test_a_program_is_told_by_its_modules(tmp_path, monkeypatch):
    package = tmp_path / "package"
    (package / "inner").mkdir(parents=True)
    (package / "cache.py").write_text("")
    (package / "inner/rules.py").write_text("x = 1")
    monkeypatch.setattr(cache, "__file__", str(package / "cache.py"))
    found = set()
    for text in ("x = 1", "x = 2", "x = 2\n"):
        (package / "inner/rules.py").write_text(text)
        found.add(cache.program.__wrapped__())
    (package / "inner/rules.py").rename(package / "inner/names.py")
    found.add(cache.program.__wrapped__())
    assert len(found) == 4
    assert cache.program.__wrapped__() in found

"""Compiled templates in the user's cache: used again, forgotten with the program that made them, never in the way."""

import pytest

from problemgen.rendering import templates


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    templates.environment.cache_clear()
    yield tmp_path / "problemgen/templates"
    templates.environment.cache_clear()


def written(folder, text):
    (folder / "greeting.tex.j2").write_text(text, encoding="utf-8")
    templates.environment.cache_clear()
    return templates.environment((folder,)).get_template("greeting.tex.j2").render(name="Noether")


def test_a_template_is_compiled_again_only_when_its_text_has_changed(tmp_path, cache):
    assert written(tmp_path, "Dear << name >>") == "Dear Noether"
    (kept,) = cache.iterdir()
    before = kept.stat().st_mtime_ns, kept.read_bytes()
    assert written(tmp_path, "Dear << name >>") == "Dear Noether"
    assert (kept.stat().st_mtime_ns, kept.read_bytes()) == before
    assert written(tmp_path, "Hello << name >>") == "Hello Noether"
    assert kept.read_bytes() != before[1]


def test_what_another_program_compiled_is_forgotten(tmp_path, cache):
    written(tmp_path, "Dear << name >>")
    (kept,) = cache.iterdir()
    other = kept.rename(cache / f"other-{kept.name}")
    assert written(tmp_path, "Dear << name >>") == "Dear Noether"
    assert not other.exists()
    assert kept.exists()


def test_a_cache_that_cannot_be_written_is_done_without(tmp_path, cache):
    cache.parent.mkdir()
    cache.write_text("a file in its place", encoding="utf-8")
    assert written(tmp_path, "Dear << name >>") == "Dear Noether"


def test_damaged_compiled_templates_are_compiled_again(tmp_path, cache):
    written(tmp_path, "Dear << name >>")
    (kept,) = cache.iterdir()
    good = kept.read_bytes()
    flipped = good.replace(b"Dear", b"Bear")
    assert flipped != good
    for damaged in (good[:20], flipped, b""):
        kept.write_bytes(damaged)
        assert written(tmp_path, "Dear << name >>") == "Dear Noether"
        assert kept.read_bytes() == good

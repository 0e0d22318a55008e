"""Ids become folder names that stay inside the output folder and apart from each other, on any file system."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from problemgen.exam.folders import collisions, folder_name


@pytest.mark.parametrize(
    ("label", "folder"),
    [
        ("A", "A"),
        (" s 1 ", "s_1"),
        ("a/b", "a_b"),
        ("../etc", "_etc"),
        ("..\\x", "_x"),
        ("x..", "x"),
        (".hidden", "hidden"),
        ("CON", "_CON"),
        ("con.txt", "_con.txt"),
        ("lpt1", "_lpt1"),
        ("print", "_print"),
        ("Tex", "_Tex"),
        ("manifest.json", "_manifest.json"),
        ("Müller", "M_ller"),
        ("", ""),
        ("..", ""),
        ("/", ""),
        ("😀", ""),
    ],
)
def test_names(label, folder):
    assert folder_name(label) == folder


@given(st.text(max_size=200))
def test_a_folder_is_one_plain_name(label):
    name = folder_name(label)
    assert all(character.isascii() and (character.isalnum() or character in "_-.") for character in name)
    assert not name.startswith(".")
    assert not name.endswith(".")
    assert len(name) <= 81
    assert name.casefold() not in {"print", "tex", "manifest.json", "con", "nul", "aux"}


@given(st.lists(st.text(max_size=5), max_size=8))
def test_labels_without_a_collision_have_folders_of_their_own(labels):
    refused = {place for place, _ in collisions(labels)}
    kept = [folder_name(label).casefold() for place, label in enumerate(labels) if place not in refused]
    assert len(set(kept)) == len(kept)
    assert "" not in kept


def test_the_later_twin_is_named_with_the_earlier_one():
    assert collisions(["A", "B", "a", "B"]) == [
        (2, "'a' would share the folder 'a' with 'A'"),
        (3, "'B' is there twice"),
    ]

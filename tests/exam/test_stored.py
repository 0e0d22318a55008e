"""A manifest is read as it was written, or refused in one line that says where it is another."""

import copy
import json

import pytest

from problemgen.errors import InvalidSpec, UnknownName
from problemgen.exam.manifest import CHECK, digest_of, file_check, paper_check
from problemgen.exam.stored import read_manifest


@pytest.fixture
def read(tmp_path):
    """Return a function that reads a manifest's text or data, and checks all of its papers."""

    def call(text):
        (tmp_path / "manifest.json").write_text(text if isinstance(text, str) else json.dumps(text), encoding="utf-8")
        found = read_manifest(tmp_path / "manifest.json", "manifest.json")
        for label in found.entries:
            found.paper(label)
        return found

    return call


def leaves(value, path=()):
    inside = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    if not isinstance(value, dict | list):
        yield path
    for name, one in inside:
        yield from leaves(one, (*path, name))


def changed(record, path):
    """Return a copy in which one value is another one of its kind."""
    made = copy.deepcopy(record)
    *outer, last = path
    inside = made
    for step in outer:
        inside = inside[step]
    value = inside[last]
    match value:
        case bool():
            inside[last] = not value
        case int() | float():
            inside[last] = value + 1
        case None:
            inside[last] = "other"
        case _:
            inside[last] = f"{value}x"
    return made


def test_it_is_read_as_it_was_written(everything, told, read):
    text = told(everything)
    found = read(text)
    assert found.spec == everything.spec
    assert list(found.entries.values()) == json.loads(text)["papers"]
    assert found.exam().assigned == {one["id"]: one["variant"] for one in json.loads(text)["students"]}


def test_every_edit_is_noticed(everything, told, read):
    record = json.loads(told(everything))
    every = list(leaves(record))
    of_a_question = [path for path in every if path[:4] == ("papers", 1, "questions", 3)]
    others = [path for path in every if "questions" not in path]
    few = [path for path in every if path[:1] == ("papers",) and "questions" in path][::97]
    assert len(of_a_question) > 20
    for path in (*of_a_question, *others, *few):
        with pytest.raises(InvalidSpec) as told_of:
            read(changed(record, path))
        (line,) = str(told_of.value).splitlines()
        assert line.startswith("manifest.json: ")
        if (
            path in of_a_question
            and path[4:] not in {("check",), ("place",), ("number",)}
            and "not as it was written" in line
        ):
            assert "paper B: question 4" in line


def test_papers_that_are_taken_out_or_exchanged_are_noticed(everything, told, read):
    record = json.loads(told(everything))
    for papers in (record["papers"][:1], record["papers"][::-1], [*record["papers"], record["papers"][0]]):
        with pytest.raises(InvalidSpec, match=r"the list of its papers|'A' is there twice"):
            read({**record, "papers": papers})


def resealed(record):
    """Give a manifest that was edited the digests of one that was not."""
    for paper in record["papers"]:
        for question in paper.get("questions", []):
            question[CHECK] = digest_of({name: value for name, value in question.items() if name != CHECK})
        paper[CHECK] = paper_check(paper)
    head = {name: value for name, value in record.items() if name not in {"papers", CHECK}}
    return {**record, CHECK: file_check(head, [paper[CHECK] for paper in record["papers"]])}


INJECTED = "1cm}\\typeout{INJ}\\vspace{1cm"


@pytest.mark.parametrize(
    ("place", "value", "reason"),
    [
        (("folder",), "..", "folder: '..' is not the folder of the paper 'B'"),
        (("folder",), "../../x", "folder: '../../x' is not the folder"),
        (("folder",), "/x", "folder: '/x' is not the folder"),
        (("folder",), "B\0", r"folder: 'B\\x00' is not the folder"),
        (("folder",), "b" * 5000, "is not the folder"),
        (("label",), "A", "folder: 'B' is not the folder of the paper 'A'"),
        (("student",), 5, "student: "),
        (("student",), [1], "student: "),
        (("questions",), [], "questions: "),
        (("questions", 1, "section"), 7, "section: 7 is none of the 1 sections"),
        (("questions", 1, "section"), -3, "questions.2.section: "),
        (("questions", 1, "place"), 99, "questions: their places are not 1, 2, 3"),
        (("questions", 1, "seed"), None, "questions.2: seed and level: "),
        (("questions", 1, "level"), None, "questions.2: seed and level: "),
        (("questions", 1, "space"), INJECTED, "questions.2.space: .* is no length; write 4cm"),
        (("questions", 1, "number"), "1}\\x{", "questions.2.number: "),
    ],
)
def test_what_no_build_writes_is_refused_though_its_digests_are_right(everything, told, read, place, value, reason):
    record = json.loads(told(everything))
    *outer, last = place
    inside = record["papers"][1]
    for step in outer:
        inside = inside[step]
    inside[last] = value
    with pytest.raises(InvalidSpec, match=reason) as told_of:
        read(resealed(record))
    assert str(told_of.value).startswith("manifest.json: paper ")
    assert len(str(told_of.value).splitlines()) == 1


def test_offers_hold_their_right_options(everything, told, read):
    record = json.loads(told(everything))
    offers = (
        answer["offer"]
        for one in record["papers"][0]["questions"]
        for answer in one["answers"].values()
        if "offer" in answer
    )
    next(offers)["correct"] = [99]
    with pytest.raises(InvalidSpec, match=r"99.* are no places of its"):
        read(resealed(record))


def test_a_student_whose_paper_is_not_in_it_is_told_so(everything, told, read):
    record = json.loads(told(everything))
    del record["papers"][1]
    found = read(resealed(record))
    (student, *_) = [name for name, label in found.students().items() if label == "B"]
    with pytest.raises(UnknownName, match=f"{student} has the paper 'B', which is not in it"):
        found.label(student=student)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "is no manifest: it cannot be read as JSON"),
        ("[" * 9999, "is no manifest: it cannot be read as JSON"),
        ("[]", "it names no schema"),
        ('{"schema": "2"}', "it names no schema"),
        ('{"schema": 1, "problemgen": "0.0.9"}', "schema 1, .* reads schema 2; use the version .* [(]0.0.9[)]"),
        ('{"schema": 3, "papers": []}', "schema 3, .* reads schema 2"),
        ('{"schema": 2, "questions": []}', "is the manifest of a practice sheet"),
        ('{"schema": 2, "papers": {}}', "problemgen: field required; the manifest was edited"),
    ],
)
def test_what_is_no_manifest_of_ours_is_refused(read, text, reason):
    with pytest.raises(InvalidSpec, match=reason) as told_of:
        read(text)
    assert len(str(told_of.value).splitlines()) == 1


def test_a_folder_stands_for_the_manifest_in_it(everything, told, tmp_path):
    (tmp_path / "manifest.json").write_text(told(everything), encoding="utf-8")
    assert read_manifest(tmp_path, "exams/quiz/").shown == "exams/quiz/manifest.json"
    with pytest.raises(InvalidSpec, match=r"^none: there is no such file$"):
        read_manifest(tmp_path / "none", "none")


def test_papers_are_found_by_label_and_by_student(everything, told, read):
    found = read(told(everything))
    assert found.label(variant="B") == "B"
    for one in found.head["students"]:
        label = found.label(student=one["id"])
        assert (one["id"], one["name"]) in found.holders(label)
    assert sum(len(found.holders(label)) for label in found.entries) == len(found.head["students"]) == 5
    with pytest.raises(UnknownName, match="no paper 'Z'; there are A, B"):
        found.label(variant="Z")
    with pytest.raises(UnknownName, match="no student 's6'; there are s1, s2"):
        found.label(student="s6")

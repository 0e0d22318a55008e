"""The manifest holds what is needed to rebuild, audit and mark an exam, in the form that is published."""

import json
import re
from pathlib import Path

import problemgen
from problemgen import answers, catalog, parameters, sampling
from problemgen.draw import Level, Seed
from problemgen.effort import effort
from problemgen.exam import schema, seating
from problemgen.exam.compose import compose
from problemgen.exam.manifest import spec_json
from problemgen.exam.record import paper_data, paper_of
from problemgen.exam.spec import ExamSpec
from problemgen.rendering.sheet import documents

PUBLISHED = Path(problemgen.__file__).parent / "exam/manifest.schema.json"


def questions(record):
    return [(paper, question) for paper in record["papers"] for question in paper["questions"]]


def test_the_published_schema_is_that_of_the_models(request):
    text = json.dumps(schema.json_schema(), indent=1) + "\n"
    if request.config.getoption("--regen"):
        PUBLISHED.write_text(text, encoding="utf-8")
    assert PUBLISHED.read_text(encoding="utf-8") == text


KINDS = {
    "object": lambda value: isinstance(value, dict),
    "array": lambda value: isinstance(value, list),
    "string": lambda value: isinstance(value, str),
    "boolean": lambda value: isinstance(value, bool),
    "null": lambda value: value is None,
    "integer": lambda value: isinstance(value, int) and not isinstance(value, bool),
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
}
CHECKS = {  # of JSON Schema's keywords those that ours has
    "enum": lambda value, known: value in known,
    "const": lambda value, known: value == known,
    "pattern": lambda value, form: bool(re.search(form, value)),
    "minimum": lambda value, least: value >= least,
    "multipleOf": lambda value, unit: value % unit == 0,
    "minItems": lambda value, least: len(value) >= least,
    "maxItems": lambda value, most: len(value) <= most,
    "required": lambda value, names: not set(names) - value.keys(),
}
NESTED = {"$ref", "anyOf", "prefixItems", "items", "properties", "additionalProperties", "propertyNames"}
IDLE = {"$schema", "$defs", "title", "description", "default"}


def faults(value, form, root, at="manifest"):
    """Yield where a value does not fit a JSON Schema."""
    assert form.keys() <= {"type"} | CHECKS.keys() | NESTED | IDLE
    if "type" in form and not KINDS[form["type"]](value):
        yield at
        return
    failed = [at for keyword, wanted in form.items() if keyword in CHECKS and not CHECKS[keyword](value, wanted)]
    yield from failed
    for inside, one, where in [] if failed else nested(value, form, root, at):
        yield from faults(one, inside, root, where)
    if "anyOf" in form and all(list(faults(value, one, root, at)) for one in form["anyOf"]):
        yield at


def nested(value, form, root, at):
    """Yield (form, value, place) for what is inside of a value; nothing fits the form of a field that is not known."""
    if "$ref" in form:
        yield root["$defs"][form["$ref"].rpartition("/")[2]], value, at
    if isinstance(value, list):
        first = form.get("prefixItems", [])
        for place, one in enumerate(value):
            yield first[place] if place < len(first) else form.get("items", {}), one, f"{at}[{place}]"
    if isinstance(value, dict):
        further = form.get("additionalProperties", {})
        rest = {"enum": []} if further is False else {} if further is True else further
        for name, one in value.items():
            yield form.get("propertyNames", {}), name, f"{at}.{name}"
            yield form.get("properties", {}).get(name, rest), one, f"{at}.{name}"


def test_a_manifest_fits_the_published_schema(everything, told):
    published = json.loads(PUBLISHED.read_text(encoding="utf-8"))
    record = json.loads(told(everything))
    assert list(faults(record, published, published)) == []
    assert {form for _, question in questions(record) for form in [question["format"]]} == {
        "open",
        "choice",
        "true-false",
    }
    for spoil in (
        lambda one: one.pop("seed"),
        lambda one: one.update(extra=1),
        lambda one: one.update(level="hrad"),
        lambda one: one.update(points=[0.3]),
        lambda one: one["sources"].update(module="x"),
    ):
        spoiled = json.loads(told(everything))
        spoil(spoiled["papers"][1]["questions"][2])
        assert list(faults(spoiled, published, published))


def test_it_says_of_the_exam_what_it_was(everything, told):
    record = json.loads(told(everything))
    assert (record["schema"], record["problemgen"]) == (2, problemgen.__version__)
    assert record["spec"]["title"] == "Quiz"
    assert record["students"] == seating.rows(everything)
    assert {one["variant"] for one in record["students"]} == {"A", "B"}
    assert [(paper["label"], paper["student"]) for paper in record["papers"]] == [("A", None), ("B", None)]
    assert [paper["points"] for paper in record["papers"]] == [float(one.total) for one in compose(everything).papers]
    assert all(paper["bonus_points"] > 0 for paper in record["papers"])


def test_the_spec_is_read_again_as_it_was(everything, exam):
    for one in (everything, exam(top="duration = 90\neffort_band = 20\ncalculator = true")):
        assert ExamSpec.model_validate(json.loads(json.dumps(spec_json(one.spec)))) == one.spec


def test_every_question_is_solved_again_from_its_parameters_with_the_same_key(everything, told):
    looked_at = 0
    for _, question in questions(json.loads(told(everything))):
        again = sampling.given(catalog.get(question["problem"]), question["parameters"])
        assert parameters.to_json(again.record) == question["parameters"]
        assert question["effort"] == effort(again.solution)
        assert list(question["answers"]) == [part.name for part in again.solution.parts]
        for part in again.solution.parts:
            kept = question["answers"][part.name]
            assert kept["value"] == json.loads(json.dumps(answers.to_json(part.answer)))
            wrong = [(one["id"], one["value"], one.get("cell")) for one in kept["mistakes"]]
            assert wrong == [
                (one.id, json.loads(json.dumps(answers.to_json(one.value))), list(one.cell) if one.cell else None)
                for one in part.mistakes
            ]
            looked_at += len(wrong)
    assert looked_at > 100


def test_every_question_is_drawn_again_at_its_address_and_attempt(everything, told):
    pins = {"cnn/pool_output_shape#1": {"stride": 2}}
    for paper, question in questions(json.loads(told(everything))):
        assert question["seed"] == ["quiz", paper["label"], question["id"]]
        drawn = sampling.sample(
            catalog.get(question["problem"]),
            Seed(tuple(question["seed"])),
            Level(question["level"]),
            pins.get(question["id"]),
            first=question["attempt"],
        )
        assert drawn.attempt == question["attempt"]
        assert parameters.to_json(drawn.record) == question["parameters"]


def test_a_paper_is_made_again_from_what_the_manifest_says_of_it(everything, told):
    record = json.loads(told(everything))
    papers = compose(everything).papers
    for paper, entry in zip(papers, record["papers"], strict=True):
        for data in (entry, json.loads(json.dumps(paper_data(paper)))):
            again = paper_of(data)
            assert (again.label, again.folder, again.student) == (paper.label, paper.folder, paper.student)
            for one, other in zip(again.questions, paper.questions, strict=True):
                kept = ("id", "points", "space", "number", "section", "bonus", "format", "turns", "revised")
                assert [getattr(one, name) for name in kept] == [getattr(other, name) for name in kept]
                assert (one.instance.record, one.instance.seed) == (other.instance.record, other.instance.seed)
                assert [part.offer for part in one.instance.solution.parts] == [
                    part.offer for part in other.instance.solution.parts
                ]
            assert documents(everything.spec, again) == documents(everything.spec, paper)


def test_a_personal_paper_knows_its_student(exam, told):
    text = 'title = "Quiz"\nseed = "quiz"\nroster = "roster.csv"\n[[questions]]\nproblem = "cnn/conv_params"\n'
    read = exam(text, roster_csv="id,name,extra_time,large_print\ns/1,Ada,25 %,yes\n")
    record = json.loads(told(read))
    (paper,) = record["papers"]
    assert record["students"] == []
    assert (paper["label"], paper["folder"], paper["student"]["name"]) == ("s/1", "s_1", "Ada")
    assert paper_of(paper).student == read.students[0]


def test_the_same_spec_gives_the_same_manifest(everything, told):
    assert told(everything) == told(everything)


def test_a_question_stands_on_a_line_of_its_own(everything, told):
    text = told(everything)
    assert sum('"parameters"' in line for line in text.splitlines()) == len(questions(json.loads(text)))

"""The manifest holds what is needed to rebuild, audit and mark an exam."""

import json

from problemgen import answers, catalog, parameters, sampling
from problemgen.draw import Level, Seed
from problemgen.exam.compose import compose
from problemgen.exam.manifest import manifest

BODY = """
[[questions]]
problem = "cnn/conv_params"
points = 2.5
[[questions]]
problem = "cnn/inverse_kernel_size"
level = "hard"
id = "kernel"
[[questions]]
problem = "cnn/layer_table"
[[questions]]
problem = "backprop/conv_max_relu"
"""


def made(exam):
    read = exam(f'title = "Quiz"\nseed = "quiz"\nvariants = ["A", "B"]\npaper = "letter"\n{BODY}')
    return json.loads(json.dumps(manifest(read.spec, compose(read).papers)))


def test_it_is_json_with_schema_spec_and_papers(exam):
    record = made(exam)
    assert record["schema"] == 1
    assert record["spec"]["title"] == "Quiz"
    assert record["spec"]["paper"] == "letter"
    assert [(paper["label"], paper["folder"]) for paper in record["papers"]] == [("A", "A"), ("B", "B")]
    first = record["papers"][0]["questions"][0]
    assert first["seed"] == "quiz/A/cnn/conv_params#1"
    assert first["answers"]["parameters"]["points"] == 2.5
    assert first["answers"]["parameters"]["type"] == "number"


def test_every_question_is_rebuilt_from_its_stored_parameters(exam):
    for paper in made(exam)["papers"]:
        for question in paper["questions"]:
            entry = catalog.get(question["problem"])
            again = sampling.given(entry, question["parameters"])
            assert parameters.to_json(again.record) == question["parameters"]
            for part in again.solution.parts:
                assert json.loads(json.dumps(answers.to_json(part.answer))) == question["answers"][part.name]["value"]


def test_every_question_is_drawn_again_at_its_address_and_attempt(exam):
    for paper in made(exam)["papers"]:
        for question in paper["questions"]:
            address = Seed.of("quiz", paper["label"], question["id"])
            assert question["seed"] == str(address)
            drawn = sampling.sample(
                catalog.get(question["problem"]), address, Level(question["level"]), first=question["attempt"]
            )
            assert drawn.attempt == question["attempt"]
            assert parameters.to_json(drawn.record) == question["parameters"]


def test_students_are_named(exam):
    text = 'title = "Quiz"\nseed = "quiz"\nroster = "roster.csv"\n' + BODY
    read = exam(text, roster_csv="id,name\ns/1,Ada\n")
    (paper,) = manifest(read.spec, compose(read).papers)["papers"]
    assert (paper["label"], paper["folder"], paper["student"]) == ("s/1", "s_1", {"id": "s/1", "name": "Ada"})


def test_the_same_spec_gives_the_same_manifest(exam):
    assert made(exam) == made(exam)

"""Manifests that were written before, read and held against their digests: one that was edited is not built from."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from problemgen.errors import InvalidSpec, UnknownName, did_you_mean
from problemgen.exam.files import read_text
from problemgen.exam.folders import collisions
from problemgen.exam.manifest import CHECK, SCHEMA, digest_of, file_check, paper_check
from problemgen.exam.roster import Student
from problemgen.exam.schema import Manifest as Form
from problemgen.exam.schema import Paper as PaperForm
from problemgen.exam.spec import Exam, ExamSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

NAME = "manifest.json"
_NAMED = 8


@dataclass(frozen=True)
class Manifest:
    """A manifest: `head` is all of it but its papers, whose digests are checked when they are asked for."""

    shown: str
    head: Mapping[str, Any]
    entries: Mapping[str, Mapping[str, Any]]
    folder: Path

    @property
    def name(self) -> str:
        """Return what the exam is called where nothing else is said: the file, or its folder."""
        path = Path(self.shown)
        return path.resolve().parent.name if path.name == NAME else path.stem

    @cached_property
    def spec(self) -> ExamSpec:
        """Return the spec from which the exam was built."""
        return ExamSpec.model_validate(self.head["spec"])

    def exam(self) -> Exam:
        """Return the exam as it was, with its students."""
        students = [Student(**entry["student"]) for entry in self.entries.values() if entry["student"]]
        assigned = {one["id"]: one["variant"] for one in self.head["students"]}
        students += [Student(one["id"], one["name"], seat=one["seat"]) for one in self.head["students"]]
        return Exam(self.spec, tuple(students), self.shown, assigned=assigned)

    def paper(self, label: str) -> Mapping[str, Any]:
        """Return a paper; raises `InvalidSpec` naming the question at which it is not as it was written."""
        entry = self.entries[label]
        where = f"{self.shown}: paper {label}"
        for question in entry["questions"]:
            if question[CHECK] != digest_of({name: value for name, value in question.items() if name != CHECK}):
                named = f"question {question['number'] or question['place']} ({question['id']})"
                raise InvalidSpec(f"{where}: {named} is not as it was written; the manifest was edited")
        if entry[CHECK] != paper_check(entry):
            raise InvalidSpec(f"{where}: is not as it was written; the manifest was edited")
        return entry

    def label(self, *, variant: str = "", student: str = "") -> str:
        """Return the label of a paper, by itself or by the student who has it; raises `UnknownName`."""
        known = self.students() if student else {label: label for label in self.entries}
        wanted, what = (student, "student") if student else (variant, "paper")
        if wanted not in known:
            some = ", ".join([*known][:_NAMED]) + (", ..." if len(known) > _NAMED else "")
            hint = did_you_mean(wanted, known) or (f"; there are {some}" if known else "; it has no students")
            raise UnknownName(f"{self.shown}: no {what} '{wanted}'{hint}")
        if known[wanted] not in self.entries:  # built with --only, without this paper
            raise UnknownName(f"{self.shown}: {wanted} has the paper '{known[wanted]}', which is not in it")
        return known[wanted]

    def students(self) -> dict[str, str]:
        """Return the label of every student's paper by the student's id."""
        own = {entry["student"]["id"]: label for label, entry in self.entries.items() if entry["student"]}
        return {**own, **{one["id"]: one["variant"] for one in self.head["students"]}}

    def holders(self, label: str) -> list[tuple[str, str]]:
        """Return id and name of those who have a paper; none of a variant without a roster."""
        student = self.entries[label]["student"]
        own = [(student["id"], student["name"])] if student else []
        return own + [(one["id"], one["name"]) for one in self.head["students"] if one["variant"] == label]


def read_manifest(path: Path, shown: str) -> Manifest:
    """Return the manifest in a file, or in the folder of an exam; raises `InvalidSpec` in one line."""
    path, shown = (path / NAME, f"{shown.rstrip('/')}/{NAME}") if os.path.isdir(path) else (path, shown)  # noqa: PTH112 - Path raises at a name that is too long
    try:
        told = json.loads(read_text(path, shown))
    except (ValueError, RecursionError):
        raise InvalidSpec(f"{shown}: is no manifest: it cannot be read as JSON") from None
    if not isinstance(told, dict) or not isinstance(told.get("schema"), int):
        raise InvalidSpec(f"{shown}: is no manifest of problemgen: it names no schema")
    if told["schema"] != SCHEMA:
        raise InvalidSpec(
            f"{shown}: is a manifest of schema {told['schema']}, and this version of problemgen reads schema {SCHEMA}; "
            f"use the version that wrote it ({told.get('problemgen', 'not named')})"
        )
    if "papers" not in told and "questions" in told:
        raise InvalidSpec(f"{shown}: is the manifest of a practice sheet, not of an exam")
    papers = told.get("papers")
    try:
        Form.model_validate({**told, "papers": [] if isinstance(papers, list) else papers})
        ExamSpec.model_validate(told["spec"])
    except ValidationError as error:
        raise InvalidSpec(f"{shown}: {_first(error)}; the manifest was edited") from None
    for where, reason in _misfits(told):
        raise InvalidSpec(f"{shown}: {where}: {reason}; the manifest was edited")
    head = {name: value for name, value in told.items() if name not in {"papers", CHECK}}
    found = Manifest(shown, head, {paper["label"]: paper for paper in told["papers"]}, path.parent)
    if told[CHECK] != file_check(head, [paper[CHECK] for paper in told["papers"]]):
        for label in found.entries:
            found.paper(label)
        raise InvalidSpec(f"{shown}: its head, or the list of its papers, is not as it was written; it was edited")
    return found


def _misfits(told: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the papers of a manifest that no build would have written, and why: what is made of them trusts them."""
    sections = len(told["spec"].get("sections", ()))
    for place, paper in enumerate(told["papers"], start=1):
        label = paper.get("label") if isinstance(paper, dict) else None
        where = f"paper {label}" if isinstance(label, str) and label.isprintable() else f"papers[{place}]"
        try:
            read = PaperForm.model_validate(paper)
        except ValidationError as error:
            yield where, _first(error)
            continue
        inside = [one.section for one in read.questions if one.section is not None]
        if read.spec_digest == told["spec_digest"] and max(inside, default=-1) >= sections:
            yield where, f"section: {max(inside)} is none of the {sections} sections of the spec, counted from 0"
    for place, reason in collisions(paper["label"] for paper in told["papers"]):
        yield f"papers[{place + 1}]", f"label: {reason}"


def _first(error: ValidationError) -> str:
    """Return the first fault of a table: where it is, and what."""
    fault = error.errors(include_url=False)[0]
    where = ".".join(str(step + 1 if isinstance(step, int) else step) for step in fault["loc"])
    said, value = fault["msg"], fault["input"]
    if fault["type"] == "value_error":
        said = str(fault["ctx"]["error"]) if isinstance(value, dict) else f"{value!r} {fault['ctx']['error']}"
    return ": ".join(filter(None, [where, f"{said[:1].lower()}{said[1:]}"]))

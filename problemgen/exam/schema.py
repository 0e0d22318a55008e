"""The manifest's form, schema 2: `manifest.schema.json` is made from these models, and what is read is held to them."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, model_validator

from problemgen.exam import values
from problemgen.exam.folders import folder_name

Digest = Annotated[str, Field(pattern="^([0-9a-f]{16})?$")]
Points = Annotated[float, Field(ge=0, multiple_of=0.5)]
Format = Literal["open", "choice", "true-false"]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class WrongValue(_Table):
    """What a common mistake leads to; `cell` is the id of the row and of the column where the answer is a table."""

    id: str
    value: Any
    cell: tuple[str, str] | None = None


class Offered(_Table):
    """What was printed to choose from, in LaTeX; `mistakes` has for each option the id of the mistake, or ""."""

    options: list[str]
    correct: list[int] = Field(description="places of the right options, counted from 0")
    mistakes: list[str]
    claim: str = Field(description="true or false: the value of which it is asked whether it is the answer")

    @model_validator(mode="after")
    def _places(self) -> Self:
        if not self.correct or not all(0 <= place < len(self.options) for place in self.correct):
            raise ValueError(f"correct: {self.correct} are no places of its {len(self.options)} options")
        return self


class Answered(_Table):
    """The key of one part: `value` is exact, quotients and expressions as texts; `text` is how it is typed."""

    type: Literal["number", "shape", "set", "matrix", "expression", "choice", "text", "table"]
    value: Any
    text: str
    mistakes: list[WrongValue]
    offer: Offered | None = None


class Sources(_Table):
    """Digests of the text of the problem's module and of its template."""

    module: Digest
    template: Digest


class Question(_Table):
    """One question of a paper: where it came from, its parameters, and what came of them."""

    place: int = Field(
        ge=1, description="1 for the first question of the paper; printed before it unless it has a number"
    )
    id: str
    problem: str
    seed: list[str] | None = Field(description="the address from which it was drawn, without the attempt")
    level: Literal["easy", "medium", "hard"] | None
    attempt: int = Field(ge=0)
    parameters: dict[str, Any]
    digest: Digest = Field(description="of the exact answers")
    points: list[Points] = Field(description="one number for each part, in the order of the answers")
    space: Annotated[str, BeforeValidator(values.length)] | None
    number: values.Numbered | None = Field(description="what was printed in the place of the place")
    section: int | None = Field(ge=0, description="place of its section in the spec, counted from 0")
    bonus: bool
    format: Format
    turns: list[tuple[int, int] | None] = Field(description="from which the offers are made again")
    revised: Literal["", "replaced", "dropped", "credited"] = Field(description="what became of it after the print")
    effort: int = Field(ge=0, description="of the worked solution, in additions of two digits")
    answers: dict[str, Answered]
    sources: Sources
    check: Digest = Field(description="of this question without this field, as JSON with sorted keys")

    @model_validator(mode="after")
    def _address(self) -> Self:
        if (self.seed is None) != (self.level is None):
            raise ValueError("seed and level: a question that was drawn has both, one that was given has neither")
        return self


class Student(_Table):
    """Whose paper it is, with the columns of the roster."""

    id: str
    name: str
    extra_time: str
    large_print: bool
    line: int
    seat: str


class Pages(_Table):
    """How many pages a document has, and on which of them each question begins."""

    total: int = Field(ge=0)
    questions: list[int]


class Paper(_Table):
    """One paper; its points are without those of bonus questions."""

    label: str
    folder: str
    student: Student | None
    spec_digest: Digest = Field(description="of the spec it was built from; another one than the head's after `--only`")
    points: Points
    bonus_points: Points
    pages: dict[Literal["questions", "answers", "solutions"], Pages] = Field(
        default={}, description="by document; left out where no PDF was made"
    )
    check: Digest = Field(description="of the other fields, and the checks of the questions in the place of these")
    questions: list[Question] = Field(min_length=1)

    @model_validator(mode="after")
    def _own_folder(self) -> Self:
        """Refuse a folder that a build would not have chosen: files are written and removed there."""
        if self.folder != folder_name(self.label) or not self.folder:
            raise ValueError(f"folder: {self.folder!r} is not the folder of the paper {self.label!r}")
        return self

    @model_validator(mode="after")
    def _in_order(self) -> Self:
        places = [question.place for question in self.questions]
        if places != [*range(1, len(places) + 1)]:
            raise ValueError("questions: their places are not 1, 2, 3 and so on")
        return self


class Assigned(_Table):
    """A student of an exam that has variants and a roster."""

    id: str
    name: str
    seat: str
    variant: str


class Documents(_Table):
    """What the bytes of the PDFs depend on beside the papers; `papers` says which of them share a run of TeX."""

    kinds: list[Literal["questions", "answers", "solutions"]]
    papers: int = Field(ge=1)
    sheets: Digest = Field(description="of the layouts")
    pikepdf: str
    tex: str = Field(description="the engine's version; empty where no PDF was made")


class Manifest(_Table):
    """The manifest of an exam, written by problemgen beside its papers."""

    format: Literal[2] = Field(alias="schema")
    problemgen: str = Field(description="version of the package")
    spec: dict[str, Any] = Field(description="the exam's spec; values that are the default are left out")
    spec_digest: Digest
    documents: Documents
    students: list[Assigned]
    papers: list[Paper]
    check: Digest = Field(description="of the fields before the papers, and the checks of the papers")


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema that is published as `manifest.schema.json`."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **Manifest.model_json_schema()}

"""The text of one instance of every problem and level, as a file: a change of any seed's question shows as a diff.

`pytest --regen` rewrites the files, and records new problems, which until then need only be the same twice.  A diff
in the parameters is a breaking change: exams could not be rebuilt.
"""

import json
from pathlib import Path

import pytest

from problemgen import answers, catalog, parameters, sampling
from problemgen.draw import Level, Seed
from problemgen.rendering.text import question_text

GOLDEN = Path(__file__).parent / "golden" / "text"


def written(name, level):
    instance = sampling.sample(catalog.get(name), Seed.of("golden", "A", f"{name}#1"), level)
    text = question_text(instance)
    lines = [
        f"% {name} {level} attempt {instance.attempt}",
        f"% {json.dumps(parameters.to_json(instance.record))}",
        text.stem,
    ]
    for part in text.parts:
        lines += ["", f"%% {part.part.name}", part.prompt, f"%% answer {answers.text(part.part.answer)}", part.solution]
        for mistake in part.part.mistakes:
            where = f" at {'.'.join(mistake.cell)}" if mistake.cell else ""
            lines.append(f"%% {mistake.id}{where}: {part.reasons[mistake.id]} -> {answers.text(mistake.value)}")
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("level", list(Level))
@pytest.mark.parametrize("name", [name for name, entry in catalog.entries().items() if entry.templates is None])
def test_the_text_is_the_golden_one(name, level, request):
    path = GOLDEN / f"{name.replace('/', '-')}-{level}.tex"
    if request.config.getoption("--regen"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(written(name, level), encoding="utf-8")
    recorded = path.read_text(encoding="utf-8") if path.is_file() else written(name, level)
    assert written(name, level) == recorded


def test_no_golden_text_is_left_of_a_problem_that_is_gone():
    known = {f"{name.replace('/', '-')}-{level}.tex" for name in catalog.entries() for level in Level}
    assert {path.name for path in GOLDEN.glob("*.tex")} <= known

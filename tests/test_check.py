"""The stress test finds what is planted, counts small spaces exactly, and is content with a sound problem."""

import json
import math
import shutil
from collections import Counter
from itertools import product

import pytest

from problemgen import catalog
from problemgen.checking import probes, report, run, spaces
from problemgen.checking.findings import findings
from problemgen.draw import Draw, Level, Seed
from problemgen.errors import ProblemgenError, TexMissing, require

CODE = '''
"""Add two numbers."""

from typing import Self

from problemgen.author import (
    NOTHING, Carried, Draw, Formula, Measured, Mistake, Number, Part, Solution, evaluate, problem, require, symbols,
)

a, b = symbols("a b")
with evaluate(False):
    SUM = Formula("sum", a + b, {"sum": "s", "a": "a", "b": "b"})


@problem(title="Sum", topics=("planted",), minutes=1)
class Sum:
    a: int
    b: int

    def __post_init__(self) -> None:
        require(self.a != self.b, "equal numbers")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        return cls(draw.integer(1, 6), draw.integer(1, 7))

    def solve(self, carried: Carried = NOTHING) -> Solution:
        mistakes = (
            Mistake("product", "multiplied", Number(self.a * self.b + 20)),
            Mistake("doubled", "doubled one", Number(2 * self.a + self.b)),
            Mistake("difference", "subtracted", Number(self.a - self.b - 1)),
            Mistake("negative", "lost a sign", Number(-self.a - 1)),
        )
        return Solution(Part("sum", Number(SUM(self)), {"sum": SUM.worked(self)}, mistakes))

    def oracle(self) -> Measured:
        return {"sum": len([*range(self.a), *range(self.b)])}
'''
WORDS = """%% block stem
Two numbers, $<< a >>$ and $<< b >>$.
%% endblock

%% block sum
What is their sum?
%% endblock
"""
TINY = "        return cls(draw.integer(1, 2), draw.integer(5, 6))"
SAMPLE = "        return cls(draw.integer(1, 6), draw.integer(1, 7))"
SEEDS = 40
ONE_SIDED = {"self.a * self.b + 20": "self.a - 30", "2 * self.a + self.b": "-self.b - 9"}
PLANTED = {
    "sound": {},
    "wrong_key": {"range(self.b)]": "range(self.b + (self.a == 3))]"},
    "coinciding": {"2 * self.a + self.b": "self.a + self.b + (self.a > 3)"},
    "hopeless": {'self.a != self.b, "equal numbers"': 'self.a > 6, "too small"'},
    "tiny": {SAMPLE: TINY},
    "raising": {"self.a * self.b + 20": "1 // (self.b - 2) - 9"},
    "endless": {SAMPLE: "        while not draw.boolean():\n            pass\n" + SAMPLE},
    "one_sided": ONE_SIDED,
    "largest": ONE_SIDED  # and of a kind that has no near values to stand on the other side
    | {
        "from problemgen.author": "import math\nfrom sympy import log\nfrom problemgen.author",
        "Number(SUM(self))": "Number(SUM(self) * log(2))",
        "len([*range(self.a), *range(self.b)])": "len([*range(self.a), *range(self.b)]) * math.log(2)",
    },
    "unsettable": {},
    "wordless": {},
}


def words(name):
    match name:
        case "unsettable":
            return WORDS.replace("What is", r"What \nosuchmacro is")
        case "wordless":
            return WORDS.replace("block sum", "block total")
    return WORDS


@pytest.fixture(scope="module")
def pack(tmp_path_factory):
    """A pack of problems, each with one fault, installed while these tests run."""
    root = tmp_path_factory.mktemp("packs")
    for name, changes in PLANTED.items():
        code = CODE
        for old, new in changes.items():
            assert old in code, name
            code = code.replace(old, new)
        files = {
            f"planted_pack/planted/{name}.py": code,
            f"planted_pack/templates/problems/planted/{name}.tex.j2": words(name),
            "planted_pack/__init__.py": "",
            "planted_pack-1.dist-info/entry_points.txt": "[problemgen.packs]\nplanted = planted_pack\n",
            "planted_pack-1.dist-info/METADATA": "Metadata-Version: 2.1\nName: planted-pack\nVersion: 1\n",
        }
        for path, text in files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(root)
        catalog.entries.cache_clear()
        yield [catalog.get(f"planted/{name}") for name in PLANTED]
    catalog.entries.cache_clear()


@pytest.fixture(scope="module")
def checked(pack):
    """All of them checked together, by name."""
    found = run.check(pack, seeds=SEEDS, prove={entry.name: 1000 for entry in pack}, count=2)
    assert [problem.name for problem in found] == [entry.name for entry in pack]
    return {problem.name.partition("/")[2]: problem for problem in found}


def lines(problem):
    """The findings but for what only LaTeX can find."""
    return [line for line in findings(problem) if line != problem.setting.fault]


def test_a_sound_problem_has_no_findings_and_its_space_is_counted_exactly(checked):
    problem = checked["sound"]
    assert findings(problem) == []
    good = {(a, b) for a, b in product(range(1, 7), range(1, 8)) if a != b}
    for level in problem.levels.values():
        kept = {(a, b) for a, b in good if len({a + b, a * b + 20, 2 * a + b, a - b - 1, -a - 1}) == 5}
        assert (level.whole.draws, len(level.whole.records)) == (42, len(kept))
        assert len(level.whole.keys) == len({a + b for a, b in kept})
        assert level.whole.reasons["equal numbers"] == 6
        assert level.drawn.records <= level.whole.records
    assert report.proved([problem]) == f"proved over {3 * len(kept)} instances, all that 3 of 3 levels can draw"


def test_a_wrong_key_is_found_by_seeds_and_by_proof(checked):
    easy = checked["wrong_key"].levels[Level.EASY]
    assert easy.drawn.failed > 0
    assert easy.whole.failed == 5  # a = 3 with another b than 3 and 6, which are refused
    told = "\n".join(lines(checked["wrong_key"]))
    assert "planted/wrong_key easy: with Sum(a=3, b=1): part sum: solved 4, oracle measured 5" in told
    assert "... and 2 more such draws of 42" in told
    assert "proved over 0 instances" in report.proved([checked["wrong_key"]])


def test_a_mistake_that_leads_to_the_key_too_often_is_named_with_its_share(checked):
    told = lines(checked["coinciding"])
    assert any("the mistake doubled of sum leads to the right answer in" in line for line in told)
    whole = checked["coinciding"].levels[Level.HARD].whole
    assert whole.coincide["doubled of sum"] == sum(a <= 3 for a, b in product(range(1, 7), range(1, 8)) if a != b)


def test_a_problem_that_refuses_everything_is_told_with_the_reason(checked):
    told = "\n".join(lines(checked["hopeless"]))
    assert "planted/hopeless easy: no valid easy question at check/0 in 400 draws" in told
    assert f"100% of {400 * SEEDS} draws are refused, and 400 are tried: too small ({400 * SEEDS})" in told


def test_few_instances_are_counted_exactly(checked):
    assert [line for line in lines(checked["tiny"]) if "instances" in line] == [
        f"planted/tiny {level}: there are only 4 different instances, fewer than 20" for level in Level
    ]
    assert any("there are only 3 different answers, fewer than 4" in line for line in lines(checked["tiny"]))


def test_what_a_problem_raises_is_told_with_record_and_line(checked):
    told = "\n".join(lines(checked["raising"]))
    line = next(n for n, text in enumerate(CODE.splitlines(), start=1) if "multiplied" in text)
    assert f"b=2): raising.py:{line}: ZeroDivisionError" in told


def test_a_space_without_an_end_is_not_proved_and_no_fault(checked):
    assert all(level.whole is None for level in checked["endless"].levels.values())
    assert lines(checked["endless"]) == []
    assert report.proved([checked["endless"]]).endswith("of the others 40 seeds each were tried")


def test_a_key_that_is_always_the_largest_is_found(checked):
    told = lines(checked["largest"])
    assert any("sum, offered as a choice of 4: rank by size 4 is right in 100%" in line for line in told)
    assert not any(": place " in line for problem in checked.values() for line in lines(problem))
    assert not any("rank by size" in line for line in lines(checked["one_sided"]))


def test_words_that_cannot_be_rendered_are_found(checked):
    (told,) = findings(checked["wordless"])
    assert "wordless.tex.j2: there is no block 'sum'; it has stem, total" in told


@pytest.mark.latex
def test_words_that_cannot_be_set_are_found_with_problem_and_block(checked):
    (told,) = findings(checked["unsettable"])
    assert "planted/unsettable: sum: Undefined control sequence" in told
    assert checked["sound"].setting.instances == 9


@pytest.mark.usefixtures("pack")
def test_without_latex_that_is_said_and_all_else_is_checked(run, monkeypatch):
    monkeypatch.setattr("problemgen.checking.setting.delivery.typeset_one", no_latex)
    done = run("check", "planted/sound", "--seeds", 10, "--workers", 1)
    assert done.code == 0
    assert "not checked" in done.out
    assert done.err == "warning: nothing was typeset: no LaTeX found\n"


def no_latex(_document):
    raise TexMissing("no LaTeX found")


@pytest.mark.usefixtures("pack")
def test_the_command_prints_a_table_and_exits_1_on_a_finding(run):
    good = run("check", "planted/sound", "--seeds", 20)
    assert good.code == 0
    assert good.err == "" or not shutil.which("pdflatex")
    head, *rows = good.out.splitlines()
    assert head.split()[:3] == ["problem", "level", "instances"]
    assert [row.split()[0] for row in rows[:3]] == ["planted/sound", "medium", "hard"]
    assert "proved over" in good.out
    bad = run("check", "planted/tiny", "planted/sound", "--seeds", 20)
    assert bad.code == 1
    assert "planted/tiny easy: there are only 4 different instances" in bad.out
    assert bad.err.endswith("findings in 1 of 2 problems\n")


@pytest.mark.usefixtures("pack")
def test_json_holds_everything_and_the_number_of_workers_changes_nothing(run):
    found = []
    for count in (1, 2):
        done = run("check", "planted/sound", "planted/tiny", "--seeds", 60, "--workers", count, "--json")
        assert done.code == 1
        found.append(json.loads(done.out))
        for problem in found[-1]:
            for level in problem["levels"].values():
                assert level.pop("milliseconds") > 0
    assert found[0] == found[1]
    sound = found[0][0]["levels"]["easy"]
    assert sound["seeds"] == 60
    assert sound["draws"] == 60 + sum(sound["reasons"].values())
    assert sound["effort"]["least"] <= sound["effort"]["median"] <= sound["effort"]["most"]
    ranked = [one["count"] for one in sound["offered"] if one["kind"] == "rank"]
    placed = [one["count"] for one in sound["offered"] if one["kind"] == "place"]
    assert sum(ranked) == sum(placed) > 0


@pytest.mark.usefixtures("pack")
def test_spaces_are_proved_up_to_the_limit_and_not_beyond(run):
    whole = {}
    for limit in (0, 41, 42):
        done = run("check", "planted/sound", "--seeds", 5, "--prove", limit, "--json")
        (problem,) = json.loads(done.out)
        whole[limit] = [level["all"] for level in problem["levels"].values()]
    assert whole[0] == whole[41] == [None] * 3
    assert all(level["draws"] == 42 for level in whole[42])


def test_a_name_that_is_none_is_told_and_nothing_is_checked(run):
    done = run("check", "cnn/conv_parms")
    assert done.code == 2
    assert "did you mean 'cnn/conv_params'?" in done.err


@pytest.mark.usefixtures("pack")
def test_ctrl_c_ends_without_a_traceback(run, monkeypatch):
    def interrupted(*_arguments, **_options):
        raise KeyboardInterrupt

    monkeypatch.setattr(probes, "by_seeds", interrupted)
    done = run("check", "planted/sound", "--workers", 1)
    assert done.code == 130
    assert "Traceback" not in done.err


def branching(draw):
    """A tree of uneven depth, some of whose paths are refused at once."""
    chosen = [draw.below(4)]
    require(chosen[0] != 2, "refused")
    chosen += [draw.below(step + 2) for step in range(chosen[0])]
    chosen += [draw.choice("xy"), draw.integer(2, 6, 2)] if draw.boolean() else []
    return tuple(chosen)


LEAVES = [
    (first, *steps, *tail)
    for first in (0, 1, 3)
    for steps in product(*(range(step + 2) for step in range(first)))
    for tail in [(), *product("xy", (2, 4, 6))]
]


@pytest.mark.parametrize("wanted", [1, 2, 7, 50, 10_000])
def test_every_draw_of_a_space_is_met_exactly_once(wanted):
    met = Counter()
    starts = spaces.split(branching, Level.EASY, wanted)
    for start in starts:
        met.update(tried(branching, draw) for draw in spaces.below(Level.EASY, start))
    assert met == Counter([*LEAVES, None])
    assert len(set(starts)) == len(starts) >= min(wanted, len(LEAVES) + 1)


def test_the_size_of_a_space_is_estimated_without_walking_it():
    assert spaces.estimated(lambda draw: draw.matrix(3, 3, -4, 4), Level.EASY) == 9**9
    assert len(LEAVES) / 2 < spaces.estimated(branching, Level.EASY) < len(LEAVES) * 2
    assert spaces.estimated(lambda draw: [0 for _ in iter(lambda: draw.below(1), 1)], Level.EASY) == math.inf
    assert spaces.split(lambda draw: [0 for _ in iter(draw.boolean, True)], Level.EASY, 9) == []


def test_a_scripted_draw_makes_the_records_that_seeds_make():
    entry = catalog.get("cnn/conv_params")
    drawn = entry.load().sample
    everything = {
        repr(tried(drawn, draw))
        for start in spaces.split(drawn, Level.EASY, 9)
        for draw in spaces.below(Level.EASY, start)
    }
    seeded = {repr(tried(drawn, Draw(Seed.of("scripted", n), Level.EASY))) for n in range(50)}
    assert seeded <= everything
    assert len(seeded) > 20


def tried(sample, draw):
    try:
        return sample(draw)
    except ProblemgenError:
        return None

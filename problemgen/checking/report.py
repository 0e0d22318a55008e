"""The result of a check, for the terminal and for machines."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from problemgen import answers
from problemgen.checking.findings import findings
from problemgen.exam.formats import WRONG

if TYPE_CHECKING:
    from collections.abc import Sequence

    from problemgen.checking.offers import Kind
    from problemgen.checking.probes import Tally
    from problemgen.checking.run import Checked, Problem

_HEADS: Final = (
    "problem", "level", "instances", "answers", "from .. to", "effort", "redrawn", "mistake=key",
    "key's place", "its rank", "ms", "set", "all",
)  # fmt: skip
_LEFT: Final = 2  # columns of words; the others are numbers
_REASONS: Final = 3
_RARE: Final = 0.05
_LONG: Final = 12


def data(problem: Problem) -> dict[str, Any]:
    """Return everything that is known of a problem as plain data."""
    setting = problem.setting
    return {
        "problem": problem.name,
        "levels": {str(level): _level(checked) for level, checked in problem.levels.items()},
        "typeset": {"instances": setting.instances, "fault": setting.fault, "not_checked": setting.lacking},
        "findings": findings(problem),
    }


def _level(checked: Checked) -> dict[str, Any]:
    drawn, whole = checked.drawn, checked.whole
    spread = effort_range(drawn)
    return {
        "seeds": checked.seeds,
        "draws": drawn.draws,
        "redrawn": round(drawn.refused, 4),
        "reasons": dict(drawn.reasons.most_common()),
        "instances": len(drawn.records),
        "answers": len(drawn.keys),
        "numbers": [str(value) for value in drawn.numbers],
        "effort": dict(zip(("least", "median", "most"), spread, strict=False)),
        "coincide": dict(drawn.coincide),
        "offered": [{**one._asdict(), "at": one.at + 1, "count": n} for one, n in sorted(drawn.offers.items())],
        "milliseconds": round(_milliseconds(drawn), 2),
        "faults": drawn.failed,
        "all": whole and {
            "draws": whole.draws,
            "instances": len(whole.records),
            "answers": len(whole.keys),
            "faults": whole.failed,
        },
    }  # fmt: skip


def table(problems: Sequence[Problem]) -> str:
    """Return a line for each problem and level, below a head."""
    rows: list[Sequence[str]] = [_HEADS]
    for problem in problems:
        rows += [
            (problem.name if not place else "", *_cells(str(level), checked), _set(problem, place), _whole(checked))
            for place, (level, checked) in enumerate(problem.levels.items())
        ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join(
        "  ".join(
            f"{cell:<{width}}" if place < _LEFT else f"{cell:>{width}}"
            for place, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    )


def _cells(level: str, checked: Checked) -> tuple[str, ...]:
    drawn = checked.drawn
    low, middle, high = effort_range(drawn) or (0, 0, 0)
    worst = max(drawn.coincide.values(), default=0)
    return (
        level,
        str(len(drawn.records)),
        str(len(drawn.keys)),
        " .. ".join(_short(value) for value in drawn.numbers) or "-",
        f"{low} {middle} {high}",
        f"{drawn.refused:.0%}",
        f"{worst / drawn.flawless:.0%}" if worst else "-",
        _along(drawn, "place"),
        _along(drawn, "rank"),
        f"{_milliseconds(drawn):.1f}",
    )


def _along(tally: Tally, kind: Kind) -> str:
    """Return how often the key of a part stood at each place, or had each rank, among the options."""
    counts = Counter(one.at for one in tally.offers.elements() if one.kind == kind)
    return " ".join(str(counts[at]) for at in range(WRONG + 1)) if counts else "-"


def _set(problem: Problem, place: int) -> str:
    setting = problem.setting
    if place:
        return ""
    return "FAILED" if setting.fault else "not checked" if setting.lacking else str(setting.instances)


def _whole(checked: Checked) -> str:
    if checked.whole is None:
        return "-"
    return grouped(len(checked.whole.records)) if not checked.whole.failed else "FAILED"


def reasons(problems: Sequence[Problem]) -> str:
    """Return why draws were refused, the commonest reasons of every level that have some weight."""
    lines = []
    for problem in problems:
        for level, checked in problem.levels.items():
            drawn = checked.drawn
            common = [(why, n / drawn.draws) for why, n in drawn.reasons.most_common(_REASONS)]
            told = "; ".join(f"{share:.0%} {why}" for why, share in common if share >= _RARE)
            lines += [f"{problem.name} {level}: {told}"] if told else []
    return "\n".join(lines)


def proved(problems: Sequence[Problem]) -> str:
    """Return over how much the keys are proved, and of how many levels only seeds were tried."""
    levels = [checked for problem in problems for checked in problem.levels.values()]
    whole = [checked.whole for checked in levels if checked.whole is not None and not checked.whole.failed]
    every, rest = sum(len(tally.records) for tally in whole), len(levels) - len(whole)
    told = f"proved over {grouped(every)} instances, all that {len(whole)} of {len(levels)} levels can draw"
    return told if rest == 0 else f"{told}; of the others {levels[0].seeds} seeds each were tried"


def counted(problems: Sequence[Problem]) -> str:
    """Return `2 of 39 problems`: in how many something was found."""
    wrong = sum(bool(findings(problem)) for problem in problems)
    return f"{wrong} of {len(problems)} problem{'' if len(problems) == 1 else 's'}"


def effort_range(tally: Tally) -> tuple[int, ...]:
    """Return least, median and most effort of the distinct instances, if there are any."""
    every = sorted(tally.efforts.elements())
    return (every[0], every[len(every) // 2], every[-1]) if every else ()


def grouped(number: int) -> str:
    """Return 41472 as `41 472`."""
    return f"{number:,}".replace(",", " ")


def _milliseconds(tally: Tally) -> float:
    return 1000 * tally.seconds / len(tally.records) if tally.records else 0.0


def _short(value: Any) -> str:
    shown = answers.text(answers.Number(value))
    return shown if len(shown) <= _LONG else f"{float(value):.3g}"

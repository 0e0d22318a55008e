"""Gradients through a maximum and a ReLU, in either order, with indicators; at the hard level in numbers, too."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Expression,
    Formula,
    Measured,
    Mistake,
    Number,
    Part,
    Rational,
    Row,
    Solution,
    Table,
    problem,
    require,
)
from problemgen.measure import conv1d as named
from problemgen.measure import linear as measure
from problemgen.nn.conv1d import Conv1dNet, conv_gradients
from problemgen.nn.conv1d_passes import counted

WHY = {
    "relu_indicator_missing": "left the ReLU out: an inactive unit passes no gradient",
    "max_indicator_missing": "let every input of the maximum have the gradient",
    "indicator_reversed": "turned the difference in the indicator round",
    "one_branch_only": "took the gradient of one window only, though two or more reach this input",
}
OPTIONS: dict[str, dict[str, Any]] = {
    "relu_indicator_missing": {"relu": False},
    "max_indicator_missing": {"maximum": False},
    "indicator_reversed": {"turned": True},
    "one_branch_only": {"most": 1},
}
LETTERS = (("z", "s", "h"), ("v", "p", "q"), ("delta", "gamma", "epsilon"))
SIZES = {  # how many z, window, stride, and whether ReLU may come first
    "easy": ((3, 2, 1), (4, 2, 2), (3, 3, 1)),
    "medium": ((4, 2, 1), (4, 3, 1), (5, 3, 2)),
    "hard": ((5, 2, 1), (6, 2, 1), (5, 3, 1)),
}
NEGATIVE, POSITIVE = (-5, -4, -3, -2, -1), (1, 2, 3, 4, 5, 6, 7)


@problem(
    title="Where a maximum and a ReLU send the gradient",
    topics=("backprop", "pooling"),
    minutes=6,
    families=("max_relu_indicator_backprop",),
)
class MaxReluIndicators:
    outputs: int
    pool_size: int
    pool_stride: int = 1
    relu_first: bool = False
    letters: tuple[str, str, str] = ("z", "v", "delta")
    z: tuple[Rational, ...] = ()
    delta: tuple[Rational, ...] = ()

    def __post_init__(self) -> None:
        require(2 <= self.pool_size <= 4, "the window must have two to four inputs")
        require(self.outputs <= 9, "there must be nine inputs at most")
        windows = len(self._net.windows)
        for letter, known in zip(self.letters, LETTERS, strict=True):
            require(letter in known, f"'{letter}' must be one of {', '.join(known)}")
        require((len(self.z), len(self.delta)) in ((0, 0), (self.outputs, windows)), f"give {windows} delta for the z")
        require(len(set(self.z)) == len(self.z) and 0 not in self.z, "the z must differ, and none may be 0")

    @property
    def _net(self) -> Conv1dNet:
        return Conv1dNet(self.outputs, 1, 1, self.pool_size, self.pool_stride)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        outputs, size, stride = draw.choice(SIZES[draw.level])
        letters = draw.choice(LETTERS[0]), draw.choice(LETTERS[1]), draw.choice(LETTERS[2])
        if draw.level != "hard":
            return cls(outputs, size, stride, draw.level == "medium", letters)
        windows = len(Conv1dNet(outputs, 1, 1, size, stride).windows)
        # different magnitudes: the gradients that two windows send back never cancel
        delta = tuple(draw.choice((-1, 1)) * amount for amount in draw.sample((1, 2, 3, 4, 5), windows))
        inactive, first = draw.sample(NEGATIVE, size), stride * draw.below(windows)
        others = draw.sample([digit for digit in (*NEGATIVE, *POSITIVE) if digit not in inactive], outputs - size)
        z = (*others[:first], *inactive, *others[first:])
        return cls(outputs, size, stride, draw.boolean(), letters, z, delta)

    def flaws(self) -> list[str]:
        if not self.z:
            return []
        winners, windows = self._net.winners(self.z), self._net.windows
        positives = [sum(self.z[i - 1] > 0 for i in window) for window in windows]
        faults = {
            "every window is active, so that the ReLU hides": len(winners) == len(windows),
            "no positive z loses, so that the maximum hides": max(positives) < 2,
            "only one gradient is not 0": len(set(winners)) < 2,
        }
        return [fault for fault, there in faults.items() if there]

    def givens(self) -> Mapping[str, Any]:
        return {"windows": self._net.windows, "shared": bool(_shared(self._net)), "z_numbers": self.z}

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - formulas are not carried
        symbolic = _symbolic(self._net, self.letters)
        if not self.z:
            return Solution(symbolic)
        known = {**_numbered("z", self.z), **_numbered("delta", self.delta)}
        lines = {f"alpha{i}": counted(self._net, i, known, self._label(i)) for i in range(1, self.outputs + 1)}
        mistakes = []
        for slip, options in OPTIONS.items():
            for name, formula in zip(lines, conv_gradients(self._net, **options), strict=True):
                value = formula(**{argument: known[argument] for argument in formula.arguments})
                if value != lines[name].value:
                    mistakes.append(Mistake(slip, WHY[slip], Number(value), (name, "value")))
                    break
        cells = {name: Number(line.value) for name, line in lines.items()}
        return Solution(symbolic, Part("numbers", _table(cells, self.letters), lines, _apart(mistakes), 2))

    def _label(self, i: int) -> str:
        return rf"\partial L/\partial {self.letters[0]}_{i}"

    def oracle(self) -> Measured:
        """Take maximum and ReLU in the order given, and measure every derivative as a difference."""
        sizes = (self.outputs, self.pool_size, self.pool_stride)
        found = {"gradients": measure.routed_pairs(*sizes, relu_first=self.relu_first)}
        if self.z:
            at = {**named.numbered("z", self.z), **named.numbered("delta", self.delta)}
            found["numbers"] = measure.routed(at, *sizes, relu_first=self.relu_first)
        return {part: {(row, "value"): value for row, value in rows.items()} for part, rows in found.items()}


@cache
def _symbolic(net: Conv1dNet, letters: tuple[str, str, str]) -> Part:
    """Return the part in letters: the same for both orders of ReLU and maximum."""
    shown = {f"z{i}": f"{letters[0]}_{{{i}}}" for i in range(1, net.conv_out + 1)}
    shown |= {f"delta{j}": rf"\{letters[2]}_{{{j}}}" for j in range(1, len(net.windows) + 1)}

    def lettered(rule: Formula) -> Formula:
        return rule.lettered(**shown, **{rule.result: rf"\partial L/\partial {letters[0]}_{rule.result[5:]}"})

    rules = {rule.result: lettered(rule) for rule in conv_gradients(net)}
    shared = _shared(net)
    places = {"relu_indicator_missing": 1, "max_indicator_missing": 1, "indicator_reversed": 1}
    places |= {"one_branch_only": shared[0]} if shared else {}
    mistakes = tuple(
        Mistake(slip, WHY[slip], Expression(conv_gradients(net, **OPTIONS[slip])[i - 1].expr, shown), _cell(i))
        for slip, i in places.items()
    )
    cells = {name: Expression(rule.expr, shown) for name, rule in rules.items()}
    return Part("gradients", _table(cells, letters), rules, mistakes, points=4)


def _shared(net: Conv1dNet) -> list[int]:
    """Return which inputs are in several windows."""
    return [i for i in range(1, net.conv_out + 1) if sum(i in window for window in net.windows) > 1]


def _cell(i: int) -> tuple[str, str]:
    return f"alpha{i}", "value"


def _numbered(letter: str, values: tuple[Rational, ...]) -> dict[str, Rational]:
    return {f"{letter}{place}": value for place, value in enumerate(values, 1)}


def _table(cells: Mapping[str, Expression | Number], letters: tuple[str, str, str]) -> Table:
    rows = (Row(name, rf"$\partial L/\partial {letters[0]}_{name[5:]}$", {"value": c}) for name, c in cells.items())
    return Table({"value": "Gradient"}, tuple(rows))


def _apart(mistakes: list[Mistake]) -> tuple[Mistake, ...]:
    """Leave out a mistake that leads where another one has led in the same cell."""
    kept: dict[Any, Mistake] = {}
    for mistake in mistakes:
        kept.setdefault((mistake.cell, mistake.value), mistake)
    return tuple(kept.values())

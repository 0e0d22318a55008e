"""Where is the first mistake in a student's layer table?  Each row is checked against the one above it."""

from collections.abc import Iterable, Mapping
from functools import cached_property
from itertools import pairwise
from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Choice,
    Draw,
    Figure,
    Hidden,
    Measured,
    Mistake,
    Number,
    Operation,
    Part,
    Rational,
    Shape,
    Solution,
    SumOfProducts,
    problem,
    require,
)
from problemgen.measure.networks import measured_layers
from problemgen.nn import chains
from problemgen.nn.layers import Conv2d, Flatten, Layer, Linear, Pool2d, out_shape, parameters, shapes
from problemgen.nn.networks import biases, names, parameter_steps, size_steps
from problemgen.nn.slips import WHY
from problemgen.nn.student_tables import Column, Line, filled_in, wrong_entries

COLUMNS: tuple[Column, ...] = ("out_shape", "parameters")
PLANS = {"easy": ("cpcpfl",), "medium": ("cpcpfl", "cpccpfl"), "hard": ("cpcpcpfll", "ccpcpfll")}
CONVS = {
    "easy": ((3, 1, 1), (5, 1, 2)),
    "medium": ((3, 1, 1), (5, 1, 2), (3, 1, 0)),
    "hard": ((3, 1, 1), (3, 1, 0), (3, 2, 1), (5, 2, 2)),
}
NOT_PLANTED = ("minus_one_and_input_channels", "pooling_given_parameters")  # two mistakes; one that is seen at once
FILTERS = (4, 5, 8, 10, 12, 15, 16, 20, 25, 30)


@problem(
    title="Find the mistake in the table",
    topics=("cnn", "shapes", "counting"),
    minutes=9,
    families=("find_wrong_row",),
)
class FindWrongRow:
    in_size: int
    in_channels: int
    layers: tuple[Layer, ...]
    goes_on: bool
    planted_row: Hidden[int]
    planted_column: Hidden[Column]
    slip: Hidden[str]

    def __post_init__(self) -> None:
        require(0 <= self.planted_row < len(self.layers), f"planted_row: rows are 0 to {len(self.layers) - 1}")
        entries = self._entries
        require(self.slip in entries, f"slip: '{self.slip}' is none of {', '.join(entries)} of this entry")
        _ = self._written  # it may be that nothing can follow from the slip

    @property
    def _in_shape(self) -> tuple[int, ...]:
        return self.in_size, self.in_size, self.in_channels

    @cached_property
    def _entries(self) -> dict[str, tuple[int, ...] | Rational]:
        return wrong_entries(self.layers, self._in_shape, self.planted_row, self.planted_column)

    @cached_property
    def _written(self) -> tuple[Line, ...]:
        wrong = self._entries[self.slip]
        return filled_in(self.layers, self._in_shape, self.planted_row, wrong, goes_on=self.goes_on)

    def givens(self) -> Mapping[str, Any]:
        rows = zip(names(self.layers), self._written, strict=True)
        return {"rows": [{"name": name, "shape": line.out_shape, "count": line.parameters} for name, line in rows]}

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        level, plan = draw.level, draw.choice(PLANS[draw.level])
        filters = sorted(draw.sample(FILTERS, plan.count("c")))
        convs = [Conv2d(depth, *draw.choice(CONVS[level])) for depth in filters]
        dense = [Linear(draw.choice((20, 25, 40, 50))), Linear(draw.choice((4, 5, 6, 10)))][-plan.count("l") :]
        pools = [
            Pool2d(*draw.choice(((2, 2), (3, 2)) if level == "hard" else ((2, 2),))) for _ in range(plan.count("p"))
        ]
        waiting: dict[str, list[Layer]] = {"c": [*convs], "p": [*pools], "f": [Flatten()], "l": [*dense]}
        layers = tuple(waiting[kind].pop(0) for kind in plan)
        size = draw.integer(*draw.by_level({"easy": (12, 32, 4), "medium": (16, 40, 4), "hard": (44, 64)}))
        channels = draw.choice((1, 3)) if level == "easy" else 3
        last = shapes(layers, (size, size, channels))[plan.index("f")]
        require(2 <= last[0] <= 8, "the last map is too small or too large")
        row = draw.below(len(layers)) if level == "easy" else draw.below(plan.index("f"))
        column = COLUMNS[draw.below(2)] if level == "easy" else COLUMNS[draw.below(3) == 0]
        entries = wrong_entries(layers, (size, size, channels), row, column)
        slips = [slip for slip in entries if slip not in NOT_PLANTED]
        require(slips, "no usual mistake leads anywhere in this entry")
        return cls(size, channels, layers, level != "easy", row, column, draw.choice(slips))

    def flaws(self) -> Iterable[str]:
        depths = [self.in_channels, *(layer.out_channels for layer in self.layers if isinstance(layer, Conv2d))]
        if any(f in (c, 2 * c) for c, f in pairwise(depths)):
            yield "F = C or F = 2C hides which of them was used"
        if max(line.parameters for line in self._written) > 1_000_000:
            yield "the numbers are too large to be checked by hand"

    def solve(self, carried: Carried = NOTHING) -> Solution:
        layer, before = self.layers[self.planted_row], shapes(self.layers, self._in_shape)[self.planted_row]
        shape = self.planted_column == "out_shape"
        right = out_shape(layer, before) if shape else parameters(layer, before)
        steps = size_steps(layer, before) if shape else parameter_steps(layer, before)

        def mistakes() -> Iterable[Mistake]:
            others = {slip: value for slip, value in self._entries.items() if value != self._entries[self.slip]}
            return (Mistake(slip, WHY[slip], _answer(value)) for slip, value in others.items())

        place = COLUMNS.index(self.planted_column)
        row = Choice(tuple(names(self.layers)), frozenset({self.planted_row}))
        return Solution(
            Part("row", row, points=1, space="5mm", unshown=self._checks()),
            Part("column", Choice(("the output shape", "the parameters"), frozenset({place})), points=1, space="5mm"),
            Part("correction", _answer(right), steps, mistakes, points=2, space="4cm"),
            self._total(carried("correction", right)),
            figures={"network": Figure("layer_stack", chains.drawn(self.layers, self._in_shape))},
        )

    def _checks(self) -> tuple[Operation, ...]:
        """Return the working of the right rows above the wrong one."""
        above = zip(self.layers[: self.planted_row], shapes(self.layers, self._in_shape), strict=False)
        steps = [step for one in above for step in {**size_steps(*one), **parameter_steps(*one)}.values()]
        return tuple(operation for step in steps for operation in step.operations())

    def _total(self, corrected: Any) -> Part:
        lines = filled_in(self.layers, self._in_shape, self.planted_row, corrected, goes_on=True)
        counts = [line.parameters for line in lines]
        total = sum(counts)
        summed = SumOfProducts(r"\text{total}", tuple((count,) for count in counts if count), total)

        def mistakes() -> Iterable[Mistake]:
            wrong = {
                "as_in_the_table": ("added the column as it stands", sum(line.parameters for line in self._written)),
                "total_without_biases": ("added the weights without the biases", total - sum(map(biases, self.layers))),
                "total_of_convolutions": ("added the convolutions only", self._convolutions(counts)),
            }
            return (Mistake(slip, why, Number(value)) for slip, (why, value) in wrong.items() if value != total)

        return Part("total", Number(total), {"total": summed}, mistakes, points=2, space="4cm")

    def _convolutions(self, counts: list[Rational]) -> Rational:
        every = zip(self.layers, counts, strict=True)
        return sum(count for layer, count in every if isinstance(layer, Conv2d))

    def oracle(self) -> Measured:
        """Walk through the network, and read the student's table until an entry is not what was counted."""
        right = [(shape, count) for _, shape, count, _ in measured_layers(self.layers, self._in_shape)]
        table = [(row["shape"], row["count"]) for row in self.givens()["rows"]]
        row = next(place for place, lines in enumerate(zip(right, table, strict=True)) if lines[0] != lines[1])
        column = 0 if right[row][0] != table[row][0] else 1
        total = sum(count for _, count in right)
        return {"row": {row}, "column": {column}, "correction": right[row][column], "total": total}


def _answer(value: tuple[int, ...] | Rational) -> Number | Shape:
    return Shape(value) if isinstance(value, tuple) else Number(value)

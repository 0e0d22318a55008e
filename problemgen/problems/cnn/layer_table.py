"""Fill in a CNN's table: every layer's output shape and parameters (hard: multiplications, too), and the totals."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cached_property
from itertools import chain, pairwise
from typing import Any, NamedTuple, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Figure,
    Measured,
    Mistake,
    Number,
    Part,
    Rational,
    Row,
    Shape,
    Solution,
    SumOfProducts,
    Table,
    Worked,
    problem,
    require,
)
from problemgen.measure.networks import measured_layers
from problemgen.nn.chains import drawn
from problemgen.nn.layers import Conv2d, Flatten, Layer, Linear, Pool2d, parameters, shapes
from problemgen.nn.networks import (
    biases,
    multiplication_steps,
    names,
    parameter_steps,
    settings,
    size_steps,
    worked_shape,
)
from problemgen.nn.slips import (
    WHY,
    with_digits_swapped,
    with_own_value,
    wrong_multiplications,
    wrong_parameters,
    wrong_shapes,
)
from problemgen.nn.windows import left_over

HEADINGS = {"out_shape": "Output shape", "parameters": "Parameters", "multiplications": "Multiplications"}
WHY_TOTAL = {
    "total_without_biases": "added the weights without the biases",
    "total_of_convolutions": "added the convolutions only",
}
MINOR = ("forgot_padding",)
RARE = ("minus_one_for_plus_one", "single_sided_padding", "minus_one_and_input_channels")
PLANS = {"easy": ("cpcpfl",), "medium": ("ccpcpfll", "cpccpfll", "cpcpcfll"), "hard": ("cpcpcpfl",)}
CONVS = {
    "easy": ((3, 1, 1), (5, 1, 2)),
    "medium": ((3, 1, 0), (3, 1, 1), (5, 1, 2)),
    "hard": ((3, 1, 0), (3, 1, 1), (5, 1, 2)),
}
STRIDED = ((3, 2, 0), (3, 2, 1), (5, 2, 1), (5, 2, 2))
POOLS = {"easy": ((2, 2),), "medium": ((2, 2), (2, 2), (3, 2)), "hard": ((2, 2), (3, 2))}
FILTERS = {
    "easy": (4, 5, 8, 10, 12, 15, 16),
    "medium": (8, 10, 12, 16, 20, 24, 30, 32),
    "hard": (4, 5, 8, 10, 12, 16, 20),
}


class _Line(NamedTuple):
    """A layer of the table: its working, its counts by column, and its row."""

    work: Mapping[str, Worked]
    counts: Mapping[str, Rational]
    row: Row


@problem(
    title="A convolutional network, layer by layer",
    topics=("cnn", "shapes", "counting"),
    minutes=12,
    families=("cnn_table",),
)
class LayerTable:
    in_height: int
    in_width: int
    in_channels: int
    layers: tuple[Layer, ...]
    count_multiplications: bool = False

    def __post_init__(self) -> None:
        require(self.layers, "a network needs at least one layer")
        require(min(self._in_shape) >= 1, "in_height, in_width and in_channels must be at least 1")
        shapes(self.layers, self._in_shape)

    @property
    def _in_shape(self) -> tuple[int, ...]:
        return self.in_height, self.in_width, self.in_channels

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        level, plan = draw.level, draw.choice(PLANS[draw.level])
        windows = [draw.choice(CONVS[level]) for _ in range(plan.count("c"))]
        if level != "easy":
            windows[draw.below(2) if level == "medium" else 0] = draw.choice(STRIDED)
        filters = sorted(draw.sample(FILTERS[level], len(windows)))
        convs = (Conv2d(depth, *window) for depth, window in zip(filters, windows, strict=True))
        features = (draw.choice((20, 25, 40, 50, 64)), draw.choice((4, 5, 6, 10)))[-plan.count("l") :]
        dense = map(Linear, features)
        makers: dict[str, Callable[[], Layer]] = {
            "c": lambda: next(convs),
            "p": lambda: Pool2d(*draw.choice(POOLS[level])),
            "f": Flatten,
            "l": lambda: next(dense),
        }
        size = draw.integer(*draw.by_level({"easy": (12, 32, 4), "medium": (24, 48), "hard": (40, 64)}))
        channels = draw.choice((1, 3)) if level == "easy" else 3
        record = cls(size, size, channels, tuple(makers[kind]() for kind in plan), level == "hard")
        last = shapes(record.layers, record._in_shape)[plan.index("f")]
        require(2 <= last[0] <= 8, "the last map is too small or too large")
        require(level == "easy" or record._floors(), "the floor must matter")
        return record

    def _floors(self) -> int:
        """Return in how many layers the floor cuts something off."""
        before = zip(self.layers, shapes(self.layers, self._in_shape), strict=False)
        return sum(left_over(shape[0], layer) > 0 for layer, shape in before if isinstance(layer, Conv2d | Pool2d))

    def flaws(self) -> list[str]:
        convs = [layer for layer in self.layers if isinstance(layer, Conv2d)]
        pairs = list(pairwise([self.in_channels, *(layer.out_channels for layer in convs)]))
        vectors = [shape[0] for shape in shapes(self.layers, self._in_shape) if len(shape) == 1]
        faults = {
            "as many outputs as inputs hide which of them the biases belong to": len(set(vectors)) < len(vectors),
            "as many filters as input channels hide which of them was used": any(c == f for c, f in pairs),
            "F = 2C makes own filters as channels and doubled weights the same": any(f == 2 * c for c, f in pairs),
        }
        return [fault for fault, there in faults.items() if there]

    @cached_property
    def _names(self) -> tuple[str, ...]:
        return names(self.layers)

    @cached_property
    def _shapes(self) -> dict[tuple[int, tuple[int, ...]], tuple[int, ...]]:
        return {}

    @cached_property
    def _lines(self) -> dict[tuple[int, tuple[int, ...], tuple[int, ...]], _Line]:
        return {}

    def _found(self, place: int, shape: tuple[int, ...]) -> tuple[int, ...]:
        """Return the output shape of a layer; remembered, because a mistake changes the rows below it only."""
        if (place, shape) not in self._shapes:
            self._shapes[place, shape] = worked_shape(self.layers[place], shape)
        return self._shapes[place, shape]

    def _line(self, place: int, shape: tuple[int, ...], after: tuple[int, ...]) -> _Line:
        """Return a layer's working, counts and row, remembered for the same reason."""
        if (line := self._lines.get((place, shape, after))) is None:
            layer, name = self.layers[place], self._names[place]
            work = {**parameter_steps(layer, shape)}
            if self.count_multiplications:
                work |= multiplication_steps(layer, shape, after)
            counts = {"parameters": 0, **{column: step.value for column, step in work.items()}}
            cells: dict[str, Any] = {"out_shape": Shape(self._found(place, shape))}
            cells |= {column: Number(count) for column, count in counts.items()}
            row = Row(name, ": ".join(filter(None, (name, ", ".join(settings(layer))))), cells)
            line = self._lines[place, shape, after] = _Line(work, counts, row)
        return line

    def solve(self, carried: Carried = NOTHING) -> Solution:
        shape = self._in_shape
        rows: list[Row] = []
        steps: dict[str, Worked] = {}
        places: list[tuple[str, Layer, tuple[int, ...], tuple[int, ...]]] = []
        asked = ("parameters", "multiplications") if self.count_multiplications else ("parameters",)
        counts: dict[str, dict[str, Any]] = {column: {} for column in asked}
        for place, (name, layer) in enumerate(zip(self._names, self.layers, strict=True)):
            after = carried(f"table.{name}.out_shape", self._found(place, shape))
            line = self._line(place, shape, after)
            for column, count in line.counts.items():
                counts[column][name] = carried(f"table.{name}.{column}", count)
            rows.append(line.row)
            places.append((name, layer, shape, after))
            if not carried.answers_only:
                steps |= {f"{name}_{step}": line for step, line in {**size_steps(layer, shape), **line.work}.items()}
            shape = after
        total, sums = self._total(counts)

        def mistakes() -> Iterable[Mistake]:
            return chain(*(self._mistakes(*place) for place in places), self._wrong_totals(counts))

        headings = {column: HEADINGS[column] for column in ("out_shape", *counts)}
        answer = Table(headings, (*rows, total))
        part = Part("table", answer, {**steps, **sums}, mistakes, points=len(self.layers))
        if carried.answers_only:
            return Solution(part)
        return Solution(part, figures={"network": Figure("layer_stack", drawn(self.layers, self._in_shape))})

    def _mistakes(self, name: str, layer: Layer, shape: tuple[int, ...], after: tuple[int, ...]) -> Iterator[Mistake]:
        sizes = {slip: dims for slip, dims in wrong_shapes(layer, shape).items() if slip not in RARE}
        for slip, dims in with_own_value(sizes, MINOR).items():
            yield Mistake(slip, WHY[slip], Shape(dims), (name, "out_shape"))
        counts = with_digits_swapped(wrong_parameters(layer, shape, self.in_channels), parameters(layer, shape))
        for slip, count in counts.items():
            yield Mistake(slip, WHY[slip], Number(count), (name, "parameters"))
        if self.count_multiplications:
            for slip, count in wrong_multiplications(layer, shape, after).items():
                yield Mistake(slip, WHY[slip], Number(count), (name, "multiplications"))

    def _total(self, counts: Mapping[str, Mapping[str, Any]]) -> tuple[Row, dict[str, SumOfProducts]]:
        sums = {}
        for column, found in counts.items():
            terms = tuple((count,) for count in found.values() if count)
            sums[f"total_{column}"] = SumOfProducts(rf"\text{{{column}}}", terms, sum(found.values()))
        cells = {column: Number(sums[f"total_{column}"].value) for column in counts}
        return Row("total", "Total", cells), sums

    def _wrong_totals(self, counts: Mapping[str, Mapping[str, Any]]) -> Iterator[Mistake]:
        for column, found in counts.items():
            total = sum(found.values())
            wrong = {"total_of_convolutions": sum(count for name, count in found.items() if name.startswith("conv"))}
            if column == "parameters":
                wrong["total_without_biases"] = total - sum(map(biases, self.layers))
            for slip, value in wrong.items():
                if value != total:
                    yield Mistake(slip, WHY_TOTAL[slip], Number(value), ("total", column))

    def oracle(self) -> Measured:
        """Walk through the network, slide every window and count the entries of every tensor."""
        cells: dict[tuple[str, str], Any] = {}
        measured = list(measured_layers(self.layers, self._in_shape))
        for name, shape, count, multiplications in measured:
            cells |= {(name, "out_shape"): shape, (name, "parameters"): count}
            if self.count_multiplications and multiplications:
                cells[name, "multiplications"] = multiplications
        cells["total", "parameters"] = sum(row[2] for row in measured)
        if self.count_multiplications:
            cells["total", "multiplications"] = sum(row[3] for row in measured)
        return {"table": cells}

"""The parameters of a whole network: identical blocks after the first count alike, and a budget allows so many more."""

from collections.abc import Mapping
from typing import Any, Self

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
    Solution,
    Steps,
    Substitution,
    SumOfProducts,
    carry,
    exact_sum,
    problem,
    require,
)
from problemgen.measure.networks import measured_layers
from problemgen.nn import chains, totals
from problemgen.nn.layers import Conv2d, Flatten, Layer, Linear, Pool2d, shapes
from problemgen.nn.networks import biases, names, parameter_rule, parameter_steps, size_steps
from problemgen.nn.slips import WHY as USUAL
from problemgen.nn.slips import with_own_value, wrong_parameters
from problemgen.nn.totals import EXTRA_LAYERS

WHY = {
    **USUAL,
    "same_params_every_block": "counted every block like the first one",
    "further_everywhere": "counted the first block like the others",
    "fencepost_extra_block": "counted one further block too many",
    "with_own_filters_as_channels": "took the filters of a convolution as its input channels",
    "total_of_convolutions": "added the convolutions only",
    "kernel_not_squared": "took $K$ instead of $K^2$",
    "whole_budget": "divided the whole budget, though the network has used a part of it",
    "rounded_up": "rounded up, which is over the budget",
    "entered_with_fewer_channels": "counted the new layers like the first one with so many filters",
}
MINOR = (
    "kernel_not_squared",
    "pooling_given_parameters",
    "with_own_filters_as_channels",
    "further_everywhere",
    "rounded_up",
    "forgot_bias",
)


@problem(title="Parameters of a whole network", topics=("cnn", "counting"), minutes=7, families=("total_params",))
class TotalParams:
    in_height: int
    in_width: int
    in_channels: int
    layers: tuple[Layer, ...]
    budget: int = 0

    def __post_init__(self) -> None:
        require(min(self._in_shape) >= 1, "in_height, in_width and in_channels must be at least 1")
        shapes(self.layers, self._in_shape)
        require(any(isinstance(layer, Conv2d) for layer in self.layers), "a convolution is needed")
        if self.budget:
            last = [layer for layer in self.layers if not isinstance(layer, Pool2d)][-1]
            require(isinstance(last, Conv2d), "a budget is for further convolutions: the network must end with one")
            require(self.budget >= self._total(), f"the network has more than {self.budget} parameters already")

    @property
    def _in_shape(self) -> tuple[int, int, int]:
        return self.in_height, self.in_width, self.in_channels

    def _total(self) -> int:
        return sum(count for *_, count in self._counts())

    @property
    def _convs(self) -> list[Conv2d]:
        return [layer for layer in self.layers if isinstance(layer, Conv2d)]

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        level, blocks = draw.level, draw.integer(3, 5)
        kernel = 3 if level == "hard" else draw.choice((3, 3, 5))
        window = (kernel, 1, (kernel - 1) // 2)
        filters = sorted(draw.sample((4, 5, 6, 8, 10, 12, 15, 16, 20), 2))
        channels, layers = draw.choice((1, 3)), list[Layer]()
        if level == "hard":
            layers += [Conv2d(filters[0], *window)] * draw.integer(2, 3)
            layers += [Pool2d(2, 2), *[Conv2d(filters[1], *window)] * draw.integer(2, 3)]
            side, further = draw.integer(16, 64, 2), 9 * filters[1] ** 2 + filters[1]
            total = sum(count for *_, count in totals.counts(layers, (side, side, channels)))
            return cls(side, side, channels, tuple(layers), -(-(total + further * draw.integer(2, 6)) // 1000) * 1000)
        layers += [Conv2d(filters[0], *window), Pool2d(2, 2)] * blocks
        side = 2**blocks * draw.integer(2, 4)
        if level == "medium":
            layers += [Flatten(), Linear(draw.choice((4, 5, 6, 10)))]
        return cls(side, side, channels, tuple(layers))

    def flaws(self) -> list[str]:
        depths = [layer.out_channels for layer in self._convs]
        faults = {
            "as many filters as image channels hide which was used": depths[0] == self.in_channels,
            "F = 2C makes own filters as channels and doubled weights the same": depths[-1] == 2 * depths[0],
        }
        return [fault for fault, there in faults.items() if there]

    def givens(self) -> Mapping[str, Any]:
        alike, last = totals.repeated(self.layers, self.in_channels), self._convs[-1]
        return {"blocks": len(self._convs) if alike else 0, "last": last}

    def solve(self, carried: Carried = NOTHING) -> Solution:
        lines, known, parts = self._lines(), len(self._convs), []
        values = [line.value for line in lines.values()]
        if totals.repeated(self.layers, self.in_channels):
            (first, further), shapes_of = list(lines.values())[:2], [found[1] for found in self._counts()[:2]]
            parts = [self._conv("first", first, shapes_of[0]), self._conv("further", further, shapes_of[1])]
            values[:known] = [carried("first", first.value), *[carried("further", further.value)] * (known - 1)]
            lines = dict(list(lines.items())[known:])
        total = exact_sum(values)
        steps: Steps = {**self._flattened(), **lines, "sum": SumOfProducts(r"\text{total}", totals.runs(values), total)}
        wrong = {slip: n for slip, n in totals.wrong_totals(self.layers, self._in_shape).items() if n != total}
        parts.append(Part("total", Number(total), steps, _mistakes(wrong), points=3, space="4cm"))
        if self.budget:
            parts.append(self._more(carried("total", total)))
        return Solution(*parts, figures={"network": Figure("layer_stack", chains.drawn(self.layers, self._in_shape))})

    def _counts(self) -> list[tuple[Conv2d | Linear, tuple[int, ...], int]]:
        return totals.counts(self.layers, self._in_shape)

    def _lines(self) -> dict[str, Substitution]:
        """Return the worked counts of the layers that learn, by name, and how long a flattened vector is."""
        before = zip(names(self.layers), self.layers, shapes(self.layers, self._in_shape), strict=False)
        return {name: line for name, layer, shape in before for line in parameter_steps(layer, shape).values()}

    def _flattened(self) -> dict[str, Substitution]:
        before = zip(names(self.layers), self.layers, shapes(self.layers, self._in_shape), strict=False)
        flat = [(name, size_steps(layer, shape)) for name, layer, shape in before if isinstance(layer, Flatten)]
        return {name: line for name, lines in flat for line in lines.values()}

    def _conv(self, name: str, line: Substitution, shape: tuple[int, ...]) -> Part:
        layer = self._convs[0]
        wrong = wrong_parameters(layer, shape, self.in_channels)
        wrong["kernel_not_squared"] = layer.kernel_size * shape[-1] * layer.out_channels + biases(layer)
        return Part(name, Number(line.value), {"rule": line.formula, "count": line}, _mistakes(wrong))

    def _more(self, total: Rational) -> Part:
        carry(0 <= total <= self.budget, "total: the network has more parameters than it may have already")
        last = self._convs[-1]
        rule, free = parameter_rule(last), self.budget - total
        each = rule.worked(last, in_channels=last.out_channels)
        extra = EXTRA_LAYERS.worked(budget=self.budget, total=total, further=each.value)
        entered = next(count for layer, _, count in self._counts() if layer == last)
        wrong = {
            "whole_budget": self.budget // each.value,
            "rounded_up": -(-free // each.value),
            "entered_with_fewer_channels": free // entered,
            "forgot_input_channels": free // rule(last, in_channels=1),
            "forgot_bias": free // (each.value - biases(last)),
        }
        wrong = {slip: value for slip, value in wrong.items() if value != extra.value}
        steps: Steps = {"each": each, "rule": EXTRA_LAYERS, "count": extra}
        return Part("more", Number(extra.value), steps, _mistakes(wrong), points=2, space="3cm")

    def oracle(self) -> Measured:
        """Walk through the network and count the entries of its tensors; append convolutions while the budget lasts."""
        layers, found = list(self.layers), {}
        counted = [row[2] for row in measured_layers(layers, self._in_shape) if row[2]]
        if totals.repeated(self.layers, self.in_channels):
            found = {"first": counted[0], "further": counted[1]}
        found["total"] = sum(counted)
        if self.budget:
            *_, (_, shape, _, _) = measured_layers(layers, self._in_shape)
            ((_, _, each, _),) = measured_layers(self._convs[-1:], shape)
            found["more"] = len(range(found["total"] + each, self.budget + 1, each))
        return found


def _mistakes(wrong: Mapping[str, Any]) -> tuple[Mistake, ...]:
    return tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in with_own_value(wrong, MINOR).items())

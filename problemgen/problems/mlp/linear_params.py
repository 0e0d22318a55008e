"""How many parameters do dense layers learn?  Backwards: which widths have a given count, or keep to a budget."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Literal, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Figure,
    Formula,
    Measured,
    Mistake,
    Number,
    NumberSet,
    Part,
    Solution,
    SumOfProducts,
    Worked,
    carry,
    problem,
    require,
)
from problemgen.measure.networks import measured_layers
from problemgen.nn import dense
from problemgen.nn.dense import HIDDEN_WIDTH, INPUTS, PER_UNIT
from problemgen.nn.layers import LINEAR_PARAMETERS, LINEAR_WEIGHTS, Linear
from problemgen.nn.slips import with_own_value

WHY = {
    "forgot_bias": "forgot the biases",
    "single_bias": "added one bias for a whole layer",
    "bias_per_input": "gave the inputs of a layer the biases instead of the outputs",
    "bias_added": "added biases, but the layers have none",
    "first_to_last": "connected the inputs with the last outputs directly",
    "last_layer_missing": "left out the last layer",
    "product_for_sum": "multiplied the widths of all layers instead of adding layer by layer",
    "inputs_for_outputs": "gave the numbers of inputs instead",
    "smallest_only": "stopped at the first solution",
    "incoming_only": "left out the weights from the hidden unit to the outputs",
    "outgoing_only": "left out the weights from the inputs to the hidden unit",
    "ends_multiplied": "multiplied the inputs by the outputs, as if they were connected directly",
    "output_biases_left_out": "forgot the biases of the output layer, which are there for every $h$",
    "rounded_up": "rounded up, which is over the budget",
    "direct_weights_subtracted": "first took off weights from the inputs to the outputs, but there are none",
    "inputs_alone": "divided by the number of inputs only",
}


@problem(title="Parameters of dense layers", topics=("mlp", "counting"), minutes=4, families=("fc_params",))
class LinearParams:
    asked: Literal["parameters", "out_features", "hidden_width"]
    widths: tuple[int, ...] = ()
    bias: bool = True
    total: int = 0

    def __post_init__(self) -> None:
        require(all(width >= 1 for width in self.widths), "every width must be at least 1")
        match self.asked:
            case "parameters":
                require(len(self.widths) >= 2 and not self.total, "widths must list inputs and outputs; total is asked")
            case "out_features":
                require(self.bias and not self.widths, "widths are what is asked, and the layer has biases")
                require(dense.out_features(self.total), f"no layer with biases has {self.total} parameters")
            case "hidden_width":
                require(self.bias and len(self.widths) == 2, "widths must be inputs and outputs; there are biases")
                require(self._hidden() >= 1, f"{self.total} parameters are too few for one hidden unit")

    def _hidden(self) -> int:
        inputs, outputs = self.widths
        per_unit = PER_UNIT(in_features=inputs, out_features=outputs)
        return int(HIDDEN_WIDTH(budget=self.total, out_features=outputs, per_unit=per_unit))

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        if draw.level == "easy":
            return cls("parameters", (draw.integer(12, 60), draw.integer(4, 25)), draw.boolean())
        if draw.level == "medium":
            hidden = sorted(draw.sample((8, 10, 12, 15, 16, 20, 24, 25, 30), draw.integer(1, 2)), reverse=True)
            return cls("parameters", (draw.integer(20, 60), *hidden, draw.integer(2, 7)), bias=draw.below(4) > 0)
        if draw.boolean():
            return cls("out_features", total=draw.integer(40, 150))
        inputs, outputs, units = draw.integer(12, 36), draw.integer(3, 10), draw.integer(8, 24)
        budget = (inputs + outputs + 1) * units + outputs + draw.integer(1, inputs + outputs)
        return cls("hidden_width", (inputs, outputs), total=budget)

    def flaws(self) -> list[str]:
        few = self.asked == "out_features" and not 3 <= len(dense.out_features(self.total)) <= 6
        faults = {
            "equal widths hide which is which": len(set(self.widths)) < len(self.widths),
            "too few or too many layers have this count": few,
        }
        return [fault for fault, there in faults.items() if there]

    def givens(self) -> Mapping[str, Any]:
        return {"hidden": self.widths[1:-1]}

    def solve(self, carried: Carried = NOTHING) -> Solution:
        if self.asked == "out_features":
            fits = dense.out_features(self.total)
            wrong = _mistakes(dense.wrong_out_features(self.total), fits)
            tried = [n for n in dense.divisors(self.total) if n > 1]
            lines = {f"outputs{n}": INPUTS.worked(parameters=self.total, out_features=n) for n in tried}
            return Solution(Part("out_features", NumberSet(fits), {"rule": INPUTS, **lines}, wrong, 3, "4cm"))
        if self.asked == "hidden_width":
            figures = {"network": self._figure("h", self.widths[1])}
            return Solution(*self._budget(carried), figures=figures)
        rule, layers = LINEAR_PARAMETERS if self.bias else LINEAR_WEIGHTS, list(pairwise(self.widths))
        counts = [rule.worked(in_features=before, out_features=after) for before, after in layers]
        steps: dict[str, Formula | Worked] = {f"layer{place}": line for place, line in enumerate(counts, start=1)}
        right = sum(line.value for line in counts)
        wrong = _mistakes(dense.wrong_totals(self.widths, bias=self.bias), right)
        if len(counts) == 1:
            return Solution(Part("parameters", Number(right), {"rule": rule, **steps}, wrong, 2, "3cm"))
        steps["total"] = SumOfProducts(r"\text{total}", tuple((line.value,) for line in counts), right)
        part = Part("parameters", Number(right), {"rule": rule, **steps}, wrong, 3, "4cm")
        return Solution(part, figures={"network": self._figure(*self.widths[1:])})

    def _figure(self, *widths: int | str) -> Figure:
        boxes = [
            {"title": "Dense", "name": f"fc{n}", "lines": [f"{w} output{'s' * (w != 1)}"]}
            for n, w in enumerate(widths, start=1)
        ]
        return Figure("layer_stack", {"input": [self.widths[0]], "layers": boxes})

    def _budget(self, carried: Carried) -> tuple[Part, Part]:
        inputs, outputs = self.widths
        sizes = {"in_features": inputs, "out_features": outputs}
        unit = PER_UNIT.worked(**sizes)
        wrong_unit = {
            "forgot_bias": inputs + outputs,
            "incoming_only": inputs + 1,
            "outgoing_only": outputs + 1,
            "ends_multiplied": inputs * outputs + 1,
        }
        step = carried("per_unit", unit.value)
        carry(step >= 1, "per_unit: a hidden unit that costs nothing fits any number of times")
        width = HIDDEN_WIDTH.worked(budget=self.total, out_features=outputs, per_unit=step)
        wrong_width = {
            "output_biases_left_out": self.total // step,
            "rounded_up": -(-(self.total - outputs) // step),
            "inputs_alone": (self.total - outputs) // inputs,
            "direct_weights_subtracted": (self.total - outputs - inputs * outputs) // step,
        }
        kept = with_own_value(wrong_width, ("rounded_up",))
        return (
            Part("per_unit", Number(unit.value), {"rule": PER_UNIT, "count": unit}, _mistakes(wrong_unit, unit.value)),
            Part(
                "hidden_width",
                Number(width.value),
                {"rule": HIDDEN_WIDTH, "count": width},
                _mistakes(kept, width.value),
                points=3,
                space="4cm",
            ),
        )

    def oracle(self) -> Measured:
        """Make the matrices and bias vectors of the layers, of every candidate if a width is asked, and count."""
        if self.asked == "parameters":
            return {"parameters": _counted(*self.widths, bias=self.bias)}
        if self.asked == "out_features":
            every = [(n, m) for m in range(2, self.total) for n in range(2, self.total // m + 1)]
            return {"out_features": {m for n, m in every if _counted(n, m) == self.total}}
        inputs, outputs = self.widths
        hidden = 1
        while _counted(inputs, hidden + 1, outputs) <= self.total:
            hidden += 1
        grown = _counted(inputs, hidden + 1, outputs) - _counted(inputs, hidden, outputs)
        return {"per_unit": grown, "hidden_width": hidden}


def _counted(*widths: int, bias: bool = True) -> int:
    return sum(row[2] for row in measured_layers([Linear(width, bias) for width in widths[1:]], widths[:1]))


def _mistakes(wrong: Mapping[str, Any], right: Any) -> tuple[Mistake, ...]:
    """Return the wrong values as mistakes, those that are impossible or right left out."""
    kind = NumberSet if isinstance(right, frozenset) else Number
    possible = {slip: value for slip, value in wrong.items() if value and value != right}
    return tuple(Mistake(slip, WHY[slip], kind(value)) for slip, value in possible.items())

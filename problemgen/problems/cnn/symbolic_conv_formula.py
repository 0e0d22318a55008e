"""Weights, biases, output shape and cost of a convolution as formulas in letters, with dilation and groups."""

from collections.abc import Mapping
from typing import Any, Self

from sympy import Integer

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Measured,
    Part,
    Solution,
    Steps,
    formula_part,
    formula_table,
    problem,
)
from problemgen.measure import layer_points as measure
from problemgen.nn import layer_formulas as nn
from problemgen.nn import letters as notation
from problemgen.nn.layers import CONV_MULTIPLICATIONS, CONV_WEIGHTS, GROUPED_WEIGHTS, C, D, F, G, K, P, S

WHY = {
    "kernel_not_squared": "took one side of the kernel, not its square",
    "forgot_input_channels": "left out the input channels",
    "own_filters_as_channels": "took the number of filters as input channels",
    "forgot_filters": "counted one filter only",
    "forgot_groups": "let every filter see all input channels",
    "bias_per_channel": "gave every filter one bias for each input channel",
    "single_bias": "took one bias for the whole layer",
    "bias_added": "gave every filter a bias, though the layer has none",
    "bias_per_input_channel": "took one bias for each input channel",
    "floor_omitted": "left out the floor, which matters when the stride does not divide",
    "ceil_for_floor": "rounded up instead of down",
    "forgot_plus_one": "dropped the $+1$, the first position of the kernel",
    "minus_one_for_plus_one": "subtracted 1 instead of adding it",
    "stride_division_missing": "did not divide by the stride",
    "single_sided_padding": "counted the padding on one side only",
    "forgot_padding": "left out the padding",
    "dilation_ignored": "ignored the dilation",
    "input_channels_kept": "kept the depth of the input",
    "channels_multiplied": "took one output channel for each pair of filter and input channel",
    "channels_of_one_group": "gave the output channels of one group only",
    "ops_forgot_filters": "counted one filter only",
    "ops_at_input_positions": "counted the positions of the input, not of the output",
    "one_position_only": "counted one position of the kernel only",
}


@problem(
    title="Formulas of a convolutional layer",
    topics=("cnn", "shapes", "symbolic"),
    minutes=8,
    families=("symbolic_conv_formula",),
)
class SymbolicConvFormula:
    in_height: str
    in_width: str
    in_channels: str
    out_channels: str
    kernel_size: str
    stride: str
    padding: str
    dilation: str = ""
    groups: str = ""
    bias: bool = True
    ask_multiplications: bool = False
    ask_padding: bool = False

    def __post_init__(self) -> None:
        notation.check(notation.of(self))

    @property
    def _printed(self) -> dict[str, str]:
        return {**notation.of(self), **notation.outputs(self), "weights": r"\text{weights}"}

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        without = draw.by_level({"easy": ("dilation", "groups"), "medium": ("groups",), "hard": ()})
        unused = ("pool_size", "pool_stride", *without)
        return cls(
            **notation.distinct(draw.choice, [name for name in notation.USUAL if name not in unused]),
            bias=draw.level == "easy" or draw.boolean(),
            ask_multiplications=draw.level != "easy",
            ask_padding=draw.level == "hard",
        )

    def givens(self) -> Mapping[str, Any]:
        return notation.outputs(self)

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - formulas, each for itself
        grouped, dilated, letters = bool(self.groups), bool(self.dilation), self._printed
        parts = [self._parameters(), self._shape()]
        if self.ask_multiplications:
            rule = nn.GROUPED_MULTIPLICATIONS if grouped else CONV_MULTIPLICATIONS
            wrong = nn.wrong_multiplications(grouped=grouped)
            steps: Steps = {"rule": rule.lettered(**letters)}
            parts.append(formula_part("multiplications", rule.expr.doit(), wrong, WHY, letters, steps))
        if self.ask_padding:
            rule, wrong = nn.DILATED_SAME_PADDING if dilated else nn.SAME_PADDING, nn.wrong_padding(dilated=dilated)
            steps = {"rule": rule.lettered(**letters)}
            parts.append(formula_part("same_padding", rule.expr, wrong, WHY, letters, steps))
        return Solution(*parts)

    def _parameters(self) -> Part:
        rule = GROUPED_WEIGHTS if self.groups else CONV_WEIGHTS
        wrong = nn.wrong_weights(grouped=bool(self.groups))
        right = {"weights": ("Weights", rule.expr.doit()), "biases": ("Biases", F if self.bias else Integer(0))}
        biases = {"bias_per_channel": F * C, "single_bias": Integer(1), "bias_per_input_channel": C}
        slips = {"weights": wrong, "biases": biases if self.bias else {"bias_added": F, **biases}}
        steps = {"weights": rule.lettered(**self._printed)}
        return formula_table("parameters", right, slips, WHY, self._printed, steps)

    def _shape(self) -> Part:
        height = nn.DILATED_HEIGHT if self.dilation else nn.CONV_HEIGHT
        width = nn.DILATED_WIDTH if self.dilation else nn.CONV_WIDTH
        span = D * (K - 1) + 1 if self.dilation else K
        channels = {"input_channels_kept": C, "channels_multiplied": F * C}
        wrong = {
            "height": nn.wrong_sizes(nn.H, span, S, P),
            "width": nn.wrong_sizes(nn.W, span, S, P),
            "channels": channels | ({"channels_of_one_group": F / G} if self.groups else {}),
        }
        right = {"height": ("Height", height.expr), "width": ("Width", width.expr), "channels": ("Channels", F)}
        steps = {"height": height.lettered(**self._printed), "width": width.lettered(**self._printed)}
        return formula_table("shape", right, wrong, WHY, self._printed, steps)

    def oracle(self) -> Measured:
        """Make the tensors and slide the windows for a dozen choices of the sizes, and count."""
        grouped, dilated = bool(self.groups), bool(self.dilation)
        tables = {
            "parameters": measure.conv_parameters(grouped=grouped, bias=self.bias),
            "shape": measure.conv_shape(dilated=dilated, grouped=grouped),
        }
        found: dict[str, Any] = {
            part: {(row, "formula"): pairs for row, pairs in rows.items()} for part, rows in tables.items()
        }
        if self.ask_multiplications:
            found["multiplications"] = measure.conv_multiplications(grouped=grouped)
        if self.ask_padding:
            found["same_padding"] = measure.same_padding(dilated=dilated)
        return found

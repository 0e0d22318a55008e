"""How many parameters does a convolution learn?  The bias is one number a filter; groups divide the input channels."""

from typing import Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Measured,
    Mistake,
    Number,
    Part,
    Solution,
    Steps,
    problem,
    require,
)
from problemgen.measure.sliding import conv_tensors, count_entries
from problemgen.nn import slips
from problemgen.nn.layers import Conv2d
from problemgen.nn.networks import parameter_rule

WHY = {
    **slips.WHY_ALONE,
    "forgot_groups": "let every filter see all input channels",
    "bias_per_weight_slice": "gave a filter one bias for each input channel",
    "single_bias": "added one bias for the whole layer",
    "bias_added": "added biases, but the layer has none",
}


@problem(title="Parameters of a convolution", topics=("cnn", "counting"), minutes=3, families=("conv_params",))
class ConvParams:
    in_channels: int
    out_channels: int
    kernel_size: int
    bias: bool = True
    groups: int = 1

    def __post_init__(self) -> None:
        sizes = (self.in_channels, self.out_channels, self.kernel_size, self.groups)
        require(min(sizes) >= 1, "channels, kernel size and groups must be at least 1")
        require(
            self.in_channels % self.groups == 0,
            f"{self.groups} groups do not divide {self.in_channels} channels",
        )
        require(
            self.out_channels % self.groups == 0,
            f"{self.groups} groups do not divide {self.out_channels} filters",
        )

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        channels = draw.by_level(
            {
                "easy": (5, 6, 8, 10, 12, 15, 20),
                "medium": (12, 16, 24, 25, 32, 48, 50, 64),
                "hard": (16, 24, 32, 48, 64),
            }
        )
        return cls(
            in_channels=draw.choice(channels),
            out_channels=draw.choice(channels),
            kernel_size=draw.choice(draw.by_level({"easy": (2, 3, 5), "medium": (3, 5, 7), "hard": (3, 5, 7)})),
            bias=draw.by_level({"easy": True, "medium": draw.boolean(), "hard": draw.boolean()}),
            groups=draw.choice(draw.by_level({"easy": (1,), "medium": (1,), "hard": (2, 4, 8)})),
        )

    def flaws(self) -> list[str]:
        faults = {
            "3 input channels hide the mistake 'RGB in every layer'": self.in_channels == 3,
            "as many filters as input channels hide which of them was used": self.in_channels == self.out_channels,
            "one filter a group makes the grouping trivial": self.out_channels == self.groups > 1,
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - one part: nothing to carry
        layer = Conv2d(self.out_channels, self.kernel_size, groups=self.groups, bias=self.bias)
        rule, own = parameter_rule(layer), self.out_channels
        right = rule(self)
        biases = own if self.bias else 0
        weights = right - biases
        wrong = slips.wrong_parameters(layer, (1, 1, self.in_channels), slips.RGB)
        wrong["kernel_not_squared"] = weights // self.kernel_size + biases
        if self.groups > 1:
            wrong["forgot_groups"] = rule(self, groups=1)
        if self.bias:
            wrong["bias_per_weight_slice"] = weights + self.in_channels // self.groups * own
            wrong["single_bias"] = weights + 1
        else:
            wrong["bias_added"] = weights + own
        mistakes = tuple(
            Mistake(slip, WHY[slip], Number(count))
            for slip, count in slips.with_digits_swapped(wrong, int(right)).items()
        )
        steps: Steps = {"rule": rule, "count": rule.worked(self)}
        return Solution(Part("parameters", Number(right), steps, mistakes, points=2, space="3cm"))

    def oracle(self) -> Measured:
        """Make the tensors of the layer and count their entries."""
        tensors = conv_tensors(self.in_channels, self.out_channels, self.kernel_size, self.groups, bias=self.bias)
        return {"parameters": count_entries(tensors)}

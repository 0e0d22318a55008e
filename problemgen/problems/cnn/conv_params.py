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
from problemgen.nn.layers import CONV_PARAMETERS, CONV_WEIGHTS, GROUPED_PARAMETERS, GROUPED_WEIGHTS


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
        formulas = (GROUPED_WEIGHTS, GROUPED_PARAMETERS) if self.groups > 1 else (CONV_WEIGHTS, CONV_PARAMETERS)
        rule, weights, own = formulas[self.bias], formulas[0](self), self.out_channels
        biases = own if self.bias else 0
        wrong = {
            "forgot_input_channels": ("left out the input channels", rule(self, in_channels=self.groups)),
            "own_filters_as_channels": (
                "took the number of filters as input channels",
                rule(self, in_channels=own),
            ),
            "kernel_not_squared": ("took $K$ instead of $K^2$", weights // self.kernel_size + biases),
        }
        if self.groups == 1:
            wrong["first_layer_channels_everywhere"] = (
                "took the 3 channels of an RGB image",
                rule(self, in_channels=3),
            )
        else:
            wrong["forgot_groups"] = ("let every filter see all input channels", rule(self, groups=1))
        if self.bias:
            wrong["forgot_bias"] = ("forgot the biases", weights)
            wrong["bias_per_weight_slice"] = (
                "gave a filter one bias for each input channel",
                weights + self.in_channels // self.groups * own,
            )
            wrong["single_bias"] = ("added one bias for the whole layer", weights + 1)
        else:
            wrong["bias_added"] = ("added biases, but the layer has none", weights + own)
        mistakes = tuple(Mistake(name, why, Number(value)) for name, (why, value) in wrong.items())
        steps: Steps = {"rule": rule, "count": rule.worked(self)}
        return Solution(Part("parameters", Number(rule(self)), steps, mistakes, points=2, space="3cm"))

    def oracle(self) -> Measured:
        """Make the tensors of the layer and count their entries."""
        tensors = conv_tensors(self.in_channels, self.out_channels, self.kernel_size, self.groups, bias=self.bias)
        return {"parameters": count_entries(tensors)}

"""Forward and backward through convolution, max, ReLU and a linear layer: in letters with indicators, and in numbers."""

from collections.abc import Callable, Mapping
from dataclasses import astuple
from functools import cache
from typing import Any, Self

from problemgen.author import (
    NOTHING, Carried, Draw, Equation, Expression, Figure, Measured, Mistake, Number, Part, Rational, Row, Solution,
    SumOfProducts, Table, Worked, problem, require,
)  # fmt: skip
from problemgen.measure import conv1d as measure
from problemgen.nn import conv1d as nn
from problemgen.nn import conv1d_slips as slips

WHY = {
    "only_conv_parameters_listed": "listed the parameters of the convolution only",
    "forgot_biases": "forgot the two biases",
    "kernel_not_shared": "gave every position a kernel of its own",
    "max_and_relu_counted": "counted a parameter each for max and ReLU, which have none",
    "factor_two": r"forgot that the $\frac{1}{2}$ in $L$ cancels the 2",
    "sign_flipped": r"took $y-\hat{y}$ instead of $\hat{y}-y$",
    "weight_for_input": r"took the weight instead of the input $v_1$",
    "relu_indicator_missing": "left the ReLU out: an inactive unit passes no gradient",
    "max_indicator_missing": "let every input of the maximum have the gradient",
    "indicator_reversed": "turned the difference in the indicator round",
    "one_branch_only": "took the gradient of one window only, though two reach this output",
    "one_position_only": "took one position only, though the kernel is shared",
    "flipped_index": "ran through the kernel in the opposite direction",
    "alphas_left_out": r"left out the factors $\alpha_i$",
    "last_alpha_missing": "left out the last position",
    "kernel_flipped": "flipped the kernel",
    "forgot_bias": "forgot $b$",
    "largest_magnitude": "took the largest magnitude instead of the largest value",
    "negative_kept": "kept a negative maximum, as if there were no ReLU",
    "forgot_out_bias": "forgot $a$",
    "forgot_half": r"forgot the factor $\frac{1}{2}$",
    "weight_left_out": "left out the weight $w_j$",
    "sent_to_all_inputs": "sent the gradient to all inputs of the maximum",
    "inactive_deltas_added": r"added all $\delta_j$, those of inactive units included",
    "maximum_for_v": "took the maximum before the ReLU instead of $v_j$",
}
LABELS = {"yhat": r"\hat{y}", "L": "L", "b": "b", "a": "a"}
SIZES = {"medium": ((5, 2, 1, 2, 1), (6, 3, 1, 2, 1)), "hard": ((6, 2, 1, 2, 1), (7, 3, 1, 2, 1), (7, 2, 1, 3, 1))}
DIGITS = (-3, -2, -1, 1, 2, 3)


@problem(title="Backpropagation through convolution, max and ReLU", topics=("backprop", "cnn"), minutes=15)
class ConvMaxRelu:
    in_size: int
    kernel_size: int
    stride: int = 1
    pool_size: int = 2
    pool_stride: int = 1
    symbolic: bool = True
    x: tuple[Rational, ...] = ()
    kernel: tuple[Rational, ...] = ()
    bias: Rational = 0
    weights: tuple[Rational, ...] = ()
    out_bias: Rational = 0
    target: Rational = 0

    def __post_init__(self) -> None:
        net, values = self._net, self._values
        require(self.symbolic or self.x, "nothing is asked: set symbolic, or give numbers from x to target")
        require(self.x or values == nn.Conv1dValues((), (), 0, (), 0, 0), "x is missing beside the other numbers")
        if self.x:
            values.check(net)

    @property
    def _net(self) -> nn.Conv1dNet:
        return nn.Conv1dNet(self.in_size, self.kernel_size, self.stride, self.pool_size, self.pool_stride)

    @property
    def _values(self) -> nn.Conv1dValues:
        return nn.Conv1dValues(self.x, self.kernel, self.bias, self.weights, self.out_bias, self.target)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        if draw.level == "easy":
            kernel_size, stride = draw.choice(((2, 1), (3, 1), (4, 1), (2, 2), (3, 2)))
            pools = ((3, 2, 1), (4, 2, 1), (4, 2, 2), (4, 3, 1)) if stride == 1 else ((3, 2, 1),)
            outputs, pool_size, pool_stride = draw.choice(pools)
            return cls((outputs - 1) * stride + kernel_size, kernel_size, stride, pool_size, pool_stride)
        net = nn.Conv1dNet(*draw.choice(SIZES[draw.level]))
        x = tuple(draw.choice(DIGITS) for _ in range(net.in_size))
        kernel = tuple(draw.choice(DIGITS[1:5]) for _ in range(net.kernel_size))
        tops = net.maxima(net.convolve(x, kernel))
        biases = [b for b in DIGITS if 2 <= sum(top + b > 0 for top in tops) < len(tops)]
        require(biases, "no bias leaves two units active and another inactive")
        bias, out_bias, error = draw.choice(biases), draw.choice(DIGITS), draw.choice((-6, -5, -4, -3, 3, 4, 5, 6))
        weights = draw.sample((*DIGITS, 4), len(tops))
        yhat = sum(w * max(top + bias, 0) for w, top in zip(weights, tops, strict=True)) + out_bias
        return cls(*astuple(net), draw.level == "hard", x, kernel, bias, weights, out_bias, yhat - error)

    def flaws(self) -> list[str]:
        net, numbers = self._net, self._values
        if not self.x:
            return []
        z = net.convolve(self.x, self.kernel, self.bias)
        ...
        return []

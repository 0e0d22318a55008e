"""Forward and backward through convolution, max, ReLU and a linear layer: in letters with indicators, in numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import asdict
from functools import cache
from typing import Any, Self

from sympy import Expr

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Equation,
    Expression,
    Figure,
    Formula,
    Measured,
    Mistake,
    Number,
    Part,
    Rational,
    Row,
    Solution,
    Table,
    Worked,
    problem,
    require,
)  # fmt: skip
from problemgen.measure import conv1d as measure
from problemgen.nn import conv1d as nn
from problemgen.nn import conv1d_passes as passes
from problemgen.nn import conv1d_slips as slips
from problemgen.nn.conv1d import Conv1dNet, Conv1dValues, Vector

WHY = {
    "only_conv_parameters_listed": "listed the parameters of the convolution only",
    "forgot_biases": "forgot the two biases",
    "kernel_not_shared": "gave every position a kernel and a bias of its own",
    "max_and_relu_counted": "counted a parameter each for max and ReLU, which have none",
    "factor_two": r"forgot that the $\frac{1}{2}$ in $L$ cancels the 2",
    "sign_flipped": r"took $y-\hat{y}$ instead of $\hat{y}-y$",
    "weight_for_input": r"took the weight instead of the input $v_1$",
    "relu_indicator_missing": "left the ReLU out: an inactive unit passes no gradient",
    "max_indicator_missing": "let every input of the maximum have the gradient",
    "indicator_reversed": "turned the difference in the indicator round",
    "one_branch_only": "took the gradient of one window only, though this output is in several",
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
SIZES = {
    "medium": ((5, 2, 1, 2, 1), (6, 3, 1, 2, 1)),
    "hard": ((6, 2, 1, 2, 1), (7, 3, 1, 2, 1)),
}
DIGITS = (-3, -2, -1, 1, 2, 3)
ERRORS = (-6, -5, -4, -3, 3, 4, 5, 6)
LARGE = 40
MEDIUM_UNITS = 3


@problem(
    title="Backpropagation through convolution, max and ReLU",
    topics=("backprop", "cnn"),
    minutes=15,
    families=(
        "max_relu_indicator_backprop",
        "conv1d_kernel_gradients",
        "conv1d_max_relu_linear_backprop",
    ),
)
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
        net, numbers = self._net, self._numbers
        require(self.symbolic or self.x, "nothing is asked: set symbolic, or give numbers from x to target")
        require(self.x or numbers == Conv1dValues((), (), 0, (), 0, 0), "x is missing beside the other numbers")
        if self.x:
            numbers.check(net)

    @property
    def _net(self) -> Conv1dNet:
        return Conv1dNet(self.in_size, self.kernel_size, self.stride, self.pool_size, self.pool_stride)

    @property
    def _numbers(self) -> Conv1dValues:
        return Conv1dValues(self.x, self.kernel, self.bias, self.weights, self.out_bias, self.target)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        if draw.level == "easy":
            kernel_size, stride = draw.choice(((2, 1), (3, 1), (4, 1), (2, 2), (3, 2)))
            outputs, pool_size, pool_stride = draw.choice(((3, 2, 1), (4, 2, 1), (4, 2, 2), (4, 3, 1)))
            return cls((outputs - 1) * stride + kernel_size, kernel_size, stride, pool_size, pool_stride)
        net = Conv1dNet(*draw.choice(SIZES[draw.level]))
        x, kernel = draw.sample((-4, *DIGITS, 4), net.in_size), draw.sample(DIGITS, net.kernel_size)
        biases = [bias for bias in range(-6, 7) if bias and not _faults(net, net.convolve(x, kernel, bias))]
        require(biases, "no bias makes the right units active")
        bias, out_bias, error = draw.choice(biases), draw.choice(DIGITS), draw.choice(ERRORS)
        # different magnitudes: the gradients that two windows send back never cancel
        weights = tuple(draw.choice((-1, 1)) * size for size in draw.sample((1, 2, 3, 4), len(net.windows)))
        tops = net.maxima(net.convolve(x, kernel, bias))
        yhat = sum(weight * max(top, 0) for weight, top in zip(weights, tops, strict=True)) + out_bias
        numbers = Conv1dValues(x, kernel, bias, weights, out_bias, yhat - error)
        return cls(**asdict(net), symbolic=draw.level == "hard", **asdict(numbers))

    def flaws(self) -> list[str]:
        if not self.x:
            return []
        faults = _faults(self._net, self._net.convolve(self.x, self.kernel, self.bias))
        faults += ["the numbers are large"] if not -LARGE <= self.target <= LARGE else []
        if not faults and self.target in self._wrong_predictions():
            faults.append("after a mistake in the forward pass all gradients are 0")
        return faults

    def _wrong_predictions(self) -> Iterator[Rational]:
        """Yield what each mistake in the forward pass makes of the output."""
        net, numbers = self._net, self._numbers
        right = _values(passes.forward(net, numbers))
        for spoiled in slips.wrong_values(net, numbers, right).values():
            values = _values(passes.forward(net, numbers, spoiled.get))
            yield spoiled.get("yhat", values["yhat"])

    def givens(self) -> Mapping[str, Any]:
        return {"outputs": self._net.conv_out, "windows": self._net.windows}

    def solve(self, carried: Carried = NOTHING) -> Solution:
        net, numbers, sizes = self._net, self._numbers, asdict(self._net)
        letters = _letters(net, alone=not self.x) if self.symbolic else ()
        figures = {"network": Figure("conv1d_network", sizes)}
        if not self.x:
            return Solution(*letters, figures=figures)

        def read(part: str, found: Mapping[str, passes.Step]) -> dict[str, Rational]:
            return {name: carried(f"{part}.{name}.value", step.value) for name, step in found.items()}

        forward = passes.forward(net, numbers, lambda name, right: carried(f"forward.{name}.value", right))
        values = read("forward", forward)
        backward = passes.backward(net, numbers, values, lambda name, right: carried(f"backward.{name}.value", right))
        gradients = read("backward", backward)
        if carried.answers_only:
            found = ("forward", forward), ("backward", backward)
            return Solution(*letters, *(_table(part, _values(steps), {}, {}, 0) for part, steps in found))
        wrong = slips.wrong_values(net, numbers, values), slips.wrong_gradients(net, numbers, values, gradients)
        shown = Figure("conv1d_network", {**sizes, **passes.drawn(numbers, values, gradients)})
        return Solution(
            *letters,
            _table("forward", _values(forward), wrong[0], forward, 5),
            _table("backward", _values(backward), wrong[1], backward, 6),
            figures=figures,
            solution_figures={"network": shown},
        )

    def oracle(self) -> Measured:
        """Run the network by loops, and measure every gradient as a difference of two runs."""
        sizes = (self.in_size, self.kernel_size, self.stride, self.pool_size, self.pool_stride)
        found: dict[str, Any] = {"alphas": measure.conv_gradient_pairs(sizes)} if self.symbolic else {}
        if self.x:
            given = {**measure.numbered("x", self.x), **measure.numbered("k", self.kernel), "b": self.bias}
            given |= {**measure.numbered("w", self.weights), "a": self.out_bias, "y": self.target}
            found["forward"], found["backward"] = measure.values_and_gradients(sizes, given)
        else:
            found["linear_gradients"] = measure.linear_gradient_pairs(sizes)
            found["kernel_gradients"] = measure.kernel_gradient_pairs(sizes)
        cells = {part: {(row, "value"): value for row, value in rows.items()} for part, rows in found.items()}
        return cells if self.x else {"parameters": measure.count_parameters(sizes), **cells}


def _faults(net: Conv1dNet, z: Vector) -> list[str]:
    """Return what is wrong with the outputs of the convolution as the middle of an exam question."""
    winners, units = net.winners(z), len(net.windows)
    shared, several = len(set(winners)) < len(winners), len(set(winners)) > 1
    faults = {
        "two outputs of the convolution tie in a window, or one is 0": net.tie(z) or 0 in z,
        "too few units are active, or all of them": not min(2, units - 1) <= len(winners) < units,
        "no output collects the gradients of two windows": units > MEDIUM_UNITS and not shared,
        "only one output of the convolution has a gradient": units > MEDIUM_UNITS and not several,
    }
    return [fault for fault, there in faults.items() if there]


def _values(steps: Mapping[str, passes.Step]) -> dict[str, Rational]:
    return {name: step.value for name, step in steps.items()}


@cache
def _letters(net: Conv1dNet, *, alone: bool) -> tuple[Part, ...]:
    """Return the parts in letters; beside numbers only the one about the maximum."""
    rules = {formula.result: formula for formula in nn.conv_gradients(net)}
    alphas = {name: rule.expr for name, rule in rules.items()}
    routing = _table("alphas", alphas, slips.wrong_conv_gradients(net), rules, 4)
    if not alone:
        return (routing,)
    count = passes.summed(r"\text{parameters}", (net.kernel_size,), (1,), (len(net.windows),), (1,))
    wrong = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in slips.wrong_counts(net).items())
    linear, kernel = nn.linear_gradients(net), nn.kernel_gradients(net)
    return (
        Part("parameters", Number(net.parameters), {"count": count}, wrong),
        _table("linear_gradients", linear, slips.wrong_linear_gradients(), _derived(linear), 2),
        routing,
        _table("kernel_gradients", kernel, slips.wrong_kernel_gradients(net), _derived(kernel), 3),
    )


def _derived(gradients: Mapping[str, Expr]) -> dict[str, Equation]:
    return {name: Equation(nn.partial(name), (expr,)) for name, expr in gradients.items()}


def _table(
    part: str,
    right: Mapping[str, Any],
    wrong: Mapping[str, Mapping[str, Any]],
    steps: Mapping[str, Formula | Worked],
    points: int,
) -> Part:
    def cell(value: Any) -> Number | Expression:
        return Expression(value) if isinstance(value, Expr) else Number(value)

    label, heading = (nn.written, "Value") if part == "forward" else (nn.partial, "Gradient")
    rows = tuple(Row(name, f"${label(name)}$", {"value": cell(value)}) for name, value in right.items())
    mistakes = []
    for slip, spoiled in wrong.items():
        first, *others = {(row, "value"): cell(value) for row, value in spoiled.items()}.items()
        mistakes.append(Mistake(slip, WHY[slip], first[1], first[0], dict(others)))
    return Part(part, Table({"value": heading}, rows), steps, tuple(mistakes), points)

"""The gradients of a linear output layer under a squared error: in letters, and at the hard level in numbers, too."""

from collections.abc import Mapping
from math import prod
from operator import eq
from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Equation,
    Expression,
    Measured,
    Mistake,
    Number,
    Part,
    Rational,
    Row,
    Solution,
    SumOfProducts,
    Table,
    exact_sum,
    problem,
    rational,
    require,
)
from problemgen.measure import linear as measure
from problemgen.nn import linear_output as nn
from problemgen.nn.conv1d import partial

WHY = {
    "factor_2_kept": r"forgot that the $\frac{1}{2}$ in $L$ cancels the 2",
    "factor_2_lost": "lost the 2 of the square, which nothing cancels here",
    "sign_flipped": r"took $y-\hat{y}$ instead of $\hat{y}-y$",
    "bias_times_error": "multiplied by the bias itself, as if it were its own input",
    "weight_for_input": "took the weight instead of its input",
    "error_left_out": r"left out the factor $\partial L/\partial \hat{y}$",
    "input_for_weight": "took the input instead of its weight",
    "weight_left_out": "left out the weight",
    "forgot_out_bias": "forgot the bias",
    "first_product_only": "took only the first of the products, and the bias",
    "target_left_out": "left out the target",
}
LETTERS = (("w", "c", "q"), ("v", "h", "x"), ("a", "b", "d"))
DIGITS = (-4, -3, -2, -1, 1, 2, 3, 4)


@problem(
    title="The gradients of a linear output",
    topics=("backprop", "mlp"),
    minutes=5,
    families=("linear_output_gradients",),
)
class LinearOutputGradients:
    inputs: int
    half: bool = True
    backward: bool = False
    letters: tuple[str, str, str] = ("w", "v", "a")
    weights: tuple[Rational, ...] = ()
    values: tuple[Rational, ...] = ()
    bias: Rational = 0
    target: Rational = 0

    def __post_init__(self) -> None:
        require(1 <= self.inputs <= 9, "there must be one to nine inputs")
        for letter, known in zip(self.letters, LETTERS, strict=True):
            require(letter in known, f"'{letter}' must be one of {', '.join(known)}")
        numbers = {len(self.weights), len(self.values)}
        require(numbers in ({0}, {self.inputs}), "give as many weights and values as inputs, or none")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        inputs = draw.by_level({"easy": draw.integer(2, 3), "medium": draw.integer(2, 4), "hard": draw.integer(2, 3)})
        letters = draw.choice(LETTERS[0]), draw.choice(LETTERS[1]), draw.choice(LETTERS[2])
        half, backward = draw.level == "easy" or draw.boolean(), draw.level != "easy"
        if draw.level != "hard":
            return cls(inputs, half, backward, letters)
        weights, values, bias = draw.sample(DIGITS, inputs), draw.sample(DIGITS, inputs), draw.choice(DIGITS)
        error = draw.choice((-5, -4, -3, -2, 2, 3, 4, 5))
        yhat = sum(map(prod, zip(weights, values, strict=True))) + bias
        return cls(inputs, half, backward, letters, weights, values, bias, yhat - error)

    def flaws(self) -> list[str]:
        if not self.weights:
            return []
        yhat = self._yhat.value
        followed = {yhat, *self._missing.values()}
        faults = {
            "the target is 0 or the prediction is": 0 in (self.target, yhat),
            "a weight is equal to its input, which hides which one is taken": any(map(eq, self.weights, self.values)),
            "after a mistake in the prediction all gradients are 0": self.target in followed,
        }
        return [fault for fault, there in faults.items() if there]

    @property
    def _form(self) -> dict[str, bool]:
        return {"half": self.half, "backward": self.backward}

    @property
    def _yhat(self) -> SumOfProducts:
        terms = (*zip(self.weights, self.values, strict=True), (self.bias,))
        return SumOfProducts(r"\hat{y}", terms, exact_sum(map(prod, terms)))

    @property
    def _missing(self) -> dict[str, Rational]:
        """Return wrong predictions, which lack a part of the sum, by slip."""
        worked = self._yhat
        return {
            "forgot_out_bias": worked.value - self.bias,
            "first_product_only": prod(worked.terms[0]) + self.bias,
        }

    @property
    def _point(self) -> dict[str, Rational]:
        weight, value, bias = self.letters
        point = {f"{weight}{j}": number for j, number in enumerate(self.weights, 1)}
        point |= {f"{value}{j}": number for j, number in enumerate(self.values, 1)}
        return {**point, bias: self.bias, "y": self.target}

    def solve(self, carried: Carried = NOTHING) -> Solution:
        right = nn.gradients(self.letters, self.inputs, **self._form)
        wrong = nn.wrong_gradients(self.letters, **self._form)
        rules = {name: Equation(partial(name), (expr,)) for name, expr in right.items()}
        steps = {"error": Equation(r"\partial L/\partial \hat{y}", (nn.slope(half=self.half),)), **rules}
        cells = {name: Expression(expr) for name, expr in right.items()}
        slips = tuple(Mistake(slip, WHY[slip], Expression(expr), (row, "value")) for slip, (row, expr) in wrong.items())
        symbolic = Part("gradients", _table(cells), steps, slips, points=2)
        if not self.weights:
            return Solution(symbolic)
        worked = self._yhat
        mistakes = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in self._missing.items())
        return Solution(
            symbolic,
            Part("prediction", Number(worked.value), {"yhat": worked}, mistakes),
            self._numbers(carried("prediction", worked.value)),
        )

    def _numbers(self, yhat: Rational) -> Part:
        """Return the part that asks for all gradients in numbers, going on from this prediction."""
        error = (1 if self.half else 2) * (yhat - self.target)
        begin = nn.slope_line(yhat, self.target, error, half=self.half)
        shares: dict[str, tuple[Rational, ...]] = {
            f"{self.letters[0]}{j}": (error, value) for j, value in enumerate(self.values, 1)
        }
        shares[self.letters[2]] = (error,)
        if self.backward:
            shares |= {f"{self.letters[1]}{j}": (error, weight) for j, weight in enumerate(self.weights, 1)}
        lines = {name: SumOfProducts(partial(name), (terms,), rational(prod(terms))) for name, terms in shares.items()}
        first, bias = f"{self.letters[0]}1", self.letters[2]
        wrong = {
            "factor_2_kept" if self.half else "factor_2_lost": (bias, error * 2 if self.half else yhat - self.target),
            "sign_flipped": (bias, -error),
            "target_left_out": (bias, (1 if self.half else 2) * yhat),
            "weight_for_input": (first, error * self.weights[0]),
            "error_left_out": (first, self.values[0]),
        }
        mistakes = tuple(
            Mistake(slip, WHY[slip], Number(value), (row, "value"))
            for slip, (row, value) in wrong.items()
            if value != lines[row].value
        )
        return Part(
            "numbers",
            _table({name: Number(line.value) for name, line in lines.items()}),
            {"error": begin, **lines},
            mistakes,
            2,
        )

    def oracle(self) -> Measured:
        """Run the layer, and measure every gradient as a difference of two runs."""
        divisor = 2 if self.half else 1
        settings = (self.letters, self.inputs, divisor)
        pairs = measure.pairs(*settings, backward=self.backward)
        found: dict[str, Any] = {"gradients": {(row, "value"): value for row, value in pairs.items()}}
        if self.weights:
            slopes = measure.slopes(self._point, *settings, backward=self.backward)
            found["prediction"] = measure.prediction(self._point, self.letters, self.inputs)
            found["numbers"] = {(row, "value"): value for row, value in slopes.items()}
        return found


def _table(cells: Mapping[str, Expression | Number]) -> Table:
    rows = tuple(Row(name, f"${partial(name)}$", {"value": cell}) for name, cell in cells.items())
    return Table({"value": "Gradient"}, rows)

"""One step of gradient descent for a convolution: the gradient of its kernel, and the weights after the step."""

from fractions import Fraction
from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Figure,
    Matrix,
    MatrixAnswer,
    Measured,
    Mistake,
    Number,
    Part,
    Rational,
    Solution,
    Steps,
    problem,
    rational,
    require,
)
from problemgen.measure import backward as measure
from problemgen.nn import conv_backward as nn
from problemgen.nn import sgd

WHY = {
    **nn.WHY,
    "sgd_sign": "went along the gradient instead of against it",
    "eta_forgotten": r"forgot the learning rate $\eta$",
    "weights_left_out": "gave the step instead of the weights after it",
    "decay_forgotten": "forgot the penalty's gradient",
    "decay_sign": "took the penalty's gradient with the wrong sign",
}
PLANS = {  # input size, kernel size, stride, padding, zeros in the input and in the upstream gradient
    "easy": ((3, 2, 1, 0, 1, 0), (4, 2, 1, 0, 4, 3)),
    "medium": ((2, 2, 1, 1, 0, 3), (3, 3, 1, 1, 2, 4), (3, 2, 1, 1, 2, 6)),
    "hard": ((4, 2, 2, 0, 4, 0), (5, 2, 2, 0, 9, 0), (3, 3, 2, 1, 1, 0)),
}
ENTRIES = (-3, -2, -1, 1, 2, 3)


@problem(
    title="One SGD step for a convolution",
    topics=("backprop", "cnn", "optimizer"),
    minutes=9,
    families=("sgd_step_conv",),
)
class SgdStepConv:
    kernel: Matrix
    image: Matrix
    delta: Matrix
    eta: Rational
    stride: int = 1
    padding: int = 0
    bias: Rational = 0
    decay: Rational = 0

    def __post_init__(self) -> None:
        nn.check_square("kernel", self.kernel)
        nn.check_square("input", self.image)
        nn.check_backward(self.delta, len(self.image), len(self.kernel), self.stride, self.padding)
        require(self.eta > 0 and self.decay >= 0, "eta must be positive, and decay not negative")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        in_size, kernel_size, stride, padding, empty, blank = draw.choice(PLANS[draw.level])
        out_size = (in_size + 2 * padding - kernel_size) // stride + 1
        kernel = draw.sparse(kernel_size, 1, ENTRIES)
        image, delta = draw.sparse(in_size, empty, ENTRIES), draw.sparse(out_size, blank, ENTRIES)
        eta = Fraction(1, draw.choice((2, 4, 5, 10)))
        bias = draw.by_level({"easy": 0, "medium": draw.choice(ENTRIES), "hard": 0})
        decay = draw.by_level(
            {"easy": 0, "medium": 0, "hard": rational(draw.choice((Fraction(1, 2), Fraction(1), Fraction(2))))}
        )
        return cls(kernel, image, delta, eta, stride, padding, bias, decay)

    def flaws(self) -> list[str]:
        faults = {
            "a symmetric upstream gradient hides whether it was flipped": nn.is_half_turn(self.delta),
            "the penalty wipes out the old weights": self.eta * self.decay >= 1,
            "the bias does not move": self.bias != 0 and nn.bias_step(self.delta).value == 0,
        }
        return [fault for fault, there in faults.items() if there]

    @property
    def _settings(self) -> tuple[int, int, int]:
        return len(self.kernel), self.stride, self.padding

    def solve(self, carried: Carried = NOTHING) -> Solution:
        steps = nn.weight_steps(self.image, self.delta, *self._settings)
        right = nn.entries(steps)
        known = carried("weight_gradient", right)
        rate = (self.eta, self.decay)
        wrong = nn.wrong_weights(self.image, self.delta, *self._settings), sgd.wrong_steps(self.kernel, known, *rate)
        mistakes = [tuple(Mistake(slip, WHY[slip], MatrixAnswer(m)) for slip, m in found.items()) for found in wrong]
        after = sgd.stepped(self.kernel, known, *rate)
        moves: Steps = {"rule": sgd.STEPS[self.decay != 0], **sgd.matrix_steps(self.kernel, known, *rate)}
        given = {"W": self.kernel, "X": self.image, r"\delta": self.delta}
        items = [{"name": name, "text": name.strip("\\"), "entries": nn.written(rows)} for name, rows in given.items()]
        return Solution(
            Part("weight_gradient", MatrixAnswer(right), steps, mistakes[0], points=3, space="4cm"),
            Part("new_weights", MatrixAnswer(after), moves, mistakes[1], points=2, space="5cm"),
            *((self._bias_part(),) if self.bias else ()),
            figures={"arrays": Figure("matrices", {"items": items})},
        )

    def _bias_part(self) -> Part:
        total = nn.bias_step(self.delta)
        move = sgd.step("b'", self.bias, total.value, self.eta)
        wrong = sgd.wrong_step(self.bias, total.value, self.eta).items()
        mistakes = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in wrong)
        return Part("new_bias", Number(move.value), {"total": total, "move": move}, mistakes)

    def oracle(self) -> Measured:
        """Follow every product of the forward pass back to its kernel entry, and walk down the slope."""
        slopes = measure.weight_gradient(self.image, self.delta, *self._settings)
        moved = [
            [weight - self.eta * slope - self.eta * self.decay * weight for weight, slope in zip(*rows, strict=True)]
            for rows in zip(self.kernel, slopes, strict=True)
        ]
        found: dict[str, Any] = {"weight_gradient": slopes, "new_weights": moved}
        if self.bias:
            found["new_bias"] = self.bias - self.eta * measure.bias_gradient(
                len(self.image), self.delta, *self._settings
            )
        return found

"""The gradients of a convolution's kernel and bias, by hand: the input correlated with the upstream gradient."""

from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Equation,
    Expression,
    Figure,
    Matrix,
    MatrixAnswer,
    Measured,
    Mistake,
    Number,
    Part,
    Solution,
    problem,
    require,
)
from problemgen.measure import backward as measure
from problemgen.nn import conv_backward as nn

WHY = {
    **nn.WHY,
    "positions_counted": "counted the positions instead of adding up their gradients",
    "indices_swapped": "swapped the row and the column of the kernel entry",
    "index_not_shifted": "multiplied entries with the same indices",
}
PLANS = {  # input size, kernel size, stride, padding, zeros in the input and in the upstream gradient
    "easy": ((3, 2, 1, 0, 1, 0), (4, 3, 1, 0, 3, 0), (4, 2, 1, 0, 3, 2)),
    "medium": ((3, 3, 1, 1, 1, 2), (4, 3, 1, 0, 2, 0), (2, 3, 1, 1, 0, 0)),
    "hard": ((5, 3, 2, 0, 5, 0), (4, 2, 2, 0, 3, 0), (4, 3, 2, 1, 3, 0), (5, 3, 2, 1, 4, 2), (6, 3, 2, 0, 8, 0)),
}
ENTRIES = (-3, -2, -1, 1, 2, 3)
IMAGE_LETTERS, UPSTREAM_LETTERS = ("x", "u", "a"), ("delta", "gamma", "epsilon")


@problem(
    title="The gradients of a convolution's kernel and bias",
    topics=("backprop", "cnn"),
    minutes=8,
    families=("conv_backward_weight",),
)
class ConvBackwardWeight:
    image: Matrix
    delta: Matrix
    kernel_size: int
    stride: int = 1
    padding: int = 0
    entry: tuple[int, ...] = ()
    letters: tuple[str, str] = ("x", "delta")

    def __post_init__(self) -> None:
        nn.check_square("input", self.image)
        nn.check_backward(self.delta, len(self.image), self.kernel_size, self.stride, self.padding)
        inside = len(self.entry) == 2 and 1 <= min(self.entry) <= max(self.entry) <= self.kernel_size
        require(not self.entry or inside, f"entry must be a place in the kernel, up to {self.kernel_size}")
        require(len(self.image) <= 9 or not self.entry, "entries of a larger input have no letters with two indices")
        require(self.letters[0] in IMAGE_LETTERS, f"the input's letter must be one of {', '.join(IMAGE_LETTERS)}")
        require(self.letters[1] in UPSTREAM_LETTERS, f"the other must be one of {', '.join(UPSTREAM_LETTERS)}")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        in_size, kernel_size, stride, padding, empty, blank = draw.choice(PLANS[draw.level])
        out_size = (in_size + 2 * padding - kernel_size) // stride + 1
        image, delta = draw.sparse(in_size, empty, ENTRIES), draw.sparse(out_size, blank, ENTRIES)
        asked = draw.by_level({"easy": (), "medium": (1,), "hard": (1,)})
        entry = draw.sample(range(1, kernel_size + 1), 2) if asked else ()
        letters = draw.choice(IMAGE_LETTERS), draw.choice(UPSTREAM_LETTERS)
        return cls(image, delta, kernel_size, stride, padding, entry, letters)

    def flaws(self) -> list[str]:
        hides = "a symmetric upstream gradient hides whether it was flipped"
        return [hides] if nn.is_half_turn(self.delta) else []

    @property
    def _settings(self) -> tuple[int, int, int]:
        return self.kernel_size, self.stride, self.padding

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - the parts stand alone
        steps, total = nn.weight_steps(self.image, self.delta, *self._settings), nn.bias_step(self.delta)
        weights = nn.wrong_weights(self.image, self.delta, *self._settings).items()
        biases = [item for item in nn.wrong_biases(self.delta).items() if item[1] != total.value]
        given = [self._grid(self.letters[0].upper(), self.image), self._grid("\\" + self.letters[1], self.delta)]
        return Solution(
            *(self._formula() if self.entry else ()),
            Part(
                "weight_gradient",
                MatrixAnswer(nn.entries(steps)),
                steps,
                tuple(Mistake(slip, WHY[slip], MatrixAnswer(value)) for slip, value in weights),
                points=4,
                space="5cm",
            ),
            Part(
                "bias_gradient",
                Number(total.value),
                {"total": total},
                tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in biases),
            ),
            figures={"arrays": Figure("matrices", {"items": given})},
            solution_figures={"arrays": Figure("matrices", {"items": self._worked(nn.entries(steps))})},
        )

    def _formula(self) -> tuple[Part]:
        height, width = self.entry
        sizes = len(self.image), len(self.delta)
        settings = (self.letters, (height, width), sizes, self.stride, self.padding)
        right = nn.entry_formula(*settings)
        line = Equation(rf"\partial L/\partial w_{{{height},{width}}}", (right,))
        wrong = nn.wrong_formulas(*settings).items()
        mistakes = tuple(Mistake(slip, WHY[slip], Expression(value)) for slip, value in wrong)
        return (Part("entry_formula", Expression(right), {"line": line}, mistakes, points=2),)

    def _worked(self, gradient: Matrix) -> list[dict[str, Any]]:
        """Return the padded input with the first window, the upstream gradient with its zeros, and what comes out."""
        spread = nn.dilated(self.delta, self.stride)
        window = [-self.padding, -self.padding, len(spread), len(spread)]
        image = self._grid(self.letters[0].upper(), self.image) | {"border": self.padding, "window": window}
        upstream, product = self._grid("\\" + self.letters[1], spread), self._grid("G", gradient)
        return [image, {"operator": "*"}, upstream, {"operator": "="}, product | {"marked": [[0, 0]]}]

    @staticmethod
    def _grid(name: str, rows: Matrix) -> dict[str, Any]:
        return {"name": name, "text": name.removeprefix("\\"), "entries": nn.written(rows)}

    def oracle(self) -> Measured:
        """Follow every product of the forward pass back to its kernel entry."""
        found: dict[str, Any] = {
            "weight_gradient": measure.weight_gradient(self.image, self.delta, *self._settings),
            "bias_gradient": measure.bias_gradient(len(self.image), self.delta, *self._settings),
        }
        if self.entry:
            sizes = len(self.image), self.kernel_size, len(self.delta)
            height, width = self.entry
            settings = (self.letters, (height, width), sizes, self.stride, self.padding)
            found["entry_formula"] = measure.weight_entry_pairs(*settings)
        return found

"""Send a gradient back through a convolution to its input: full correlation with the flipped kernel, by hand."""

from collections.abc import Iterable
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
    Part,
    Solution,
    problem,
)
from problemgen.measure.backward import input_gradient
from problemgen.nn.arrays import rot180
from problemgen.nn.conv2d import is_symmetric
from problemgen.nn.conv_backward import (
    check_backward,
    check_square,
    entries,
    input_steps,
    upstream,
    written,
    wrong_inputs,
)

WHY = {
    "kernel_not_flipped": "did not flip the kernel",
    "kernel_transposed": "transposed the flipped kernel",
    "elementwise_with_flip": "multiplied entry by entry instead of sliding the kernel",
    "valid_instead_of_full": "laid no zeros around the upstream gradient",
    "padding_not_cut_off": "kept the gradient of the padding",
    "not_dilated": "put no zeros between the entries of the upstream gradient",
}
PLANS = {  # input size, kernel size, stride, padding, zeros in the upstream gradient and in the kernel
    "easy": ((3, 2, 1, 0, 0, 0), (4, 2, 1, 0, 2, 0), (4, 3, 1, 0, 0, 3)),
    "medium": ((3, 3, 1, 1, 2, 3), (5, 3, 1, 0, 3, 4)),
    "hard": ((5, 3, 2, 0, 0, 2), (3, 3, 2, 1, 0, 1), (4, 3, 2, 1, 0, 1), (6, 3, 2, 0, 0, 3), (5, 3, 2, 1, 2, 2)),
}
ENTRIES = (-2, -1, 1, 2, 3)


@problem(
    title="The gradient of a convolution's input",
    topics=("backprop", "cnn"),
    minutes=8,
    families=("conv_backward_input",),
)
class ConvBackwardInput:
    delta: Matrix
    kernel: Matrix
    in_size: int
    stride: int = 1
    padding: int = 0

    def __post_init__(self) -> None:
        check_square("kernel", self.kernel)
        check_backward(self.delta, self.in_size, len(self.kernel), self.stride, self.padding)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        in_size, kernel_size, stride, padding, empty, blank = draw.choice(PLANS[draw.level])
        out_size = (in_size + 2 * padding - kernel_size) // stride + 1
        delta, kernel = draw.sparse(out_size, empty, ENTRIES), draw.sparse(kernel_size, blank, ENTRIES)
        return cls(delta, kernel, in_size, stride, padding)

    def flaws(self) -> list[str]:
        return ["a symmetric kernel hides whether it was flipped"] if is_symmetric(self.kernel) else []

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - one part: nothing to carry
        settings = (self.delta, self.kernel, self.in_size, self.stride, self.padding)
        steps = input_steps(*settings)

        def mistakes() -> Iterable[Mistake]:
            return (Mistake(slip, WHY[slip], MatrixAnswer(value)) for slip, value in wrong_inputs(*settings).items())

        space = "8cm" if self.in_size >= 5 else "5cm"
        given = [_grid(r"\delta", self.delta), _grid("W", self.kernel)]
        return Solution(
            Part("gradient", MatrixAnswer(entries(steps)), steps, mistakes, points=4, space=space),
            figures={"arrays": Figure("matrices", {"items": given})},
            solution_figures={"arrays": Figure("matrices", {"items": self._worked(entries(steps))})},
        )

    def _worked(self, gradient: Matrix) -> list[dict[str, Any]]:
        """Return delta with all its zeros and the first window, the flipped kernel, and what comes out."""
        size = len(self.kernel)
        inner, border = upstream(self.delta, self.in_size, size, self.stride, self.padding)
        spread = _grid(r"\delta", inner) | {"border": border, "window": [-border, -border, size, size]}
        flipped = _grid(r"\text{flipped } W", rot180(self.kernel), "flipped W")
        return [spread, {"operator": "*"}, flipped, {"operator": "="}, _grid("G", gradient) | {"marked": [[0, 0]]}]

    def oracle(self) -> Measured:
        """Follow every product of the forward pass back to its input."""
        return {"gradient": input_gradient(self.delta, self.kernel, self.in_size, self.stride, self.padding)}


def _grid(name: str, rows: Matrix, text: str = "") -> dict[str, Any]:
    return {"name": name, "text": text or name.replace("\\", ""), "entries": written(rows)}

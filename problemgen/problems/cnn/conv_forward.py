"""Slide one convolution filter over a small image by hand: stride, padding, bias; at the hard level two channels."""

from collections.abc import Iterable, Sequence
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
    Part,
    Rational,
    Solution,
    matrix_item,
    problem,
    rational,
)
from problemgen.measure.sliding import correlate
from problemgen.nn.conv2d import check_filter, is_symmetric, outputs, window_steps, wrong_outputs

WHY = {
    "kernel_flipped": "flipped the kernel, as in a true convolution",
    "kernel_transposed": "read the kernel by columns",
    "minus_signs_lost": "lost the minus signs of the kernel",
    "forgot_bias": "forgot the bias",
    "forgot_padding": "left out the padding",
    "stride_taken_as_1": "moved the window by 1 instead of the stride",
    "windows_side_by_side": "moved the window by its own width instead of by 1",
    "first_channel_only": "used the first channel only",
    "first_kernel_everywhere": "laid the first channel's kernel over every channel",
    "bias_for_each_channel": "added the bias once for each channel",
    "denominator_dropped": "forgot to divide by the kernel's common denominator",
}
PLANS = {  # image size, kernel size, stride, padding
    "easy": ((4, 2, 1, 0), (4, 3, 1, 0), (5, 3, 1, 0)),
    "medium": ((5, 3, 2, 0), (5, 3, 2, 1), (4, 3, 2, 1), (3, 3, 1, 1)),
    "hard": ((4, 3, 1, 0), (5, 3, 2, 0), (4, 3, 2, 1), (3, 3, 2, 1)),
}


@problem(title="A convolution by hand", topics=("cnn", "forward"), minutes=8, families=("conv_forward",))
class ConvForward:
    image: tuple[Matrix, ...]
    kernel: tuple[Matrix, ...]
    bias: Rational = 0
    stride: int = 1
    padding: int = 0

    def __post_init__(self) -> None:
        check_filter(self.image, self.kernel, self.stride, self.padding)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        size, kernel_size, stride, padding = draw.choice(PLANS[draw.level])
        entries = draw.by_level({"easy": (-2, -1, 1, 2), "medium": (-2, -1, 1, 2, 3), "hard": (-1, 1, 1, 2)})
        biases = draw.by_level({"easy": (0,), "medium": (-3, -2, -1, 1, 2, 3), "hard": (-2, -1, 1, 2)})
        divisor = draw.by_level({"easy": 1, "medium": 1, "hard": draw.choice((2, 3, 4))})
        zeros = draw.integer(0, 1) if kernel_size < 3 else draw.integer(4, 5)
        kernel = tuple(
            _kernel(draw, kernel_size, zeros, [rational(Fraction(entry, divisor)) for entry in entries])
            for _ in range(draw.by_level({"easy": 1, "medium": 1, "hard": 2}))
        )
        lowest = draw.by_level({"easy": 0, "medium": -2, "hard": 0})
        image = tuple(draw.matrix(size, size, lowest, lowest + 5) for _ in kernel)
        return cls(image, kernel, draw.choice(biases), stride, padding)

    def flaws(self) -> list[str]:
        faults = {
            "a symmetric kernel hides whether it was flipped or transposed": any(map(is_symmetric, self.kernel)),
            "all channels have the same kernel": len(self.kernel) > 1 and len(set(self.kernel)) == 1,
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - one part: nothing to carry
        settings: dict[str, Any] = {"bias": self.bias, "stride": self.stride, "padding": self.padding}
        steps = window_steps(self.image, self.kernel, **settings)
        output = outputs(steps)

        def mistakes() -> Iterable[Mistake]:
            wrong = wrong_outputs(self.image, self.kernel, **settings)
            return (Mistake(slip, WHY[slip], MatrixAnswer(entries)) for slip, entries in wrong.items())

        return Solution(
            Part("output", MatrixAnswer(output), steps, mistakes, points=4, space="5cm"),
            figures={"arrays": Figure("matrices", {"items": self._drawn()})},
            solution_figures={"arrays": Figure("matrices", {"items": self._drawn(output)})},
        )

    def _drawn(self, output: Matrix | None = None) -> list[dict[str, Any]]:
        """Return image and kernel, and with the output the padding, the first window and the entry it leads to."""
        items: list[dict[str, Any]] = []
        for place, (entries, weights) in enumerate(zip(self.image, self.kernel, strict=True), 1):
            corner = [-self.padding, -self.padding, len(weights), len(weights[0])]
            shown = {"border": self.padding, "window": corner} if output else {}
            channel = f"({place})" if len(self.image) > 1 else ""
            items += [{"operator": "+"}] if items else []
            items += [_named("X", channel, entries) | shown, {"operator": "*"}, _named("W", channel, weights)]
        if output:
            sign = {"operator": "+ b =", "text": "+ b ="} if self.bias else {"operator": "="}
            items += [sign, _named("Y", "", output) | {"marked": [[0, 0]]}]
        return items

    def oracle(self) -> Measured:
        """Slide the kernel over the padded image."""
        return {"output": correlate(self.image, self.kernel, self.stride, self.padding, self.bias)}


def _kernel(draw: Draw, size: int, zeros: int, entries: Sequence[Rational]) -> Matrix:
    empty = draw.sample(range(size**2), zeros)
    flat = [0 if place in empty else draw.choice(entries) for place in range(size**2)]
    return tuple(tuple(flat[start : start + size]) for start in range(0, size**2, size))


def _named(letter: str, channel: str, entries: Matrix) -> dict[str, Any]:
    name = f"{letter}^{{{channel}}}" if channel else letter
    return matrix_item(name, entries, text=letter + channel)

"""Send a gradient back through max or average pooling: to the entry that won, or shared out; overlaps add up."""

from collections.abc import Iterable
from typing import Any, Literal, Self

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
    Steps,
    matrix_item,
    problem,
    require,
)
from problemgen.measure import pooling as measure
from problemgen.nn.pooling import (
    SHARE,
    check_pool,
    collecting_steps,
    gradient,
    handing_back,
    shares,
    ties,
    windows_of,
    winners,
)
from problemgen.nn.pooling_slips import WHY, wrong_gradients

PLANS = {  # height, width, kernel size, stride
    "easy": ((4, 4, 2, 2), (4, 6, 2, 2), (6, 4, 2, 2)),
    "medium": ((5, 5, 2, 2), (5, 4, 2, 2), (7, 7, 3, 3), (4, 7, 3, 3)),
    "hard": ((5, 5, 3, 2), (3, 3, 2, 1), (4, 3, 2, 1), (3, 5, 3, 2)),
}
GRADIENTS = (-6, -5, -4, -3, -2, -1, 1, 2, 3, 4, 5, 6, 7, 8, 9)


@problem(
    title="Backpropagation through pooling",
    topics=("backprop", "cnn", "pooling"),
    minutes=6,
    families=("pool_backward",),
)
class PoolBackward:
    image: Matrix
    upstream: Matrix
    kernel_size: int
    stride: int
    mode: Literal["max", "avg"] = "max"

    def __post_init__(self) -> None:
        check_pool(self.image, self.kernel_size, self.stride)
        outputs = [len(row) for row in windows_of(self.image, *self._window)]
        shape = f"{len(outputs)} x {outputs[0]}"
        require([len(row) for row in self.upstream] == outputs, f"the gradient must have the output's shape, {shape}")
        tied = self.mode == "max" and ties(self.image, *self._window)
        require(not tied, "a window has its maximum twice, so the loss has no gradient there")

    @property
    def _window(self) -> tuple[int, int]:
        return self.kernel_size, self.stride

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        mode: Literal["max", "avg"] = "max" if draw.boolean() else "avg"
        height, width, kernel_size, stride = draw.choice(PLANS[draw.level.value])
        lowest, count = draw.by_level({"easy": 0, "medium": -20, "hard": -12}), height * width
        entries = draw.sample(range(lowest, lowest + 50 if count > 30 else lowest + 30), count)
        image = tuple(entries[start : start + width] for start in range(0, count, width))
        rows, columns = ((size - kernel_size) // stride + 1 for size in (height, width))
        scale = draw.choice((1, kernel_size)) if mode == "avg" else 1
        deltas = [scale * delta for delta in draw.sample(GRADIENTS, rows * columns)]
        upstream = tuple(tuple(deltas[start : start + columns]) for start in range(0, len(deltas), columns))
        return cls(image, upstream, kernel_size, stride, mode)

    def flaws(self) -> list[str]:
        deltas = [delta for row in self.upstream for delta in row]
        won = winners(self.image, *self._window)
        alone = self.mode == "max" and self.stride < self.kernel_size and len(set(won)) == len(won)
        faults = {
            "a gradient of 0 hides where it goes": 0 in deltas,
            "two equal gradients hide where each goes": len(set(deltas)) < len(deltas),
            "no entry wins in two windows": alone,
            "one entry wins in every window": len(set(won)) == 1 < len(won) and self.mode == "max",
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - one part: nothing to carry
        collected = shares(self.image, self.upstream, *self._window, self.mode)
        steps: Steps = collecting_steps(collected, 1 if self.mode == "max" else 2)
        if self.mode == "avg":
            steps = {"rule": SHARE, **steps}
        answer = gradient(self.image, collected)

        def mistakes() -> Iterable[Mistake]:
            wrong = wrong_gradients(self.image, self.upstream, *self._window, self.mode)
            return (Mistake(slip, WHY[slip], MatrixAnswer(entries)) for slip, entries in wrong.items())

        shown: dict[str, Any] = {"window": [0, 0, self.kernel_size, self.kernel_size]}
        if self.mode == "max":
            shown["marked"] = [list(place) for place in sorted(set(winners(self.image, *self._window)))]
        windows = handing_back(self.image, self.upstream, *self._window, self.mode)
        given = [matrix_item("X", self.image), matrix_item(r"\delta", self.upstream, text="δ")]
        result = matrix_item(r"\partial L/\partial X", answer, text="∂L/∂X")
        items = [given[0] | shown, given[1] | {"marked": [[0, 0]]}, {"operator": r"\to"}, result | shown]
        return Solution(
            Part("gradient", MatrixAnswer(answer), steps, mistakes, points=4, space="5cm", unshown=windows),
            figures={"maps": Figure("matrices", {"items": given})},
            solution_figures={"maps": Figure("matrices", {"items": items})},
        )

    def oracle(self) -> Measured:
        """Move every entry up and down a little and watch the outputs."""
        return {"gradient": measure.gradient(self.image, self.upstream, *self._window, self.mode)}

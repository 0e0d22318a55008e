"""Pool a small map by hand, max or average: overlapping windows, windows that do not fit, entries nobody looks at."""

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
    Number,
    Part,
    Solution,
    matrix_item,
    problem,
    require,
)
from problemgen.measure import pooling as measure
from problemgen.nn.conv2d import outputs
from problemgen.nn.pooling import IDLE, check_pool, pool_steps, ties, windows_of, winners
from problemgen.nn.pooling_slips import WHY, wrong_outputs
from problemgen.nn.slips import with_own_value

PLANS = {  # height, width, kernel size, stride
    ("easy", "max"): ((4, 4, 2, 2), (4, 6, 2, 2), (6, 4, 2, 2), (6, 6, 3, 3)),
    ("easy", "avg"): ((4, 4, 2, 2), (4, 6, 2, 2), (6, 4, 2, 2)),
    ("medium", "max"): ((5, 5, 3, 2), (4, 4, 2, 1), (5, 7, 3, 2), (5, 5, 3, 1)),
    ("medium", "avg"): ((5, 5, 3, 2), (4, 4, 2, 1), (3, 5, 2, 1), (5, 4, 3, 1)),
    ("hard", "max"): ((6, 6, 3, 2), (6, 5, 3, 2), (6, 8, 3, 2), (5, 6, 3, 1)),
    ("hard", "avg"): ((6, 6, 3, 2), (5, 5, 2, 2), (5, 7, 2, 2), (6, 8, 3, 2)),
}


@problem(title="Pooling by hand", topics=("cnn", "forward", "pooling"), minutes=6, families=("pool_forward",))
class PoolForward:
    image: Matrix
    kernel_size: int
    stride: int
    mode: Literal["max", "avg"] = "max"
    count_idle: bool = False

    def __post_init__(self) -> None:
        check_pool(self.image, self.kernel_size, self.stride)
        tied = self.count_idle and self.mode == "max" and ties(self.image, *self._window)
        require(not tied, "a window has its maximum twice, so neither of the two alone has influence")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        mode: Literal["max", "avg"] = "max" if draw.boolean() else "avg"
        height, width, kernel_size, stride = draw.choice(PLANS[draw.level.value, mode])
        if mode == "max":  # no two entries are equal, so that no maximum ties
            entries = draw.sample(
                range(*draw.by_level({"easy": (0, 40), "medium": (-19, 20), "hard": (-29, 20)})), height * width
            )
            image = tuple(entries[start : start + width] for start in range(0, height * width, width))
        else:
            image = draw.matrix(height, width, draw.by_level({"easy": 0, "medium": -4, "hard": -5}), 9)
        return cls(image, kernel_size, stride, mode, draw.level == "hard")

    def flaws(self) -> list[str]:
        reached = self._reached()
        faults = {
            "a window has its maximum twice": self.mode == "max" and ties(self.image, *self._window),
            "every window has a winner of its own": self._shared and len(set(reached)) == len(reached),
        }
        return [fault for fault, there in faults.items() if there]

    @property
    def _window(self) -> tuple[int, int]:
        return self.kernel_size, self.stride

    @property
    def _shared(self) -> bool:
        return self.count_idle and self.mode == "max" and self.stride < self.kernel_size

    def _reached(self) -> list[tuple[int, int]]:
        """Return the places of the entries that decide about an output, once for each window."""
        if self.mode == "max":
            return winners(self.image, *self._window)
        return [place for row in windows_of(self.image, *self._window) for window in row for place in window]

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - nothing goes on from the output
        steps = pool_steps(self.image, *self._window, self.mode)
        output = outputs(steps)
        wrong = wrong_outputs(self.image, *self._window, self.mode)
        mistakes = tuple(Mistake(slip, WHY[slip], MatrixAnswer(entries)) for slip, entries in wrong.items())
        part = Part("output", MatrixAnswer(output), steps, mistakes, points=3, space="5cm")
        items = [matrix_item("X", self.image)]
        shown: dict[str, Any] = {"window": [0, 0, self.kernel_size, self.kernel_size]}
        if self.mode == "max":
            shown["marked"] = [list(place) for place in sorted(set(self._reached()))]
        return Solution(
            *((part, self._idle()) if self.count_idle else (part,)),
            figures={"map": Figure("matrices", {"items": items})},
            solution_figures={
                "map": Figure("matrices", {"items": [items[0] | shown, {"operator": r"\to"}, matrix_item("Y", output)]})
            },
        )

    def _idle(self) -> Part:
        reached = self._reached()
        rows, columns = len(self.image), len(self.image[0])
        count = IDLE.worked(rows=rows, columns=columns, active=len(set(reached)))
        last = windows_of(self.image, *self._window)[-1][-1][-1]
        behind = rows - 1 - last[0], columns - 1 - last[1]
        wrong: dict[str, tuple[str, Any]] = {
            "active_counted": ("counted the entries that do have influence", len(set(reached)))
        }
        if self.mode == "max":
            wrong["one_winner_a_window"] = (
                "counted a winner twice that wins in two windows",
                IDLE(rows=rows, columns=columns, active=len(reached)),
            )
            wrong["only_unread"] = (
                "counted only entries in no window",
                behind[0] * columns + behind[1] * (rows - behind[0]),
            )
        else:
            wrong["corner_counted_twice"] = ("counted the corner twice", behind[0] * columns + behind[1] * rows)
            wrong["one_axis_only"] = ("looked at the rows only", behind[0] * columns)
            wrong["none_idle"] = ("took every entry to be in a window", 0)
        kept = with_own_value({slip: value for slip, (_, value) in wrong.items()}, ("only_unread",))
        mistakes = tuple(Mistake(slip, wrong[slip][0], Number(n)) for slip, n in kept.items() if n != count.value)
        return Part("idle", Number(count.value), {"count": count}, mistakes, points=2, space="3cm")

    def oracle(self) -> Measured:
        """Move the window over the map; lower every entry and look whether an output changes."""
        found: dict[str, Any] = {"output": measure.pooled(self.image, *self._window, self.mode)}
        if self.count_idle:
            found["idle"] = measure.without_influence(self.image, *self._window, self.mode)
        return found

"""Which shape does a pooling give, and which windows fit a second one?  The floor drops rows and lets several fit."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Measured,
    Mistake,
    NumberSet,
    Part,
    Shape,
    Solution,
    Steps,
    carry,
    problem,
    require,
)
from problemgen.measure.sliding import count_windows
from problemgen.nn.inverses import POOL_BOUNDS, POOL_MAX, POOL_MIN, between
from problemgen.nn.layers import Pool2d, out_shape
from problemgen.nn.slips import WHY, with_own_value, wrong_shapes
from problemgen.nn.windows import POOL_OUT_SIZE, axis_rules, left_over

REASONS = {
    **WHY,
    "window_taken_as_stride": "moved the window by its own width instead of the stride",
    "channels_pooled_too": "pooled the channels as well",
    "exact_division_only": "kept only the size for which the division comes out even",
    "first_input_taken": "put the second pooling on the input of the first one",
}
WINDOWS = {
    "easy": ((2, 2), (3, 3)),
    "medium": ((3, 2), (4, 3), (5, 2), (5, 3), (5, 4)),
    "hard": ((3, 2), (2, 2), (4, 3)),
}
MINOR = ("minus_one_for_plus_one", "window_taken_as_stride", "channels_pooled_too")

_SECOND = {"kernel_size": "Q", "stride": "T"}  # the stem uses S for the first pooling
SECOND_OUT_SIZE = POOL_OUT_SIZE.lettered(**_SECOND)
SECOND_MIN = POOL_MIN.lettered(**_SECOND, min=r"Q_{\min}")
SECOND_MAX = POOL_MAX.lettered(**_SECOND, max=r"Q_{\max}")


@problem(title="Output shape of a pooling", topics=("cnn", "shapes"), minutes=4, families=("pool_out_shape",))
class PoolOutputShape:
    in_height: int
    in_width: int
    in_channels: int
    kernel_size: int
    stride: int
    second_stride: int = 0
    second_out: int = 0

    def __post_init__(self) -> None:
        require(min(self._in_shape) >= 1, "in_height, in_width and in_channels must be at least 1")
        out_shape(self._layer, self._in_shape)
        require(min(self.second_stride, self.second_out) >= 0, "second_stride and second_out must be at least 0")
        require(bool(self.second_stride) == bool(self.second_out), "second_stride and second_out go together")
        require(self.fits(), f"no second window with stride {self.second_stride} makes {self.second_out} rows")
        widest = out_shape(self._layer, self._in_shape)[1]
        require(max(self.fits()) <= widest, f"the second window does not fit into a width of {widest}")

    @property
    def _in_shape(self) -> tuple[int, int, int]:
        return self.in_height, self.in_width, self.in_channels

    @property
    def _layer(self) -> Pool2d:
        return Pool2d(self.kernel_size, self.stride)

    def _second(self, in_size: int) -> Mapping[str, int]:
        return {"in_size": in_size, "stride": self.second_stride, "out_size": self.second_out}

    def fits(self) -> frozenset[int]:
        """Return the windows that the second pooling may have; {1} if there is none."""
        height = out_shape(self._layer, self._in_shape)[0]
        return between(POOL_BOUNDS, **self._second(height)) if self.second_stride else frozenset({1})

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        kernel_size, stride = draw.choice(WINDOWS[draw.level])
        height, width = draw.integers(2, *draw.by_level({"easy": (13, 75), "medium": (17, 75), "hard": (60, 120)}))
        sizes = (height, height if draw.level == "easy" else width, draw.choice((8, 10, 12, 20, 24, 32, 48)))
        record = cls(*sizes, kernel_size, stride)
        require(any(left_over(size, record._layer) for size in sizes[:2]), "the floor must matter")
        if draw.level != "hard":
            return record
        second, middle = draw.integer(3, 4), out_shape(record._layer, sizes)[0]
        return cls(*sizes, kernel_size, stride, second, (middle - draw.integer(1, 3)) // second)

    def flaws(self) -> list[str]:
        faults = {
            "stride 1 hides the mistake 'stride taken as 1'": self.stride == 1,
            "the bound 1 cuts the set short": bool(self.second_stride) and min(self.fits()) == 1,
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:
        height, width = (rule.worked(self) for rule in axis_rules(self._layer))
        shape = (int(height.value), int(width.value), self.in_channels)
        wrong = wrong_shapes(self._layer, self._in_shape)
        wrong["window_taken_as_stride"] = out_shape(replace(self._layer, stride=self.kernel_size), self._in_shape)
        if self.in_channels >= self.kernel_size:
            wrong["channels_pooled_too"] = (*shape[:2], int(POOL_OUT_SIZE(self._layer, in_size=self.in_channels)))
        own = {slip: dims for slip, dims in with_own_value(wrong, MINOR).items() if dims != shape}
        mistakes = tuple(Mistake(slip, REASONS[slip], Shape(dims)) for slip, dims in own.items())
        steps: Steps = {"rule": POOL_OUT_SIZE, "height": height, "width": width}
        first = Part("out_shape", Shape(shape), steps, mistakes, points=2, space="3cm")
        if not self.second_stride:
            return Solution(first)
        return Solution(first, self._windows(int(carried("out_shape", shape)[0])))

    def _windows(self, in_size: int) -> Part:
        given = self._second(in_size)
        right = between(POOL_BOUNDS, **given)
        carry(right, f"out_shape: {in_size} rows are too few for {self.second_out} windows")
        wrong = {
            "exact_division_only": frozenset({max(right)}),
            "forgot_plus_one": between(POOL_BOUNDS, **{**given, "out_size": self.second_out + 1}),
            "ceil_for_floor": between(POOL_BOUNDS, **{**given, "in_size": in_size + self.second_stride - 1}),
            "first_input_taken": between(POOL_BOUNDS, **self._second(self.in_height)),
        }
        own = {slip: sizes for slip, sizes in wrong.items() if sizes and sizes != right}
        mistakes = tuple(Mistake(slip, REASONS[slip], NumberSet(sizes)) for slip, sizes in own.items())
        steps: Steps = {
            "rule": SECOND_OUT_SIZE,
            "smallest": SECOND_MIN.worked(**given),
            "largest": SECOND_MAX.worked(**given),
        }
        return Part("windows", NumberSet(right), steps, mistakes, points=3, space="4cm")

    def oracle(self) -> Measured:
        """Slide the window along both axes, then every second window along the rows that the first one leaves."""
        options = (self.kernel_size, self.stride)
        height, width = (count_windows(size, *options) for size in (self.in_height, self.in_width))
        shape = (height, width, self.in_channels)
        if not self.second_stride:
            return {"out_shape": shape}
        every = range(1, height + 1)
        fits = {size for size in every if count_windows(height, size, self.second_stride) == self.second_out}
        return {"out_shape": shape, "windows": fits}

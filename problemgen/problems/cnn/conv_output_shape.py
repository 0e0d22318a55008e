"""Which shape does a convolution give?  The floor leaves columns behind the last window, and dilation widens it."""

from collections.abc import Iterable
from typing import Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Formula,
    Measured,
    Mistake,
    Number,
    Part,
    Shape,
    Solution,
    Worked,
    carry,
    problem,
    require,
)
from problemgen.measure.sliding import conv_tensors, count_windows, window_starts
from problemgen.nn.layers import Conv2d, out_shape
from problemgen.nn.slips import WHY, with_own_value, wrong_shapes, wrong_sizes
from problemgen.nn.windows import DILATED_REACH, LEFT_OVER, REACH, axis_rules, left_over, size_rule

MINOR = ("single_sided_padding", "minus_one_for_plus_one", "minus_one_and_input_channels")


@problem(title="Output shape of a convolution", topics=("cnn", "shapes"), minutes=4, families=("conv_out_shape",))
class ConvOutputShape:
    in_height: int
    in_width: int
    in_channels: int
    out_channels: int
    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1

    def __post_init__(self) -> None:
        require(min(self._in_shape) >= 1, "in_height, in_width and in_channels must be at least 1")
        out_shape(self._layer, self._in_shape)

    @property
    def _in_shape(self) -> tuple[int, int, int]:
        return self.in_height, self.in_width, self.in_channels

    @property
    def _layer(self) -> Conv2d:
        return Conv2d(self.out_channels, self.kernel_size, self.stride, self.padding, self.dilation)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        kernel = draw.choice(draw.by_level({"easy": (5, 7), "medium": (3, 5, 5, 7, 7), "hard": (3, 5)}))
        dilation = draw.integer(2, 3) if draw.level == "hard" else 1
        half = dilation * (kernel - 1) // 2
        sizes = draw.by_level({"easy": (16, 64), "medium": (20, 70), "hard": (30, 90)})
        height = draw.integer(*sizes)
        record = cls(
            height,
            in_width=height if draw.level == "easy" else draw.integer(*sizes),
            in_channels=draw.choice(draw.by_level({"easy": (1, 3), "medium": (3, 6, 8, 16), "hard": (8, 16, 24, 32)})),
            out_channels=draw.choice((5, 10, 12, 18, 20, 36, 40, 48, 64)),
            kernel_size=kernel,
            stride=draw.integer(2, 3 if draw.level == "easy" else 4),
            padding=draw.integer(min(2, half), min(half, 4)),
            dilation=dilation,
        )
        cut_off = [left_over(size, record._layer) for size in (record.in_height, record.in_width)]
        require(draw.level == "easy" or any(cut_off), "the floor must matter")
        return record

    def flaws(self) -> list[str]:
        unpadded = [wrong_sizes(size, self._layer)["forgot_padding"] for size in self._in_shape[:2]]
        useless = self.padding > 0 and unpadded == [*out_shape(self._layer, self._in_shape)[:2]]
        faults = {
            "as many filters as input channels hide which of them is the depth": self.in_channels == self.out_channels,
            "the padding does not matter": useless,
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:
        height, width = (rule.worked(self) for rule in axis_rules(self._layer))
        shape = (int(height.value), int(width.value), self.out_channels)
        steps: dict[str, Formula | Worked] = {"rule": size_rule(self._layer), "height": height, "width": width}

        def mistakes() -> Iterable[Mistake]:
            wrong = with_own_value(wrong_shapes(self._layer, self._in_shape), MINOR)
            return (Mistake(slip, WHY[slip], Shape(dims)) for slip, dims in wrong.items())

        columns = self._uncovered(carried("out_shape", shape)[1])
        return Solution(Part("out_shape", Shape(shape), steps, mistakes, points=3, space="4cm"), columns)

    def _uncovered(self, out_width: int) -> Part:
        reach = (DILATED_REACH if self.dilation > 1 else REACH).worked(self, out_width=out_width)
        rest = LEFT_OVER.worked(self, reach=reach.value)
        fits = out_width >= 1 and rest.value >= 0
        carry(fits, f"out_shape: {out_width} windows do not fit the width {self.in_width} and its padding")

        def mistakes() -> Iterable[Mistake]:
            rows, start = left_over(self.in_height, self._layer), self.stride * (out_width - 1)
            wrong = {
                "start_for_end": ("counted from the first column of the last window", LEFT_OVER(self, reach=start)),
                "none_left_over": ("took the windows to end at the right edge", 0),
            }
            if rows:
                wrong["rows_for_columns"] = ("counted the rows below the last window", rows)
            if self.dilation > 1:
                wrong["dilation_ignored"] = (WHY["dilation_ignored"], LEFT_OVER(self, reach=start + self.kernel_size))
            return (Mistake(name, why, Number(n)) for name, (why, n) in wrong.items() if n != rest.value)

        steps = {"reach": reach, "rest": rest}
        return Part("uncovered_columns", Number(rest.value), steps, mistakes, points=2, space="3cm")

    def oracle(self) -> Measured:
        """Slide the window along both axes, count the filters, and look for columns behind the last window."""
        options = (self.kernel_size, self.stride, self.padding, self.dilation)
        starts = window_starts(self.in_width, *options)
        last = max(start + self.dilation * tap for start in starts for tap in range(self.kernel_size))
        behind = [column for column in range(-self.padding, self.in_width + self.padding) if column > last]
        filters = conv_tensors(self.in_channels, self.out_channels, self.kernel_size, bias=False)
        shape = (count_windows(self.in_height, *options), len(starts), len(filters))
        return {"out_shape": shape, "uncovered_columns": len(behind)}

"""Which shape does a convolution give?  The floor leaves columns behind the last window, and dilation widens it."""

from typing import Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Measured,
    Mistake,
    NotCarriable,
    Number,
    Part,
    Shape,
    Solution,
    problem,
    require,
)
from problemgen.measure.sliding import conv_tensors, count_windows, window_starts
from problemgen.nn.layers import Conv2d, out_shape
from problemgen.nn.slips import WHY, with_own_value, wrong_shapes
from problemgen.nn.windows import DILATED_REACH, LEFT_OVER, REACH, axis_rules, left_over, size_rule

MINOR = ("single_sided_padding", "minus_one_for_plus_one", "minus_one_and_input_channels")


@problem(title="Output shape of a convolution", topics=("cnn", "shapes"), minutes=4)
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
        height = draw.by_level(
            {"easy": draw.integer(16, 64, 2), "medium": draw.integer(20, 70), "hard": draw.integer(30, 90)}
        )
        kernel = draw.choice(draw.by_level({"easy": (5, 7), "medium": (3, 5, 5, 7, 7), "hard": (3, 5)}))
        dilation = draw.by_level({"easy": 1, "medium": 1, "hard": draw.integer(2, 3)})
        half = dilation * (kernel - 1) // 2
        record = cls(
            height,
            in_width=draw.by_level({"easy": height, "medium": draw.integer(20, 70), "hard": draw.integer(30, 90)}),
            in_channels=draw.choice(draw.by_level({"easy": (1, 3), "medium": (3, 6, 8, 16), "hard": (8, 16, 24, 32)})),
            out_channels=draw.choice((5, 10, 12, 18, 20, 36, 40, 48, 64)),
            kernel_size=kernel,
            stride=draw.integer(2, draw.by_level({"easy": 3, "medium": 4, "hard": 4})),
            padding=draw.integer(min(2, half), min(half, 4)),
            dilation=dilation,
        )
        require(
            draw.level == "easy" or any(left_over(size, record._layer) for size in (height, record.in_width)),
            "the floor must matter",
        )
        return record

    def flaws(self) -> list[str]:
        wrong = wrong_shapes(self._layer, self._in_shape)
        faults = {
            "as many filters as input channels hide which of them is the depth": self.in_channels == self.out_channels,
            "the padding does not matter": self.padding > 0 and "forgot_padding" not in wrong,
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:
        rules = axis_rules(self._layer)
        steps = {
            "rule": size_rule(self._layer),
            "height": rules[0].worked(self),
            "width": rules[1].worked(self),
        }
        shape = (steps["height"].value, steps["width"].value, self.out_channels)
        wrong = wrong_shapes(self._layer, self._in_shape)
        mistakes = [Mistake(slip, WHY[slip], Shape(dims)) for slip, dims in with_own_value(wrong, MINOR).items()]
        columns = self._uncovered(carried("out_shape", shape)[1])
        return Solution(Part("out_shape", Shape(shape), steps, tuple(mistakes), points=3, space="4cm"), columns)

    def _uncovered(self, out_width: int) -> Part:
        dilated = self.dilation > 1
        reach = (DILATED_REACH if dilated else REACH).worked(self, out_width=out_width)
        rest = LEFT_OVER.worked(self, reach=reach.value)
        if rest.value < 0:
            raise NotCarriable(
                f"out_shape: {out_width} windows do not fit the padded width {self.in_width + 2 * self.padding}"
            )
        wrong = {
            "start_for_end": (
                "counted from the first column of the last window",
                LEFT_OVER(self, reach=self.stride * (out_width - 1)),
            ),
            "none_left_over": ("took the windows to end at the right edge", 0),
            "rows_for_columns": (
                "counted rows below the last window",
                left_over(self.in_height, self._layer),
            ),
        }
        if dilated:
            wrong["dilation_ignored"] = (
                WHY["dilation_ignored"],
                LEFT_OVER(self, reach=REACH(self, out_width=out_width)),
            )
        if wrong["rows_for_columns"][1] == 0:
            del wrong["rows_for_columns"]
        mistakes = [Mistake(slip, why, Number(value)) for slip, (why, value) in wrong.items() if value != rest.value]
        return Part(
            "uncovered_columns",
            Number(rest.value),
            {"reach": reach, "rest": rest},
            tuple(mistakes),
            points=2,
            space="3cm",
        )

    def oracle(self) -> Measured:
        """Slide the window along both axes, count the filters, and look for columns behind the last window."""
        options = (self.kernel_size, self.stride, self.padding, self.dilation)
        starts = window_starts(self.in_width, *options)
        taps = {start + self.dilation * tap for start in starts for tap in range(self.kernel_size)}
        behind = [column for column in range(-self.padding, self.in_width + self.padding) if column > max(taps)]
        filters = conv_tensors(self.in_channels, self.out_channels, self.kernel_size, bias=False)
        shape = (count_windows(self.in_height, *options), len(starts), len(filters))
        return {"out_shape": shape, "uncovered_columns": len(behind)}

"""How many operations does a convolution take?  Every output value is a sum of products, one a weight of its filter."""

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
    Rational,
    Shape,
    Solution,
    Steps,
    SumOfProducts,
    carry,
    evaluate,
    problem,
    require,
    symbols,
)
from problemgen.measure.operations import count_operations, count_padding_products, products_of_a_value
from problemgen.measure.sliding import conv_tensors, count_windows
from problemgen.nn.layers import CONV_MULTIPLICATIONS, OUT_SIZE, Conv2d, out_shape
from problemgen.nn.operations import Unit, counted_sizes, lost_taps, operations_rule
from problemgen.nn.slips import WHY, with_own_value, wrong_shapes

K, C, F, O, L, R = symbols("kernel_size in_channels out_channels out_size lost rows")  # noqa: E741 - textbook letters
with evaluate(False):
    ROWS = Formula("rows", O * K - L, {"rows": "R", "out_size": "H'", "lost": r"\text{outside}"})
    ON_IMAGE = Formula("on_image", R**2 * C * F, {"on_image": r"\text{on the image}", "rows": "R"})
UNITS: dict[str, tuple[Unit, ...]] = {
    "easy": ("multiplications",),
    "medium": ("multiplications", "MACs", "FLOPs"),
    "hard": ("MACs", "additions", "FLOPs"),
}
MINOR = ("forgot_padding", "single_sided_padding", "minus_one_for_plus_one", "minus_one_and_input_channels")
WHY_OPERATIONS = {
    "ops_forgot_filters": WHY["ops_forgot_filters"],
    "ops_forgot_channels": "left out the input channels",
    "one_axis_only": "slid along one axis only",
    "kernel_not_squared": "took $K$ instead of $K^2$",
    "input_positions": "counted the positions of the input",
    "ops_flops_2x": "counted two operations for each product",
    "macs_for_flops": "counted a multiplication and its addition as one operation",
    "one_addition_too_many": "took as many additions as products to add them up",
    "bias_not_counted": "left out the additions of the biases",
}


def _sides(shape: tuple[int, ...]) -> dict[str, int]:
    return {"out_height": shape[0], "out_width": shape[1]}


@problem(
    title="Operations of a convolution",
    topics=("cnn", "counting"),
    minutes=6,
    families=("op_count_layer", "multiplication_count"),
)
class ConvMultiplications:
    in_size: int
    in_channels: int
    out_channels: int
    kernel_size: int
    stride: int = 1
    padding: int = 0
    unit: Unit = "multiplications"
    count_bias: bool = False
    ask_padding: bool = False

    def __post_init__(self) -> None:
        require(min(self.in_size, self.in_channels) >= 1, "in_size and in_channels must be at least 1")
        require(self.unit in ("additions", "FLOPs") or not self.count_bias, f"a bias costs no {self.unit}")
        require(self.padding < self.kernel_size or not self.ask_padding, "a window lies in the padding altogether")
        out_shape(self._layer, self._in_shape)

    @property
    def _in_shape(self) -> tuple[int, int, int]:
        return self.in_size, self.in_size, self.in_channels

    @property
    def _layer(self) -> Conv2d:
        return Conv2d(self.out_channels, self.kernel_size, self.stride, self.padding)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        hard, unit = draw.level == "hard", draw.choice(UNITS[draw.level])
        kernel = draw.choice((3, 3, 5))
        return cls(
            in_size=draw.integer(*draw.by_level({"easy": (8, 14), "medium": (15, 32), "hard": (8, 16)})),
            in_channels=draw.choice((2, 4, 5, 6, 8, 10)),
            out_channels=draw.choice((4, 5, 6, 8, 10, 12, 15, 16, 20)),
            kernel_size=kernel,
            stride=draw.by_level({"easy": 1, "medium": 2, "hard": draw.integer(1, 2)}),
            padding=draw.by_level({"easy": 0, "medium": draw.integer(0, kernel // 2), "hard": kernel // 2}),
            unit=unit,
            count_bias=unit in ("additions", "FLOPs") and draw.boolean(),
            ask_padding=hard,
        )

    def flaws(self) -> list[str]:
        same = self.in_channels == self.out_channels
        return ["as many filters as input channels hide which of them was used"] if same else []

    def solve(self, carried: Carried = NOTHING) -> Solution:
        size, right = OUT_SIZE.worked(self), out_shape(self._layer, self._in_shape)

        def mistakes() -> Iterable[Mistake]:
            wrong = with_own_value(wrong_shapes(self._layer, self._in_shape), MINOR)
            return (Mistake(slip, WHY[slip], Shape(dims)) for slip, dims in wrong.items())

        first = Part("out_shape", Shape(right), {"rule": OUT_SIZE, "size": size}, mistakes, points=1, space="2.5cm")
        shape = carried("out_shape", right)
        parts = [first, self._operations(shape)]
        return Solution(*parts, *([self._padding(shape)] if self.ask_padding else []))

    def _operations(self, shape: tuple[int, ...]) -> Part:
        rule = operations_rule(self._layer, self.unit, biases=self.count_bias)
        sizes = counted_sizes(self._layer, self._in_shape, shape)
        worked = rule.worked(self._layer, **sizes)

        def with_(**other: int) -> Rational:
            return rule(self._layer, **{**sizes, **other})

        def mistakes() -> Iterable[Mistake]:
            products, values = CONV_MULTIPLICATIONS(self, **_sides(shape)), shape[0] * shape[1] * self.out_channels
            wrong = {
                "ops_forgot_filters": with_(out_channels=1),
                "ops_forgot_channels": with_(in_channels=1),
                "one_axis_only": with_(out_height=1),
                "kernel_not_squared": worked.value - self._scale * (products - products // self.kernel_size),
            }
            if shape[0] != self.in_size:
                wrong["input_positions"] = with_(out_height=self.in_size, out_width=self.in_size)
            if self.unit == "FLOPs":
                wrong["macs_for_flops"] = products
            elif self.unit == "additions":
                wrong["one_addition_too_many"] = products + values * self.count_bias
            else:
                wrong["ops_flops_2x"] = 2 * products
            if self.count_bias:
                wrong["bias_not_counted"] = worked.value - values
            kept = with_own_value(wrong, ("kernel_not_squared", "one_axis_only"))
            return (Mistake(slip, WHY_OPERATIONS[slip], Number(value)) for slip, value in kept.items())

        return Part("operations", Number(worked.value), {"rule": rule, "count": worked}, mistakes, 2, "3cm")

    @property
    def _scale(self) -> int:
        return 2 if self.unit == "FLOPs" else 1

    def _padding(self, shape: tuple[int, ...]) -> Part:
        lost = lost_taps(self.in_size, shape[0], self._layer)
        outside = SumOfProducts(r"\text{outside}", tuple((cells,) for cells in lost), sum(lost))
        rows = ROWS.worked(self, out_size=shape[0], lost=outside.value)
        carry(rows.value >= 0, f"out_shape: {shape[0]} rows of windows do not reach the image")
        inside = ON_IMAGE.worked(self, rows=rows.value)
        every = CONV_MULTIPLICATIONS.worked(self, **_sides(shape))
        left = every.value - inside.value
        difference = SumOfProducts(r"\text{on the padding}", ((every.value,), (-inside.value,)), left)
        band = outside.value * shape[0] * self.kernel_size * self.in_channels * self.out_channels
        zeros = (self.in_size + 2 * self.padding) ** 2 - self.in_size**2
        zeros *= self.in_channels * self.out_channels
        wrong = {
            "corners_twice": ("counted the corners twice, with the rows and with the columns", 2 * band),
            "one_axis_only": ("counted the rows of the padding and not its columns", band),
            "zeros_once": (
                "counted every zero once for each filter and channel",
                zeros,
            ),
            "ops_forgot_filters": (WHY["ops_forgot_filters"], difference.value // self.out_channels),
        }
        mistakes = tuple(Mistake(slip, why, Number(value)) for slip, (why, value) in wrong.items())
        known = self.unit in ("multiplications", "MACs")  # from the part before
        steps: Steps = {"outside": outside, "rows": rows, "inside": inside}
        steps = {**steps, **({} if known else {"every": every}), "difference": difference}
        return Part("on_padding", Number(difference.value), steps, mistakes, points=3, space="5cm")

    def oracle(self) -> Measured:
        """Slide the windows, count the products and additions of one value, and look for zeros."""
        side = count_windows(self.in_size, self.kernel_size, self.stride, self.padding)
        filters = len(conv_tensors(self.in_channels, self.out_channels, self.kernel_size, bias=False))
        products = products_of_a_value(self.in_channels, self.kernel_size)
        every = count_operations(products, side * side * filters, self.unit, biases=self.count_bias)
        measured = {"out_shape": (side, side, filters), "operations": every}
        if self.ask_padding:
            measured["on_padding"] = count_padding_products(self._layer, self.in_size, self.in_channels)
        return measured

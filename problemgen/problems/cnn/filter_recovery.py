"""Which filter turned this input into that output?  Every output is one linear equation for the weights."""

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
    SumOfProducts,
    carry,
    exact_sum,
    matrix_item,
    problem,
    require,
)
from problemgen.measure.recovery import applied, enough_inputs, fitted_filter
from problemgen.nn.arrays import correlate, rot180
from problemgen.nn.conv2d import is_symmetric
from problemgen.nn.kernels import entries
from problemgen.nn.linear_systems import echelon, work
from problemgen.nn.patterns import own_values
from problemgen.nn.recovery import (
    SHORTEST,
    WHY,
    equations,
    laid_out,
    letters,
    recovered,
    system,
    wrong_filters,
    wrong_lengths,
)

Whole = tuple[tuple[int, ...], ...]
PLANS = {  # size of the input, size of the filter, stride, flipped
    "easy": ((1, 3, 1, 2, 1, False), (1, 4, 1, 2, 1, False)),
    "medium": ((1, 5, 1, 3, 1, False),),
    "hard": ((3, 3, 2, 2, 1, False), (3, 3, 2, 2, 1, True), (1, 7, 1, 3, 2, True), (1, 6, 1, 3, 1, True)),
}


@problem(title="Which filter was it?", topics=("cnn", "inverse", "filters"), minutes=8, families=("filter_recovery",))
class FilterRecovery:
    image: Whole
    output: Whole
    kernel_width: int
    kernel_height: int = 1
    stride: int = 1
    flipped: bool = False
    further: tuple[int, ...] = ()
    taps: int | None = None

    def __post_init__(self) -> None:
        for name, rows in (("image", self.image), ("output", self.output)):
            require(rows and rows[0] and len({len(row) for row in rows}) == 1, f"the {name} must be a matrix")
        require(min(self.kernel_width, self.kernel_height, self.stride) >= 1, "sizes and stride must be at least 1")
        self._filter()
        one_row = len(self.image) == self.kernel_height == 1
        ends = self.stride * (len(self.output[0]) - 1) + self.kernel_width == len(self.image[0])
        fits = one_row and ends and len(self.further) == self.stride
        require(not self.further or fits, "further must be as many samples as the stride, behind the last window")
        require(self.taps is None or (one_row and self.taps >= 1), "taps must be at least 1, of a filter in 1-D")

    def _filter(self) -> Matrix:
        size = self.kernel_height, self.kernel_width
        return recovered(self.image, self.output, *size, self.stride, flipped=self.flipped)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        rows, columns, height, width, stride, flipped = draw.choice(PLANS[draw.level])
        flat = [
            draw.choice((-2, -1, 1, 2, 3) if draw.level == "easy" else (-2, -1, 0, 0, 1, 1, 2, 3))
            for _ in range(rows * columns)
        ]
        image = laid_out(tuple(flat), columns)
        low = draw.by_level({"easy": 3, "medium": 4, "hard": 3})
        weights = laid_out(draw.integers(height * width, -low, low), width)
        used = rot180(weights) if flipped else weights
        output = correlate((image,), (used,), stride=stride)
        further = draw.integers(stride, 1, 4) if rows == 1 else ()
        taps = draw.integer(4, 12) if rows == 1 and draw.level != "easy" else None
        return cls(_whole(image), _whole(output), width, height, stride, flipped, further, taps)

    def flaws(self) -> list[str]:
        weights = self._filter()
        triangle = entries(echelon(self._system(), entries(self.output)))
        faults = {
            "a symmetric filter hides in which order it is written": is_symmetric(weights)
            or weights == rot180(weights),
            "the elimination meets large numbers": max(triangle) > 40 or min(triangle) < -40,
            "the filter has a weight 0 too many": entries(weights).count(0) > 1,
            "zeros of the input give the weights away": 3 * entries(self.image).count(0) > len(entries(self.image)),
        }
        return [fault for fault, there in faults.items() if there]

    def _system(self) -> Matrix:
        return system(self.image, self.kernel_height, self.kernel_width, self.stride, flipped=self.flipped)

    def solve(self, carried: Carried = NOTHING) -> Solution:
        right, rows, values = self._filter(), self._system(), entries(self.output)
        names = letters(self.kernel_height, self.kernel_width)
        triangle = echelon(rows, values)
        solved = equations(tuple(row[:-1] for row in triangle), tuple(row[-1] for row in triangle), names, "tri")
        steps = equations(rows, values, names, "eq") | solved
        wrong = wrong_filters(self.image, self.output, right, self.stride, flipped=self.flipped)
        mistakes = tuple(
            Mistake(slip, WHY[slip], MatrixAnswer(found)) for slip, found in own_values(right, wrong).items()
        )
        by_hand = work(rows, values, entries(right))
        parts = [Part("filter", MatrixAnswer(right), steps, mistakes, points=4, space="6cm", unshown=by_hand)]
        if self.further:
            parts.append(self._next(carried("filter", right)))
        if self.taps:
            worked = SHORTEST.worked(stride=self.stride, kernel_size=self.taps)
            lengths = wrong_lengths(self.taps, self.stride)
            parts.append(_number("shortest", worked.value, {"length": worked}, lengths))
        shown = [matrix_item("x" if len(self.image) == 1 else "X", self.image), {"operator": r"\to"}]
        shown.append(matrix_item("y" if len(self.image) == 1 else "Y", self.output))
        first = {"window": [0, 0, self.kernel_height, self.kernel_width]}
        worked_out = [shown[0] | first, shown[1], shown[2] | {"marked": [[0, 0]]}]
        return Solution(
            *parts,
            figures={"arrays": Figure("matrices", {"items": shown})},
            solution_figures={"arrays": Figure("matrices", {"items": worked_out})},
        )

    def _last(self) -> tuple[int, ...]:
        return (*self.image[0], *self.further)[self.stride * len(self.output[0]) :]

    def _next(self, found: Matrix) -> Part:
        carry(len(found[0]) == self.kernel_width, "filter: it has another length")
        weights = tuple(reversed(found[0])) if self.flipped else found[0]
        terms = tuple(zip(weights, self._last(), strict=True))
        value = exact_sum(a * b for a, b in terms)
        step = SumOfProducts(f"y_{{{len(self.output[0]) + 1}}}", terms, value)
        turned = exact_sum(a * b for a, b in zip(reversed(weights), self._last(), strict=True))
        unsigned = exact_sum(max(a * b, -a * b) for a, b in terms)
        wrong = {"not_flipped": turned, "minus_signs_lost": unsigned}
        wrong |= {"wrong_window": self.output[0][-1], "first_inputs": self.output[0][0]}
        return _number("next_output", value, {"next": step}, wrong)

    def oracle(self) -> Measured:
        """Fit the filter by least squares, apply it once more, and count windows until they are enough."""
        size = self.kernel_height, self.kernel_width
        fitted = fitted_filter(self.image, self.output, *size, self.stride, flipped=self.flipped)
        found: dict[str, Any] = {"filter": fitted}
        if self.further:
            samples = [*self.image[0], *self.further][-self.kernel_width :]
            found["next_output"] = applied(fitted[0], samples, flipped=self.flipped)
        return found | ({"shortest": enough_inputs(self.taps, self.stride)} if self.taps else {})


def _number(name: str, value: Rational, steps: dict[str, Any], wrong: dict[str, Any]) -> Part:
    mistakes = tuple(Mistake(slip, WHY[slip], Number(other)) for slip, other in own_values(value, wrong).items())
    return Part(name, Number(value), steps, mistakes, points=1, space="2cm")


def _whole(rows: Matrix) -> Whole:
    return tuple(tuple(int(entry) for entry in row) for row in rows)

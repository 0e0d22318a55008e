"""What does a small filter make of a checkerboard, stripes, an edge or an impulse?  The pattern shows what it does."""

from collections.abc import Mapping
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
    NumberSet,
    Part,
    Solution,
    carry,
    problem,
    require,
)
from problemgen.measure.patterns import box_sums_are_constant, painted, quotients
from problemgen.measure.patterns import filtered as measured
from problemgen.nn.arrays import rot180
from problemgen.nn.conv2d import check_filter
from problemgen.nn.kernels import box, derivative, entries, gaussian, plus_shaped, single, transposed
from problemgen.nn.patterned import (
    WHY,
    constant_boxes,
    count_nonzero,
    distinct_windows,
    filtered,
    reduced_place,
    wrong_patterned,
)
from problemgen.nn.patterns import PERIODIC, Pattern, own_values, pattern_image

SHARP = (plus_shaped(5, -1), plus_shaped(9, -1, -1), plus_shaped(-4, 1), plus_shaped(-8, 1, 1))
TURNED = (((-2, -1, 0), (-1, 1, 1), (0, 1, 2)), ((0, 1, 0), (0, 1, 2), (0, 0, -1)), single(1, 2), single(2, 1))
PLANS = (  # width, image size, kernel, stride
    (2, 6, box(3), 1),
    (2, 7, box(3), 1),
    (2, 6, box(2), 1),
    (2, 6, gaussian(1, 2), 1),
    (3, 7, box(3), 1),
    (1, 7, box(3), 2),
    (1, 6, gaussian(1, 2), 1),
)


@problem(title="A filter on a pattern", topics=("cnn", "forward", "filters"), minutes=8, families=("patterned_blur",))
class PatternedBlur:
    pattern: Pattern
    size: int
    kernel: Matrix
    width: int = 1
    first: int = 1
    stride: int = 1
    far: tuple[int, ...] = ()  # row and column; empty or 0: the part is not asked
    large_size: int = 0
    largest_box: int = 0

    def __post_init__(self) -> None:
        require(self.first in (0, 1), "first, the pixel at the top left, must be 0 or 1")
        require(1 <= self.width < self.size, "width must be at least 1 and smaller than size")
        check_filter((self._image(),), (self.kernel,), self.stride, 0)
        require(len(self.kernel) == len(self.kernel[0]), "the kernel must be square")
        periodic, out = self.pattern in PERIODIC, self.size - len(self.kernel) + 1
        if self.far:
            shown = len(self.far) == 2 and periodic and self.stride == 1 <= min(self.far) and 2 * self.width <= out
            require(shown, "far is a row and a column from 1 on and needs stride 1 and an output with a whole period")
        if self.large_size:
            passed = self.pattern != "impulse" or (self.first == 0 and len(self.kernel) - 1 <= self.width < out)
            fits = self.size <= self.large_size and self.stride == 1
            require(fits and not periodic and passed, "large_size needs stride 1 and an edge or an impulse inside")
        require(not self.largest_box or periodic, "largest_box needs a periodic pattern")
        require(not self.largest_box or 2 * self.width <= self.largest_box, "largest_box is smaller than the period")

    def _image(self, *, exchanged: bool = False) -> Matrix:
        return pattern_image(self.pattern, self.width, self.first ^ exchanged, self.size, self.size)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        first = draw.integer(0, 1)
        if draw.level == "easy":
            size, far = draw.integer(5, 6), draw.integers(2, 20, 90)
            return cls(draw.choice(PERIODIC), size, box(3), first=first, far=far)
        if draw.level == "medium":
            size, large = draw.integer(5, 6), draw.integer(20, 60, 10)
            slope = derivative(1, draw.integer(1, 2), draw.choice((-1, 1)))
            if draw.integer(0, 2) == 0:
                kernel = draw.choice((*TURNED, slope, transposed(slope)))
                return cls("impulse", 5, kernel, 2, 0, large_size=large)
            upright = draw.boolean()
            across = slope if upright else transposed(slope)
            kernel = draw.choice((across, across, box(3), box(2), *SHARP))
            edge: Pattern = "vertical edge" if upright else "horizontal edge"
            return cls(edge, size, kernel, draw.integer(2, 3), first, large_size=large)
        width, size, kernel, stride = draw.choice(PLANS)
        largest = 2 * width * draw.integer(2, 3) + draw.integer(0, 2 * width - 1)
        return cls(draw.choice(PERIODIC), size, kernel, width, first, stride, largest_box=largest)

    def flaws(self) -> list[str]:
        even = self.pattern == "impulse" and self.kernel == rot180(self.kernel)
        flat = bool(self.far) and len(set(entries(filtered(self._image(), self.kernel)))) == 1
        faults = {
            "an impulse does not show which way a symmetric kernel is turned": even,
            "the output is constant, so that no place has to be found in it": flat,
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:
        image = self._image()
        output = filtered(image, self.kernel, self.stride)
        phase = filtered(self._image(exchanged=True), self.kernel, self.stride)
        wrong = wrong_patterned(image, self.kernel, self.stride, phase if self.pattern in PERIODIC else None)
        mistakes = _mistakes({slip: MatrixAnswer(rows) for slip, rows in own_values(output, wrong).items()})
        steps = distinct_windows(image, self.kernel, self.stride)
        parts = [Part("output", MatrixAnswer(output), steps, mistakes, points=3, space="5cm")]
        if self.far:
            parts.append(self._far_entry(self.far, wrong, carried("output", output)))
        if self.large_size:
            counted, others = count_nonzero(self.pattern, self.width, self.first, self.large_size, self.kernel)
            count = counted["count"].value
            others = {slip: Number(value) for slip, value in own_values(count, others).items()}
            parts.append(Part("nonzero", Number(count), counted, _mistakes(others), 2, "3cm"))
        if self.largest_box:
            period, sizes, others = constant_boxes(self.width, self.largest_box)
            others = {slip: NumberSet(value) for slip, value in own_values(frozenset(sizes), others).items()}
            parts.append(Part("constant_sizes", NumberSet(sizes), {"period": period}, _mistakes(others), 2, "3cm"))
        shown = [_named("X", image), {"operator": "*"}, _named("W", self.kernel)]
        window = {"window": [0, 0, len(self.kernel), len(self.kernel)]}
        worked = [shown[0] | window, *shown[1:], {"operator": "="}, _named("Y", output, [[0, 0]])]
        return Solution(
            *parts,
            figures={"arrays": Figure("matrices", {"items": shown})},
            solution_figures={"arrays": Figure("matrices", {"items": worked})},
        )

    def _far_entry(self, far: tuple[int, ...], wrong: Mapping[str, Matrix], output: Matrix) -> Part:
        steps = reduced_place(self.width, far)
        row, column = (int(step.value) - 1 for step in steps.values())
        carry(len(output) > row and len(output[0]) > column, "output: it is too small to show a period")
        rules = [slip for slip in ("phase_flipped", "not_normalised", "divided_by_k") if slip in wrong]
        others = {slip: wrong[slip][row][column] for slip in rules}
        others["entry_of_the_image"] = self._image()[row][column]
        found = {slip: Number(value) for slip, value in own_values(output[row][column], others).items()}
        return Part("far_entry", Number(output[row][column]), steps, _mistakes(found), 2, "3cm")

    def oracle(self) -> Measured:
        """Paint the pattern, large where that is asked for, add up shifted copies, and look."""
        paint = (self.pattern, self.width, self.first)
        found: dict[str, Any] = {
            "output": quotients(*measured(painted(*paint, self.size, self.size), self.kernel, self.stride))
        }
        if self.far:
            total, divisor = measured(painted(*paint, self.far[0] + 8, self.far[1] + 8), self.kernel)
            found["far_entry"] = quotients(total[self.far[0] - 1 :, self.far[1] - 1 :], divisor)[0][0]
        if self.large_size:
            found["nonzero"] = int(
                (measured(painted(*paint, self.large_size, self.large_size), self.kernel)[0] != 0).sum()
            )
        if self.largest_box:
            image = painted(*paint, self.largest_box + 4 * self.width, self.largest_box + 4 * self.width)
            found["constant_sizes"] = {k for k in range(2, self.largest_box + 1) if box_sums_are_constant(image, k)}
        return found


def _mistakes(wrong: Mapping[str, Any]) -> tuple[Mistake, ...]:
    return tuple(Mistake(slip, WHY[slip], answer) for slip, answer in wrong.items())


def _named(letter: str, rows: Matrix, marked: list[list[int]] | None = None) -> dict[str, Any]:
    dark = [[i, j] for i, row in enumerate(rows) for j, entry in enumerate(row) if entry == 0]
    shaded = marked if marked is not None else dark if letter == "X" else []
    return {"name": letter, "entries": [[str(entry) for entry in row] for row in rows], "marked": shaded}

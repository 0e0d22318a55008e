"""Which kernel does a true convolution slide over the image?  Half a turn, no transpose, and what it changes."""

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
    Part,
    Solution,
    carry,
    matrix_item,
    problem,
    require,
)
from problemgen.measure.flips import convolution, fewest_changes, turned
from problemgen.measure.sliding import correlate as measured_correlation
from problemgen.nn.arrays import rot180
from problemgen.nn.conv2d import check_filter
from problemgen.nn.flips import (
    COLUMN_AFTER,
    ROW_AFTER,
    WHY,
    all_differ,
    look_alikes,
    unequal,
    worked_outputs,
    wrong_pair_counts,
    wrong_results,
)
from problemgen.nn.patterns import own_values

SIZES = {"easy": ((3, 3), (3, 3), (2, 3), (3, 2)), "medium": ((2, 2), (2, 3)), "hard": ((3, 3),)}


@problem(title="Flipping a kernel", topics=("cnn", "forward", "filters"), minutes=7, families=("kernel_flip",))
class KernelFlip:
    kernel: Matrix
    patch: Matrix | None = None
    count_pairs: bool = False

    def __post_init__(self) -> None:
        check_filter((self.patch or self.kernel,), (self.kernel,), 1, 0)
        square = len(self.kernel) == len(self.kernel[0])
        require(square or not self.count_pairs, "pairs are counted in square kernels only")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        height, width = draw.choice(SIZES[draw.level])
        flat = list(draw.integers(height * width, -3, 3))
        if draw.level == "hard":
            for place in draw.sample(range(9), 3):
                flat[place] = flat[8 - place] = draw.integer(-1, 1)
        kernel = tuple(tuple(flat[start : start + width]) for start in range(0, len(flat), width))
        if draw.level == "easy":
            return cls(kernel)
        return cls(kernel, draw.matrix(height + 1, width + 1, 0, 3), draw.level == "hard")

    def flaws(self) -> list[str]:
        entries = [entry for row in self.kernel for entry in row]
        faults = {
            "the turned kernel equals one of its look-alikes": not all_differ(self.kernel),
            "there are too many zeros": entries.count(0) > len(entries) // 2,
            "every pair of opposite entries differs": self.count_pairs and len(unequal(self.kernel)) == 4,
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:
        flipped = rot180(self.kernel)
        height, width = len(self.kernel), len(self.kernel[0])
        row, column = self._shown()
        steps = {
            "row": ROW_AFTER.worked(height=height, row=row),
            "column": COLUMN_AFTER.worked(width=width, column=column),
        }
        parts = [_part("flipped", flipped, steps, look_alikes(self.kernel))]
        if self.patch:
            used = carried("flipped", flipped)
            carry(all(len(row) == width for row in used), "flipped: the kernel has another shape")
            output, sums = worked_outputs(self.patch, self.kernel, "y")
            wrong = wrong_results(self.patch, self.kernel, self.kernel, flipped=False)
            parts.append(_part("correlation", output, sums, own_values(output, wrong)))
            output, sums = worked_outputs(self.patch, used, "z")
            wrong = wrong_results(self.patch, self.kernel, used, flipped=True)
            parts.append(_part("convolution", output, sums, own_values(output, wrong)))
        if self.count_pairs:
            pairs = len(unequal(self.kernel))
            counts = own_values(pairs, wrong_pair_counts(self.kernel))
            mistakes = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in counts.items())
            parts.append(Part("changes", Number(pairs), {}, mistakes, points=2, space="2cm"))
        shown = [*([matrix_item("X", self.patch)] if self.patch else []), matrix_item("W", self.kernel)]
        both = [matrix_item("W", self.kernel, marked=[[row - 1, column - 1]]), {"operator": r"\to"}]
        both += [matrix_item("W'", flipped, marked=[[height - row, width - column]])]
        return Solution(
            *parts,
            figures={"arrays": Figure("matrices", {"items": shown})},
            solution_figures={"flip": Figure("matrices", {"items": both})},
        )

    def _shown(self) -> tuple[int, int]:
        """Return the first place, counted from 1, whose entry is not the one that comes there."""
        return (unequal(self.kernel) or [((1, 1), (1, 1))])[0][0]

    def givens(self) -> Mapping[str, Any]:
        return {"shown": self._shown(), "unequal": unequal(self.kernel) if self.count_pairs else []}

    def oracle(self) -> Measured:
        """Carry every entry to its new place, add up the two definitions, and try how many changes are enough."""
        found: dict[str, Any] = {"flipped": turned(self.kernel)}
        if self.patch:
            found["correlation"] = measured_correlation([self.patch], [self.kernel])
            found["convolution"] = convolution(self.patch, self.kernel)
        if self.count_pairs:
            found["changes"] = fewest_changes(self.kernel)
        return found


def _part(name: str, right: Matrix, steps: Mapping[str, Any], wrong: Mapping[str, Matrix]) -> Part:
    mistakes = tuple(Mistake(slip, WHY[slip], MatrixAnswer(entries)) for slip, entries in wrong.items())
    return Part(name, MatrixAnswer(right), steps, mistakes, points=2, space="3cm")

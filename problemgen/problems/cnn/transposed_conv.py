"""Transposed convolution by hand: copies of the kernel are pasted, overlaps add up, the border is cut off."""

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
    Shape,
    Solution,
    carry,
    matrix_item,
    problem,
    require,
)
from problemgen.measure.scattering import kernels_without_gaps, scattered
from problemgen.nn.arrays import rot180
from problemgen.nn.conv2d import is_symmetric
from problemgen.nn.patterns import own_values
from problemgen.nn.transposed import (
    KERNEL_SIZE,
    LARGEST_STRIDE,
    OUT_SIZE,
    WHY,
    check_transposed,
    output_steps,
    overlapping,
    single_products,
    spread,
    strides_without_gaps,
    transposed_conv,
    wrong_kernel_sizes,
    wrong_outputs,
    wrong_shapes,
    wrong_strides,
)

PLANS = {  # height and width of the input, kernel size, stride, padding
    "easy": ((2, 2, 2, 1, 0),),
    "medium": ((2, 2, 3, 2, 0), (2, 2, 3, 2, 1), (2, 3, 3, 2, 1)),
    "hard": ((2, 3, 3, 2, 1), (2, 2, 3, 1, 1), (3, 2, 3, 2, 1)),
}


@problem(title="A transposed convolution", topics=("cnn", "upsampling"), minutes=9, families=("transposed_conv",))
class TransposedConv:
    image: Matrix
    kernel: Matrix
    stride: int = 1
    padding: int = 0
    resize: tuple[int, int, int] | None = None  # from this size, to this size, with this padding

    def __post_init__(self) -> None:
        check_transposed(self.image, self.kernel, self.stride, self.padding)
        if self.resize:
            small, large, padding = self.resize
            require(
                small >= 2 and large > small and padding >= 0, "resize goes from at least 2 to more, padding at least 0"
            )

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        height, width, taps, stride, padding = draw.choice(PLANS[draw.level])
        image = tuple(tuple(draw.choice((-2, -1, 1, 2, 3)) for _ in range(width)) for _ in range(height))
        zeros = draw.sample(range(taps**2), 1 if taps == 2 else 3)
        flat = [0 if place in zeros else draw.choice((-2, -1, 1, 2, 3)) for place in range(taps**2)]
        kernel = tuple(tuple(flat[start : start + taps]) for start in range(0, taps**2, taps))
        if draw.level != "hard":
            return cls(image, kernel, stride, padding)
        small, step, cut = draw.integer(4, 9), draw.integer(2, 4), draw.integer(1, 2)
        reach = step + draw.integer(0, small - 1)
        large = int(OUT_SIZE(in_size=small, kernel_size=reach, stride=step, padding=cut))
        return cls(image, kernel, stride, padding, (small, large, cut))

    def flaws(self) -> list[str]:
        faults = {
            "the kernel is symmetric": is_symmetric(self.kernel) or self.kernel == rot180(self.kernel),
            "the copies hardly overlap": len(overlapping(self._steps())) < 2,
            "a kernel larger than the input": self.resize is not None and self._reach() > self.resize[0] + 2,
            "the padding cuts off whole copies": self.resize is not None and self._reach() <= self.resize[2],
        }
        return [fault for fault, there in faults.items() if there]

    def _settings(self) -> tuple[Matrix, Matrix, int, int]:
        return self.image, self.kernel, self.stride, self.padding

    def _steps(self) -> dict[str, Any]:
        return output_steps(*self._settings())

    def _reach(self) -> int:
        small, large, padding = self.resize or (2, 2, 0)
        widest = max(strides_without_gaps(small, large, padding))
        return int(KERNEL_SIZE(in_size=small, out_size=large, padding=padding, stride=widest))

    def solve(self, carried: Carried = NOTHING) -> Solution:
        output = transposed_conv(*self._settings())
        size = {"kernel_size": len(self.kernel), "stride": self.stride, "padding": self.padding}
        sides = {"height": (len(self.image), "H"), "width": (len(self.image[0]), "W")}
        steps = {
            name: OUT_SIZE.lettered(in_size=letter, out_size=f"{letter}'").worked(in_size=side, **size)
            for name, (side, letter) in sides.items()
        }
        shape = (int(steps["height"].value), int(steps["width"].value))
        sizes = wrong_shapes(self.image, len(self.kernel), self.stride, self.padding)
        shapes = {slip: Shape(wrong) for slip, wrong in sizes.items()}
        entries = self._steps()
        parts = [
            _part(
                "out_shape",
                Shape(shape),
                {"rule": OUT_SIZE, **steps},
                shapes,
                2,
            ),
            _part(
                "output",
                MatrixAnswer(output),
                overlapping(entries),
                {slip: MatrixAnswer(rows) for slip, rows in wrong_outputs(*self._settings()).items()},
                4,
                single_products(entries),
            ),
        ]
        if self.resize:
            parts += self._resized(*self.resize, carried)
        shown = [matrix_item("X", self.image), matrix_item("W", self.kernel)]
        around = len(self.kernel) - 1 - self.padding
        window = {"border": around, "window": [-around, -around, len(self.kernel), len(self.kernel)]}
        spread_out = spread(self.image, self.stride)
        wide = matrix_item(r"\text{spread }X", spread_out, text="spread X", **window)
        view = [wide, {"operator": "*"}, matrix_item("W'", rot180(self.kernel)), {"operator": "="}]
        view.append(matrix_item("Y", output, marked=[[0, 0]]))
        return Solution(
            *parts,
            figures={"arrays": Figure("matrices", {"items": shown})},
            solution_figures={"view": Figure("matrices", {"items": view})},
        )

    def _resized(self, small: int, large: int, padding: int, carried: Carried) -> list[Part]:
        given = {"in_size": small, "out_size": large, "padding": padding}
        strides = strides_without_gaps(small, large, padding)
        found = carried("strides", strides)
        carry(found, "strides: none was found")
        worked = KERNEL_SIZE.worked(stride=max(found), **given)
        carry(worked.value >= 1, "strides: there is no kernel for the largest of them")
        sets = {slip: NumberSet(wrong) for slip, wrong in wrong_strides(small, large, padding).items()}
        sizes = {s: Number(value) for s, value in wrong_kernel_sizes(small, large, padding, max(strides)).items()}
        steps = {"rule": KERNEL_SIZE, "largest": LARGEST_STRIDE.worked(**given)}
        return [
            _part("strides", NumberSet(strides), steps, sets, 2),
            _part("kernel_size", Number(worked.value), {"size": worked}, sizes, 1),
        ]

    def oracle(self) -> Measured:
        """Scatter the copies, measure what they cover, and try every stride and kernel."""
        output = scattered(*self._settings())
        found: dict[str, Any] = {"out_shape": (len(output), len(output[0])), "output": output}
        if self.resize:
            kernels = kernels_without_gaps(*self.resize)
            found |= {"strides": set(kernels), "kernel_size": kernels[max(kernels)]}
        return found


def _part(name: str, answer: Any, steps: dict[str, Any], wrong: dict[str, Any], points: int, unshown: Any = ()) -> Part:
    mistakes = tuple(Mistake(slip, WHY[slip], value) for slip, value in own_values(answer, wrong).items())
    return Part(name, answer, steps, mistakes, points, "5cm" if name == "output" else "3cm", unshown)

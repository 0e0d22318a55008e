"""Which kernel sizes fit the given input and output?  The floor lets up to `stride` of them fit."""

from collections.abc import Mapping
from functools import partial
from typing import Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Formula,
    Hidden,
    Measured,
    Mistake,
    Number,
    NumberSet,
    Part,
    Solution,
    carry,
    evaluate,
    problem,
    require,
    symbols,
)
from problemgen.measure.sliding import conv_tensors, count_entries, count_windows
from problemgen.nn.layers import CONV_MULTIPLICATIONS, CONV_PARAMETERS, CONV_WEIGHTS, OUT_SIZE

N, P, S, O = symbols("in_size padding stride out_size")  # noqa: E741 - textbook letters
with evaluate(False):
    SMALLEST = Formula("smallest", N + 2 * P - S * O + 1, {"smallest": r"K_{\min}"})
    LARGEST = Formula("largest", N + 2 * P - S * (O - 1), {"largest": r"K_{\max}"})


def named_sizes(sizes: frozenset[int]) -> dict[str, int]:
    """Return the members of a set that can be asked for without giving their value away."""
    ordered = sorted(sizes)
    if len(ordered) == 1:
        return {"only": ordered[0]}
    odd, even = ([size for size in ordered if size % 2 == rest] for rest in (1, 0))
    alone = {"only odd": odd, "only even": even} if len(ordered) > 2 else {}
    middle = {name: found[0] for name, found in alone.items() if len(found) == 1}
    return {"smallest": ordered[0], "largest": ordered[-1], **middle}


@problem(
    title="Which kernel sizes fit?",
    topics=("cnn", "inverse", "counting"),
    minutes=9,
    families=(
        "inverse_kernel_size",
        "inverse_params",
        "inverse_mults",
    ),
)
class InverseKernelSize:
    in_size: int
    stride: int
    padding: int
    out_size: int
    in_channels: int
    out_channels: int
    kernel_size: Hidden[int]

    def __post_init__(self) -> None:
        sizes = (self.in_size, self.stride, self.out_size, self.in_channels, self.out_channels)
        require(min(sizes) >= 1 <= 1 + self.padding, "sizes and channels must be at least 1, padding at least 0")
        require(self.fits(), f"no kernel size gives {self.out_size} outputs from {self.in_size} inputs")
        named = {size: name for name, size in named_sizes(self.fits()).items()}
        which = ", ".join(f"{size} ({name})" for size, name in named.items())
        require(
            self.kernel_size in named,
            f"kernel_size: {self.kernel_size} is not determined by the set; take {which}",
        )

    def fits(self) -> frozenset[int]:
        """Return the kernel sizes that fit; none is smaller than 1."""
        smallest, largest = self._bounds()
        return frozenset(range(max(1, smallest), largest + 1))

    def _bounds(self) -> tuple[int, int]:
        return int(SMALLEST(self)), int(LARGEST(self))

    def givens(self) -> Mapping[str, str]:
        return {"which": next(name for name, size in named_sizes(self.fits()).items() if size == self.kernel_size)}

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        stride = draw.choice(draw.by_level({"easy": (2,), "medium": (2, 3), "hard": (3, 4)}))
        padding = draw.integer(*draw.by_level({"easy": (0, 0), "medium": (0, 2), "hard": (1, 3)}))
        smallest = draw.integer(*draw.by_level({"easy": (2, 6), "medium": (3, 8), "hard": (4, 10)}))
        out_size = draw.integer(*draw.by_level({"easy": (10, 25), "medium": (12, 40), "hard": (20, 60)}))
        return cls(
            in_size=smallest + stride * out_size - 1 - 2 * padding,
            stride=stride,
            padding=padding,
            out_size=out_size,
            in_channels=draw.choice((4, 5, 6, 8, 10)),
            out_channels=draw.choice((8, 10, 12, 16, 20, 32)),
            kernel_size=smallest + draw.choice((0, stride - 1) if stride != 3 else (0, 1, 2)),
        )

    def flaws(self) -> list[str]:
        faults = {
            "stride 1 leaves one kernel size only": self.stride == 1,
            "3 input channels hide the mistake 'RGB in every layer'": self.in_channels == 3,
            "as many filters as channels hide which was used": self.in_channels == self.out_channels,
            "the kernel covers half of the input": 2 * LARGEST(self) > self.in_size,
            "the bound 1 cuts the set short": SMALLEST(self) < 1,
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:
        smallest, largest = self._bounds()
        sizes = named_sizes(carried("kernel_sizes", self.fits()))
        which = self.givens()["which"]
        carry(which in sizes, f"the carried set has no {which} element")
        size = sizes[which]
        count, mults = partial(CONV_PARAMETERS, self, kernel_size=size), partial(self._products, size)
        own, out, weights = self.out_channels, self.out_size, CONV_WEIGHTS(self, kernel_size=size)
        wrong_sets = {
            "exact_division_only": ("kept only the size for which the division comes out even", {largest}),
            "ceil_for_floor": ("rounded up instead of down", range(largest, largest + self.stride)),
            "forgot_plus_one": ("left out the $+1$", range(smallest - self.stride, smallest)),
        }
        if self.stride > 2:
            odd = [fit for fit in self.fits() if fit % 2]
            wrong_sets["odd_only"] = ("kept the odd sizes only, as if a kernel had to have a centre", odd)
        if self.padding:
            shift = 2 * self.padding
            wrong_sets["forgot_padding"] = (
                "left out the padding",
                range(smallest - shift, largest - shift + 1),
            )
        wrong_counts = {
            "forgot_bias": ("forgot the biases", weights),
            "forgot_input_channels": ("left out the input channels", count(in_channels=1)),
            "first_layer_channels_everywhere": ("took the 3 channels of an RGB image", count(in_channels=3)),
            "own_filters_as_channels": (
                "took the number of filters as input channels",
                count(in_channels=own),
            ),
            "kernel_not_squared": ("took $K$ instead of $K^2$", weights // size + own),
        }
        wrong_products = {
            "ops_forgot_filters": ("counted one filter only", mults(out, filters=1)),
            "ops_forgot_channels": ("left out the input channels", mults(out) // self.in_channels),
            "forgot_plus_one": ("counted one position too few along each side", mults(out - 1)),
            "forgot_plus_one+ops_forgot_filters": (
                "both: one position too few, and one filter",
                mults(out - 1, filters=1),
            ),
            "one_axis_only": ("slid along one axis only", mults(out) // out),
            "input_positions": ("counted the positions of the input", mults(self.in_size)),
        }
        worked = CONV_MULTIPLICATIONS.worked(self, kernel_size=size, out_height=out, out_width=out)
        return Solution(
            Part(
                "kernel_sizes",
                NumberSet(self.fits()),
                {"rule": OUT_SIZE, "smallest": SMALLEST.worked(self), "largest": LARGEST.worked(self)},
                tuple(Mistake(name, why, NumberSet(value)) for name, (why, value) in wrong_sets.items()),
                points=3,
                space="5cm",
            ),
            Part(
                "parameters",
                Number(count()),
                {"rule": CONV_PARAMETERS, "count": CONV_PARAMETERS.worked(self, kernel_size=size)},
                tuple(Mistake(name, why, Number(value)) for name, (why, value) in wrong_counts.items()),
                points=2,
            ),
            Part(
                "multiplications",
                Number(worked.value),
                {"rule": CONV_MULTIPLICATIONS, "count": worked},
                tuple(Mistake(name, why, Number(value)) for name, (why, value) in wrong_products.items()),
                points=2,
            ),
        )

    def _products(self, size: int, positions: int, *, filters: int | None = None) -> int:
        sides = {"out_height": positions, "out_width": positions, "kernel_size": size}
        return int(CONV_MULTIPLICATIONS(self, **sides, out_channels=filters or self.out_channels))

    def oracle(self) -> Measured:
        """Slide every kernel over the padded input, count its windows, and count the entries of the tensors."""
        fits = {
            size
            for size in range(1, self.in_size + 2 * self.padding + 1)
            if count_windows(self.in_size, size, self.stride, self.padding) == self.out_size
        }
        kernels = conv_tensors(self.in_channels, self.out_channels, self.kernel_size, bias=False)
        positions = count_windows(self.in_size, self.kernel_size, self.stride, self.padding) ** 2
        return {
            "kernel_sizes": fits,
            "parameters": count_entries(kernels) + self.out_channels,
            "multiplications": sum(kernel.size * positions for kernel in kernels),
        }

"""Which kernel sizes fit the given input and output?  The floor lets up to `stride` of them fit."""

from collections.abc import Iterable, Mapping
from functools import cached_property
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
    Steps,
    carry,
    evaluate,
    problem,
    require,
    symbols,
)
from problemgen.measure.sliding import conv_tensors, count_entries, count_windows
from problemgen.nn import slips
from problemgen.nn.layers import CONV_MULTIPLICATIONS, CONV_PARAMETERS, OUT_SIZE, Conv2d

N, P, S, O = symbols("in_size padding stride out_size")  # noqa: E741 - textbook letters
with evaluate(False):
    SMALLEST = Formula("smallest", N + 2 * P - S * O + 1, {"smallest": r"K_{\min}"})
    LARGEST = Formula("largest", N + 2 * P - S * (O - 1), {"largest": r"K_{\max}"})


WHY = {
    **slips.WHY_ALONE,
    "exact_division_only": "kept only the size for which the division comes out even",
    "odd_only": "kept the odd sizes only, as if a kernel had to have a centre",
}
WHY_PRODUCTS = {
    "ops_forgot_filters": slips.WHY["ops_forgot_filters"],
    "ops_forgot_channels": slips.WHY["forgot_input_channels"],
    "forgot_plus_one": "counted one position too few along each side",
    "forgot_plus_one+ops_forgot_filters": "both: one position too few, and one filter",
    "one_axis_only": "slid along one axis only",
    "input_positions": slips.WHY["ops_at_input_positions"],
}


def candidates(sizes: frozenset[int]) -> dict[str, set[int]]:
    """Return which elements of a set each of the names fits, by which the text may ask for one of them."""
    return {
        "only": set(sizes) if len(sizes) == 1 else set(),
        "smallest": {min(sizes)},
        "largest": {max(sizes)},
        "only odd": {size for size in sizes if size % 2},
        "only even": {size for size in sizes if not size % 2},
    }


def determined(sizes: frozenset[int]) -> dict[int, str]:
    """Return the elements that a name determines, each with the plainest name."""
    names: dict[int, str] = {}
    for name, found in candidates(sizes).items():
        if len(found) == 1:
            names.setdefault(min(found), name)
    return names


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
        require(self.fits, f"no kernel size gives {self.out_size} outputs from {self.in_size} inputs")
        named = determined(self.fits)
        which = ", ".join(f"{size} ({name})" for size, name in named.items())
        require(
            self.kernel_size in named,
            f"kernel_size: {self.kernel_size} is not determined by the set; take {which}",
        )

    @cached_property
    def fits(self) -> frozenset[int]:
        """Return the kernel sizes that fit; none is smaller than 1."""
        smallest, largest = self._bounds
        return frozenset(range(max(1, smallest), largest + 1))

    @cached_property
    def _bounds(self) -> tuple[int, int]:
        return int(SMALLEST(self)), int(LARGEST(self))

    def givens(self) -> Mapping[str, str]:
        return {"which": determined(self.fits)[self.kernel_size]}

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        stride = draw.choice(draw.by_level({"easy": (2,), "medium": (2, 3), "hard": (3, 4)}))
        padding = draw.integer(*draw.by_level({"easy": (0, 0), "medium": (1, 2), "hard": (1, 3)}))
        smallest = draw.integer(*draw.by_level({"easy": (2, 6), "medium": (3, 8), "hard": (4, 10)}))
        out_size = draw.integer(*draw.by_level({"easy": (10, 25), "medium": (12, 40), "hard": (20, 60)}))
        # the only odd or even size of three is asked for at the hard level: it must be found by its property
        places = {2: (0, 1), 3: draw.by_level({"easy": (0, 2), "medium": (0, 2), "hard": (1,)}), 4: (0, 3)}
        return cls(
            in_size=smallest + stride * out_size - 1 - 2 * padding,
            stride=stride,
            padding=padding,
            out_size=out_size,
            in_channels=draw.choice((4, 5, 6, 8, 10)),
            out_channels=draw.choice((8, 10, 12, 16, 20, 32)),
            kernel_size=smallest + draw.choice(places[stride]),
        )

    def flaws(self) -> list[str]:
        faults = {
            "stride 1 leaves one kernel size only": self.stride == 1,
            "3 input channels hide the mistake 'RGB in every layer'": self.in_channels == 3,
            "as many filters as channels hide which was used": self.in_channels == self.out_channels,
            "the kernel covers half of the input": 2 * self._bounds[1] > self.in_size,
            "the bound 1 cuts the set short": self._bounds[0] < 1,
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:
        sizes, which = carried("kernel_sizes", self.fits), self.givens()["which"]
        carry(sizes and all(isinstance(size, int) and size >= 1 for size in sizes), "kernel_sizes: none to go on from")
        found = candidates(sizes)[which]
        carry(len(found) == 1, f"kernel_sizes: no element is the {which} one")
        size = min(found)
        return Solution(self._kernel_sizes(), self._parameters(size), self._multiplications(size))

    def _kernel_sizes(self) -> Part:
        fits = self.fits

        def mistakes() -> Iterable[Mistake]:
            (smallest, largest), shift = self._bounds, 2 * self.padding
            wrong: dict[str, Iterable[int]] = {
                "exact_division_only": {largest},
                "ceil_for_floor": range(largest, largest + self.stride),
                "odd_only": {size for size in fits if size % 2 and self.stride > 2},
                "forgot_plus_one": range(smallest - self.stride, smallest),
                "forgot_padding": range(smallest - shift, largest - shift + 1),
            }
            positive = {slip: frozenset(size for size in found if size >= 1) for slip, found in wrong.items()}
            kept = {slip: found for slip, found in positive.items() if found and found != fits}
            return (Mistake(slip, WHY[slip], NumberSet(found)) for slip, found in kept.items())

        steps: Steps = {"rule": OUT_SIZE, "smallest": SMALLEST.worked(self), "largest": LARGEST.worked(self)}
        return Part("kernel_sizes", NumberSet(fits), steps, mistakes, points=3, space="5cm")

    def _parameters(self, size: int) -> Part:
        layer, own = Conv2d(self.out_channels, size), self.out_channels
        worked = CONV_PARAMETERS.worked(self, kernel_size=size)

        def mistakes() -> Iterable[Mistake]:
            wrong = slips.wrong_parameters(layer, (1, 1, self.in_channels), slips.RGB)
            wrong["kernel_not_squared"] = (worked.value - own) // size + own
            return (Mistake(slip, WHY[slip], Number(count)) for slip, count in wrong.items())

        return Part("parameters", Number(worked.value), {"rule": CONV_PARAMETERS, "count": worked}, mistakes, points=2)

    def _multiplications(self, size: int) -> Part:
        out = self.out_size
        worked = CONV_MULTIPLICATIONS.worked(self, kernel_size=size, out_height=out, out_width=out)
        per_filter = size**2 * self.in_channels

        def mistakes() -> Iterable[Mistake]:
            wrong = {
                "ops_forgot_filters": out**2 * per_filter,
                "ops_forgot_channels": out**2 * size**2 * self.out_channels,
                "forgot_plus_one": (out - 1) ** 2 * per_filter * self.out_channels,
                "forgot_plus_one+ops_forgot_filters": (out - 1) ** 2 * per_filter,
                "one_axis_only": out * per_filter * self.out_channels,
                "input_positions": self.in_size**2 * per_filter * self.out_channels,
            }
            return (Mistake(slip, WHY_PRODUCTS[slip], Number(count)) for slip, count in wrong.items())

        steps: Steps = {"rule": CONV_MULTIPLICATIONS, "count": worked}
        return Part("multiplications", Number(worked.value), steps, mistakes, points=2)

    def oracle(self) -> Measured:
        """Slide every kernel over the padded input, count its windows, and count the entries of the tensors."""
        fits = {
            size
            for size in range(1, self.in_size + 2 * self.padding + 1)
            if count_windows(self.in_size, size, self.stride, self.padding) == self.out_size
        }
        # An only size stands first; the only odd or even one of three stands in the middle.
        place = {"only": 0, "smallest": 0, "largest": -1}.get(self.givens()["which"], 1)
        size = sorted(fits)[place]
        kernels = conv_tensors(self.in_channels, self.out_channels, size, bias=False)
        positions = count_windows(self.in_size, size, self.stride, self.padding) ** 2
        return {
            "kernel_sizes": fits,
            "parameters": count_entries(kernels) + self.out_channels,
            "multiplications": sum(kernel.size * positions for kernel in kernels),
        }

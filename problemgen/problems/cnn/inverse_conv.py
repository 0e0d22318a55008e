"""Which convolutions have this output size, or this many parameters?  One setting is unknown, all values are asked."""

from collections.abc import Collection, Mapping
from math import floor, isqrt
from typing import Literal, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Measured,
    Mistake,
    NumberSet,
    Part,
    Solution,
    Steps,
    problem,
    require,
)
from problemgen.measure.sliding import conv_tensors, count_entries, count_windows
from problemgen.nn import inverses
from problemgen.nn.layers import CONV_PARAMETERS, OUT_SIZE
from problemgen.nn.slips import WHY as USUAL
from problemgen.nn.slips import with_own_value

WHY = {
    **USUAL,
    "kernel_not_squared": "took $K$ instead of $K^2$",
    "bias_per_weight_slice": "gave a filter one bias for each input channel",
    "filters_left_out": "did not divide the weights among the filters",
    "kernel_left_out": "did not divide by $K^2$: these are the weights of a filter",
    "exact_division_only": "kept only the solution for which the division comes out even",
    "same_padding": "took the padding that keeps the size at stride 1",
    "largest_only": "gave the largest solution only",
    "smallest_only": "gave the smallest solution only",
    "bias_forgotten_and_kernel_not_squared": "both: left out the bias, and took $K$ instead of $K^2$",
    "odd_only": "kept the odd sizes only, as if a kernel had to have a centre",
    "quotient_only": "divided the input size by the output size",
    "filters_given": "gave the numbers of filters instead",
}
BOUNDS = {
    "padding": inverses.PADDING_BOUNDS,
    "in_size": inverses.IN_SIZE_BOUNDS,
    "stride": inverses.STRIDE_BOUNDS,
}
GIVEN = {
    "out_channels": {"parameters", "kernel_size", "in_channels"},
    "in_channels": {"parameters", "kernel_size", "out_channels"},
    "kernel_size": {"parameters", "in_channels"},
    "padding": {"in_size", "out_size", "kernel_size", "stride"},
    "in_size": {"out_size", "kernel_size", "stride", "padding"},
    "stride": {"in_size", "out_size", "kernel_size", "padding"},
}
Unknown = Literal["out_channels", "in_channels", "kernel_size", "padding", "in_size", "stride"]
LEVELS: Mapping[str, tuple[Unknown, ...]] = {
    "easy": ("out_channels", "in_channels"),
    "medium": ("padding", "in_size"),
    "hard": ("stride", "kernel_size"),
}
MINOR = (
    "single_sided_padding",
    "quotient_only",
    "ceil_for_floor",
    "exact_division_only",
    "same_padding",
    "largest_only",
    "smallest_only",
)


@problem(title="Find the convolution", topics=("cnn", "inverse"), minutes=5, families=("inverse_conv",))
class InverseConv:
    unknown: Unknown
    parameters: int = 0
    in_size: int = 0
    out_size: int = 0
    in_channels: int = 0
    out_channels: int = 0
    kernel_size: int = 0
    stride: int = 0
    padding: int = 0

    def __post_init__(self) -> None:
        fields = {"parameters", "out_size", *GIVEN}
        given = {name for name in fields if getattr(self, name)}
        wanted = GIVEN[self.unknown]
        require(min(getattr(self, name) for name in fields) >= 0, "nothing may be negative")
        require(wanted - {"padding"} <= given <= wanted, f"{self.unknown} follows from {', '.join(sorted(wanted))}")
        require(self.unknown != "stride" or self.out_size > 1, "with one output every large stride fits")
        require(self.fits(), f"no {self.unknown} fits")

    def _sizes(self) -> dict[str, int]:
        return {name: getattr(self, name) for name in GIVEN[self.unknown]}

    def fits(self) -> frozenset[int]:
        """Return all solutions."""
        if self.unknown in BOUNDS:
            return inverses.between(BOUNDS[self.unknown], least=self.unknown != "padding", **self._sizes())
        if self.unknown == "kernel_size":
            return frozenset(inverses.kernels(self.parameters, self.in_channels))
        value = (inverses.FILTERS if self.unknown == "out_channels" else inverses.CHANNELS)(self)
        return frozenset({value} if isinstance(value, int) and value >= 1 else ())

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        unknown: Unknown = draw.choice(LEVELS[draw.level])
        if unknown == "kernel_size":
            channels, kernel, filters = draw.integer(1, 3), draw.integer(2, 5), draw.integer(4, 20)
            total = CONV_PARAMETERS(in_channels=channels, kernel_size=kernel, out_channels=filters)
            return cls(unknown, parameters=int(total), in_channels=channels)
        if unknown in ("out_channels", "in_channels"):
            channels, filters = draw.sample((4, 5, 6, 8, 10, 12, 15, 16, 20), 2)
            sizes = {"in_channels": channels, "out_channels": filters, "kernel_size": draw.choice((3, 5))}
            total = int(CONV_PARAMETERS(**sizes))
            return cls(unknown, parameters=total, **{**sizes, unknown: 0})
        strides = {"padding": (4, 5), "in_size": (3, 4), "stride": (9, 18)}[unknown]
        sizes = {"in_size": draw.integer(40, 99) + 20 * (unknown == "stride"), "kernel_size": draw.choice((5, 7, 9))}
        sizes |= {"stride": draw.integer(*strides), "padding": draw.integer(1, 3)}
        return cls(unknown, out_size=int(OUT_SIZE(**sizes)), **{**sizes, unknown: 0})

    def flaws(self) -> list[str]:
        few = self.unknown not in LEVELS["easy"] and not 2 <= len(self.fits()) <= 5
        faults = {
            "too many kernel sizes to try": self.unknown == "kernel_size" and self._tried() > 9,
            "too few or too many solutions": few,
            "3 input channels hide the mistake 'RGB in every layer'": self.in_channels == 3 and bool(self.kernel_size),
        }
        return [fault for fault, there in faults.items() if there]

    def _tried(self) -> int:
        """Return the largest kernel size of which two filters do not have too many parameters."""
        return isqrt((self.parameters // 2 - 1) // self.in_channels)

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - one part: nothing to carry
        right = self.fits()
        steps: Steps
        uneven: Collection[str] = ()
        wrong: Mapping[str, Collection[int]]
        if self.unknown in BOUNDS:
            low, high = (bound.worked(self) for bound in BOUNDS[self.unknown])
            steps, wrong = {"rule": OUT_SIZE, "smallest": low, "largest": high}, self._wrong_sizes(right)
        elif self.unknown == "kernel_size":
            every = [inverses.PER_FILTER.worked(self, kernel_size=size) for size in range(1, self._tried() + 1)]
            steps = {"rule": inverses.PER_FILTER, **{f"kernel{size}": line for size, line in enumerate(every, start=1)}}
            found = inverses.kernels(self.parameters, self.in_channels)
            wrong = {
                "filters_given": frozenset(found.values()),
                "smallest_only": {min(right)},
                "largest_only": {max(right)},
                "odd_only": {size for size in right if size % 2},
                "forgot_bias": inverses.kernels_without_bias(self.parameters, self.in_channels),
                "forgot_input_channels": frozenset(inverses.kernels(self.parameters, 1)),
            }
        else:
            rule = inverses.FILTERS if self.unknown == "out_channels" else inverses.CHANNELS
            missed = inverses.FILTERS_MISSED if self.unknown == "out_channels" else inverses.CHANNELS_MISSED
            steps = {"rule": CONV_PARAMETERS, "solved": rule, "count": rule.worked(self)}
            found_by = {slip: formula(self) for slip, formula in missed.items()}
            wrong = {slip: {floor(value)} for slip, value in found_by.items()}
            uneven = {slip for slip, value in found_by.items() if value != floor(value)}
        possible = {slip: frozenset(found) for slip, found in wrong.items() if found and frozenset(found) != right}
        own = with_own_value(possible, MINOR)
        words = {slip: f"{WHY[slip]}{', and rounded down' if slip in uneven else ''}" for slip in own}
        mistakes = tuple(Mistake(slip, words[slip], NumberSet(found)) for slip, found in own.items())
        points = 2 if self.unknown in LEVELS["easy"] else 4
        return Solution(Part(self.unknown, NumberSet(right), steps, mistakes, points, "5cm"))

    def _wrong_sizes(self, right: frozenset[int]) -> dict[str, frozenset[int]]:
        sizes, least = self._sizes(), self.unknown != "padding"
        near = 4 * self.kernel_size
        candidates = range(max(least, min(right) - near), max(right) + near)
        fixed = {name: value for name, value in sizes.items() if name != "out_size"}
        wrong = {
            slip: inverses.searched(rule, self.unknown, candidates, self.out_size, **fixed)
            for slip, rule in inverses.OUT_SIZE_MISSED.items()
            if self.padding or self.unknown == "padding" or "padding" not in slip
        }
        exact = [value for value in right if inverses.fits_exactly(**{**fixed, self.unknown: value})]
        wrong["exact_division_only"] = frozenset(exact)
        wrong["largest_only"], wrong["smallest_only"] = frozenset({max(right)}), frozenset({min(right)})
        if self.unknown == "padding":
            wrong["same_padding"] = frozenset({(self.kernel_size - 1) // 2})
        if self.unknown == "stride":
            wrong["quotient_only"] = frozenset({self.in_size // self.out_size})
        return wrong

    def oracle(self) -> Measured:
        """Try every value: slide the kernel and count its windows, or make the tensors and count their entries."""
        match self.unknown:
            case "kernel_size":
                sizes = range(1, self.parameters)
                fitting = (size for size in sizes if size**2 * self.in_channels < self.parameters)
                found = {size for size in fitting if self._filters(self.in_channels, size)}
            case "out_channels":
                found = self._filters(self.in_channels, self.kernel_size)
            case "in_channels":
                every = range(1, self.parameters // self.kernel_size**2 + 1)
                found = {depth for depth in every if self._count(depth, self.out_channels) == self.parameters}
            case _:
                largest = self.in_size + 2 * self.padding + self.stride * self.out_size + self.kernel_size
                found = {value for value in range(self.unknown != "padding", largest + 1) if self._slid(value)}
        return {self.unknown: found}

    def _filters(self, channels: int, size: int) -> set[int]:
        """Add filters one by one until there are enough entries; a kernel size counts from two filters on."""
        each, entries = count_entries(conv_tensors(channels, 1, size, bias=True)), list[int]()
        while sum(entries) < self.parameters:
            entries.append(each)
        least = 2 if self.unknown == "kernel_size" else 1
        return {len(entries)} if sum(entries) == self.parameters and len(entries) >= least else set()

    def _count(self, channels: int, filters: int) -> int:
        return filters * count_entries(conv_tensors(channels, 1, self.kernel_size, bias=True))

    def _slid(self, value: int) -> bool:
        sizes = {name: getattr(self, name) for name in ("in_size", "kernel_size", "stride", "padding")}
        return count_windows(**{**sizes, self.unknown: value}) == self.out_size

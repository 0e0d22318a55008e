"""How far does a stack of stride-1 convolutions see?  Every layer adds K - 1 pixels, dilated ones D(K - 1)."""

from collections.abc import Mapping
from functools import cache
from math import prod
from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Equation,
    Expression,
    Figure,
    Measured,
    Mistake,
    Number,
    Part,
    Solution,
    Symbol,
    problem,
    require,
)
from problemgen.measure import receptive as measure
from problemgen.nn.receptive import LEAST_DEPTH, LEAST_DEPTH_UNDILATED, stacked
from problemgen.nn.slips import with_own_value

LETTERS = (("L", "K"), ("n", "k"), ("L", "k"), ("m", "K"), ("n", "F"), ("N", "k"), ("m", "f"))
PLANS = {"easy": (3, 5), "medium": (3, 5), "hard": (3, 4)}
WIDEST_DRAWN = 40


@problem(
    title="Receptive field at stride 1",
    topics=("cnn", "receptive_field"),
    minutes=5,
    families=("receptive_field_stride1",),
)
class ReceptiveField:
    kernel_sizes: tuple[int, ...]
    dilations: tuple[int, ...] = ()
    depth_letter: str = ""
    kernel_letter: str = ""
    goal: int = 0
    new_kernel: int = 0
    new_dilation: int = 1

    def __post_init__(self) -> None:
        require(self.kernel_sizes and min(self.kernel_sizes) >= 1, "every kernel size must be at least 1")
        given = self.dilations
        require(not given or len(given) == len(self.kernel_sizes), "give one dilation for each kernel size, or none")
        require(min(self.dilated) >= 1 <= self.new_dilation, "every dilation must be at least 1")
        letters = {self.depth_letter, self.kernel_letter}
        require(letters == {""} or (len(letters) == 2 and all(x.isalpha() for x in letters)), "give two letters")
        require("r" not in letters, "the letter r stands for the receptive field")
        require(self.goal != 1, "a single pixel is a field of 1 without any layer: the goal must be larger")
        require(self.new_kernel >= 2 or not self.goal, "a layer that enlarges the field needs a kernel of at least 2")

    @property
    def dilated(self) -> tuple[int, ...]:
        return self.dilations or (1,) * len(self.kernel_sizes)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        count = draw.integer(*PLANS[draw.level.value])
        if draw.level == "easy":
            depth, kernel = draw.choice(LETTERS)
            return cls((draw.choice((3, 4, 5, 7)),) * count, depth_letter=depth, kernel_letter=kernel)
        sizes = tuple(draw.choice((3, 5, 7) if draw.level == "medium" else (2, 3, 5)) for _ in range(count))
        if draw.level == "medium":
            return cls(sizes, goal=draw.integer(30, 120), new_kernel=draw.choice((3, 4, 5, 7)))
        dilations = draw.choice(((1, 2, 4, 8), (1, 1, 2, 3), (1, 3, 9, 9), (1, 2, 3, 4)))[:count]
        size, dilation = draw.choice((3, 5)), draw.choice((2, 3, 4))
        return cls(sizes, dilations, *draw.choice(LETTERS), draw.integer(60, 250), size, dilation)

    def flaws(self) -> list[str]:
        step = self.new_dilation * (self.new_kernel - 1)
        faults = {
            "all kernels have the same size": not self.depth_letter and len(set(self.kernel_sizes)) == 1,
            "the goal is reached exactly, which hides the rounding": self.goal > 0 and (self.goal - 1) % step == 0,
        }
        return [fault for fault, there in faults.items() if there]

    def givens(self) -> Mapping[str, Any]:
        layers = [
            {"number": number, "kernel_size": size, "dilation": dilation}
            for number, (size, dilation) in enumerate(zip(self.kernel_sizes, self.dilated, strict=True), start=1)
        ]
        return {"layers": layers, "uniform": len(set(self.kernel_sizes)) == 1 and not self.dilations}

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - the parts stand beside each other
        field = stacked(self.kernel_sizes, self.dilated)
        parts = [Part("field", Number(field.value), {"sum": field}, self._wrong_fields(), points=2, space="3cm")]
        if self.depth_letter:
            parts.append(_formula(self.depth_letter, self.kernel_letter, self.new_dilation))
        if self.goal:
            parts.append(self._least())
        rows = [
            {"name": f"conv{layer['number']}", "kernel_size": layer["kernel_size"], "dilation": layer["dilation"]}
            for layer in self.givens()["layers"]
        ]
        figures = {"cone": Figure("receptive_field", {"layers": rows})} if field.value <= WIDEST_DRAWN else {}
        return Solution(*parts, solution_figures=figures)

    def _wrong_fields(self) -> tuple[Mistake, ...]:
        sizes, right = self.kernel_sizes, stacked(self.kernel_sizes, self.dilated).value
        added = sum(size * dilation for size, dilation in zip(sizes, self.dilated, strict=True))
        whose = "product" if self.givens()["uniform"] else "sum_of_kernels"
        wrong = {
            whose: (_whole_kernels(max(self.dilated)), added),
            "power": ("multiplied the kernel sizes", prod(sizes)),
            "forgot_plus_one": ("left out the output pixel itself, the $1$", right - 1),
            "dilation_ignored": ("ignored the dilations", stacked(sizes, (1,) * len(sizes)).value),
        }
        return tuple(Mistake(slip, why, Number(value)) for slip, (why, value) in wrong.items() if value != right)

    def _least(self) -> Part:
        step = self.new_dilation * (self.new_kernel - 1)
        rule = LEAST_DEPTH if self.new_dilation > 1 else LEAST_DEPTH_UNDILATED
        sizes = {"kernel_size": self.new_kernel, "goal": self.goal}
        sizes |= {"dilation": self.new_dilation} if self.new_dilation > 1 else {}
        count = rule.worked(**sizes)
        powers = next(number for number in range(1, self.goal + 1) if self.new_kernel**number >= self.goal)
        wrong: dict[str, tuple[str, Any]] = {
            "floor_for_ceil": ("rounded down, so that the field is too small", (self.goal - 1) // step),
            "product": (_whole_kernels(self.new_dilation), -(-self.goal // (self.new_kernel * self.new_dilation))),
            "power": ("let every layer multiply the field by $K$", powers),
            "forgot_plus_one": ("left out the $-1$ for the output pixel", rule(**sizes | {"goal": self.goal + 1})),
        }
        if self.new_dilation > 1:
            wrong["dilation_ignored"] = ("ignored the dilation", rule(**sizes | {"dilation": 1}))
        values = {slip: value for slip, (_, value) in wrong.items() if value != count.value}
        kept = with_own_value(values, ("product", "power", "forgot_plus_one"))
        mistakes = tuple(Mistake(slip, wrong[slip][0], Number(value)) for slip, value in kept.items())
        return Part("least", Number(count.value), {"rule": rule, "count": count}, mistakes, points=2, space="3cm")

    def oracle(self) -> Measured:
        """Follow the windows of one output back to the input; add layers until it depends on enough of it."""
        layers = [(size, 1, dilation) for size, dilation in zip(self.kernel_sizes, self.dilated, strict=True)]
        found: dict[str, Any] = {"field": measure.span(layers)}
        if self.depth_letter:
            found["formula"] = measure.uniform_pairs(self.depth_letter, self.kernel_letter, self.new_dilation)
        if self.goal:
            found["least"] = measure.least_depth(self.goal, [], (self.new_kernel, 1, self.new_dilation))
        return found


def _whole_kernels(dilation: int) -> str:
    sizes = "the kernel sizes times the dilations" if dilation > 1 else "the kernel sizes"
    return f"took the sum of {sizes} for the field"


@cache
def _formula(depth: str, kernel: str, dilation: int) -> Part:
    layers, size = Symbol(depth), Symbol(kernel)
    right = 1 + dilation * layers * (size - 1)
    wrong = {
        "product": (_whole_kernels(dilation), dilation * layers * size),
        "power": ("let every layer multiply the field", size**layers),
        "forgot_plus_one": ("left out the output pixel itself, the $1$", right - 1),
    }
    mistakes = tuple(Mistake(slip, why, Expression(expr)) for slip, (why, expr) in wrong.items())
    steps = {"rule": Equation("r", (right,))}
    return Part("formula", Expression(right), steps, mistakes, points=2, space="3cm")

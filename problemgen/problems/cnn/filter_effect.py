"""What does this kernel do to an image?  Its sum, its signs and its symmetry tell: blur, edges, sharpening, shift."""

from collections.abc import Mapping
from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Choice,
    Draw,
    Figure,
    Matrix,
    Measured,
    Mistake,
    Number,
    Part,
    Solution,
    Steps,
    problem,
    require,
)
from problemgen.measure.effects import constant_response, fitting_centre, observed
from problemgen.nn.effects import (
    CENTRE,
    EFFECTS,
    OPPOSITE,
    RESPONSE,
    WHY,
    bank,
    why_taken_for,
    worked_sum,
    wrong_centres,
    wrong_responses,
    wrong_sums,
)
from problemgen.nn.kernels import effect, entries, kernel_sum
from problemgen.nn.patterns import own_values


@problem(title="What does the kernel do?", topics=("cnn", "filters"), minutes=5, families=("filter_effect",))
class FilterEffect:
    kernel: Matrix
    options: tuple[str, ...]
    brightness: int = 1
    frame: Matrix | None = None
    wanted: int = 1

    def __post_init__(self) -> None:
        square = [len(row) for row in self.kernel] == [3, 3, 3]
        require(
            square and any(entries(self.kernel)) and effect(self.kernel),
            "the kernel must be 3 x 3 and one of the known kinds",
        )
        unknown = [name for name in self.options if name not in EFFECTS]
        require(not unknown, f"options: {', '.join(unknown)} is none of {', '.join(EFFECTS)}")
        require(
            effect(self.kernel) in self.options, f"options: the kernel's own effect, {effect(self.kernel)}, is missing"
        )
        require(self.frame is None or [len(row) for row in self.frame] == [3, 3, 3], "frame must be 3 x 3")
        require(self.wanted in (0, 1), "wanted, the sum of the completed kernel, is 0 or 1")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        kernels = bank(draw.level, draw.integer(1, 3))
        groups = [["identity"], ["box"], ["sharpen"], ["vertical_edges", "horizontal_edges"]]
        if draw.level != "easy":
            shifts = [name for name in kernels if name.startswith("shift")]
            groups = [
                ["box", "gaussian"],
                ["gaussian"],
                ["sharpen", "laplacian"],
                ["laplacian"],
                groups[3],
                shifts,
                shifts,
            ]
        name = draw.choice(draw.choice(groups))
        others = [other for other in EFFECTS if other not in (name, OPPOSITE[name])]
        others = [other for other in others if draw.level != "easy" or other in kernels]
        if name == "laplacian":  # it finds the edges of one direction, too
            others = [other for other in others if not other.endswith("edges")]
        options = [name, OPPOSITE[name], *draw.sample(others, 2 if draw.level == "easy" else 3)]
        brightness = draw.integer(2, 9)
        if draw.level != "hard":
            return cls(draw.choice(kernels[name]), draw.sample(options, len(options)), brightness)
        side, corner = draw.sample((-3, -2, -1, 0, 1, 2), 2)
        frame = ((corner, side, corner), (side, 0, side), (corner, side, corner))
        return cls(
            draw.choice(kernels[name]), draw.sample(options, len(options)), brightness, frame, draw.integer(0, 1)
        )

    def flaws(self) -> list[str]:
        return ["the frame has the sum 0"] if self.frame and kernel_sum(self.frame) == self.frame[1][1] else []

    def solve(self, carried: Carried = NOTHING) -> Solution:
        name, total = str(effect(self.kernel)), kernel_sum(self.kernel)
        response = RESPONSE.worked(kernel_sum=carried("kernel_sum", total), brightness=self.brightness)
        responses = wrong_responses(self.kernel, total, self.brightness)
        steps = {"sum": worked_sum(self.kernel)}
        parts = [
            Part("effect", self._choice(name), {}, self._confused(name), points=2, space="1.2cm", reason=True),
            Part("kernel_sum", Number(total), steps, _mistakes(total, wrong_sums(self.kernel)), space="2cm"),
            Part("response", Number(response.value), {"response": response}, _mistakes(response.value, responses)),
        ]
        if self.frame:
            others = kernel_sum(self.frame) - self.frame[1][1]
            worked = CENTRE.worked(wanted=self.wanted, others=others)
            wrong = wrong_centres(others, self.wanted, sum(entry != 0 for entry in entries(self.frame)))
            lines: Steps = {"rule": CENTRE, "centre": worked}
            parts.append(Part("centre", Number(worked.value), lines, _mistakes(worked.value, wrong), 2))
        figures = {"kernel": Figure("matrices", {"items": [_named("W", self.kernel)]})}
        if self.frame:
            figures["frame"] = Figure("matrices", {"items": [_named("V", self.frame, "t")]})
        return Solution(*parts, figures=figures)

    def givens(self) -> Mapping[str, Any]:
        return {"kept": self.wanted == 1}

    def _choice(self, name: str) -> Choice:
        return Choice(tuple(EFFECTS[option] for option in self.options), frozenset({self.options.index(name)}))

    def _confused(self, name: str) -> tuple[Mistake, ...]:
        if OPPOSITE[name] not in self.options:
            return ()
        slip, why = why_taken_for(name)
        return (Mistake(slip, why, self._choice(OPPOSITE[name])),)

    def oracle(self) -> Measured:
        """Put the kernel over test images and look at what comes out."""
        bright = constant_response(self.kernel, 1)
        found = {"effect": {self.options.index(observed(self.kernel))}, "kernel_sum": bright}
        found["response"] = sum([bright] * self.brightness)
        return found | ({"centre": fitting_centre(self.frame, self.wanted)} if self.frame else {})


def _mistakes(right: Any, wrong: Mapping[str, Any]) -> tuple[Mistake, ...]:
    return tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in own_values(right, wrong).items())


def _named(name: str, rows: Matrix, centre: str = "") -> dict[str, Any]:
    shown = [[str(entry) for entry in row] for row in rows]
    if centre:
        shown[1][1] = centre
    return {"name": name, "entries": shown}

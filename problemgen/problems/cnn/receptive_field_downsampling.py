"""Receptive field and jump, layer by layer, through convolutions and poolings with strides, and one pooling more."""

from collections.abc import Mapping
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
    Row,
    Solution,
    Steps,
    Substitution,
    Symbol,
    Table,
    problem,
    require,
)
from problemgen.measure import receptive as measure
from problemgen.nn.receptive import (
    INSERTED,
    MORE_LAYERS,
    Step,
    field_rule,
    fields,
    in_front,
    jump_rule,
    named,
)
from problemgen.nn.receptive_slips import (
    WHY,
    told_apart,
    wrong_depths,
    wrong_enlargements,
    wrong_fields,
    wrong_insertions,
    wrong_jumps,
)

CONV, POOL = Step(3), Step(2, 2, "pool")
PLANS = {
    "easy": ((CONV, POOL, CONV), (CONV, CONV, POOL, CONV), (CONV, POOL, CONV, CONV), (Step(5), POOL, CONV)),
    "medium": ((CONV, POOL, CONV, POOL), (CONV, CONV, POOL, CONV, CONV), (CONV, Step(3, 2), CONV, CONV)),
    "hard": (
        (CONV, Step(3, 2, "pool"), CONV, Step(3, 2), CONV),
        (Step(5), Step(3, 2), CONV, Step(3, 2, "pool"), CONV),
        (CONV, Step(5, 2), POOL, CONV, Step(1)),
        (Step(7, 2), Step(3, 2, "pool"), CONV, Step(3, 2), CONV),
    ),
}
LETTERS = ("r", "R", "q", "f", "v")
WIDEST_DRAWN = 44
ADDED_KERNEL = 3  # of the convolutions that are added behind the network


@problem(
    title="Receptive field with downsampling",
    topics=("cnn", "receptive_field", "pooling"),
    minutes=8,
    families=("receptive_field_downsampling",),
)
class ReceptiveFieldDownsampling:
    layers: tuple[Step, ...]
    new_kernel: int = 2
    new_stride: int = 2
    letter: str = ""
    after: int = 0
    goal: int = 0

    def __post_init__(self) -> None:
        require(self.layers, "there is no layer")
        require(min(self.new_kernel, self.new_stride) >= 1, "the new window and its stride must be at least 1")
        require(0 <= self.after < len(self.layers), "the new pooling stands behind a layer, and not behind the last")
        require(not self.goal or self.goal > fields(self.layers)[-1][0], "the field is as large as the goal already")
        require(not self.letter or self.letter.isalpha(), "letter: give one letter")
        require(self.letter not in ("K", "S"), "the letters K and S stand for the window and its stride")

    @property
    def _new(self) -> Step:
        return Step(self.new_kernel, self.new_stride, "pool")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        layers: tuple[Step, ...] = draw.choice(PLANS[draw.level.value])
        sizes = [draw.choice((step.kernel_size, step.kernel_size + 2)) if step.kind == "conv" else step.kernel_size
                 for step in layers]  # fmt: skip
        layers = tuple(Step(size, step.stride, step.kind) for size, step in zip(sizes, layers, strict=True))
        pooling = draw.choice(((2, 2), (3, 2), (3, 3), (4, 4)))
        if draw.level == "easy":
            return cls(layers, *pooling, letter=draw.choice(LETTERS))
        after = draw.integer(1, len(layers) - 1)
        goal = fields(layers)[-1][0] + draw.integer(20, 120) if draw.level == "hard" else 0
        return cls(layers, *pooling[:2], after=after, goal=goal)

    def flaws(self) -> list[str]:
        field, jump = fields(self.layers)[-1]
        known = wrong_fields(self.layers)[-1]["rf_recursion_direction"] == field
        step = (ADDED_KERNEL - 1) * jump
        faults = {
            "no stride behind the first layer shows in which direction the recursion runs": known,
            "the goal is reached exactly, which hides the rounding": self.goal > 0 and (self.goal - field) % step == 0,
        }
        return [fault for fault, there in faults.items() if there]

    def givens(self) -> Mapping[str, Any]:
        return {"names": named(self.layers), "behind": named(self.layers)[self.after - 1]}

    def solve(self, carried: Carried = NOTHING) -> Solution:
        names = named(self.layers)
        rows, mistakes = [], []
        steps: dict[str, Substitution] = {}
        field: Any = 1
        jump: Any = 1
        reached = {}
        wrong = zip(wrong_fields(self.layers), wrong_jumps(self.layers), strict=True)
        for place, (name, step, (spoiled, jumped)) in enumerate(zip(names, self.layers, wrong, strict=True), start=1):
            wider = field_rule(place).worked(step, field=field, jump=jump)
            after = jump_rule(place).worked(step, jump=jump)
            cells = {"field": Number(wider.value), "jump": Number(after.value)}
            rows.append(Row(name, f"{name}: {_window(step)}, stride {step.stride}", cells))
            steps |= {f"{name}_field": wider, f"{name}_jump": after}
            for column, values in () if carried.answers_only else (("field", spoiled), ("jump", jumped)):
                for slip, value in told_apart(values, cells[column].value).items():
                    mistakes.append(Mistake(slip, WHY[slip], Number(value), (name, column)))
            field = carried(f"table.{name}.field", wider.value)
            jump = carried(f"table.{name}.jump", after.value)
            reached[place] = field, jump
        headings = {"field": "Field $r$", "jump": "Jump $j$"}
        parts = [Part("table", Table(headings, tuple(rows)), steps, tuple(mistakes), points=len(rows))]
        if self.letter:
            parts.append(self._in_front())
        if self.after:
            parts.append(self._inserted(*reached[self.after], field, jump))
        if self.goal:
            parts.append(self._more(field, jump))
        if carried.answers_only:
            return Solution(*parts)
        return Solution(*parts, figures={"network": self._network()}, solution_figures=self._cone())

    def _network(self) -> Figure:
        boxes = [
            {"name": name, "title": "Conv" if step.kind == "conv" else "Pool",
             "lines": [_window(step, "×"), f"stride {step.stride}"]}
            for name, step in zip(named(self.layers), self.layers, strict=True)
        ]  # fmt: skip
        return Figure("layer_stack", {"input": ["H", "W", "C"], "layers": boxes})

    def _cone(self) -> dict[str, Figure]:
        rows = [
            {"name": name, "kernel_size": step.kernel_size, "stride": step.stride}
            for name, step in zip(named(self.layers), self.layers, strict=True)
        ]
        drawable = fields(self.layers)[-1][0] <= WIDEST_DRAWN
        return {"cone": Figure("receptive_field", {"layers": rows})} if drawable else {}

    def _inserted(self, field: Any, jump: Any, end: Any, end_jump: Any) -> Part:
        known = {"field": field, "end_field": end}
        worked = INSERTED.worked(self._new, jump=jump, **known)
        wrong = wrong_insertions(self.layers, self.after, self._new, {**known, "end_jump": end_jump})
        return _counted("inserted", wrong, {"sum": worked}, worked.value)

    def _more(self, field: Any, jump: Any) -> Part:
        known = {"kernel_size": ADDED_KERNEL, "goal": self.goal, "field": field, "jump": jump}
        worked = MORE_LAYERS.worked(**known)
        require(worked.value >= 0, "the field is large enough already")
        return _counted("more", wrong_depths(known), {"rule": MORE_LAYERS, "count": worked}, worked.value)

    def _in_front(self) -> Part:
        field, new = Symbol(self.letter), self._new
        *_, right = sides = in_front(field, new)
        wrong = told_apart(wrong_enlargements(field, new), right)
        mistakes = tuple(Mistake(slip, WHY[slip], Expression(expr)) for slip, expr in wrong.items())
        steps = {"rule": Equation(r"r_{\text{in}}", sides, {"kernel_size": "K", "stride": "S"})}
        return Part("in_front", Expression(right), steps, mistakes, points=2, space="3cm")

    def oracle(self) -> Measured:
        """Follow the windows of an output, and of its neighbour, back to the input, for every depth of the network."""
        plain = [(step.kernel_size, step.stride, 1) for step in self.layers]
        new = (self.new_kernel, self.new_stride, 1)
        cells = {}
        for place, name in enumerate(named(self.layers), start=1):
            cells[name, "field"] = measure.span(plain[:place])
            cells[name, "jump"] = measure.distance(plain[:place])
        found: dict[str, Any] = {"table": cells}
        if self.letter:
            found["in_front"] = [({self.letter: size}, measure.span([new, (size, 1, 1)])) for size in range(1, 10)]
        if self.after:
            found["inserted"] = measure.span([*plain[: self.after], new, *plain[self.after :]])
        if self.goal:
            found["more"] = measure.least_depth(self.goal, plain, (ADDED_KERNEL, 1, 1))
        return found


def _window(step: Step, times: str = r"$\times$") -> str:
    return f"{step.kernel_size}{times}{step.kernel_size}"


def _counted(name: str, wrong: Mapping[str, Any], steps: Steps, right: Any) -> Part:
    kept = told_apart(wrong, right)
    mistakes = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in kept.items())
    return Part(name, Number(right), steps, mistakes, points=2, space="3cm")

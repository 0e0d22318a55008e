"""What is computed, in a number, and why, in one or two sentences: short questions on networks and their training."""

from fractions import Fraction
from typing import Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Measured,
    Mistake,
    Number,
    Part,
    Remark,
    Solution,
    Steps,
    Text,
    problem,
    require,
)
from problemgen.measure.questions import MEASURES
from problemgen.nn.questions import QUESTIONS, missed, rule_of, whys


@problem(title="A number and a reason", topics=("concepts", "cnn"), minutes=4, families=("short_answer",))
class ShortAnswer:
    question: str
    in_size: int = 0
    kernel_size: int = 0
    stride: int = 0
    layers: int = 0
    channels: int = 0
    narrow: int = 0
    shift: int = 0
    examples: int = 0
    batch_size: int = 0
    epochs: int = 0

    def __post_init__(self) -> None:
        """Every question has the sizes of its own rule, and no others."""
        require(self.question in QUESTIONS, f"question: '{self.question}' is none of {', '.join(QUESTIONS)}")
        needed = QUESTIONS[self.question].ranges
        for name, value in vars(self).items():
            if name in needed:
                least = 2 if name in {"kernel_size", "stride"} else 1
                require(value >= least, f"{name} must be at least {least} in the question {self.question}")
            elif name != "question":
                require(value == 0, f"{name} has no meaning in the question {self.question}")
        if self.question == "max_memory":
            require(self.in_size % self.stride == 0, "the windows must fill the map")
        if self.question == "equivariance":
            require(self.shift % self.stride**self.layers == 0, "the shift must be a multiple of the whole stride")
        if self.question == "bottleneck":
            require(self.narrow < self.channels, "the layer in between must be narrower")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        question = draw.choice([name for name, why in whys().items() if why.level == draw.level])
        sizes = {name: draw.choice(values) for name, values in QUESTIONS[question].ranges.items()}
        if question == "equivariance":
            sizes["shift"] *= sizes["stride"] ** sizes["layers"]
        return cls(question, **sizes)

    def asks(self) -> tuple[str, ...]:
        return (self.question,)

    def givens(self) -> dict[str, str]:
        return {"asks": whys()[self.question].asks}

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - the reason needs no number
        rule, why = rule_of(self.question), whys()[self.question]
        right, wrong = rule(self), {slip: missing(self) for slip, missing in QUESTIONS[self.question].wrong.items()}
        mistakes = tuple(
            Mistake(slip, missed(slip), Number(value))
            for slip, value in wrong.items()
            if isinstance(value, int) or isinstance(right, Fraction)  # nobody hands in half a pixel
        )
        steps: Steps = {"rule": rule, "count": rule.worked(self)}
        return Solution(
            Part("number", Number(right), steps, mistakes, points=2, space="2.5cm"),
            Part("reason", Text(why.model), {"names": Remark(why.names)}, points=2, space="3cm"),
        )

    def oracle(self) -> Measured:
        """Build the tensors, slide, loop: see `measure.questions`.  Words are not measured."""
        return {"number": MEASURES[self.question](self), "reason": None}

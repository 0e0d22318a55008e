"""Receptive fields, exactly: how many input pixels along one axis an output of a stack of layers depends on.

Walking from the input to the output, a layer adds K - 1 steps to the field, and a step is as many input pixels as the
strides before it multiply to (the jump): r <- r + D (K - 1) j, then j <- S j.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, ClassVar, Final, Literal

from sympy import Add, Integer, Mul, ceiling, evaluate, symbols

from problemgen.errors import require
from problemgen.formula import Formula
from problemgen.nn.layers import EXACT_FIELDS, D, K, S
from problemgen.worked import SumOfProducts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sympy import Expr

    from problemgen.exact import Rational

FIELD, JUMP, DEPTH, GOAL = symbols("field jump depth goal")
BEHIND = symbols("end_field")

with evaluate(False):
    LEAST_DEPTH: Final = Formula("least", ceiling((GOAL - 1) / (D * (K - 1))), {"least": "L", "goal": "R"})
    LEAST_DEPTH_UNDILATED: Final = Formula("least", ceiling((GOAL - 1) / (K - 1)), {"least": "L", "goal": "R"})
    NEXT_FIELD: Final = Formula("next", FIELD + (K - 1) * JUMP, {"next": "r'", "field": "r", "jump": "j"})
    NEXT_JUMP: Final = Formula("after", JUMP * S, {"after": "j'", "jump": "j"})
    INSERTED: Final = Formula(
        "whole",
        FIELD + (K - 1) * JUMP + S * (BEHIND - FIELD),
        {"whole": "r_{\\text{new}}", "field": "r", "jump": "j", "end_field": "r_{\\text{end}}"},
    )
    MORE_LAYERS: Final = Formula(
        "more", ceiling((GOAL - FIELD) / ((K - 1) * JUMP)), {"more": "n", "goal": "R", "field": "r", "jump": "j"}
    )


@dataclass(frozen=True)
class Step:
    """What a layer does to the receptive field: a window of `kernel_size`, moved by `stride`."""

    kernel_size: int
    stride: int = 1
    kind: Literal["conv", "pool"] = "conv"
    __pydantic_config__: ClassVar = EXACT_FIELDS

    def __post_init__(self) -> None:
        """Refuse windows that are none."""
        require(min(self.kernel_size, self.stride) >= 1, "kernel_size and stride must be at least 1")


def named(steps: Sequence[Step]) -> list[str]:
    """Return conv1, pool1, conv2, ..."""
    return [f"{step.kind}{[s.kind for s in steps[: place + 1]].count(step.kind)}" for place, step in enumerate(steps)]


@cache
def field_rule(layer: int) -> Formula:
    """Return the rule for the field after a layer, counted from 1, in r and j of the layer before it."""
    letters = {"next": f"r_{{{layer}}}", "field": f"r_{{{layer - 1}}}", "jump": f"j_{{{layer - 1}}}"}
    return NEXT_FIELD.lettered(**letters)


@cache
def jump_rule(layer: int) -> Formula:
    """Return the rule for the jump after a layer, counted from 1."""
    return NEXT_JUMP.lettered(after=f"j_{{{layer}}}", jump=f"j_{{{layer - 1}}}")


def stacked(kernel_sizes: Sequence[int], dilations: Sequence[int]) -> SumOfProducts:
    """Return the field of convolutions of stride 1, layer by layer."""
    dilated = any(dilation > 1 for dilation in dilations)
    terms: list[tuple[Rational, ...]] = [(1,)]
    terms += [
        (dilation, size - 1) if dilated else (size - 1,) for size, dilation in zip(kernel_sizes, dilations, strict=True)
    ]
    return SumOfProducts("r", tuple(terms), 1 + sum(d * (k - 1) for k, d in zip(kernel_sizes, dilations, strict=True)))


def in_front(field: Expr, new: Step) -> tuple[Expr, Expr, Expr]:
    """Return the field of a window put in front of a stack with this field: the rule, with its numbers, worked out."""
    rule, put_in = (
        Add(Mul(stride, field - 1, evaluate=False), size, evaluate=False)
        for stride, size in ((S, K), (Integer(new.stride), Integer(new.kernel_size)))
    )
    return rule, put_in, put_in.expand()


def fields(steps: Sequence[Step]) -> list[tuple[int, int]]:
    """Return (field, jump) in front of the first layer and after each layer."""
    found = [(1, 1)]
    for step in steps:
        field, jump = found[-1]
        found.append((field + (step.kernel_size - 1) * jump, jump * step.stride))
    return found

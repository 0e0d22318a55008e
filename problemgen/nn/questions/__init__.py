"""Short questions: a quantity by a formula, with the ways in which it is missed, and a "why" with its model answer."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import TYPE_CHECKING, Any, Final

from sympy import Symbol, ceiling, evaluate, floor

from problemgen.formula import Formula

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sympy import Expr

N, K, C, M, S = map(Symbol, ("in_size", "kernel_size", "channels", "narrow", "stride"))
L, D, B, E, J = map(Symbol, ("layers", "examples", "batch_size", "epochs", "shift"))
LETTERS: Final = {
    "channels": "C", "narrow": "M", "layers": "L", "examples": "D", "batch_size": "B", "epochs": "E", "shift": "d",
    "count": r"\text{answer}",
}  # fmt: skip


@dataclass(frozen=True)
class Question:
    """What is asked for in numbers: the rule, the rules that miss it, and the values its letters may take."""

    rule: Formula
    wrong: Mapping[str, Formula]
    ranges: Mapping[str, tuple[int, ...]]


@dataclass(frozen=True)
class Why:
    """What is asked for in words; `names` is what an answer must name."""

    level: str
    asks: str
    model: str
    names: str


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads((files(__name__) / "questions.toml").read_text(encoding="utf-8"))


@cache
def whys() -> Mapping[str, Why]:
    """Return the questions in words by their ids."""
    return {name: Why(**entry) for name, entry in _words()["question"].items()}


def missed(slip: str) -> str:
    """Return the description of a mistake in the numbers."""
    return str(_words()["missed"][slip])


def rule_of(name: str) -> Formula:
    """Return the rule of a question."""
    return QUESTIONS[name].rule


def _question(right: Expr, ranges: dict[str, tuple[int, ...]], **wrong: Expr) -> Question:
    rules = {name: Formula("count", expr, LETTERS) for name, expr in wrong.items()}
    return Question(Formula("count", right, LETTERS), rules, ranges)


with evaluate(False):
    QUESTIONS: Final[Mapping[str, Question]] = {
        "weight_sharing": _question(
            N**2 * N**2,
            {"in_size": tuple(range(8, 33))},
            one_weight_per_pixel=N**2,
            weight_per_input_and_output=2 * N**2,
            rows_for_pixels=N * N**2,
        ),
        "activation": _question(
            L * (K - 1) + 1,
            {"layers": (2, 3, 4, 5, 6), "kernel_size": (3, 5, 7)},
            sizes_added=L * K,
            sizes_multiplied=K**L,
            forgot_plus_one=L * (K - 1),
        ),
        "batches": _question(
            E * ceiling(D / B),
            {"examples": tuple(range(1050, 9951, 100)), "batch_size": (16, 32, 64, 128), "epochs": tuple(range(3, 13))},
            last_batch_dropped=E * floor(D / B),
            forgot_epochs=ceiling(D / B),
            step_for_each_example=E * D,
        ),
        "small_kernels": _question(
            (L * (K - 1) + 1) ** 2 * C**2 - L * K**2 * C**2,
            {"layers": (2, 3, 4), "kernel_size": (3, 5), "channels": (4, 8, 10, 16, 20, 32)},
            single_channel=(L * (K - 1) + 1) ** 2 - L * K**2,
            channels_not_squared=(L * (K - 1) + 1) ** 2 * C - L * K**2 * C,
            one_layer_of_the_stack=(L * (K - 1) + 1) ** 2 * C**2 - K**2 * C**2,
            sizes_added=(L * K) ** 2 * C**2 - L * K**2 * C**2,
        ),
        "padding": _question(
            floor((N - 1) / (K - 1)),
            {"in_size": tuple(range(20, 65)), "kernel_size": (3, 5, 7)},
            kernel_taken_off=floor(N / K),
            positions_counted=N - K + 1,
            rounded_up=ceiling((N - 1) / (K - 1)),
        ),
        "equivariance": _question(
            J / S**L,  # the range is that of the answer: the shift is a multiple of the whole stride
            {"layers": (3, 4), "stride": (2, 3), "shift": tuple(range(2, 10))},
            stride_ignored=J,
            strides_added=J / (S * L),
            one_layer_only=J / S,
        ),
        "bottleneck": _question(
            C * M + K**2 * M**2 + M * C,
            {"channels": (64, 96, 128, 160), "narrow": (8, 12, 16, 20, 24, 32), "kernel_size": (3, 5)},
            way_back_missing=C * M + K**2 * M**2,
            kernel_not_squared=C * M + K * M**2 + M * C,
            without_narrowing=C * C + K**2 * C**2 + C * C,
            each_channel_alone=C + K**2 * M + M,
        ),
        "initial_variance": _question(
            1 / (K**2 * C),
            {"kernel_size": (3, 5, 7), "channels": (4, 6, 8, 10, 12, 16, 20, 24)},
            forgot_input_channels=1 / K**2,
            kernel_not_squared=1 / (K * C),
            only_channels=1 / C,
        ),
        "max_memory": _question(
            (N / S) ** 2 * C,
            {"in_size": (24, 36, 48, 60, 72), "stride": (2, 3, 4), "channels": (4, 6, 8, 12, 16)},
            forgot_channels=(N / S) ** 2,
            every_entry=N**2 * C,
            one_axis_divided=N**2 / S * C,
        ),
    }

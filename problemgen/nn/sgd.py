"""One step of stochastic gradient descent, with or without weight decay, for a single number and for a matrix."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Final

from sympy import evaluate, symbols

from problemgen.exact import rational
from problemgen.formula import Formula

if TYPE_CHECKING:
    from problemgen.exact import Matrix, Rational
    from problemgen.formula import Substitution

W, G, ETA, DECAY = symbols("weight gradient eta decay")

with evaluate(False):
    SGD_STEP: Final = Formula("new", W - ETA * G)
    DECAYED_STEP: Final = Formula("new", W - ETA * (G + DECAY * W))

_LETTERS: Final = {"weight": "W", "gradient": "G", "decay": r"\lambda", "new": "W'"}
STEPS: Final = {
    False: SGD_STEP.lettered(**_LETTERS),
    True: DECAYED_STEP.lettered(**_LETTERS),
}


@cache
def _entry(left: str, *, decayed: bool) -> Formula:
    return STEPS[decayed].lettered(new=left)


def step(left: str, weight: Rational, gradient: Rational, eta: Rational, decay: Rational = 0) -> Substitution:
    """Return the worked step of one number, whose new value is called `left`."""
    values = {"weight": weight, "gradient": gradient, "eta": eta, **({"decay": decay} if decay else {})}
    return _entry(left, decayed=bool(decay)).worked(**values)


def matrix_steps(weights: Matrix, gradients: Matrix, eta: Rational, decay: Rational = 0) -> dict[str, Substitution]:
    """Return the worked steps of all entries: new_1_1, new_1_2, ..., row by row."""
    return {
        f"new_{i}_{j}": step(f"W'_{{{i},{j}}}", weight, gradient, eta, decay)
        for i, pair in enumerate(zip(weights, gradients, strict=True), 1)
        for j, (weight, gradient) in enumerate(zip(*pair, strict=True), 1)
    }


def stepped(weights: Matrix, gradients: Matrix, eta: Rational, decay: Rational = 0) -> Matrix:
    """Return the matrix after one step."""
    rows = zip(weights, gradients, strict=True)
    rule = STEPS[bool(decay)]
    settings = {"eta": eta, **({"decay": decay} if decay else {})}
    return tuple(tuple(rule(weight=w, gradient=g, **settings) for w, g in zip(*row, strict=True)) for row in rows)


def wrong_steps(weights: Matrix, gradients: Matrix, eta: Rational, decay: Rational = 0) -> dict[str, Matrix]:
    """Return wrong matrices after one step, by slip."""
    after = stepped(weights, gradients, eta, decay)
    step_only = tuple(
        tuple(rational(a - w) for a, w in zip(*rows, strict=True)) for rows in zip(after, weights, strict=True)
    )
    found = {
        "sgd_sign": stepped(weights, gradients, -eta, decay),
        "eta_forgotten": stepped(weights, gradients, 1, decay),
        "weights_left_out": step_only,
    }
    if decay:
        found["decay_forgotten"] = stepped(weights, gradients, eta)
        found["decay_sign"] = stepped(weights, gradients, eta, -decay)
    return found


def wrong_step(weight: Rational, gradient: Rational, eta: Rational) -> dict[str, Rational]:
    """Return wrong values of one number after one step, by slip."""
    single = wrong_steps(((weight,),), ((gradient,),), eta)
    return {slip: entries[0][0] for slip, entries in single.items()}

"""A linear output yhat = w . v + a under a squared error: its gradients in letters, and the wrong ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sympy import Expr, Mul, Symbol, symbols

from problemgen.operations import Operation
from problemgen.typeset import bracket, number
from problemgen.worked import Evaluation

if TYPE_CHECKING:
    from problemgen.exact import Rational

Letters: TypeAlias = tuple[str, str, str]

YHAT, Y = symbols("yhat y")


def slope(*, half: bool) -> Expr:
    """Return dL/dyhat of L = (yhat - y)^2 / 2, or without the half."""
    return YHAT - Y if half else Mul(2, YHAT - Y, evaluate=False)


def _times(name: str, error: Expr) -> Expr:
    """Return a letter times dL/dyhat, as a hand writes it: the 2 of the square in front, nothing multiplied out."""
    factors = error.args if isinstance(error, Mul) else (error,)
    numbers, others = [f for f in factors if f.is_number], [f for f in factors if not f.is_number]
    return Mul(*numbers, Symbol(name), *others, evaluate=False)


def gradients(letters: Letters, inputs: int, *, half: bool, backward: bool) -> dict[str, Expr]:
    """Return dL/d of every weight, of the bias and, going backward, of every input; `letters` are theirs: w, v, a."""
    weight, value, bias = letters
    error = slope(half=half)
    places = range(1, inputs + 1)
    found = {f"{weight}{j}": _times(f"{value}{j}", error) for j in places}
    found[bias] = error
    return {**found, **({f"{value}{j}": _times(f"{weight}{j}", error) for j in places} if backward else {})}


def wrong_gradients(letters: Letters, *, half: bool, backward: bool) -> dict[str, tuple[str, Expr]]:
    """Return wrong gradients as {slip: (row, expression)}."""
    weight, value, bias = letters
    error, other = slope(half=half), slope(half=not half)
    found = {
        "factor_2_kept" if half else "factor_2_lost": (bias, other),
        "sign_flipped": (bias, -error),
        "bias_times_error": (bias, _times(bias, error)),
        "weight_for_input": (f"{weight}1", _times(f"{weight}1", error)),
        "error_left_out": (f"{weight}1", Symbol(f"{value}1")),
    }
    sent_back = {
        "input_for_weight": (f"{value}1", _times(f"{value}1", error)),
        "weight_left_out": (f"{value}1", error),
    }
    return {**found, **(sent_back if backward else {})}


def slope_line(yhat: Rational, target: Rational, value: Rational, *, half: bool) -> Evaluation:
    """Return the line of dL/dyhat in numbers."""
    subtracted = number(target) if target >= 0 else bracket(number(target))
    difference = f"{number(yhat)} - {subtracted}"
    working = difference if half else rf"2 \cdot ({difference})"
    subtraction = Operation("add", (yhat, -target))
    done = (subtraction,) if half else (subtraction, Operation("multiply", (2, yhat - target)))
    return Evaluation(r"\partial L/\partial \hat{y}", working, value, done=done)

"""The working of softmax, cross-entropy and their gradient, line by line: exact fractions, or decimals."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from sympy import Expr, log

from problemgen.exact import Exact, Rational, decimal, exact, exact_sum, rational, rounded
from problemgen.nn.softmax import SPARE, common_shift, power_of_e
from problemgen.nn.softmax import softmax as probabilities
from problemgen.operations import Operation
from problemgen.typeset import bracket, number
from problemgen.worked import Evaluation

if TYPE_CHECKING:
    from collections.abc import Sequence

_LOGIT_PLACES: Final = 3


def shown(score: Exact) -> Expr | str:
    """Return a logit as it is printed: multiples of a logarithm as they are, others as decimals."""
    if isinstance(score, Expr):
        return score
    return decimal(score, _LOGIT_PLACES).rstrip("0").rstrip(".")


def softmax(logits: Sequence[Exact], places: int | None) -> dict[str, Evaluation]:
    """Return the lines of the exponentials, their sum and the probabilities."""
    spare = None if places is None else places + SPARE
    shift = common_shift(logits)
    less = f" {'-' if shift > 0 else '+'} {shown(abs(shift))}" if shift else ""
    powers = [exact(power_of_e(logit - shift)) for logit in logits]
    lines = {}
    for place, (logit, power) in enumerate(zip(logits, powers, strict=True), 1):
        left = f"e^{{z_{{{place}}}{less}}}"
        lines[f"e{place}"] = Evaluation(left, _power(logit - shift), power, spare, (_raised(logit - shift),))
    written = [_written(power, spare) for power in powers]
    addends = tuple(_number(power, spare) for power in powers)
    total = exact_sum(addends)  # of the printed decimals, so that the line adds up
    summed = Operation("add", addends)
    lines["sum"] = Evaluation("s", " + ".join(written), total, spare, (summed,))
    divided = f"/ {_written(total, spare)}" if places else rf"\cdot {number(rational(Fraction(1) / total))}"
    for place, (power, right) in enumerate(zip(powers, probabilities(logits), strict=True), 1):
        working = f"{written[place - 1]} {divided}"
        quotient = _divided(power, total) if places is None else Operation("calculated")
        lines[f"p{place}"] = Evaluation(f"p_{{{place}}}", working, right, places, (quotient,))
    return lines


def loss(probability: Exact, target: int, value: Exact, places: int | None) -> Evaluation:
    """Return the line of the loss, `target` counted from 1."""
    known = _written(probability, None if places is None else places + SPARE)
    return Evaluation("L", rf"-\ln p_{{{target}}} = -\ln {bracket(known)}", value, places, (Operation("log"),))


def gradient(
    probabilities: Sequence[Exact], slopes: Sequence[Exact], target: int, places: int | None
) -> dict[str, Evaluation]:
    """Return the lines of p - t, `target` counted from 0."""
    lines = {}
    for place, (probability, slope) in enumerate(zip(probabilities, slopes, strict=True)):
        working = f"{_written(probability, places)} - {int(place == target)}"
        less = Operation("add", (_number(probability, places), -int(place == target)))
        left = rf"\partial L/\partial z_{{{place + 1}}}"
        lines[f"g{place + 1}"] = Evaluation(left, working, slope, places, (less,))
    return lines


def _power(exponent: Exact) -> str:
    """Return e to this exponent: a power of b where it is a multiple of ln b."""
    if isinstance(exponent, Expr) and (logs := exponent.atoms(log)):
        factor = rational(exponent / (unit := logs.pop()))
        base, count = unit.args[0], {"1": "", "-1": "-"}.get(str(factor), factor)
        return rf"e^{{{count} \ln {base}}} = {base}^{{{factor}}}"
    return f"e^{{{shown(exponent)}}}"


def _raised(exponent: Exact) -> Operation:
    """Return the work of e to this exponent: a power of b where it is a multiple of ln b."""
    if isinstance(exponent, Expr) and (logs := exponent.atoms(log)):
        unit = logs.pop()
        return Operation("power", (rational(unit.args[0]), rational(exponent / unit)))
    return Operation("exp")


def _divided(power: Exact, total: Exact) -> Operation:
    return Operation("divide", (rational(power), rational(total)))


def _number(value: Exact, places: int | None) -> Rational:
    return rational(value) if places is None else rounded(value, places)


def _written(value: Exact, places: int | None) -> str:
    return number(value) if places is None else decimal(rounded(value, places), places)

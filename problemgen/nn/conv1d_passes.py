"""Forward and backward passes of the network in `conv1d` with numbers, every value with its working.

Later values go on from what `read(name, value)` returns for earlier ones, so that a student's own can be carried.
"""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sympy import evaluate

from problemgen.exact import Rational, exact_sum
from problemgen.formula import Formula, Substitution
from problemgen.nn.conv1d import YHAT, Conv1dNet, Conv1dValues, Vector, Y, conv_gradients, partial, written
from problemgen.worked import Application, SumOfProducts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

Step: TypeAlias = Substitution | SumOfProducts | Application

with evaluate(False):
    LOSS: Final = Formula("L", (YHAT - Y) ** 2 / 2)
    ERROR: Final = Formula("error", YHAT - Y, {"error": r"\partial L/\partial \hat{y}"})


def own(_name: str, right: Rational) -> Rational:
    """Go on from the right value."""
    return right


def forward(net: Conv1dNet, numbers: Conv1dValues, read: Callable[[str, Rational], Rational] = own) -> dict[str, Step]:
    """Return every value with its working, by name: z1, ..., m1, ..., v1, ..., yhat, L.

    Later values go on from what `read(name, value)` returns.
    """
    found: dict[str, Step] = {}

    def put(name: str, worked: Step) -> Rational:
        found[name] = worked
        return read(name, worked.value)

    z: dict[int, Rational] = {}
    for i in range(1, net.conv_out + 1):
        terms = tuple((weight, numbers.x[net.read(i, j) - 1]) for j, weight in enumerate(numbers.kernel, start=1))
        z[i] = put(f"z{i}", summed(written(f"z{i}"), *terms, (numbers.bias,)))
    v = []
    for j, window in enumerate(net.windows, start=1):
        inside = tuple(z[i] for i in window)
        top = put(f"m{j}", Application(written(f"m{j}"), r"\max", inside, max(inside)))
        v.append(put(f"v{j}", Application(written(f"v{j}"), r"\operatorname{ReLU}", (top,), max(top, 0))))
    yhat = put("yhat", summed(written("yhat"), *zip(numbers.weights, v, strict=True), (numbers.out_bias,)))
    put("L", LOSS.worked(yhat=yhat, y=numbers.target))
    order = sorted(found, key=lambda name: "zmvyL".index(name[0]))
    return {name: found[name] for name in order}


def backward(
    net: Conv1dNet,
    numbers: Conv1dValues,
    values: Mapping[str, Rational],
    read: Callable[[str, Rational], Rational] = own,
) -> dict[str, Step]:
    """Return every gradient with its working, by name: yhat, delta1, ..., alpha1, ..., k1, ..., b, w1, ..., a.

    `values` are those of the forward pass by name; later gradients go on from what `read(name, value)` returns.
    """
    found: dict[str, Step] = {}

    def put(name: str, worked: Step) -> Rational:
        found[name] = worked
        return read(name, worked.value)

    error = put("yhat", ERROR.worked(yhat=values["yhat"], y=numbers.target))
    known = dict(values)
    for j, weight in enumerate(numbers.weights, start=1):
        known[f"delta{j}"] = put(f"delta{j}", summed(written(f"delta{j}"), (error, weight)))
    alphas = {}
    for i, formula in enumerate(conv_gradients(net), start=1):
        short = net.pool_size <= 2  # the indicators of a longer window do not fit on one line
        step = formula.worked(**{name: known[name] for name in formula.arguments}) if short else counted(net, i, known)
        alphas[i] = put(f"alpha{i}", step)
    for j in range(1, net.kernel_size + 1):
        terms = tuple((alpha, numbers.x[net.read(i, j) - 1]) for i, alpha in alphas.items())
        put(f"k{j}", summed(partial(f"k{j}"), *terms))
    put("b", summed(partial("b"), *((alpha,) for alpha in alphas.values())))
    for j in range(1, len(net.windows) + 1):
        put(f"w{j}", summed(partial(f"w{j}"), (error, values[f"v{j}"])))
    put("a", summed(partial("a"), (error,)))
    return found


def counted(net: Conv1dNet, i: int, known: Mapping[str, Rational], left: str = "") -> SumOfProducts:
    """Return alpha_i worked with the indicators as the factors 0 and 1 that they are; `left` is another name for it."""
    z, terms = known[f"z{i}"], []
    for j, window in enumerate(net.windows, start=1):
        if i in window:
            wins = [int(z > known[f"z{k}"]) for k in window if k != i]
            terms.append((known[f"delta{j}"], *wins, int(z > 0)))
    return summed(left or written(f"alpha{i}"), *terms)


def summed(left: str, *terms: Vector) -> SumOfProducts:
    """Return the worked sum of these products."""
    return SumOfProducts(left, terms, exact_sum(prod(term) for term in terms))


def drawn(numbers: Conv1dValues, values: Mapping[str, Rational], gradients: Mapping[str, Rational]) -> dict[str, Any]:
    """Return all numbers as texts, by letter, as a drawing of the network shows them."""

    def texts(found: Mapping[str, Rational], letter: str) -> list[str]:
        return [str(value) for name, value in found.items() if name.rstrip("0123456789") == letter]

    given = {"x": numbers.x, "k": numbers.kernel, "w": numbers.weights}
    return {
        "values": {letter: [str(value) for value in vector] for letter, vector in given.items()}
        | {letter: texts(values, letter) for letter in "zmv"}
        | {"output": str(values["yhat"]), "target": str(numbers.target), "loss": str(values["L"])},
        "gradients": {
            "z": texts(gradients, "alpha"),
            "v": texts(gradients, "delta"),
            "output": str(gradients["yhat"]),
        },
    }

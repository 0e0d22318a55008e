"""Softmax with cross-entropy, and gradients backwards through convolution, max, ReLU and a linear layer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from golden_families import Golden
from problemgen.compilation import u

if TYPE_CHECKING:
    from collections.abc import Callable

NETWORK = {"in_size": 5, "kernel_size": 3, "pool_size": 2, "pool_stride": 1}


def parsed(text: str) -> Any:
    """Return a formula of the golden file as an expression, its values left as they are written."""
    return sympy.sympify(text, locals={"u": u})


def softmax_cross_entropy(case: dict[str, Any]) -> Golden:
    """The loss, exactly, with the two places of the seed; `rounded_values` compares the decimals."""
    given = case["params"]
    parameters = {"logits": given["logits"], "target": given["target"].index(1) + 1, "places": 2}
    return Golden("loss/softmax_cross_entropy", parameters, "loss", parsed(case["correct"]["loss_exact"]))


def rounded_values(case: dict[str, Any]) -> dict[str, float]:
    """Return the golden decimals by path; they are rounded to four places."""
    values = {f"probabilities.p{i}.value": p for i, p in enumerate(case["correct"]["softmax_4dp"], 1)}
    return {**values, "loss": case["correct"]["loss_4dp"]}


def cut_values(case: dict[str, Any]) -> list[tuple[int, str, float]]:
    """Return (places, path, value) of what the student wrote for the true class: digits cut, the loss without sign."""
    written = case["seed_answer"]
    place = case["params"]["target"].index(1)
    return [(3, f"probabilities.p{place + 1}.value", written["softmax"][place]), (2, "loss", written["loss"])]


def cut_loss(case: dict[str, Any]) -> list[tuple[str, Any]]:
    """Return the loss that the student wrote, as an exact value."""
    return [("loss", sympy.Rational(str(case["seed_answer"]["loss"])))]


def conv_backward_input(case: dict[str, Any]) -> Golden:
    return _input_gradient(case, 1, case["correct"]["same_3x3"])


def full_input_gradient(case: dict[str, Any]) -> Golden:
    """The same gradient when the forward pass had no padding."""
    return _input_gradient(case, 0, case["correct"]["valid_5x5"])


def _input_gradient(case: dict[str, Any], padding: int, expected: Any) -> Golden:
    given = case["params"]
    parameters = {"delta": given["delta"], "kernel": given["w"], "stride": given["stride"], "padding": padding}
    parameters["in_size"] = len(expected)
    return Golden("backprop/conv_backward_input", parameters, "gradient", expected)


def conv_backward_weight(case: dict[str, Any]) -> Golden:
    """The general sum, written out for one entry (h, l) of n = 4, k = 2; the numbers of the other parts are free."""
    size, kernel_size, (h, l) = 4, 2, (1, 2)  # noqa: E741 - the letters of the seed
    assert case["correct"]["dw_hl"] == "Sum(dy_ij*x_{i+h-1,j+l-1}, (i,1,m),(j,1,m))"
    places = range(1, size - kernel_size + 2)
    expected = sum(sympy.Symbol(f"delta{i}{j}") * sympy.Symbol(f"x{i + h - 1}{j + l - 1}")
                   for i in places for j in places)  # fmt: skip
    numbers = {"image": [[1, 2, 0, 3]] * size, "delta": [[1, 0, 2], [0, -1, 0], [3, 1, 1]]}
    parameters = {**numbers, "kernel_size": kernel_size, "entry": [h, l]}
    return Golden("backprop/conv_backward_weight", parameters, "entry_formula", expected)


def sgd_step_conv(case: dict[str, Any]) -> Golden:
    given = case["params"]
    parameters = {"kernel": given["w"], "image": given["X"], "delta": given["dY"], "eta": given["eta"]}
    return Golden("backprop/sgd_step_conv", parameters, "new_weights", case["correct"]["w_new"])


def linear_output_gradients(case: dict[str, Any]) -> Golden:
    assert case["params"] == {"L": "(yhat-y)**2/2", "yhat": "w1*v1+w2*v2+a"}
    expected = parsed(case["correct"]["dL/da"])
    return Golden("backprop/linear_output_gradients", {"inputs": 2}, "gradients.a.value", expected)


def max_relu_indicator_backprop(case: dict[str, Any]) -> Golden:
    expected = parsed(case["correct"]["alpha2"])
    parameters = {"outputs": 3, "pool_size": 2}
    return Golden("backprop/max_relu_indicators", parameters, "gradients.alpha2.value", expected)


def conv1d_kernel_gradients(case: dict[str, Any]) -> Golden:
    sizes = {"in_size": case["params"]["n"], "kernel_size": case["params"]["K"]}
    expected = parsed(case["correct"]["dk2"])
    return Golden("backprop/conv_max_relu", {**NETWORK, **sizes}, "kernel_gradients.k2.value", expected)


def conv1d_max_relu_linear_backprop(case: dict[str, Any]) -> Golden:
    names = {"x": "x", "k": "kernel", "b": "bias", "w": "weights", "a": "out_bias", "y": "target"}
    parameters = {**NETWORK, **{names[name]: value for name, value in case["params"].items()}}
    return Golden("backprop/conv_max_relu", parameters, "backward.k3.value", case["correct"]["dk"][2])


def every_value(case: dict[str, Any]) -> dict[str, Any]:
    """Return all golden values of a case by path, in the parts of the problem that its family is mapped to."""
    correct = case["correct"]
    match case["family"]:
        case "linear_output_gradients":
            return {f"gradients.{name[4:]}.value": parsed(text) for name, text in correct.items()}
        case "max_relu_indicator_backprop":
            return {f"gradients.{name}.value": parsed(text) for name, text in correct.items()}
        case "conv1d_kernel_gradients":
            return {f"kernel_gradients.{name[1:]}.value": parsed(text) for name, text in correct.items()}
        case "conv1d_max_relu_linear_backprop":
            return _network_values(correct)
        case "sgd_step_conv":
            return {"weight_gradient": correct["dw"], "new_weights": correct["w_new"]}
    golden = FAMILIES[case["family"]](case)
    return {golden.part: golden.expected}


def _network_values(correct: dict[str, Any]) -> dict[str, Any]:
    parts = {"z": "forward.z{}", "v": "forward.v{}", "dw": "backward.w{}", "dk": "backward.k{}"}
    parts |= {"delta": "backward.delta{}", "alpha": "backward.alpha{}", "yhat": "forward.yhat", "L": "forward.L"}
    parts |= {"da": "backward.a", "db": "backward.b"}
    found = {}
    for name, value in correct.items():
        values = enumerate(value, 1) if isinstance(value, list) else [(0, value)]
        found |= {f"{parts[name].format(place)}.value": entry for place, entry in values}
    return found


FAMILIES: dict[str, Callable[[dict[str, Any]], Golden]] = {
    "softmax_cross_entropy": softmax_cross_entropy,
    "conv_backward_input": conv_backward_input,
    "conv_backward_weight": conv_backward_weight,
    "sgd_step_conv": sgd_step_conv,
    "linear_output_gradients": linear_output_gradients,
    "max_relu_indicator_backprop": max_relu_indicator_backprop,
    "conv1d_kernel_gradients": conv1d_kernel_gradients,
    "conv1d_max_relu_linear_backprop": conv1d_max_relu_linear_backprop,
}
SLIPS = {"003-2": cut_loss}
RULES = {"sgd_step_conv": {"sgd_sign"}}
"""The other families' distractors are no single values of a part: `test_golden_gradients` compares them one by one."""

SLIPS = {"003-2": lambda _case: [("probabilities.p2.value", None), ("loss", None)]}
"""The student's decimals have two to four places: `test_golden_gradients` compares each at its own."""

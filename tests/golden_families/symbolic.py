"""Formulas in letters: convolution, pooling, the kernel's gradient as a sum, and its moments.

`expected` holds SymPy expressions in the place of formulas, to be compared by equivalence; their symbols carry the
names of the problem's fields, as the answers' do.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sympy

from golden_families import Golden

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

CONV = {"W": "in_width", "H": "in_height", "C": "in_channels", "F": "out_channels",
        "K": "kernel_size", "S": "stride", "P": "padding"}  # fmt: skip
POOL = {letter: CONV[letter] for letter in "WHCKS"}
MOMENTS = {"n": "in_size", "k": "kernel_size"}
DEVIATIONS = {name: sympy.Symbol(field, positive=True) for name, field in (("sigma_x", "x_std"), ("sigma_g", "g_std"))}


def read(text: Any, letters: Mapping[str, Any]) -> sympy.Expr:
    """Return a formula of a case, its letters replaced by the names of the fields."""
    names = {letter: sympy.Symbol(name) if isinstance(name, str) else name for letter, name in letters.items()}
    return sympy.sympify(str(text), locals=names)


def cells(texts: Mapping[str, Any], letters: Mapping[str, Any]) -> dict[str, dict[str, sympy.Expr]]:
    """Return a table of formulas, by row."""
    return {row: {"formula": read(text, letters)} for row, text in texts.items()}


def conv_formula(case: dict[str, Any]) -> Golden:
    given = case["correct"]
    parameters = {field: letter for letter, field in CONV.items()}
    if "weights" in given:
        return Golden("cnn/symbolic_conv_formula", parameters, "parameters", cells(given, CONV))
    return Golden("cnn/symbolic_conv_formula", parameters, "shape", shape(given, CONV))


def pool_formula(case: dict[str, Any]) -> Golden:
    parameters = {field: letter for letter, field in POOL.items()}
    return Golden("cnn/symbolic_pool_formula", parameters, "shape", shape(case["correct"], POOL))


def shape(given: Mapping[str, str], letters: Mapping[str, str]) -> dict[str, dict[str, sympy.Expr]]:
    rows = {"height": given["H_out"], "width": given["W_out"], "channels": given["C_out"]}
    return cells(rows, letters)


I, J, M, N, K = sympy.symbols("position tap positions in_size kernel_size")  # noqa: E741 - the index i
SUMS = {
    "Sum(alpha_i*x_{i+j-1}, (i,1,m))": I + J - 1,
    "Sum(alpha_i*x_{i+j}, (i,1,m))": I + J,
    "Sum(alpha_i*x_{i-j+1}, (i,1,m))": I - J + 1,
}
"""The index of x in the sums that the case writes in LaTeX's way."""


def summed(text: str) -> sympy.Expr:
    """Return a sum of the case as an expression."""
    alpha, x = sympy.IndexedBase("alpha"), sympy.IndexedBase("x")
    if text == "Sum(alpha_i, (i,1,m))":
        return sympy.Sum(alpha[I], (I, 1, M))
    return sympy.Sum(alpha[I] * x[SUMS[text]], (I, 1, M))


def general_sum(case: dict[str, Any]) -> Golden:
    given = case["correct"]
    rows = {"positions": read(given["m"], {"n": "in_size", "K": "kernel_size"})}
    rows |= {"kernel": summed(given["dk_j"]), "bias": summed(given["db"])}
    expected = {row: {"formula": expr} for row, expr in rows.items()}
    return Golden("backprop/kernel_gradient_general_sum", {"in_size": 5, "kernel_size": 3}, "general", expected)


def gradient_moments(case: dict[str, Any]) -> Golden:
    given, letters = case["correct"], {**MOMENTS, **DEVIATIONS}
    rows = {"mean": given["mean"], "variance": given["var"], "std": given["std"]}
    return Golden("init/gradient_moments", {"dims": 2, "size": "n", "kernel": "k"}, "moments", cells(rows, letters))


FAMILIES: dict[str, Callable[[dict[str, Any]], Golden]] = {
    "symbolic_conv_formula": conv_formula,
    "symbolic_pool_formula": pool_formula,
    "kernel_gradient_general_sum": general_sum,
    "gradient_moments": gradient_moments,
}

RULES = {
    "symbolic_conv_formula": {"kernel_not_squared", "forgot_input_channels", "bias_per_channel"},
    "kernel_gradient_general_sum": {"index_off_by_one", "flipped_index"},
    "gradient_moments": {"std_not_rooted", "m_terms_not_m2", "x_deterministic"},
}


def wrong_values(case: dict[str, Any]) -> dict[str, tuple[str, tuple[str, str] | None, Any]]:
    """Return the case's distractors: the part and the cell they are in, and the wrong value.

    A formula stands as an expression, a growth as the exponent of n.
    """
    texts, found = case.get("distractors", {}), {}
    for name, text in texts.items():
        match case["family"]:
            case "symbolic_conv_formula":
                row = "biases" if name == "bias_per_channel" else "weights"
                found[name] = ("parameters", (row, "formula"), read(text, CONV))
            case "kernel_gradient_general_sum":
                found[name] = ("general", ("kernel", "formula"), summed(text))
            case "gradient_moments":
                found[name] = wrong_moment(text)
    return found


def wrong_moment(text: str) -> tuple[str, tuple[str, str] | None, Any]:
    """Return one of the wrong moments of 004-4b: a growth, a variance with fixed inputs, or a deviation."""
    if text == "O(n**2)":
        return "growth", None, "2"
    if "Sum" in text:
        side = sympy.Symbol("in_size") - sympy.Symbol("kernel_size") + 1
        i, j, p, q = sympy.symbols("i j kernel_row kernel_column")
        squares = sympy.Sum(sympy.IndexedBase("x")[i + p - 1, j + q - 1] ** 2, (j, 1, side), (i, 1, side))
        return "moments", ("variance", "formula"), DEVIATIONS["sigma_g"] ** 2 * squares
    return "moments", ("std", "formula"), read(text, {**MOMENTS, **DEVIATIONS})

"""Mean, variance and growth of the gradient of one kernel entry, when inputs and upstream gradients are random.

dL/dw = sum over the positions of g x, with independent factors that no other term shares: the terms are independent,
so their means and their variances add.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

from sympy import Expr, IndexedBase, Integer, Rational, Sum, sqrt, symbols

N, K, S = symbols("in_size kernel_size stride")
X_STD, G_STD = symbols("x_std g_std", positive=True)
X_MEAN, G_MEAN = symbols("x_mean g_mean")
I, J, P, Q = symbols("row column kernel_row kernel_column")  # noqa: E741 - the index i
ZERO: Final = Integer(0)


@dataclass(frozen=True)
class Model:
    """What is random: the dimensions, whether the terms are averaged, a stride, and which means are not 0."""

    dims: int
    average: bool = False
    strided: bool = False
    x_mean: bool = False
    g_mean: bool = False

    @property
    def means(self) -> tuple[Expr, Expr]:
        """The mean of an input and of an upstream gradient."""
        return (X_MEAN if self.x_mean else ZERO), (G_MEAN if self.g_mean else ZERO)


def side(model: Model) -> Expr:
    """Return the number of positions along one axis; the stride divides what the kernel leaves free."""
    return (N - K) / S + 1 if model.strided else N - K + 1


def term_variance(model: Model) -> Expr:
    """Return Var(g x) = E[g^2] E[x^2] - E[g]^2 E[x]^2 for one term."""
    mu, nu = model.means
    return X_STD**2 * G_STD**2 + G_STD**2 * mu**2 + X_STD**2 * nu**2


def term_std(model: Model) -> Expr:
    """Return the standard deviation of one term."""
    return sqrt(term_variance(model)) if any(model.means) else X_STD * G_STD


def moments(model: Model) -> dict[str, Expr]:
    """Return mean, variance and standard deviation of the gradient."""
    return _moments(model, side(model), model.dims)


def _moments(model: Model, length: Expr, power: int) -> dict[str, Expr]:
    """Return the moments for `length ** power` terms; an average divides by the number that the question gives."""
    mu, nu = model.means
    count, root = length**power, length ** Rational(power, 2)
    divisor = length**model.dims if model.average else Integer(1)
    return {
        "mean": count / divisor * mu * nu,
        "variance": count / divisor**2 * term_variance(model),
        "std": root / divisor * term_std(model),
    }


def growth(model: Model) -> Expr:
    """Return the power of n with which the standard deviation grows: half that of the number of terms."""
    return Rational(-model.dims if model.average else model.dims, 2)


def _wrong_counts(model: Model) -> dict[str, tuple[Expr, int]]:
    """Return the wrong numbers of terms as a length and its power."""
    m = side(model)
    counts: dict[str, tuple[Expr, int]] = {
        "all_inputs_counted": (N, model.dims),
        "kernel_entries_counted": (K, model.dims),
    }
    if model.dims == 2:
        counts["m_terms_not_m2"] = (m, 1)
    elif not model.average:  # the average of a signal would have the value of average_not_squared
        counts["m2_terms_not_m"] = (m, 2)
    if model.strided:
        counts["stride_taken_as_1"] = (N - K + 1, model.dims)
    return counts


@cache
def wrong_moments(model: Model) -> dict[str, dict[str, Expr]]:
    """Return wrong means, variances and standard deviations, by the row of the table."""
    m, right = side(model), moments(model)
    found: dict[str, dict[str, Expr]] = {"mean": {}, "variance": {}, "std": {}}
    for slip, (length, power) in _wrong_counts(model).items():
        for row, wrong in _moments(model, length, power).items():
            if wrong != right[row]:
                found[row][slip] = wrong
    spread = term_variance(model)
    if model.average:
        found["variance"]["average_not_squared"], found["std"]["average_not_squared"] = spread, term_std(model)
    elif model.dims == 2:
        found["variance"]["deviations_added"] = m ** (2 * model.dims) * spread
        found["std"]["deviations_added"] = m**model.dims * term_std(model)
    found["std"]["std_not_rooted"] = right["variance"]
    if any(model.means):
        plain = _moments(Model(model.dims, model.average), m, model.dims)
        found["variance"]["means_left_out"], found["std"]["means_left_out"] = plain["variance"], plain["std"]
    if model.x_mean and not model.g_mean:
        found["mean"]["zero_mean_left_out"] = X_MEAN if model.average else m**model.dims * X_MEAN
    if not any(model.means) and not model.average:
        found["variance"]["x_deterministic"] = G_STD**2 * _squares(model, m)
    return found


def _squares(model: Model, m: Expr) -> Expr:
    """Return the sum of the squared inputs that the kernel entry meets."""
    stride = S if model.strided else Integer(1)
    x, row, column = IndexedBase("x"), stride * (I - 1) + P, stride * (J - 1) + Q
    return Sum(x[row, column] ** 2, (J, 1, m), (I, 1, m)) if model.dims == 2 else Sum(x[row] ** 2, (I, 1, m))


def wrong_growth(model: Model) -> dict[str, Expr]:
    """Return wrong powers of n."""
    right = growth(model)
    found = {"std_not_rooted": 2 * right, "size_cancels": ZERO}
    if model.dims == 2:  # with the factor 1/m^2 of the average, the root of m terms
        found["m_terms_not_m2"] = Rational(1, 2) - (2 if model.average else 0)
    return found | ({"sum_for_average": -right} if model.average else {})

"""How large is the gradient of a kernel entry?  Its mean, variance and growth, for random inputs and gradients."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Choice,
    Draw,
    Equation,
    Measured,
    Mistake,
    Part,
    Solution,
    Steps,
    formula_table,
    problem,
    require,
)
from problemgen.measure import moments as measure
from problemgen.nn import gradient_moments as nn
from problemgen.nn import letters as notation

WHY = {
    "m_terms_not_m2": "counted the positions along one side only",
    "m2_terms_not_m": "counted the positions of a square, though there is one axis only",
    "all_inputs_counted": "took as many positions as inputs",
    "kernel_entries_counted": "counted the entries of the kernel instead of the positions",
    "stride_taken_as_1": "took the stride as 1",
    "average_not_squared": "did not square the factor of the average",
    "deviations_added": "added the standard deviations, as if all terms were the same variable",
    "std_not_rooted": "took the variance for the standard deviation",
    "means_left_out": "multiplied the variances only, though a mean is not 0",
    "zero_mean_left_out": "left out the factor 0, the mean of the upstream gradients",
    "x_deterministic": "took the inputs as fixed numbers",
    "size_cancels": "let the number of terms cancel",
    "sum_for_average": "left out that the terms are averaged",
}
POWERS = {"-2": "1/{n}^2", "-1": "1/{n}", "-1/2": r"1/\sqrt{{{n}}}", "1/2": r"\sqrt{{{n}}}", "1": "{n}", "2": "{n}^2"}
EXPONENTS = ("-2", "-1", "-1/2", "0", "1/2", "1", "2")
SPREADS = (("sigma", "sigma"), ("sigma", "tau"), ("alpha", "beta"))
MEANS = {"sigma": "mu", "alpha": "mu", "tau": "eta", "beta": "eta"}
GREEK = ("sigma", "tau", "alpha", "beta", "mu", "eta")


@problem(
    title="Mean and variance of a kernel's gradient",
    topics=("init", "cnn", "symbolic"),
    minutes=10,
    families=("gradient_moments",),
)
class GradientMoments:
    dims: int = 2
    average: bool = False
    size: str = "n"
    kernel: str = "k"
    stride: str = ""
    input: str = "x"
    gradient: str = "g"
    x_std: str = "sigma"
    g_std: str = "sigma"
    x_mean: str = ""
    g_mean: str = ""

    def __post_init__(self) -> None:
        require(self.dims in (1, 2), "dims must be 1 or 2")
        names = ("size", "kernel", "stride", "input", "gradient")
        notation.check({name: getattr(self, name) for name in names})
        for name in ("x_std", "g_std", "x_mean", "g_mean"):
            letter = getattr(self, name)
            require(
                letter in GREEK or (not letter and "mean" in name), f"{name}: '{letter}' is none of {', '.join(GREEK)}"
            )
        require(not {self.x_std, self.g_std} & {self.x_mean, self.g_mean}, "a mean has the letter of a deviation")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        spreads = draw.choice(SPREADS)
        with_x, with_g = draw.by_level({"easy": (0, 0), "medium": (1, 0), "hard": (1, 1)})
        return cls(
            dims=2 if draw.level == "hard" else draw.integer(1, 2),
            average=draw.level != "easy" and draw.boolean(),
            size=draw.choice("nN"),
            kernel=draw.choice("kr"),
            stride=draw.choice("sT") if draw.level == "hard" else "",
            input=draw.choice("xa"),
            gradient=draw.choice("gu"),
            x_std=spreads[0],
            g_std=spreads[1],
            x_mean=MEANS[spreads[0]] if with_x else "",
            g_mean=MEANS[spreads[1]] if with_g else "",
        )

    @property
    def _model(self) -> nn.Model:
        return nn.Model(self.dims, self.average, bool(self.stride), bool(self.x_mean), bool(self.g_mean))

    def givens(self) -> Mapping[str, Any]:
        shared = self.x_std == self.g_std
        return {"x_sub": self.input if shared else "", "g_sub": self.gradient if shared else ""}

    @property
    def _letters(self) -> dict[str, str]:
        found = {"in_size": self.size, "kernel_size": self.kernel, "stride": self.stride, "x": self.input}
        for name, sub in (("x", self.givens()["x_sub"]), ("g", self.givens()["g_sub"])):
            for moment in ("std", "mean"):
                letter = getattr(self, f"{name}_{moment}")
                found[f"{name}_{moment}"] = rf"\{letter}_{{{sub}}}" if sub else rf"\{letter}"
        return {**found, "row": "i", "column": "j", "kernel_row": "p", "kernel_column": "q"}

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - formulas, each for itself
        model, letters = self._model, self._letters
        found, term = nn.moments(model), rf"\operatorname{{Var}}({self.gradient} {self.input})"
        slope = r"\partial L/\partial w"
        names = {"mean": "Mean", "variance": "Variance", "std": "Standard deviation"}
        right = {row: (names[row], expr) for row, expr in found.items()}
        steps: Steps = {
            "term": Equation(term, (nn.term_variance(model),), letters),
            "mean": Equation(rf"\operatorname{{E}}[{slope}]", (found["mean"],), letters),
            "variance": Equation(rf"\operatorname{{Var}}({slope})", (found["variance"],), letters),
            "std": Equation(r"\text{standard deviation}", (found["std"],), letters),
        }
        table = formula_table("moments", right, nn.wrong_moments(model), WHY, letters, steps)
        return Solution(replace(table, space="6cm"), self._growth())

    def _growth(self) -> Part:
        shown = {power: f"like ${text.format(n=self.size)}$" for power, text in POWERS.items()}
        options = tuple(shown.get(power, f"it does not depend on ${self.size}$") for power in EXPONENTS)

        def chosen(power: Any) -> Choice:
            return Choice(options, frozenset({EXPONENTS.index(str(power))}))

        wrong = nn.wrong_growth(self._model)
        mistakes = tuple(
            Mistake(slip, WHY[slip], chosen(power)) for slip, power in wrong.items() if str(power) in EXPONENTS
        )
        return Part("growth", chosen(nn.growth(self._model)), {}, mistakes)

    def oracle(self) -> Measured:
        """Go through all outcomes of two-valued inputs and gradients for small sizes, and for twice as large ones."""
        model = {"average": self.average, "strided": bool(self.stride)}
        model |= {"x_mean": bool(self.x_mean), "g_mean": bool(self.g_mean)}
        pairs = measure.gradient_moments(self.dims, **model)
        power = measure.growth(self.dims, **model)
        right = {place for place, exponent in enumerate(EXPONENTS) if exponent == str(power)}
        return {"moments": {(row, "formula"): found for row, found in pairs.items()}, "growth": right}

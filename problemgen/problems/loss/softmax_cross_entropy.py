"""Softmax probabilities, the cross-entropy of a one-hot target and its gradient p - t: exact, or rounded as stated."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from fractions import Fraction
from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Exact,
    Measured,
    Mistake,
    Number,
    Part,
    Rational,
    Row,
    Solution,
    Steps,
    Table,
    problem,
    rational,
    require,
    rounded,
)
from problemgen.measure import softmax as measure
from problemgen.nn import softmax as nn
from problemgen.nn import softmax_steps as steps

WHY = {
    "softmin": "turned the sign of every exponent round",
    "sign_lost_in_input": "lost the minus signs of the logits",
    "not_normalised": "did not divide by the sum",
    "normalised_without_exp": "divided the logit by the sum of the logits, without exponentials",
    "truncation_instead_of_rounding": "cut the digits off instead of rounding",
    "loss_sign_lost": "lost the minus sign of the loss",
    "loss_sign_lost+truncation_instead_of_rounding": "lost the minus sign, and cut the digits off",
    "log10_loss": "took the logarithm to base 10",
    "log2_loss": "took the logarithm to base 2",
    "no_softmax": "took the logarithm of the logit instead of the probability",
    "summed_over_classes": "added up all classes, though the target is 1 for one of them only",
    "target_not_subtracted": "left out the target",
    "sign_flipped": "took $t - p$ instead of $p - t$",
    "derivative_by_probability": "stopped at the derivative with respect to the probability",
}


@problem(
    title="Softmax and cross-entropy",
    topics=("loss", "softmax", "backprop"),
    minutes=6,
    families=("softmax_cross_entropy",),
)
class SoftmaxCrossEntropy:
    logits: tuple[Rational, ...]
    target: int
    log_base: int = 0
    places: int = 4

    def __post_init__(self) -> None:
        require(len(self.logits) >= 2, "softmax needs at least two logits")
        require(1 <= self.target <= len(self.logits), f"the target must be one of the {len(self.logits)} classes")
        require(self.log_base in (0, *range(2, 11)), "log_base must be 0 or between 2 and 10")
        require(not self.log_base or all(type(logit) is int for logit in self.logits), "give whole multiples of ln")
        require(all(-1000 <= logit <= 1000 for logit in self.logits), "the logits are too large")
        require(all(rounded(logit, 3) == logit for logit in self.logits), "logits may have three decimals at most")
        require(1 <= self.places <= 8, "places must be between 1 and 8")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        if draw.level == "easy":
            base = draw.choice((2, 3))
            multiples = draw.sample(range(-2, 4) if base == 2 else range(-2, 3), 3)
            return cls(multiples, draw.integer(1, 3), base)
        count, shift = draw.by_level({"medium": (3, 0), "hard": (4, -draw.integer(3000, 9000))})
        tenths = draw.sample(range(-20, 26), count)
        return cls(tuple(rational(Fraction(shift + tenth, 10)) for tenth in tenths), draw.integer(1, count))

    def flaws(self) -> Iterable[str]:
        if min(self.logits) >= 0:
            yield "no logit is negative"
        if not self.log_base:
            reached = nn.reached(self._scores, self.target - 1, self.places + nn.SPARE)
            if any(rounded(least, self.places) != rounded(most, self.places) for least, most in reached):
                yield "one who rounds on the way as the question allows gets another last digit"

    @property
    def _scores(self) -> tuple[Exact, ...]:
        return nn.multiples(self.logits, self.log_base) if self.log_base else self.logits

    def givens(self) -> Mapping[str, Any]:
        return {"decimals": () if self.log_base else tuple(steps.shown(score) for score in self._scores)}

    def solve(self, carried: Carried = NOTHING) -> Solution:
        z, own, places = self._scores, self.target - 1, None if self.log_base else self.places
        right = nn.softmax(z)
        p = [carried(f"probabilities.p{place}.value", value) for place, value in enumerate(right, 1)]
        loss, slopes = nn.cross_entropy(p[own]), nn.gradient(p, own)
        if carried.answers_only:
            return Solution(
                self._table("probabilities", right, dict, {}, 3),
                Part("loss", Number(loss, places=places)),
                self._table("gradient", slopes, dict, {}, 2),
            )

        def mistakes() -> Iterable[Mistake]:
            wrong = {**nn.wrong_losses(z, own, p), **nn.cut_losses(loss, places)}
            return (Mistake(slip, WHY[slip], Number(value, places=places)) for slip, value in wrong.items())

        def wrong_probabilities() -> Mapping[str, Exact]:
            return nn.wrong_probabilities(z, own, places)

        def wrong_gradients() -> Mapping[str, Exact]:
            return nn.wrong_gradients(p[own])

        working = {"loss": steps.loss(p[own], self.target, loss, places)}
        return Solution(
            self._table("probabilities", right, wrong_probabilities, steps.softmax(z, places), 3),
            Part("loss", Number(loss, places=places), working, mistakes, 2),
            self._table("gradient", slopes, wrong_gradients, steps.gradient(p, slopes, own, places), 2),
        )

    def _table(
        self, part: str, right: Sequence[Exact], wrong: Callable[[], Mapping[str, Exact]], working: Steps, points: int
    ) -> Part:
        """Return a part with one value for each class; its mistakes are made for the true class."""
        places, letter = None if self.log_base else self.places, part[0]
        heading = "Probability" if letter == "p" else "Gradient"
        label = "p_{{{}}}" if letter == "p" else r"\partial L/\partial z_{{{}}}"
        values = {f"{letter}{place}": Number(value, places=places) for place, value in enumerate(right, 1)}
        rows = tuple(Row(name, f"${label.format(name[1:])}$", {"value": cell}) for name, cell in values.items())
        cell = (f"{letter}{self.target}", "value")

        def mistakes() -> Iterable[Mistake]:
            return (Mistake(slip, WHY[slip], Number(value, places=places), cell) for slip, value in wrong().items())

        return Part(part, Table({"value": heading}, rows), working, mistakes, points)

    def oracle(self) -> Measured:
        """Evaluate the definitions in decimals, and measure each slope of the loss as a difference."""
        probabilities, loss, slopes = measure.measured(self.logits, self.target - 1, self.log_base)
        tables = {"probabilities": ("p", probabilities), "gradient": ("g", slopes)}
        cells = {
            part: {(f"{letter}{place}", "value"): value for place, value in enumerate(values, 1)}
            for part, (letter, values) in tables.items()
        }
        return {**cells, "loss": loss}

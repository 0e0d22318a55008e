"""Where does a network spend its operations?  Each layer's count, the total, and the share of the largest layer."""

from collections.abc import Callable, Mapping
from fractions import Fraction
from itertools import pairwise
from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Figure,
    Formula,
    Measured,
    Mistake,
    Number,
    Part,
    Rational,
    Row,
    Solution,
    SumOfProducts,
    Table,
    Worked,
    carry,
    evaluate,
    problem,
    require,
    symbols,
)
from problemgen.measure.operations import count_operations, measured_products
from problemgen.nn import chains
from problemgen.nn.layers import Conv2d, Flatten, Layer, Linear, Pool2d, out_shape, parameters, shapes
from problemgen.nn.networks import names, settings
from problemgen.nn.operations import Unit, counted_sizes, operations_rule, wrong_operations
from problemgen.nn.slips import with_own_value
from problemgen.nn.windows import size_rule

LARGEST, TOTAL, WITH, WITHOUT = symbols("largest total pooled unpooled")
WHOLE = 100
UNITS: tuple[Unit, ...] = ("multiplications", "MACs", "FLOPs")
SUMMED = ("ops_forgot_filters", "ops_forgot_channels", "ops_flops_2x", "macs_for_flops", "ops_with_biases")
MINOR = ("ops_params_times_area_no_filters", "ops_forgot_channels")
with evaluate(False):
    SHARE = Formula(
        "share",
        LARGEST / TOTAL * WHOLE,
        {"share": r"\text{share}", "largest": r"\text{largest}", "total": r"\text{total}"},
    )
    FRACTION = Formula(
        "fraction",
        WITH**2 / WITHOUT**2,
        {"fraction": r"\text{fraction}", "pooled": r"O_{\text{with}}", "unpooled": r"O_{\text{without}}"},
    )
PLANS = {"easy": ("cpcp", "cpc"), "medium": ("cpcpfl", "cpccpfl"), "hard": ("cpcpfl", "ccpcpfl", "cpccpfl")}
WINDOWS = {"easy": ((3, 1, 1),), "medium": ((3, 1, 1), (5, 1, 2)), "hard": ((3, 1, 1), (5, 1, 2), (3, 1, 1), (3, 2, 1))}
POOLS = {"easy": ((2, 2),), "medium": ((2, 2),), "hard": ((2, 2), (3, 2), (3, 3))}
WHY = {
    "ops_forgot_filters": "counted one filter only",
    "ops_forgot_channels": "left out the input channels",
    "ops_params_times_area_no_filters": "counted the weights of one filter and a bias at each position",
    "ops_flops_2x": "counted two operations for each product",
    "macs_for_flops": "counted a multiplication and its addition as one operation",
    "ops_with_biases": "counted one operation for each bias, too",
    "total_of_convolutions": "added the convolutions only",
    "share_of_the_others": "divided by the operations of the other layers, not by all",
    "second_largest": "took the layer in the second place",
    "share_of_parameters": "took the largest share of the parameters, not of the operations",
    "one_axis_only": "shortened one axis only",
    "no_effect": "took pooling to change nothing, because it keeps the channels",
    "fraction_inverted": "divided the other way round",
}


def _in_shape(layer: Conv2d | Linear, sizes: Mapping[str, int]) -> tuple[int, ...]:
    return (sizes["in_features" if isinstance(layer, Linear) else "in_channels"],)


def _percent(value: Rational) -> Number:
    return Number(value, "percent", places=1)


@problem(
    title="Where a network spends its operations",
    topics=("cnn", "counting"),
    minutes=10,
    families=("op_count_network",),
)
class NetworkOperations:
    in_size: int
    in_channels: int
    layers: tuple[Layer, ...]
    unit: Unit = "multiplications"
    without_pool: int = 0

    def __post_init__(self) -> None:
        require(self.unit != "additions", "additions are not counted for a network; take MACs or FLOPs")
        require(min(self.in_size, self.in_channels) >= 1, "in_size and in_channels must be at least 1")
        require(self._counted(), "a network needs a convolution or a dense layer")
        require(all(layer.groups == 1 for layer in self.layers if isinstance(layer, Conv2d)), "no groups here")
        if self.without_pool:
            self._around_pool()

    def _counted(self) -> dict[str, tuple[Conv2d | Linear, dict[str, int]]]:
        """Return the layers that compute products, and the sizes that their rules need, by name."""
        before = pairwise(shapes(self.layers, (self.in_size, self.in_size, self.in_channels)))
        every = zip(names(self.layers), self.layers, before, strict=True)
        return {
            name: (layer, counted_sizes(layer, *around))
            for name, layer, around in every
            if isinstance(layer, Conv2d | Linear)
        }

    def _around_pool(self) -> tuple[str, tuple[int, ...]]:
        """Return the name of the convolution behind the pooling, and its output shape without that pooling."""
        ordered = names(self.layers)
        place = ordered.index(self._pool) if self._pool in ordered else len(ordered)
        after = self.layers[place + 1] if place + 1 < len(ordered) else None
        require(isinstance(after, Conv2d), f"without_pool: no convolution follows {self._pool}")
        shape = shapes(self.layers, (self.in_size, self.in_size, self.in_channels))[place]
        return ordered[place + 1], out_shape(self.layers[place + 1], shape)

    @property
    def _pool(self) -> str:
        return f"pool{self.without_pool}"

    def givens(self) -> Mapping[str, str]:
        after = {"pool": self._pool, "after": self._around_pool()[0]} if self.without_pool else {}
        dense = any(isinstance(layer, Linear) for layer in self.layers)
        return {**after, "has_dense": "yes" if dense else ""}

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        plan = draw.choice(PLANS[draw.level])
        filters = draw.sample((4, 5, 6, 8, 10, 12, 15, 16, 20), plan.count("c"))
        convs = (Conv2d(depth, *draw.choice(WINDOWS[draw.level])) for depth in filters)
        makers: dict[str, Callable[[], Layer]] = {
            "c": lambda: next(convs),
            "p": lambda: Pool2d(*draw.choice(POOLS[draw.level])),
            "f": Flatten,
            "l": lambda: Linear(draw.choice((4, 5, 10, 20))),
        }
        layers: tuple[Layer, ...] = tuple(makers[kind]() for kind in plan)
        return cls(
            in_size=draw.integer(*draw.by_level({"easy": (8, 16, 4), "medium": (8, 20, 4), "hard": (16, 24, 4)})),
            in_channels=draw.choice((1, 2, 3)),
            layers=layers,
            unit=draw.choice(draw.by_level({"easy": UNITS[:1], "medium": UNITS[:2], "hard": UNITS[1:]})),
            without_pool=1 if draw.level == "hard" else 0,
        )

    def flaws(self) -> list[str]:
        depths = [self.in_channels, *(layer.out_channels for layer in self.layers if isinstance(layer, Conv2d))]
        worth = sorted(operations_rule(layer, self.unit)(layer, **sizes) for layer, sizes in self._counted().values())
        faults = {
            "as many filters as input channels hide which of them was used": any(c == f for c, f in pairwise(depths)),
            "two layers share the first place": len(worth) > 1 and worth[-1] == worth[-2],
            "one layer hides the others": 10 * worth[-1] > 9 * sum(worth),
        }
        return [fault for fault, there in faults.items() if there]

    def solve(self, carried: Carried = NOTHING) -> Solution:
        rows: list[Row] = []
        mistakes: list[Mistake] = []
        steps: dict[str, Formula | Worked] = self._sizes()
        counts: dict[str, Rational] = {}
        for name, (layer, sizes) in self._counted().items():
            worked = operations_rule(layer, self.unit).worked(layer, **sizes)
            counts[name] = carried(f"operations.{name}.operations", worked.value)
            steps |= (
                {name: worked} if worked.formula in steps.values() else {f"{name}_rule": worked.formula, name: worked}
            )
            label = f"{name}: {', '.join(settings(layer))}"
            rows.append(Row(name, label, {"operations": Number(worked.value)}))
            slips = {} if carried.answers_only else wrong_operations(layer, self.unit, sizes)
            wrong = with_own_value(slips, MINOR)
            mistakes += (Mistake(slip, WHY[slip], Number(value), (name, "operations")) for slip, value in wrong.items())
        table = Table({"operations": "Operations"}, tuple(rows))
        first = Part("operations", table, steps, tuple(mistakes), points=len(rows))
        total = self._total(counts, {} if carried.answers_only else self._counted())
        share = self._share(counts, carried("total", sum(counts.values())))
        parts = [first, total, share, *([self._fraction()] if self.without_pool else [])]
        if carried.answers_only:
            return Solution(*parts)
        data = chains.drawn(self.layers, (self.in_size, self.in_size, self.in_channels))
        return Solution(*parts, figures={"network": Figure("layer_stack", data)})

    def _sizes(self) -> dict[str, Formula | Worked]:
        before = shapes(self.layers, (self.in_size, self.in_size, self.in_channels))
        every = zip(names(self.layers), self.layers, before, strict=False)
        windows = ((name, layer, shape[0]) for name, layer, shape in every if isinstance(layer, Conv2d | Pool2d))
        return {f"size_{name}": size_rule(layer).worked(layer, in_size=size) for name, layer, size in windows}

    def _total(
        self, counts: Mapping[str, Rational], layers: Mapping[str, tuple[Conv2d | Linear, dict[str, int]]]
    ) -> Part:
        """Return the total; wrong rules of the single layers are looked for in `layers`, which may be left out."""
        total = sum(counts.values())
        summed = SumOfProducts(r"\text{total}", tuple((count,) for count in counts.values()), total)
        wrong = {name: wrong_operations(layer, self.unit, sizes) for name, (layer, sizes) in layers.items()}
        found: dict[str, Rational] = {}
        for slip in SUMMED if layers else ():
            found[slip] = sum(wrong[name].get(slip, count) for name, count in counts.items())
        found["total_of_convolutions"] = sum(count for name, count in counts.items() if name.startswith("conv"))
        mistakes = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in found.items() if value != total)
        return Part("total", Number(total), {"total": summed}, mistakes, points=1, space="2cm")

    def _share(self, counts: Mapping[str, Rational], total: Rational) -> Part:
        *_, second, largest = sorted([0, *counts.values()])
        carry(total >= largest, f"total: {total} is less than the largest layer alone")
        worked = SHARE.worked(largest=largest, total=total)
        weights = {name: parameters(layer, _in_shape(layer, sizes)) for name, (layer, sizes) in self._counted().items()}
        wrong = {
            "share_of_the_others": SHARE(largest=largest, total=total - largest) if total > largest else 0,
            "second_largest": SHARE(largest=second, total=total),
            "share_of_parameters": SHARE(largest=max(weights.values()), total=sum(weights.values())),
        }
        possible = {slip: value for slip, value in wrong.items() if 0 < value <= WHOLE and value != worked.value}
        mistakes = tuple(Mistake(slip, WHY[slip], _percent(value)) for slip, value in possible.items())
        return Part("share", _percent(worked.value), {"rule": SHARE, "share": worked}, mistakes, points=1, space="3cm")

    def _fraction(self) -> Part:
        name, unpooled = self._around_pool()
        pooled = self._counted()[name][1]["out_height"]
        worked = FRACTION.worked(pooled=pooled, unpooled=unpooled[0])
        wrong = {
            "one_axis_only": Fraction(pooled, unpooled[0]),
            "no_effect": 1,
            "fraction_inverted": 1 / Fraction(worked.value),
        }
        wrong = {slip: value for slip, value in wrong.items() if value != worked.value}
        mistakes = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in wrong.items())
        return Part("fraction", Number(worked.value), {"rule": FRACTION, "fraction": worked}, mistakes, 2, "3cm")

    def oracle(self) -> Measured:
        """Walk through the network and count; once more without the pooling."""
        found = measured_products(self.layers, self.in_size, self.in_channels)
        counts = {name: count_operations(products, 1, self.unit, biases=False) for name, products in found.items()}
        total = sum(counts.values())
        measured: dict[str, Any] = {
            "operations": {(name, "operations"): count for name, count in counts.items()},
            "total": total,
            "share": Fraction(max(counts.values()), total) * 100,
        }
        if self.without_pool:
            pools = [place for place, layer in enumerate(self.layers) if isinstance(layer, Pool2d)]
            place = pools[self.without_pool - 1]
            kept = (*self.layers[:place], self.layers[place + 1])
            name, without = measured_products(kept, self.in_size, self.in_channels).popitem()
            measured["fraction"] = Fraction(found[name], without)
        return measured

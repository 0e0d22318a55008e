"""What does a network learn?  Weights and biases, but neither its values nor what its designer chose."""

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any, Literal, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Choice,
    Draw,
    Figure,
    Formula,
    Measured,
    Mistake,
    Number,
    Part,
    Rational,
    Solution,
    SumOfProducts,
    Worked,
    problem,
    require,
)
from problemgen.measure.learnables import learnable_tensors
from problemgen.measure.sliding import count_entries
from problemgen.nn.learnables import LEARNED_BY, SmallNet
from problemgen.nn.slips import with_own_value

WORDS = {
    "inputs": "the inputs $x$",
    "kernel": "the kernel entries $k$ of the convolution",
    "conv_bias": "the bias $b$ of the convolution",
    "feature_map": "the outputs $z$ of the convolution",
    "scale": r"the scales $\gamma$ of the batch normalisation",
    "shift": r"the shifts $\beta$ of the batch normalisation",
    "statistics": r"the means $\mu$ and variances $\sigma^2$ of the batch",
    "pooling": "the weights of the pooling windows",
    "relu": "the slopes of ReLU",
    "hidden_weights": "the weights $V$ of the hidden layer",
    "hidden_bias": "the bias $c$ of the hidden layer",
    "dropout": "the dropout rate $p$",
    "out_weights": "the weights $W$ of the output layer",
    "out_bias": "the bias $a$ of the output layer",
    "rate": r"the learning rate $\eta$",
}
BIASES = ("conv_bias", "hidden_bias", "out_bias")
MINOR = ("inputs_counted", "kernel_not_shared")
WHY = {
    "only_conv_parameters_listed": "named those of the convolution only",
    "pool_or_relu_has_parameters": "gave a pooling window or ReLU parameters",
    "forgot_bias": "forgot the biases",
    "designer_choices_learned": "took what the designer chooses for learned",
    "values_learned": "took the values that flow through the network for parameters",
    "only_output_parameters_listed": "named those of the output layer only",
    "statistics_learned": "took the statistics of the batch for learned",
    "batch_norm_forgotten": "forgot the batch normalisation",
    "kernel_not_shared": "gave every position a kernel of its own",
    "inputs_counted": "counted the inputs as well",
    "single_bias": "gave each layer one bias",
}


@problem(
    title="What does the network learn?", topics=("mlp", "cnn", "counting"), minutes=5, families=("list_parameters",)
)
class ListParameters:
    in_size: int
    filters: int = 0
    kernel_size: int = 0
    batch_norm: bool = False
    pool: Literal["max", "average"] = "max"
    pool_size: int = 0
    pool_stride: int = 1
    hidden: int = 0
    dropout: bool = False
    outputs: int = 1
    options: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        require(self.hidden or not self.dropout, "dropout needs a hidden layer")
        require(self._net.counts(), "the network has been checked")
        there = self._quantities()
        require(sorted(self.options or there) == sorted(there), f"options: they are {', '.join(there)}, in any order")

    @property
    def _net(self) -> SmallNet:
        fields = ("in_size", "filters", "kernel_size", "batch_norm", "pool_size", "pool_stride", "hidden", "outputs")
        return SmallNet(**{name: getattr(self, name) for name in fields})

    def _asked(self) -> tuple[str, ...]:
        return self.options or tuple(self._quantities())

    def _quantities(self) -> list[str]:
        """Return what there is to choose from, in the order of the network."""
        there = {
            "inputs": True,
            **dict.fromkeys(("kernel", "conv_bias", "feature_map"), self.filters),
            **dict.fromkeys(("scale", "shift", "statistics"), self.batch_norm),
            "pooling": self.pool_size,
            "relu": self.filters or self.hidden,
            **dict.fromkeys(("hidden_weights", "hidden_bias"), self.hidden),
            "dropout": self.dropout,
            **dict.fromkeys(("out_weights", "out_bias", "rate"), True),
        }
        return [name for name, asked in there.items() if asked]

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        if draw.level == "easy":
            record = cls(draw.integer(3, 9), hidden=draw.integer(3, 8), outputs=draw.integer(1, 4))
            return record._shuffled(draw)
        hard = draw.level == "hard"
        record = cls(
            in_size=draw.integer(5, 8) + 3 * hard,
            filters=draw.integer(2, 4) if hard else draw.integer(1, 2),
            kernel_size=draw.integer(2, 3) + hard,
            batch_norm=hard,
            pool=draw.choice(("max", "average")),
            pool_size=2,
            pool_stride=2 if hard else draw.integer(1, 2),
            hidden=draw.choice((4, 6, 8)) if hard else 0,
            dropout=hard,
            outputs=draw.integer(2, 4) if hard else draw.integer(1, 3),
        )
        return record._shuffled(draw)

    def _shuffled(self, draw: Draw) -> Self:
        """Return the same network with its options in another order, or all papers would have the same key."""
        return replace(self, options=tuple(draw.sample(self._quantities(), len(self._quantities()))))

    def flaws(self) -> Iterable[str]:
        if self.hidden in (self.in_size, self.outputs):
            yield "as many outputs as inputs hide which of them the biases belong to"

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - a choice is not carried
        boxes = self._boxes()
        figure = Figure("layer_stack", {"input": [self.in_size], "layers": boxes})
        return Solution(self._choice(), self._count(), figures={"network": figure})

    def _choice(self) -> Part:
        asked, layers = self._asked(), self._net.counts()
        right = {name for layer in layers for name in LEARNED_BY[layer]}

        def chosen(names: set[str]) -> Choice:
            places = frozenset(place for place, name in enumerate(asked) if name in names)
            return Choice(tuple(WORDS[name] for name in asked), places)

        wrong = {
            "forgot_bias": right - set(BIASES),
            "designer_choices_learned": right | {"rate", "dropout"},
            "values_learned": right | {"inputs", "feature_map"},
            "pool_or_relu_has_parameters": right | {"pooling", "relu"},
        }
        if self.filters:
            wrong["only_conv_parameters_listed"] = set(LEARNED_BY["conv"])
        else:
            wrong["only_output_parameters_listed"] = set(LEARNED_BY["output"])
        if self.batch_norm:
            wrong["statistics_learned"] = right | {"statistics"}
            wrong["batch_norm_forgotten"] = right - set(LEARNED_BY["norm"])
        mistakes = tuple(Mistake(slip, WHY[slip], chosen(names)) for slip, names in wrong.items())
        return Part("learnable", chosen(right), {}, mistakes, points=2, space="1.5cm", reason=True)

    def _count(self) -> Part:
        net = self._net
        sizes, work = net.sizes(), net.counts()
        counts = {name: line.value for name, line in work.items()}
        total = sum(counts.values())
        summed = SumOfProducts(r"\text{all}", tuple((count,) for count in counts.values()), total)
        wrong: dict[str, Rational] = {
            "forgot_bias": total - net.biases(),
            "inputs_counted": total + self.in_size,
            "single_bias": total - net.biases() + sum(name != "norm" for name in counts),
        }
        if self.filters:
            wrong["only_conv_parameters_listed"] = counts["conv"]
            extra = (sizes["length"].value - 1) * self.kernel_size * self.filters
            wrong["kernel_not_shared"] = total + extra
        if self.pool_size:
            wrong["pool_or_relu_has_parameters"] = total + self.pool_size
        if self.batch_norm:
            wrong["batch_norm_forgotten"] = total - counts["norm"]
            wrong["statistics_learned"] = total + 2 * self.filters
        kept = with_own_value({slip: value for slip, value in wrong.items() if value != total}, MINOR)
        mistakes = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in kept.items())
        rules: dict[str, Formula] = {}
        for name, line in work.items():
            if line.formula not in rules.values():
                rules[f"rule_{name}"] = line.formula
        steps: Mapping[str, Formula | Worked] = {**sizes, **rules, **work, "all": summed}
        return Part("count", Number(total), steps, mistakes, points=3, space="5cm")

    def _boxes(self) -> list[dict[str, Any]]:
        stride = f"stride {self.pool_stride}"
        layers = [
            (
                self.filters,
                "1-D convolution",
                [f"{self.filters} filter{'s' * (self.filters > 1)}", f"size {self.kernel_size}", "no padding"],
            ),
            (self.batch_norm, "Batch norm", ["scale and shift", "for each channel"]),
            (self.pool_size, "Pooling", [f"{self.pool} of {self.pool_size}", stride]),
            (self.filters, "ReLU", []),
            (self.filters, "Flatten", []),
            (self.hidden, "Dense", [f"{self.hidden} output{'s' * (self.hidden > 1)}"]),
            (self.hidden, "ReLU", []),
            (self.dropout, "Dropout", ["rate p"]),
            (True, "Dense", [f"{self.outputs} output{'s' * (self.outputs > 1)}"]),
        ]
        return [{"title": title, "lines": lines} for there, title, lines in layers if there]

    def oracle(self) -> Measured:
        """Make the tensors that an optimiser would change, look which they are, and count their entries."""
        made = learnable_tensors(self)
        places = {place for place, name in enumerate(self._asked()) if name in made}
        return {"learnable": places, "count": count_entries(list(made.values()))}

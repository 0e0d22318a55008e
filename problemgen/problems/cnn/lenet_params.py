"""How many parameters has a LeNet?  It depends on two conventions: what subsampling learns, and which maps C3 sees."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
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
    problem,
    require,
)
from problemgen.measure.lenet import measured_parameters
from problemgen.nn.layers import LINEAR_PARAMETERS
from problemgen.nn.lenet import NAMES, PUBLISHED_LINKS, PUBLISHED_MAPS, LeNet, Links

WHY = {
    "forgot_bias": "forgot the biases",
    "forgot_input_channels": "left out the input maps",
    "own_filters_as_channels": "took the number of its own maps as input maps",
    "kernel_not_squared": "took $K$ instead of $K^2$",
    "trainable_subsampling_added": "gave every subsampling map a coefficient and a bias",
    "subsampling_left_out": "gave the subsampling maps no parameters",
    "pooling_given_parameters": "gave every cell of a subsampling window a weight",
    "c3_sparse_table": "used the connection table of the published LeNet-5 for C3",
    "c3_sparse+trainable_subsampling": "used the published connection table and trainable subsampling",
    "original_1998_without_output": "counted the published network and left out the output layer",
    "c3_full_table": "let every map of C3 see all maps of S2",
    "flatten_to_fc_400_84": "joined S4 to F6 directly and left out C5",
    "output_left_out": "left out the output layer",
    "flattened_one_channel": "took the values of one map only",
    "bias_per_input": "added one bias for each input",
}


@problem(
    title="Parameters of a LeNet", topics=("cnn", "counting", "architectures"), minutes=8, families=("lenet5_params",)
)
class LenetParams:
    in_size: int
    kernel_size: int
    maps: tuple[int, int]
    widths: tuple[int, int, int]
    trainable_pooling: bool = False
    links: Links = ()

    def __post_init__(self) -> None:
        require(self._net.sizes, "the constructor of the network has checked the sizes")

    @cached_property
    def _net(self) -> LeNet:
        return LeNet(self.in_size, self.kernel_size, self.maps, self.widths, self.trainable_pooling, self.links)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        hard = draw.level == "hard"
        kernel, last = draw.choice((3, 5)), draw.integer(2, 5)
        maps = (draw.integer(4, 8), draw.integer(9, 16))
        few = draw.integer(2, maps[0] - 2)
        first = draw.integer(3, maps[1] - 4)
        widths = draw.by_level({"easy": (20, 40), "medium": (40, 80), "hard": (40, 80)})
        return cls(
            in_size=2 * (2 * last + kernel - 1) + kernel - 1,
            kernel_size=kernel,
            maps=maps,
            widths=(widths[1] + draw.integer(10, 40, 10), draw.integer(*widths, 10), draw.choice((4, 5, 8, 10))),
            trainable_pooling=draw.by_level({"easy": False, "medium": True, "hard": draw.boolean()}),
            links=((first, few), (maps[1] - first - 1, few + 1), (1, maps[0])) if hard else (),
        )

    def flaws(self) -> list[str]:
        return ["twice as many maps in C3 make two mistakes the same"] if self.maps[1] == 2 * self.maps[0] else []

    def solve(self, carried: Carried = NOTHING) -> Solution:
        net = self._net
        flattened = net.flattened
        work = net.counts(int(flattened.value))
        counts = {name: work[name].value if name in work else 0 for name in NAMES}
        rows = tuple(Row(name, name, {"parameters": Number(count)}) for name, count in counts.items())
        linked: Mapping[str, Worked] = {"links": net.link_count()} if self.links else {}
        sizes = {f"size_{name}": line for name, line in net.sizes.items()}
        rules: dict[str, Formula] = {}
        for name, line in work.items():
            if line.formula not in rules.values():
                rules[f"rule_{name}"] = line.formula
        steps = {**sizes, **linked, "flattened": flattened, **rules, **work}
        mistakes = [
            Mistake(slip, WHY[slip], Number(value), (name, "parameters"))
            for name, wrong in ({} if carried.answers_only else self._wrong(counts)).items()
            for slip, value in wrong.items()
            if value != counts[name]
        ]
        table = Part("table", Table({"parameters": "Parameters"}, rows), steps, tuple(mistakes), points=len(rows))
        read = {name: carried(f"table.{name}.parameters", count) for name, count in counts.items()}
        if carried.answers_only:
            return Solution(table, Part("total", Number(sum(read.values()))))
        figure = Figure("layer_stack", {"input": [self.in_size, self.in_size, 1], "layers": self._boxes()})
        return Solution(table, self._total(read, counts), figures={"network": figure})

    def _wrong(self, right: Mapping[str, Rational]) -> dict[str, dict[str, Any]]:
        """Return the wrong values of each row."""
        area, (maps1, maps2), net = self.kernel_size**2, self.maps, self._net
        found: dict[str, dict[str, Any]] = {name: {} for name in NAMES}
        found["C1"] = {"forgot_bias": area * maps1, "kernel_not_squared": self.kernel_size * maps1 + maps1}
        found["C3"] = {
            "forgot_bias": right["C3"] - maps2,
            "forgot_input_channels": area * maps2 + maps2,
            "own_filters_as_channels": area * maps2 * maps2 + maps2,
        }
        if self.links:
            found["C3"]["c3_full_table"] = replace(net, links=()).counts(1)["C3"].value
        elif self.maps == PUBLISHED_MAPS:
            found["C3"]["c3_sparse_table"] = replace(net, links=PUBLISHED_LINKS).counts(1)["C3"].value
        for name, maps in zip(("S2", "S4"), self.maps, strict=True):
            found[name] = {"pooling_given_parameters": 4 * maps}
            if self.trainable_pooling:
                found[name] |= {"subsampling_left_out": 0, "forgot_bias": maps}
            else:
                found[name]["trainable_subsampling_added"] = 2 * maps
        ins = (int(net.flattened.value), *self.widths)
        for name, before, after in zip(NAMES[4:], ins, self.widths, strict=False):
            found[name] = {"forgot_bias": before * after, "bias_per_input": before * after + before}
        found["C5"]["flattened_one_channel"] = LINEAR_PARAMETERS(
            in_features=ins[0] // maps2, out_features=self.widths[0]
        )
        return found

    def _total(self, read: Mapping[str, Rational], right: Mapping[str, Rational]) -> Part:
        total = sum(read.values())
        summed = SumOfProducts(r"\text{total}", tuple((count,) for count in read.values() if count), total)
        skipped = LINEAR_PARAMETERS(in_features=self._net.flattened.value, out_features=self.widths[1])
        pooling = 2 * sum(self.maps)
        wrong = {
            "forgot_bias": total - self._net.biases(),
            "flatten_to_fc_400_84": total - right["C5"] - right["F6"] + skipped,
            "output_left_out": total - right["output"],
            **({"subsampling_left_out": total - pooling} if self.trainable_pooling else {}),
            **({"trainable_subsampling_added": total + pooling} if not self.trainable_pooling else {}),
        }
        row = self._wrong(right)["C3"]
        if "c3_full_table" in row:
            wrong["c3_full_table"] = total - right["C3"] + row["c3_full_table"]
        elif "c3_sparse_table" in row:
            sparse = wrong["c3_sparse_table"] = total - right["C3"] + row["c3_sparse_table"]
            if not self.trainable_pooling:
                wrong["c3_sparse+trainable_subsampling"] = sparse + pooling
                wrong["original_1998_without_output"] = sparse + pooling - right["output"]
        mistakes = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in wrong.items())
        return Part("total", Number(total), {"total": summed}, mistakes, points=1, space="2cm")

    def _boxes(self) -> list[dict[str, Any]]:
        window = f"{self.kernel_size} × {self.kernel_size}"
        convs = [["Convolution", f"{maps} maps", window] for maps in self.maps]
        pool = ["Subsampling", "2 × 2", "stride 2"]
        dense = [["Dense", f"{width} outputs"] for width in self.widths]
        lines = [convs[0], pool, convs[1], pool, *dense]
        return [
            {"name": name, "title": title, "lines": rest} for name, (title, *rest) in zip(NAMES, lines, strict=True)
        ]

    def oracle(self) -> Measured:
        """Slide the windows, make every tensor and count the entries."""
        links = [seen for count, seen in self.links for _ in range(count)] or [self.maps[0]] * self.maps[1]
        found = measured_parameters(
            self.in_size, self.kernel_size, self.maps[0], links, self.widths, trainable_pooling=self.trainable_pooling
        )
        cells = {(name, "parameters"): count for name, count in zip(NAMES, found, strict=True)}
        return {"table": cells, "total": sum(found)}

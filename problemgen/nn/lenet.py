"""Networks of LeNet-5's kind, two convolutions with subsampling and three dense layers, counted layer by layer.

The published network differs from what libraries build: its subsampling maps learn a coefficient and a bias each, and
a map of C3 sees only some of the maps of S2.  Both are options here.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from sympy import evaluate, symbols

from problemgen.errors import require
from problemgen.formula import Formula
from problemgen.nn.layers import CONV_PARAMETERS, LINEAR_PARAMETERS, C, F, K, N
from problemgen.nn.networks import FLATTENED
from problemgen.worked import SumOfProducts

if TYPE_CHECKING:
    from problemgen.formula import Substitution

Links: TypeAlias = tuple[tuple[int, int], ...]

PUBLISHED_MAPS: Final = (6, 16)
PUBLISHED_LINKS: Final[Links] = ((6, 3), (9, 4), (1, 6))
NAMES: Final = ("C1", "S2", "C3", "S4", "C5", "F6", "output")
L = symbols("links")
_COUNT: Final = {"parameters": r"\text{parameters}"}

with evaluate(False):
    VALID: Final = Formula("out_size", N - K + 1)
    HALVED: Final = Formula("out_size", N / 2)
    SUBSAMPLING: Final = Formula("parameters", 2 * C, _COUNT)
    LINKED: Final = Formula("parameters", K**2 * L + F, {**_COUNT, "links": "L"})


@dataclass(frozen=True)
class LeNet:
    """The sizes: `links` are pairs (number of C3 maps, number of S2 maps each of them sees); none if all see all."""

    in_size: int
    kernel_size: int
    maps: tuple[int, int]
    widths: tuple[int, int, int]
    trainable_pooling: bool = False
    links: Links = ()

    def __post_init__(self) -> None:
        """Refuse what is no such network."""
        require(min(self.kernel_size, *self.maps, *self.widths) >= 1, "all sizes must be at least 1")
        first = self.in_size - self.kernel_size + 1
        require(first >= 2 and first % 2 == 0, f"C1 has the size {first}, which cannot be halved")
        second = first // 2 - self.kernel_size + 1
        require(second >= 2 and second % 2 == 0, f"C3 has the size {second}, which cannot be halved")
        if self.links:
            require(sum(count for count, _ in self.links) == self.maps[1], f"links: C3 has {self.maps[1]} maps")
            require(all(1 <= seen <= self.maps[0] for _, seen in self.links), f"links: S2 has {self.maps[0]} maps")

    @cached_property
    def sizes(self) -> dict[str, Substitution]:
        """Return how the sides of C1, S2, C3 and S4 follow from one another."""
        found: dict[str, Substitution] = {}
        side = self.in_size
        for name, rule in zip(NAMES, (VALID, HALVED, VALID, HALVED), strict=False):
            found[name] = rule.worked(self, in_size=side)
            side = int(found[name].value)
        return found

    def link_count(self) -> SumOfProducts:
        """Return how many pairs of a C3 map and an S2 map it sees there are."""
        return SumOfProducts("L", self.links, sum(count * seen for count, seen in self.links))

    @cached_property
    def flattened(self) -> Substitution:
        """Return how many values enter C5."""
        side = int(self.sizes["S4"].value)
        return FLATTENED.worked(in_height=side, in_width=side, in_channels=self.maps[1])

    def counts(self, values: int) -> dict[str, Substitution]:
        """Return the learnable parameters of every layer that has some, when `values` enter C5."""
        maps1, maps2 = self.maps
        conv, links = CONV_PARAMETERS, self.link_count()
        ins = (values, *self.widths)
        dense = {
            name: LINEAR_PARAMETERS.worked(in_features=before, out_features=after)
            for name, before, after in zip(NAMES[4:], ins, self.widths, strict=False)
        }
        pooled = {
            name: SUBSAMPLING.worked(in_channels=maps)
            for name, maps in zip(("S2", "S4"), self.maps, strict=True)
            if self.trainable_pooling
        }
        third = (
            LINKED.worked(self, links=links.value, out_channels=maps2)
            if self.links
            else conv.worked(self, in_channels=maps1, out_channels=maps2)
        )
        found = {"C1": conv.worked(self, in_channels=1, out_channels=maps1), "C3": third, **pooled, **dense}
        return {name: found[name] for name in NAMES if name in found}

    def biases(self) -> int:
        """Return the number of biases."""
        return sum(self.maps) * (2 if self.trainable_pooling else 1) + sum(self.widths)

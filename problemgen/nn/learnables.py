"""Which quantities a small network learns, and how many scalars each of them is.

The network: a 1-D convolution with one input channel, batch normalisation, pooling, ReLU; a hidden dense layer, ReLU,
dropout; a dense output layer.  Everything but the output layer may be missing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sympy import evaluate, symbols

from problemgen.errors import require
from problemgen.formula import Formula
from problemgen.nn.layers import LINEAR_PARAMETERS, F, K, N
from problemgen.nn.windows import POOL_OUT_SIZE

if TYPE_CHECKING:
    from problemgen.formula import Substitution

M = symbols("out_size")
_COUNT: Final = {"parameters": r"\text{parameters}"}
_LENGTH, _POOLED = "L", "P"  # N is the signal's own length

with evaluate(False):
    SHRUNK: Final = Formula("out_size", N - K + 1, {"out_size": _LENGTH})
    CONV1D_PARAMETERS: Final = Formula("parameters", K * F + F, _COUNT)
    NORM_PARAMETERS: Final = Formula("parameters", 2 * F, _COUNT)
    JOINED: Final = Formula("values", M * F, {"values": "I", "out_size": _LENGTH})
POOLED: Final = POOL_OUT_SIZE.lettered(in_size=_LENGTH, kernel_size="Q", out_size=_POOLED)
JOINED_POOLED: Final = JOINED.lettered(out_size=_POOLED)


@dataclass(frozen=True)
class SmallNet:
    """The sizes; 0 filters: no convolution, 0 hidden: no hidden layer, pool_size 0: no pooling."""

    in_size: int
    filters: int
    kernel_size: int
    batch_norm: bool
    pool_size: int
    pool_stride: int
    hidden: int
    outputs: int

    def __post_init__(self) -> None:
        """Refuse sizes that are no sizes."""
        require(min(self.in_size, self.outputs) >= 1, "in_size and outputs must be at least 1")
        require(min(self.filters, self.hidden, self.pool_size) >= 0, "filters, hidden and pool_size are at least 0")
        require(self.filters or not (self.batch_norm or self.pool_size), "without filters nothing is pooled")
        if self.filters:
            require(1 <= self.kernel_size <= self.in_size, f"a kernel of {self.kernel_size} does not fit")
        if self.pool_size:
            fits = self.pool_size <= self.in_size - self.kernel_size + 1 and self.pool_stride >= 1
            require(fits, f"a pooling window of {self.pool_size} does not fit")

    def sizes(self) -> dict[str, Substitution]:
        """Return how the length of the signal and the number of values that leave the convolution are worked out."""
        found: dict[str, Substitution] = {}
        if self.filters:
            found["length"] = SHRUNK.worked(self)
        if self.pool_size:
            length = found["length"].value
            found["pooled"] = POOLED.worked(in_size=length, kernel_size=self.pool_size, stride=self.pool_stride)
        if self.filters:
            rule, before = (JOINED_POOLED, "pooled") if self.pool_size else (JOINED, "length")
            found["joined"] = rule.worked(out_size=found[before].value, out_channels=self.filters)
        return found

    def counts(self) -> dict[str, Substitution]:
        """Return how the learnable scalars of each layer that has some are counted."""
        found: dict[str, Substitution] = {}
        values = int(self.sizes()["joined"].value) if self.filters else self.in_size
        if self.filters:
            found["conv"] = CONV1D_PARAMETERS.worked(self, out_channels=self.filters)
        if self.batch_norm:
            found["norm"] = NORM_PARAMETERS.worked(out_channels=self.filters)
        if self.hidden:
            found["hidden"] = LINEAR_PARAMETERS.worked(in_features=values, out_features=self.hidden)
        before = self.hidden or values
        found["output"] = LINEAR_PARAMETERS.worked(in_features=before, out_features=self.outputs)
        return found

    def biases(self) -> int:
        """Return the number of biases, shifts of a normalisation not among them."""
        return self.filters + self.hidden + self.outputs


LEARNED_BY: Final = {
    "conv": ("kernel", "conv_bias"),
    "norm": ("scale", "shift"),
    "hidden": ("hidden_weights", "hidden_bias"),
    "output": ("out_weights", "out_bias"),
}
"""The learnable quantities of each layer, by name."""

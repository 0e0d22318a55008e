"""Layers as data, with torch.nn's names, and the exact rules for their output sizes, parameters and multiplications.

The size rule is floor((n + 2p - d(k - 1) - 1) / s) + 1, as in torch.nn.Conv2d's documentation; textbooks print its
case d = 1.  Shapes are (height, width, channels), or (features,) after flattening.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import prod
from typing import ClassVar, Final, Literal, TypeAlias, assert_never

from sympy import evaluate, floor, symbols

from problemgen.errors import InvalidParameters, require
from problemgen.formula import Formula

Shape: TypeAlias = tuple[int, ...]

EXACT_FIELDS: Final = {"extra": "forbid", "strict": True}
"""A misspelt field of a layer in an exam spec is refused, not ignored."""

N, K, S, P, D = symbols("in_size kernel_size stride padding dilation")
C, F, G, I, J = symbols("in_channels out_channels groups in_features out_features")  # noqa: E741 - textbook letters
HO, WO = symbols("out_height out_width")

with evaluate(False):
    OUT_SIZE: Final = Formula("out_size", floor((N + 2 * P - K) / S) + 1)
    DILATED_OUT_SIZE: Final = Formula("out_size", floor((N + 2 * P - D * (K - 1) - 1) / S) + 1)
    CONV_WEIGHTS: Final = Formula("weights", K**2 * C * F, {"weights": r"\text{parameters}"})
    GROUPED_WEIGHTS: Final = Formula("weights", K**2 * (C / G) * F, {"weights": r"\text{parameters}"})
    CONV_PARAMETERS: Final = Formula("parameters", K**2 * C * F + F, {"parameters": r"\text{parameters}"})
    GROUPED_PARAMETERS: Final = Formula("parameters", K**2 * (C / G) * F + F, {"parameters": r"\text{parameters}"})
    CONV_MULTIPLICATIONS: Final = Formula(
        "multiplications", HO * WO * F * K**2 * C, {"multiplications": r"\text{multiplications}"}
    )
    LINEAR_WEIGHTS: Final = Formula("weights", I * J, {"weights": r"\text{parameters}"})
    LINEAR_PARAMETERS: Final = Formula("parameters", I * J + J, {"parameters": r"\text{parameters}"})


@dataclass(frozen=True)
class Conv2d:
    """A 2-D convolution with square kernel; `bias` adds one number for each output channel."""

    out_channels: int
    kernel_size: int
    stride: int = 1
    padding: int = 0
    dilation: int = 1
    groups: int = 1
    bias: bool = True
    kind: Literal["conv"] = "conv"
    __pydantic_config__: ClassVar = EXACT_FIELDS

    def __post_init__(self) -> None:
        """Refuse sizes that are no sizes."""
        sizes = (self.out_channels, self.kernel_size, self.stride, self.dilation, self.groups)
        require(min(sizes) >= 1, "out_channels, kernel_size, stride, dilation and groups must be at least 1")
        require(self.padding >= 0, "padding must be at least 0")
        require(
            self.out_channels % self.groups == 0,
            f"{self.groups} groups do not divide {self.out_channels} filters",
        )


@dataclass(frozen=True)
class Pool2d:
    """A max or average pooling with square window, without padding."""

    kernel_size: int
    stride: int
    mode: Literal["max", "avg"] = "max"
    kind: Literal["pool"] = "pool"
    __pydantic_config__: ClassVar = EXACT_FIELDS

    def __post_init__(self) -> None:
        """Refuse windows that are no windows."""
        require(min(self.kernel_size, self.stride) >= 1, "kernel_size and stride must be at least 1")


@dataclass(frozen=True)
class ReLU:
    """Elementwise max(0, x)."""

    kind: Literal["relu"] = "relu"
    __pydantic_config__: ClassVar = EXACT_FIELDS


@dataclass(frozen=True)
class Flatten:
    """Make one vector of all values."""

    kind: Literal["flatten"] = "flatten"
    __pydantic_config__: ClassVar = EXACT_FIELDS


@dataclass(frozen=True)
class Linear:
    """A fully connected layer."""

    out_features: int
    bias: bool = True
    kind: Literal["linear"] = "linear"
    __pydantic_config__: ClassVar = EXACT_FIELDS

    def __post_init__(self) -> None:
        """Refuse an empty layer."""
        require(self.out_features >= 1, "out_features must be at least 1")


Layer: TypeAlias = Conv2d | Pool2d | ReLU | Flatten | Linear


def out_size(in_size: int, layer: Conv2d | Pool2d) -> int:
    """Return the output size along one axis; raises `InvalidParameters` when no window fits."""
    padding, dilation = (layer.padding, layer.dilation) if isinstance(layer, Conv2d) else (0, 1)
    span = dilation * (layer.kernel_size - 1) + 1
    if span > in_size + 2 * padding:  # not `require`: sizes are asked for so often that writing the reason would tell
        raise InvalidParameters(f"a window of {span} does not fit a padded input of {in_size + 2 * padding}")
    return (in_size + 2 * padding - span) // layer.stride + 1


def out_shape(layer: Layer, in_shape: Shape) -> Shape:
    """Return the shape of the layer's output, (height, width, channels) or (features,)."""
    match layer:
        case Conv2d() | Pool2d():
            if len(in_shape) != 3:
                raise InvalidParameters(f"a {layer.kind} layer needs (height, width, channels), not {in_shape}")
            height, width, channels = in_shape
            depth = layer.out_channels if isinstance(layer, Conv2d) else channels
            if isinstance(layer, Conv2d) and channels % layer.groups:
                raise InvalidParameters(f"{layer.groups} groups do not divide {channels} channels")
            rows = out_size(height, layer)
            return rows, rows if width == height else out_size(width, layer), depth
        case Flatten():
            return (prod(in_shape),)
        case Linear():
            if len(in_shape) != 1:
                raise InvalidParameters(f"a linear layer needs a vector, not {in_shape}; flatten first")
            return (layer.out_features,)
        case ReLU():
            return in_shape
    assert_never(layer)


def parameters(layer: Layer, in_shape: Shape) -> int:
    """Return the number of learnable parameters."""
    match layer:
        case Conv2d():
            weights = layer.kernel_size**2 * (in_shape[-1] // layer.groups) * layer.out_channels
            return weights + (layer.out_channels if layer.bias else 0)
        case Linear():
            return in_shape[0] * layer.out_features + (layer.out_features if layer.bias else 0)
        case Pool2d() | Flatten() | ReLU():
            return 0
    assert_never(layer)


@lru_cache(maxsize=256)  # a question asks for those of its network many times
def shapes(layers: tuple[Layer, ...], in_shape: Shape) -> tuple[Shape, ...]:
    """Return the input shape followed by the output shape of every layer."""
    found = [in_shape]
    for layer in layers:
        found.append(out_shape(layer, found[-1]))
    return tuple(found)

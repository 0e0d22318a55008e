"""A network as a list of layers: the names of its rows, and the worked counts of each layer."""

from __future__ import annotations

from collections import Counter
from functools import lru_cache
from types import MappingProxyType
from typing import TYPE_CHECKING, Final, assert_never

from sympy import evaluate, symbols

from problemgen.errors import InvalidParameters
from problemgen.formula import Formula
from problemgen.nn.layers import (
    CONV_MULTIPLICATIONS,
    CONV_PARAMETERS,
    CONV_WEIGHTS,
    GROUPED_PARAMETERS,
    GROUPED_WEIGHTS,
    HO,
    LINEAR_PARAMETERS,
    LINEAR_WEIGHTS,
    WO,
    C,
    Conv2d,
    F,
    Flatten,
    G,
    I,
    J,
    K,
    Layer,
    Linear,
    Pool2d,
    ReLU,
    Shape,
)
from problemgen.nn.windows import axis_rules, size_rule

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from problemgen.formula import Substitution

_NAMES: Final = {"conv": "conv", "pool": "pool", "relu": "relu", "flatten": "flatten", "linear": "fc"}
_KEPT: Final = 1 << 12  # the steps of so many layers: a class's tables share most of theirs
_MULTIPLICATIONS: Final = {"multiplications": r"\text{multiplications}"}
H, W = symbols("in_height in_width")

with evaluate(False):
    FLATTENED: Final = Formula("out_features", H * W * C, {"out_features": r"\text{values}"})
    LINEAR_MULTIPLICATIONS: Final = Formula("multiplications", I * J, _MULTIPLICATIONS)
    GROUPED_MULTIPLICATIONS: Final = Formula("multiplications", HO * WO * F * K**2 * (C / G), _MULTIPLICATIONS)


def names(layers: Iterable[Layer]) -> tuple[str, ...]:
    """Return a name for each layer: conv1, pool1, conv2, ..., flatten, fc1; a second flattening is flatten2."""
    return _numbered(tuple([layer.kind for layer in layers]))


@lru_cache(maxsize=_KEPT)
def _numbered(kinds: tuple[str, ...]) -> tuple[str, ...]:
    seen: Counter[str] = Counter()
    found = []
    for kind in kinds:
        seen[kind] += 1
        number = "" if kind == "flatten" and seen[kind] == 1 else seen[kind]
        found.append(f"{_NAMES[kind]}{number}")
    return tuple(found)


def parameter_rule(layer: Conv2d | Linear) -> Formula:
    """Return the formula that counts the layer's learnable parameters."""
    if isinstance(layer, Linear):
        return LINEAR_PARAMETERS if layer.bias else LINEAR_WEIGHTS
    if layer.groups > 1:
        return GROUPED_PARAMETERS if layer.bias else GROUPED_WEIGHTS
    return CONV_PARAMETERS if layer.bias else CONV_WEIGHTS


def biases(layer: Layer) -> int:
    """Return the number of the layer's biases, one for each output channel or feature."""
    match layer:
        case Conv2d():
            return layer.out_channels if layer.bias else 0
        case Linear():
            return layer.out_features if layer.bias else 0
        case Pool2d() | Flatten() | ReLU():
            return 0
    assert_never(layer)


def settings(layer: Layer, times: str = r"$\times$") -> list[str]:
    """Return what distinguishes the layer from others of its kind, as a table's row or a drawing shows it."""
    match layer:
        case Conv2d():
            found = [f"{layer.kernel_size}{times}{layer.kernel_size}", _several(layer.out_channels, "filter")]
            found += [f"stride {layer.stride}", f"padding {layer.padding}"]
            found += [f"dilation {layer.dilation}"] if layer.dilation > 1 else []
            found += [f"{layer.groups} groups"] if layer.groups > 1 else []
        case Pool2d():
            found = [f"{layer.mode} {layer.kernel_size}{times}{layer.kernel_size}", f"stride {layer.stride}"]
        case Linear():
            found = [_several(layer.out_features, "output")]
        case Flatten() | ReLU():
            found = []
        case _:
            assert_never(layer)
    return found if isinstance(layer, Pool2d | Flatten | ReLU) or layer.bias else [*found, "no bias"]


def _several(count: int, noun: str) -> str:
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"


@lru_cache(maxsize=_KEPT)
def size_steps(layer: Layer, in_shape: Shape) -> Mapping[str, Substitution]:
    """Return how the layer's output size is worked out: `size` for a square, else `height` and `width`."""
    return MappingProxyType(_size_steps(layer, in_shape))


def _size_steps(layer: Layer, in_shape: Shape) -> dict[str, Substitution]:
    match layer:
        case Conv2d() | Pool2d():
            height, width, _ = in_shape
            if height == width:
                return {"size": size_rule(layer).worked(layer, in_size=height)}
            by_height, by_width = axis_rules(layer)
            return {
                "height": by_height.worked(layer, in_height=height),
                "width": by_width.worked(layer, in_width=width),
            }
        case Flatten() if len(in_shape) == 3:
            height, width, channels = in_shape
            return {"size": FLATTENED.worked(in_height=height, in_width=width, in_channels=channels)}
        case Flatten() | Linear() | ReLU():
            return {}
    assert_never(layer)


@lru_cache(maxsize=_KEPT)
def parameter_steps(layer: Layer, in_shape: Shape) -> Mapping[str, Substitution]:
    """Return how the layer's parameters are counted, as `parameters`; nothing where there are none."""
    match layer:
        case Conv2d():
            return MappingProxyType({"parameters": parameter_rule(layer).worked(layer, in_channels=in_shape[-1])})
        case Linear():
            return MappingProxyType({"parameters": parameter_rule(layer).worked(layer, in_features=in_shape[0])})
        case Pool2d() | Flatten() | ReLU():
            return MappingProxyType({})
    assert_never(layer)


def multiplication_steps(layer: Layer, in_shape: Shape, out_shape: Shape) -> dict[str, Substitution]:
    """Return how the layer's multiplications are counted, as `multiplications`; nothing where there are none."""
    match layer:
        case Conv2d():
            rule = GROUPED_MULTIPLICATIONS if layer.groups > 1 else CONV_MULTIPLICATIONS
            height, width, _ = out_shape
            sizes = {"out_height": height, "out_width": width, "in_channels": in_shape[-1]}
            return {"multiplications": rule.worked(layer, **sizes)}
        case Linear():
            return {"multiplications": LINEAR_MULTIPLICATIONS.worked(layer, in_features=in_shape[0])}
        case Pool2d() | Flatten() | ReLU():
            return {}
    assert_never(layer)


@lru_cache(maxsize=_KEPT)
def worked_shape(layer: Layer, in_shape: Shape) -> Shape:
    """Return the output shape that the layer's `size_steps` arrive at; raises `InvalidParameters` if nothing fits."""
    found: Shape
    value = {axis: int(step.value) for axis, step in size_steps(layer, in_shape).items()}
    match layer:
        case Conv2d() | Pool2d():
            depth = layer.out_channels if isinstance(layer, Conv2d) else in_shape[-1]
            axes = ("size", "size") if "size" in value else ("height", "width")
            found = (*(value[axis] for axis in axes), depth)
        case Flatten() if value:
            found = (value["size"],)
        case Flatten() | ReLU():
            found = in_shape
        case Linear():
            found = (layer.out_features,)
        case _:
            assert_never(layer)
    if min(found) < 1:
        raise InvalidParameters(f"no window of the layer fits an input of shape {in_shape}")
    return found

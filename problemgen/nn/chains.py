"""Layers in a row: what a drawing shows of them, and the neurons that are left when the last maps are flattened."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from problemgen.nn.layers import Conv2d, Layer, Pool2d, Shape, shapes
from problemgen.nn.networks import FLATTENED, names, settings
from problemgen.nn.slips import wrong_sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

_TITLES: Final = {
    "conv": "Convolution",
    "pool": "Pooling",
    "relu": "ReLU",
    "flatten": "Flatten",
    "linear": "Dense",
}


def drawn(layers: Sequence[Layer], in_shape: Shape) -> dict[str, Any]:
    """Return the data of a `layer_stack` figure."""
    boxes = [
        {"name": name, "title": _TITLES[layer.kind], "lines": settings(layer, " × ")}
        for name, layer in zip(names(layers), layers, strict=True)
    ]
    return {"input": list(in_shape), "layers": boxes}


def neurons(shape: Shape) -> int:
    """Return the length of the vector that maps of this shape make."""
    height, width, channels = shape
    return int(FLATTENED(in_height=height, in_width=width, in_channels=channels))


def wrong_neurons(layers: Sequence[Conv2d | Pool2d], in_shape: Shape) -> dict[str, int]:
    """Return the numbers of neurons that the usual mistakes lead to; the right one may be among them."""
    height, width, channels = shapes(tuple(layers), in_shape)[-1]
    found = {
        "spatial_only": height * width,
        "flattened_one_side": height * channels,
        "sum_not_product": height + width + channels,
        "input_channels_kept": height * width * in_shape[2],
        "ceil_for_floor": _rounded_up(layers, in_shape[0]) * _rounded_up(layers, in_shape[1]) * channels,
    }
    pools = [place for place, layer in enumerate(layers) if isinstance(layer, Pool2d)]
    if pools:
        fewer = tuple(layer for place, layer in enumerate(layers) if place != pools[-1])
        found["one_pool_too_few"] = neurons(shapes(fewer, in_shape)[-1])
    border = tuple(_same(layer) for layer in layers)
    if border != tuple(layers):
        found["padding_invented"] = neurons(shapes(border, in_shape)[-1])
    return found


def _rounded_up(layers: Sequence[Conv2d | Pool2d], size: int) -> int:
    for layer in layers:
        size = int(wrong_sizes(size, layer)["ceil_for_floor"])
    return size


def _same(layer: Conv2d | Pool2d) -> Conv2d | Pool2d:
    """Return a convolution with the padding that keeps the size at stride 1; a pooling as it is."""
    return replace(layer, padding=layer.dilation * (layer.kernel_size - 1) // 2) if layer.kind == "conv" else layer

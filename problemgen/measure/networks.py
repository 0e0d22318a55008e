"""Walk through a network's layers and count: windows by sliding them, parameters by making the tensors.

The layers are read by their torch.nn names only (`kind`, `kernel_size`, ...); no size or counting formula is used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from problemgen.measure.sliding import conv_tensors, count_entries, count_windows

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Counts: TypeAlias = tuple[tuple[int, ...], int, int]


def measured_layers(
    layers: Sequence[Any], in_shape: tuple[int, ...]
) -> Iterator[tuple[str, tuple[int, ...], int, int]]:
    """Yield (name, output shape, number of parameters, number of multiplications) of every layer in order.

    Layers of a kind are numbered from 1 (conv1, pool1, fc1, ...); the first flattening has no number.
    """
    shape, before = in_shape, []
    for layer in layers:
        before.append(layer.kind)
        number = before.count(layer.kind)
        name = "fc" if layer.kind == "linear" else layer.kind
        shape, parameters, multiplications = _MEASURES[layer.kind](layer, shape)
        yield (
            name if (name, number) == ("flatten", 1) else f"{name}{number}",
            shape,
            parameters,
            multiplications,
        )


def _conv(layer: Any, shape: tuple[int, ...]) -> Counts:
    height, width = _positions(layer, shape, layer.padding, layer.dilation)
    tensors = conv_tensors(shape[-1], layer.out_channels, layer.kernel_size, layer.groups, bias=layer.bias)
    kernels = tensors[:-1] if layer.bias else tensors
    # At every position every kernel entry is multiplied once by the input entry under it.
    return (height, width, len(kernels)), count_entries(tensors), height * width * count_entries(kernels)


def _pool(layer: Any, shape: tuple[int, ...]) -> Counts:
    height, width = _positions(layer, shape)
    return (height, width, shape[-1]), 0, 0


def _positions(layer: Any, shape: tuple[int, ...], padding: int = 0, dilation: int = 1) -> tuple[int, int]:
    height, width = (count_windows(size, layer.kernel_size, layer.stride, padding, dilation) for size in shape[:2])
    return height, width


def _linear(layer: Any, shape: tuple[int, ...]) -> Counts:
    weights = np.empty((layer.out_features, *shape), dtype=np.int8)
    bias = [np.empty(layer.out_features, dtype=np.int8)] if layer.bias else []
    return (len(weights),), count_entries([weights, *bias]), weights.size


def _flatten(_layer: Any, shape: tuple[int, ...]) -> Counts:
    return np.empty(shape, dtype=np.int8).ravel().shape, 0, 0


def _relu(_layer: Any, shape: tuple[int, ...]) -> Counts:
    return shape, 0, 0


_MEASURES = {"conv": _conv, "pool": _pool, "linear": _linear, "flatten": _flatten, "relu": _relu}

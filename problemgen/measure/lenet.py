"""Build the tensors of a network like LeNet-5, slide its windows, and count the entries."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from problemgen.measure.sliding import conv_tensors, count_entries, count_windows

if TYPE_CHECKING:
    from collections.abc import Sequence


def measured_parameters(
    in_size: int,
    kernel_size: int,
    first_maps: int,
    seen: Sequence[int],
    widths: Sequence[int],
    *,
    trainable_pooling: bool,
) -> list[int]:
    """Return the learnable parameters of C1, S2, C3, S4 and the dense layers; `seen` are the inputs of each C3 map."""

    def pooling(maps: int) -> list[np.ndarray]:
        return [np.zeros(2) for _ in range(maps)] if trainable_pooling else []

    side = count_windows(count_windows(in_size, kernel_size), 2, 2)
    side = count_windows(count_windows(side, kernel_size), 2, 2)
    tensors = [conv_tensors(1, first_maps, kernel_size, bias=True), pooling(first_maps)]
    tensors.append([tensor for maps in seen for tensor in conv_tensors(maps, 1, kernel_size, bias=True)])
    tensors.append(pooling(len(seen)))
    values = np.zeros((len(seen), side, side)).ravel()
    for width in widths:
        tensors.append([np.zeros((width, len(values)), dtype=np.int8), np.zeros(width)])
        values = np.zeros(width)
    return [count_entries(layer) for layer in tensors]

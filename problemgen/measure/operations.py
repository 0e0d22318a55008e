"""Count operations one by one: products by sliding, additions by adding up, zeros of the padding by looking."""

from __future__ import annotations

from typing import Any

import numpy as np

from problemgen.measure.networks import measured_layers
from problemgen.measure.sliding import conv_tensors, count_entries, slide


def count_additions(terms: int) -> int:
    """Add up this many terms two at a time, and count how often."""
    left, additions = terms, 0
    while left > 1:
        left, additions = left - 1, additions + 1
    return additions


def count_operations(products: int, values: int, unit: str, *, biases: bool) -> int:
    """Return the operations behind `values` outputs, each a sum of `products` products and perhaps a bias."""
    if unit == "additions":
        return count_additions(products + biases) * values
    return (2 * products + biases if unit == "FLOPs" else products) * values


def count_padding_products(layer: Any, in_size: int, in_channels: int) -> int:
    """Slide a kernel of ones over an image of ones with its padding, and count the products that are zero."""
    image = np.ones((in_channels, in_size, in_size), dtype=int)
    kernels = conv_tensors(in_channels, layer.out_channels, layer.kernel_size, bias=False)
    zeros = sum(
        int((products == 0).sum()) for *_, products in slide(image, kernels[0] + 1, layer.stride, layer.padding)
    )
    return zeros * len(kernels)


def products_of_a_value(in_channels: int, kernel_size: int) -> int:
    """Return how many weights one output value of a convolution multiplies, by counting them."""
    return count_entries(conv_tensors(in_channels, 1, kernel_size, bias=False))


def measured_products(layers: Any, in_size: int, in_channels: int) -> dict[str, int]:
    """Return the products of every layer that computes some, by its name, for a square image."""
    rows = measured_layers(layers, (in_size, in_size, in_channels))
    return {name: products for name, _shape, _parameters, products in rows if products}

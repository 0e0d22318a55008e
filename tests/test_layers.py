"""Layers: closed forms against counting, over sizes that Hypothesis draws."""

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from problemgen.errors import InvalidParameters
from problemgen.measure.sliding import conv_tensors, correlate, count_entries, count_windows, slide
from problemgen.nn import arrays
from problemgen.nn.layers import (
    CONV_MULTIPLICATIONS,
    Conv2d,
    Flatten,
    Linear,
    Pool2d,
    ReLU,
    out_shape,
    parameters,
    shapes,
)

small = st.integers(1, 5)
entries = st.integers(-4, 4)


@given(st.integers(1, 24), st.integers(1, 24), small, small, small, st.integers(0, 3), st.integers(1, 3))
def test_the_shape_of_a_convolution_is_what_sliding_gives(height, width, channels, kernel, stride, padding, dilation):
    layer = Conv2d(4, kernel, stride, padding, dilation)
    counts = [count_windows(size, kernel, stride, padding, dilation) for size in (height, width)]
    if min(counts) == 0:
        with pytest.raises(InvalidParameters, match="does not fit"):
            out_shape(layer, (height, width, channels))
    else:
        assert out_shape(layer, (height, width, channels)) == (*counts, 4)


@given(small, small, small, st.integers(1, 3), st.booleans())
def test_parameters_are_the_entries_of_the_tensors(in_channels, out_channels, kernel, groups, bias):
    layer = Conv2d(out_channels * groups, kernel, groups=groups, bias=bias)
    tensors = conv_tensors(in_channels * groups, out_channels * groups, kernel, groups, bias=bias)
    assert parameters(layer, (9, 9, in_channels * groups)) == count_entries(tensors)


@given(st.integers(3, 8), small, st.integers(1, 3), st.integers(1, 3))
def test_multiplications_are_the_products_of_all_positions(size, channels, kernel, filters):
    image = [[[1] * size] * size] * channels
    weights = [[[1] * kernel] * kernel] * channels
    counted = sum(products.size for _, _, products in slide(image, weights)) * filters
    height, width, depth = out_shape(Conv2d(filters, kernel), (size, size, channels))
    sides = {"out_height": height, "out_width": width, "out_channels": depth}
    assert CONV_MULTIPLICATIONS(kernel_size=kernel, in_channels=channels, **sides) == counted


@given(
    st.lists(st.lists(entries, min_size=5, max_size=5), min_size=4, max_size=6),
    st.lists(st.lists(entries, min_size=2, max_size=2), min_size=3, max_size=3),
    st.integers(1, 2),
    st.integers(0, 2),
    entries,
)
def test_two_ways_of_convolving_agree(image, kernel, stride, padding, bias):
    exact = arrays.correlate((image,), (kernel,), bias=bias, stride=stride, padding=padding)
    assert [list(row) for row in exact] == correlate([image], [kernel], stride, padding, bias).tolist()


@given(st.lists(st.lists(entries, min_size=3, max_size=3), min_size=2, max_size=2))
def test_turning_twice_changes_nothing(kernel):
    turned = arrays.rot180(arrays.rot180(kernel))
    assert [list(row) for row in turned] == kernel


def test_a_network_passes_shapes_on():
    layers = (Conv2d(10, 3, padding=1), ReLU(), Pool2d(2, 2), Flatten(), Linear(7))
    assert shapes(layers, (8, 6, 3)) == ((8, 6, 3), (8, 6, 10), (8, 6, 10), (4, 3, 10), (120,), (7,))
    assert [parameters(layer, shape) for layer, shape in zip(layers, shapes(layers, (8, 6, 3)), strict=False)] == [
        280, 0, 0, 0, 847,
    ]  # fmt: skip


@pytest.mark.parametrize(("layer", "shape"), [
    (Linear(3), (4, 4, 2)),
    (Conv2d(3, 3), (10,)),
    (Conv2d(4, 3, groups=2), (9, 9, 3)),
])  # fmt: skip
def test_layers_that_do_not_fit_are_refused(layer, shape):
    with pytest.raises(InvalidParameters):
        out_shape(layer, shape)


@pytest.mark.parametrize("make", [
    lambda: Conv2d(0, 3),
    lambda: Conv2d(4, 3, padding=-1),
    lambda: Conv2d(5, 3, groups=2),
    lambda: Pool2d(0, 1),
    lambda: Linear(0),
])  # fmt: skip
def test_layers_without_sense_cannot_be_made(make):
    with pytest.raises(InvalidParameters):
        make()


@given(st.integers(1, 6))
def test_padding_adds_rings_of_zeros(padding):
    padded = arrays.pad(((1, 2), (3, 4)), padding)
    assume(padding)
    assert len(padded) == len(padded[0]) == 2 + 2 * padding
    assert sum(map(sum, padded)) == 10
    assert padded[padding][padding] == 1

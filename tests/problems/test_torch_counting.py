"""PyTorch as a second oracle for counting shapes and parameters: it knows neither our formulas nor our loops."""

from __future__ import annotations

from itertools import pairwise

import pytest

from problemgen import answers, catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.nn.layers import Conv2d, Flatten, Linear, Pool2d

torch = pytest.importorskip("torch", reason="torch (CPU) is a second oracle; install it to run this")
from torch import nn  # noqa: E402

SEEDS = range(12)
EVERY = [pytest.param(level, seed, id=f"{level}-{seed}") for level in Level for seed in SEEDS]


def solved(name, level, seed):
    """Return the record at this address, and its answers by part."""
    instance = sampling.sample(catalog.get(name), Seed.of("torch", seed), level)
    return instance.record, {part.name: answers.to_json(part.answer) for part in instance.solution.parts}


def numbers(module):
    return sum(parameter.numel() for parameter in module.parameters())


def windows(size, kernel_size, stride):
    """Return how many outputs torch's pooling has, 0 where it refuses."""
    if kernel_size > size:
        return 0
    return nn.functional.max_pool1d(torch.zeros(1, 1, size), kernel_size, stride).shape[-1]


def mlp(*widths, bias=True):
    return nn.Sequential(*(nn.Linear(a, b, bias=bias) for a, b in pairwise(widths)))


def network(layers, shape):
    """Return the torch network of these layers for inputs of this (height, width, channels)."""
    made = nn.Sequential()
    for layer in layers:
        features = made(torch.zeros(1, shape[2], *shape[:2])).shape
        match layer:
            case Conv2d():
                options = (layer.kernel_size, layer.stride, layer.padding, layer.dilation)
                made.append(nn.Conv2d(features[1], layer.out_channels, *options, bias=layer.bias))
            case Pool2d():
                made.append(nn.MaxPool2d(layer.kernel_size, layer.stride))
            case Flatten():
                made.append(nn.Flatten())
            case Linear():
                made.append(nn.Linear(features[1], layer.out_features, bias=layer.bias))
    return made


@pytest.mark.parametrize(("level", "seed"), EVERY)
def test_torch_pools_to_the_same_shape_with_the_same_windows(level, seed):
    r, found = solved("cnn/pool_output_shape", level, seed)
    image = torch.zeros(1, r.in_channels, r.in_height, r.in_width)
    channels, height, width = nn.MaxPool2d(r.kernel_size, r.stride)(image).shape[1:]
    assert found["out_shape"] == [height, width, channels]
    if r.second_stride:
        every = range(1, height + 1)
        assert found["windows"] == [k for k in every if windows(height, k, r.second_stride) == r.second_out]


@pytest.mark.parametrize(("level", "seed"), EVERY)
def test_torch_counts_the_same_dense_parameters(level, seed):
    r, found = solved("mlp/linear_params", level, seed)
    match r.asked:
        case "parameters":
            assert found["parameters"] == numbers(mlp(*r.widths, bias=r.bias))
        case "out_features":
            pairs = ((i, j) for j in range(2, r.total) for i in range(2, r.total // j + 1))
            assert found["out_features"] == sorted(j for i, j in pairs if numbers(nn.Linear(i, j)) == r.total)
        case "hidden_width":
            inputs, outputs = r.widths
            hidden = found["hidden_width"]
            used, more = (numbers(mlp(inputs, width, outputs)) for width in (hidden, hidden + 1))
            assert used <= r.total < more
            assert found["per_unit"] == more - used


@pytest.mark.parametrize(("level", "seed"), EVERY)
def test_torch_flattens_to_the_same_number_of_neurons(level, seed):
    r, found = solved("cnn/flatten_size", level, seed)
    layers = network((*r.layers, Flatten()), (r.in_height, r.in_width, r.in_channels))
    assert found["neurons"] == layers(torch.zeros(1, r.in_channels, r.in_height, r.in_width)).shape[1]
    for size in (
        (found["image_sizes"][0] - 1, *found["image_sizes"], found["image_sizes"][-1] + 1) if r.backwards else ()
    ):
        same = layers(torch.zeros(1, r.in_channels, size, size)).shape[1] == found["neurons"]
        assert same == (size in found["image_sizes"])


@pytest.mark.parametrize(("level", "seed"), EVERY)
def test_torch_walks_through_the_same_blocks(level, seed):
    r, found = solved("cnn/same_block_sizes", level, seed)
    maps = torch.zeros(1, r.in_channels, r.in_height, r.in_width)
    for block, filters in enumerate(r.filters, start=1):
        conv = nn.Conv2d(maps.shape[1], filters, r.kernel_size, padding="same", dilation=r.dilation)
        if r.ask_padding:
            explicit = nn.Conv2d(maps.shape[1], filters, r.kernel_size, padding=found["padding"], dilation=r.dilation)
            assert explicit(maps).shape == conv(maps).shape
        shapes = {}
        for name, layer in (("conv", conv), ("pool", nn.MaxPool2d(2))):
            maps = layer(maps)
            shapes[name] = [*maps.shape[2:], maps.shape[1]]
        assert found["sizes"][f"block{block}"] == shapes


@pytest.mark.parametrize(("level", "seed"), EVERY)
def test_torch_counts_the_same_total(level, seed):
    r, found = solved("cnn/total_params", level, seed)
    made = network(r.layers, (r.in_height, r.in_width, r.in_channels))
    convs = [numbers(layer) for layer in made if isinstance(layer, nn.Conv2d)]
    assert found["total"] == numbers(made)
    if "first" in found:
        assert [found["first"], *[found["further"]] * (len(convs) - 1)] == convs
    if r.budget:
        assert numbers(made) + found["more"] * convs[-1] <= r.budget < numbers(made) + (found["more"] + 1) * convs[-1]


@pytest.mark.parametrize(("level", "seed"), EVERY)
def test_torch_agrees_with_every_solution_of_the_inverse_problem(level, seed):
    r, found = solved("cnn/inverse_conv", level, seed)
    for value in found[r.unknown]:
        fields = ("in_channels", "out_channels", "kernel_size", "stride", "padding", "in_size")
        given = {**{field: getattr(r, field) for field in fields}, r.unknown: value}
        if r.parameters:
            sizes = (given["in_channels"], given["kernel_size"], given["kernel_size"])
            filters = given["out_channels"] or r.parameters // numbers(nn.Conv2d(sizes[0], 1, sizes[1]))
            assert numbers(nn.Conv2d(sizes[0], filters, sizes[1])) == r.parameters
        else:
            layer = nn.Conv1d(1, 1, given["kernel_size"], given["stride"], given["padding"])
            assert layer(torch.zeros(1, 1, given["in_size"])).shape[-1] == r.out_size

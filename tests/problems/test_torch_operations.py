"""PyTorch as a second oracle for the counting problems: its own layers, its own counter of operations."""

from __future__ import annotations

from fractions import Fraction
from itertools import pairwise

import pytest

from problemgen import answers, catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.nn.layers import Conv2d, Flatten, Linear, Pool2d

torch = pytest.importorskip("torch", reason="torch (CPU) is a second oracle; install it to run this")
from torch import nn  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

EVERY = [(level, seed) for level in Level for seed in range(10)]
each = pytest.mark.parametrize(("level", "seed"), EVERY)


def drawn(name, level, seed):
    return sampling.sample(catalog.get(name), Seed.of("torch", seed), level)


def value(instance, part):
    return answers.to_json(instance.solution.part(part).answer)


def numbers(*modules):
    return sum(parameter.numel() for module in modules for parameter in module.parameters())


def products(run, values):
    """Return the output and the products that torch counted (it counts two operations for each)."""
    with FlopCounterMode(display=False) as counter:
        values = run(values)
    return values, counter.get_total_flops() // 2


def in_unit(count, outputs, unit, *, biases):
    return {"FLOPs": 2 * count + outputs * biases, "additions": count - outputs * (not biases)}.get(unit, count)


@each
def test_the_operations_of_a_convolution(level, seed):
    instance = drawn("cnn/conv_multiplications", level, seed)
    r = instance.record
    layer = nn.Conv2d(r.in_channels, r.out_channels, r.kernel_size, r.stride, r.padding)
    found, count = products(layer, torch.zeros(1, r.in_channels, r.in_size, r.in_size))
    assert value(instance, "out_shape") == [*found.shape[2:], found.shape[1]]
    assert value(instance, "operations") == in_unit(count, found.numel(), r.unit, biases=r.count_bias)
    if r.ask_padding:
        nn.init.ones_(layer.weight)
        nn.init.zeros_(layer.bias)
        on_image = layer(torch.ones(1, r.in_channels, r.in_size, r.in_size)).sum().item()
        assert value(instance, "on_padding") == count - on_image


def module(layer, shape):
    match layer:
        case Conv2d(filters, kernel, stride, padding):
            return nn.Conv2d(shape[0], filters, kernel, stride, padding)
        case Pool2d(kernel, stride):
            return nn.MaxPool2d(kernel, stride)
        case Linear(features):
            return nn.Linear(shape[0], features)
        case Flatten():
            return nn.Flatten()
    raise AssertionError(layer)


def run_through(layers, in_channels, in_size):
    """Return (layer, output shape, parameters, products) of every layer."""
    values, rows = torch.zeros(1, in_channels, in_size, in_size), []
    for layer in layers:
        made = module(layer, values.shape[1:])
        values, count = products(made, values)
        channels, *sizes = values.shape[1:]
        rows.append((layer, [*sizes, channels], numbers(made), count))
    return rows


@each
def test_the_operations_of_a_network(level, seed):
    instance = drawn("cnn/network_operations", level, seed)
    r = instance.record
    rows = run_through(r.layers, r.in_channels, r.in_size)
    counts = [in_unit(count, 0, r.unit, biases=False) for *_, count in rows if count]
    assert [row["operations"] for row in value(instance, "operations").values()] == counts
    assert value(instance, "total") == sum(counts)
    assert Fraction(value(instance, "share")) == Fraction(100 * max(counts), sum(counts))
    if r.without_pool:
        pool = next(place for place, layer in enumerate(r.layers) if isinstance(layer, Pool2d))
        shorter = run_through((*r.layers[:pool], r.layers[pool + 1]), r.in_channels, r.in_size)
        assert Fraction(value(instance, "fraction")) == Fraction(rows[pool + 1][-1], shorter[-1][-1])


@each
def test_the_parameters_of_a_lenet(level, seed):
    instance = drawn("cnn/lenet_params", level, seed)
    r = instance.record
    first, maps = r.maps
    seen = [inputs for count, inputs in r.links for _ in range(count)] or [first] * maps
    convs = [nn.Conv2d(1, first, r.kernel_size), *(nn.Conv2d(inputs, 1, r.kernel_size) for inputs in seen)]
    pool, values = nn.AvgPool2d(2), torch.zeros(1, 1, r.in_size, r.in_size)
    values = pool(convs[0](values))
    values = pool(torch.cat([conv(values[:, : conv.in_channels]) for conv in convs[1:]], dim=1)).flatten()
    widths = [len(values), *r.widths]
    dense = [nn.Linear(*sizes) for sizes in pairwise(widths)]
    pooled = [2 * count if r.trainable_pooling else 0 for count in r.maps]
    wanted = [numbers(convs[0]), pooled[0], numbers(*convs[1:]), pooled[1], *map(numbers, dense)]
    assert [row["parameters"] for row in value(instance, "table").values()] == wanted
    assert value(instance, "total") == sum(wanted)


@each
def test_what_a_small_network_learns(level, seed):
    instance = drawn("mlp/list_parameters", level, seed)
    r = instance.record
    values, made = torch.zeros(2, 1, r.in_size), []

    def through(layer):
        made.append(layer)
        return layer(values)

    if r.filters:
        values = through(nn.Conv1d(1, r.filters, r.kernel_size))
    if r.batch_norm:
        values = through(nn.BatchNorm1d(r.filters))
    if r.pool_size:
        values = through({"max": nn.MaxPool1d, "average": nn.AvgPool1d}[r.pool](r.pool_size, r.pool_stride))
    values = through(nn.Flatten())
    if r.hidden:
        values = through(nn.Linear(values.shape[1], r.hidden))
        values = through(nn.Dropout())
    values = through(nn.Linear(values.shape[1], r.outputs))
    assert value(instance, "count") == numbers(*made)
    tensors = [parameter for layer in made for parameter in layer.parameters()]
    assert len(value(instance, "learnable")["correct"]) == len(tensors)


@each
def test_the_first_wrong_entry(level, seed):
    instance = drawn("cnn/find_wrong_row", level, seed)
    r = instance.record
    right = [(shape, count) for _, shape, count, _ in run_through(r.layers, r.in_channels, r.in_size)]
    table = [(list(row["shape"]), row["count"]) for row in r.givens()["rows"]]
    row, column = next(
        (row, column) for row in range(len(right)) for column in (0, 1) if right[row][column] != table[row][column]
    )
    assert value(instance, "row")["correct"] == [row]
    assert value(instance, "column")["correct"] == [column]
    assert value(instance, "correction") == right[row][column]
    assert value(instance, "total") == sum(count for _, count in right)

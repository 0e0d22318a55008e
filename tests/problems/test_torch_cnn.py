"""PyTorch as a second oracle for the convolution problems: it knows neither our formulas nor our sliding windows."""

from __future__ import annotations

import pytest

from problemgen import answers, catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.nn.layers import Conv2d, Flatten, Linear, Pool2d, ReLU

torch = pytest.importorskip("torch", reason="torch (CPU) is a second oracle where it is installed")
from torch import nn  # noqa: E402
from torch.utils.flop_counter import FlopCounterMode  # noqa: E402

SEEDS = range(15)


def instances(name):
    return [
        pytest.param(name, seed, level, id=f"{name}-{level}-{seed}".replace("cnn/", ""))
        for level in Level
        for seed in SEEDS
    ]


def drawn(name, seed, level):
    return sampling.sample(catalog.get(name), Seed.of("torch", seed), level)


def value(instance, part):
    return answers.to_json(instance.solution.part(part).answer)


def numbers(module):
    return sum(parameter.numel() for parameter in module.parameters())


@pytest.mark.parametrize(("name", "seed", "level"), instances("cnn/conv_params"))
def test_torch_counts_the_same_parameters(name, seed, level):
    instance = drawn(name, seed, level)
    r = instance.record
    layer = nn.Conv2d(r.in_channels, r.out_channels, r.kernel_size, bias=r.bias, groups=r.groups)
    assert value(instance, "parameters") == numbers(layer)


@pytest.mark.parametrize(("name", "seed", "level"), instances("cnn/conv_output_shape"))
def test_torch_gives_the_same_shape_and_leaves_the_same_columns(name, seed, level):
    instance = drawn(name, seed, level)
    r = instance.record
    image = torch.ones(1, r.in_channels, r.in_height, r.in_width)
    padded = nn.functional.pad(image, (r.padding,) * 4).requires_grad_()
    kernels = torch.ones(r.out_channels, r.in_channels, r.kernel_size, r.kernel_size)
    result = nn.functional.conv2d(padded, kernels, stride=r.stride, dilation=r.dilation)
    channels, height, width = result.shape[1:]
    assert value(instance, "out_shape") == [height, width, channels]

    layer = nn.Conv2d(r.in_channels, r.out_channels, r.kernel_size, r.stride, r.padding, r.dilation)
    assert layer(image).shape == result.shape

    result.sum().backward()
    reached = padded.grad.abs().sum(dim=(0, 1, 2)).nonzero().max().item() + 1
    assert value(instance, "uncovered_columns") == padded.shape[-1] - reached


def module(layer, shape):
    """Return the torch module of a layer for an input of this (channels, height, width) or (features,) shape."""
    match layer:
        case Conv2d(filters, kernel, stride, padding, dilation, groups, bias):
            return nn.Conv2d(shape[0], filters, kernel, stride, padding, dilation, groups, bias)
        case Pool2d(kernel, stride, mode):
            return {"max": nn.MaxPool2d, "avg": nn.AvgPool2d}[mode](kernel, stride)
        case Linear(features, bias):
            return nn.Linear(shape[0], features, bias)
        case Flatten():
            return nn.Flatten()
        case ReLU():
            return nn.ReLU()
    raise AssertionError(layer)


def torch_table(record):
    """Return (shape, parameters, multiplications) for every layer, as torch runs it."""
    values = torch.zeros(1, record.in_channels, record.in_height, record.in_width)
    rows = []
    for layer in record.layers:
        run = module(layer, values.shape[1:])
        with FlopCounterMode(display=False) as counter:
            values = run(values)
        channels, *sizes = values.shape[1:]
        # torch counts a multiplication and an addition for every weight that is applied
        rows.append(([*sizes, channels], numbers(run), counter.get_total_flops() // 2))
    return rows


@pytest.mark.parametrize(("name", "seed", "level"), instances("cnn/layer_table"))
def test_torch_fills_in_the_same_table(name, seed, level):
    instance = drawn(name, seed, level)
    *rows, total = value(instance, "table").values()
    measured = torch_table(instance.record)
    assert [(row["out_shape"], row["parameters"]) for row in rows] == [row[:2] for row in measured]
    assert total["parameters"] == sum(row[1] for row in measured)
    if instance.record.count_multiplications:
        assert [row.get("multiplications", 0) for row in rows] == [row[2] for row in measured]
        assert total["multiplications"] == sum(row[2] for row in measured)
    else:
        assert "multiplications" not in total

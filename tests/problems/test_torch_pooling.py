"""PyTorch as a second oracle: pooling forward and backward, and receptive fields by the support of a gradient."""

from __future__ import annotations

from fractions import Fraction

import pytest

from problemgen import answers, catalog, sampling
from problemgen.draw import Level, Seed

torch = pytest.importorskip("torch", reason="torch (CPU) is a second oracle; install it to run this")
from torch import nn  # noqa: E402

EVERY = [(level, seed) for level in Level for seed in range(12)]
every = pytest.mark.parametrize(("level", "seed"), EVERY)


def drawn(name, level, seed):
    return sampling.sample(catalog.get(name), Seed.of("torch", seed), level)


def part(instance, name):
    return answers.to_json(instance.solution.part(name).answer)


def floats(rows):
    return torch.tensor([[float(Fraction(entry)) for entry in row] for row in rows], dtype=torch.float64)


def pooling(record):
    kind = nn.MaxPool2d if record.mode == "max" else nn.AvgPool2d
    return kind(record.kernel_size, record.stride)


@every
def test_torch_pools_the_same(level, seed):
    instance = drawn("cnn/pool_forward", level, seed)
    image = floats(instance.record.image).requires_grad_()
    output = pooling(instance.record)(image[None, None])[0, 0]
    torch.testing.assert_close(output, floats(part(instance, "output")))
    if instance.record.count_idle:
        (reached,) = torch.autograd.grad(output.sum(), image)
        assert part(instance, "idle") == int((reached == 0).sum())


@every
def test_torch_sends_back_the_same_gradient(level, seed):
    instance = drawn("backprop/pool_backward", level, seed)
    image = floats(instance.record.image).requires_grad_()
    pooling(instance.record)(image[None, None])[0, 0].backward(floats(instance.record.upstream))
    torch.testing.assert_close(image.grad, floats(part(instance, "gradient")))


def field_and_jump(layers):
    """Stack 1-D convolutions of ones on a long line and see on which inputs two neighbouring outputs depend."""
    stack = nn.Sequential(*(nn.Conv1d(1, 1, k, s, dilation=d, bias=False) for k, s, d in layers)).double()
    for weight in stack.parameters():
        nn.init.ones_(weight)
    spans = []
    for output in (0, 1):
        line = torch.zeros(1, 1, 3000, dtype=torch.float64, requires_grad=True)
        stack(line)[0, 0, output].backward()
        seen = line.grad[0, 0].nonzero().flatten()
        spans.append((int(seen[0]), int(seen[-1])))
    return spans[0][1] - spans[0][0] + 1, spans[1][0] - spans[0][0]


@every
def test_the_gradient_of_an_output_spans_its_receptive_field(level, seed):
    instance = drawn("cnn/receptive_field", level, seed)
    record = instance.record
    layers = [(size, 1, dilation) for size, dilation in zip(record.kernel_sizes, record.dilated, strict=True)]
    assert part(instance, "field") == field_and_jump(layers)[0]
    if record.goal:
        more = (record.new_kernel, 1, record.new_dilation)
        least = part(instance, "least")
        assert field_and_jump([more] * (least - 1))[0] < record.goal <= field_and_jump([more] * least)[0]


@every
def test_the_gradient_shows_field_and_jump_of_every_layer(level, seed):
    instance = drawn("cnn/receptive_field_downsampling", level, seed)
    record = instance.record
    layers = [(step.kernel_size, step.stride, 1) for step in record.layers]
    rows = part(instance, "table").values()
    for depth, row in enumerate(rows, start=1):
        assert (row["field"], row["jump"]) == field_and_jump(layers[:depth])
    if record.after:
        new = (record.new_kernel, record.new_stride, 1)
        changed = [*layers[: record.after], new, *layers[record.after :]]
        assert part(instance, "inserted") == field_and_jump(changed)[0]
    if record.goal:
        more = part(instance, "more")
        assert field_and_jump([*layers, *[(3, 1, 1)] * (more - 1)])[0] < record.goal
        assert field_and_jump([*layers, *[(3, 1, 1)] * more])[0] >= record.goal


@every
def test_torch_routes_the_gradient_as_written_out(level, seed):
    instance = drawn("backprop/pool_backward_general", level, seed)
    record = instance.record
    place = tuple(at - record.base for at in record.place)
    torch.manual_seed(seed)
    for best in (False, True, True):
        image = torch.randperm(400).reshape(20, 20).double()
        image[place] = 1000 if best else image[place]
        image.requires_grad_()
        output = pooling(record)(image[None, None])[0, 0]
        upstream = torch.randint(1, 9, output.shape).double()
        output.backward(upstream)
        values = {}
        for name, entries in zip(record.names, (image, upstream), strict=True):
            for row, line in enumerate(entries.tolist(), start=record.base):
                values |= {f"{name}_{row}_{column}": Fraction(v) for column, v in enumerate(line, start=record.base)}
        measured = float(image.grad[place])
        points = [(values, measured)] * 8
        assert answers.agrees(instance.solution.part("entry").answer, points)

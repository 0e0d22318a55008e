"""PyTorch as a second oracle for filters on patterns, flipped kernels, recovered filters and transposed convolution."""

from __future__ import annotations

from fractions import Fraction

import pytest

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed

torch = pytest.importorskip("torch", reason="torch (CPU) is a second oracle; install it to run this")
from torch.nn import functional  # noqa: E402

SEEDS = range(15)


def instances(name):
    return pytest.mark.parametrize(
        "instance",
        [
            pytest.param(sampling.sample(catalog.get(name), Seed.of("torch", seed), level), id=f"{level}-{seed}")
            for level in Level
            for seed in SEEDS
        ],
    )


def tensor(rows):
    return torch.tensor([[[[float(Fraction(entry)) for entry in row] for row in rows]]], dtype=torch.float64)


def value(instance, part):
    answer = instance.solution.part(part).answer
    return tensor(answer.entries) if hasattr(answer, "entries") else answer


def asked(instance, part):
    return part in {one.name for one in instance.solution.parts}


def close(found, wanted):
    return found.shape == wanted.shape and torch.allclose(found, wanted, atol=1e-9)


@instances("cnn/patterned_blur")
def test_torch_filters_the_same_pattern(instance):
    items = instance.solution.figures["arrays"].data["items"]
    image, kernel = tensor(items[0]["entries"]), tensor(items[2]["entries"])
    assert close(functional.conv2d(image, kernel, stride=instance.record.stride), value(instance, "output"))


@instances("cnn/kernel_flip")
def test_torch_flips_and_convolves_the_same(instance):
    kernel = tensor(instance.record.kernel)
    flipped = torch.flip(kernel, (2, 3))
    assert close(flipped, value(instance, "flipped"))
    if instance.record.patch:
        patch = tensor(instance.record.patch)
        assert close(functional.conv2d(patch, kernel), value(instance, "correlation"))
        assert close(functional.conv2d(patch, flipped), value(instance, "convolution"))


@instances("cnn/filter_effect")
def test_torch_gives_a_constant_image_the_same_brightness(instance):
    image = torch.full((1, 1, 3, 3), float(instance.record.brightness), dtype=torch.float64)
    assert functional.conv2d(image, tensor(instance.record.kernel)).item() == pytest.approx(
        float(value(instance, "response").value)
    )


@instances("cnn/filter_recovery")
def test_torch_gets_the_output_from_the_recovered_filter(instance):
    record, weights = instance.record, value(instance, "filter")
    used = torch.flip(weights, (2, 3)) if record.flipped else weights
    assert close(functional.conv2d(tensor(record.image), used, stride=record.stride), tensor(record.output))
    if asked(instance, "next_output"):
        longer = tensor(((*record.image[0], *record.further),))
        last = functional.conv2d(longer, used, stride=record.stride)[0, 0, 0, -1].item()
        assert last == value(instance, "next_output").value


@instances("cnn/transposed_conv")
def test_torch_transposes_the_same_convolution(instance):
    record = instance.record
    output = functional.conv_transpose2d(
        tensor(record.image), tensor(record.kernel), stride=record.stride, padding=record.padding
    )
    assert tuple(output.shape[2:]) == value(instance, "out_shape").dims
    assert close(output, value(instance, "output"))
    if record.resize:
        small, large, padding = record.resize
        stride, kernel = max(value(instance, "strides").values), value(instance, "kernel_size").value
        layer = torch.nn.ConvTranspose2d(1, 1, kernel, stride, padding)
        assert layer(torch.zeros(1, 1, small, small)).shape[2:] == (large, large)

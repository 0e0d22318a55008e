"""PyTorch's autograd as a second oracle for the worked convolution and for the gradients behind it."""

from __future__ import annotations

import pytest
import sympy

from problemgen import answers, catalog, sampling
from problemgen.draw import Level, Seed

torch = pytest.importorskip("torch", reason="torch (CPU) is a second oracle where it is installed")

SEEDS = range(8)
ANYWHERE = [pytest.param(seed, level, id=f"{level}-{seed}") for level in Level for seed in SEEDS]
POINTS = 12


def drawn(name, seed, level):
    return sampling.sample(catalog.get(name), Seed.of("torch", seed), level)


def tensor(values):
    return torch.tensor([float(value) for value in values], dtype=torch.float64)


def table(instance, part):
    return {row: cell for (row, _), cell in instance.solution.part(part).answer.cells()}


def named(letter, values):
    return {f"{letter}{place}": value for place, value in enumerate(values.tolist(), start=1)}


def agree(found, wanted):
    assert found.keys() == wanted.keys()
    for name, value in found.items():
        assert value == pytest.approx(wanted[name], abs=1e-9), name


@pytest.mark.parametrize(("seed", "level"), ANYWHERE)
def test_torch_slides_the_kernel_to_the_same_output(seed, level):
    instance = drawn("cnn/conv_forward", seed, level)
    r = instance.record
    image, kernel = (
        torch.stack([torch.stack([tensor(row) for row in rows]) for rows in a]) for a in (r.image, r.kernel)
    )
    output = torch.nn.functional.conv2d(image[None], kernel[None], tensor([r.bias]), r.stride, r.padding)[0, 0]
    entries = instance.solution.part("output").answer.entries
    assert torch.allclose(torch.stack([tensor(row) for row in entries]), output, atol=1e-9, rtol=0)


def pooled(r, z):
    """Return the maxima of the windows of z."""
    return z.unfold(0, r.pool_size, r.pool_stride).max(dim=1).values


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("level", [Level.MEDIUM, Level.HARD])
def test_torch_finds_the_same_values_and_gradients(seed, level):
    instance = drawn("backprop/conv_max_relu", seed, level)
    r = instance.record
    k, w = tensor(r.kernel).requires_grad_(), tensor(r.weights).requires_grad_()
    b, a = tensor([r.bias]).requires_grad_(), tensor([r.out_bias]).requires_grad_()
    z = torch.nn.functional.conv1d(tensor(r.x)[None, None], k[None, None], b, r.stride)[0, 0]
    m = pooled(r, z)
    v = m.relu()
    yhat = w @ v + a
    for hidden in (z, v, yhat):
        hidden.retain_grad()
    loss = 0.5 * (yhat - float(r.target)) ** 2
    loss.backward()
    values = {**named("z", z), **named("m", m), **named("v", v), "yhat": yhat.item(), "L": loss.item()}
    gradients = {**named("delta", v.grad), **named("alpha", z.grad), **named("k", k.grad), **named("w", w.grad)}
    gradients |= {"yhat": yhat.grad.item(), "b": b.grad.item(), "a": a.grad.item()}
    agree({name: float(cell.value) for name, cell in table(instance, "forward").items()}, values)
    agree({name: float(cell.value) for name, cell in table(instance, "backward").items()}, gradients)


def at(expression, point):
    symbols = {symbol: sympy.Rational(point[str(symbol)]) for symbol in expression.expr.free_symbols}
    return float(expression.expr.subs(symbols))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("level", [Level.EASY, Level.HARD])
def test_autograd_confirms_the_indicators(seed, level):
    instance = drawn("backprop/conv_max_relu", seed, level)
    r, chance = instance.record, torch.Generator().manual_seed(seed)
    outputs = (r.in_size - r.kernel_size) // r.stride + 1
    seen = set()
    for _ in range(POINTS):
        z = (torch.randn(outputs, generator=chance, dtype=torch.float64) - 0.5).requires_grad_()  # some units inactive
        v = pooled(r, z).relu()
        delta = torch.randn(len(v), generator=chance, dtype=torch.float64)
        (delta @ v).backward()
        point = {**named("z", z), **named("delta", delta)}
        found = {name: at(cell, point) for name, cell in table(instance, "alphas").items()}
        agree(found, named("alpha", z.grad))
        seen |= {bool(active) for active in v > 0}
    assert seen == {True, False}


@pytest.mark.parametrize("seed", SEEDS)
def test_autograd_confirms_the_gradients_of_the_parameters_in_letters(seed):
    instance = drawn("backprop/conv_max_relu", seed, Level.EASY)
    r, chance = instance.record, torch.Generator().manual_seed(seed)

    def normal(size):
        return torch.randn(size, generator=chance, dtype=torch.float64)

    k, b, x = normal(r.kernel_size).requires_grad_(), normal(1).requires_grad_(), normal(r.in_size)
    z = torch.nn.functional.conv1d(x[None, None], k[None, None], b, r.stride)[0, 0]
    v = pooled(r, z).detach()
    w, a, y = normal(len(v)).requires_grad_(), normal(1).requires_grad_(), normal(1)
    alpha = normal(len(z))
    (alpha @ z).backward()
    point = {**named("x", x), **named("alpha", alpha)}
    found = {name: at(cell, point) for name, cell in table(instance, "kernel_gradients").items()}
    agree(found, {**named("k", k.grad), "b": b.grad.item()})

    yhat = w @ v + a
    (0.5 * (yhat - y) ** 2).backward()
    point = {**named("v", v), "yhat": yhat.item(), "y": y.item()}
    found = {name: at(cell, point) for name, cell in table(instance, "linear_gradients").items()}
    agree(found, {**named("w", w.grad), "a": a.grad.item()})
    learnable = sum(parameter.numel() for parameter in (k, b, w, a))
    assert answers.to_json(instance.solution.part("parameters").answer) == learnable

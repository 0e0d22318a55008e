"""PyTorch's autograd as a second oracle for softmax and cross-entropy and for the gradients of convolutions."""

from __future__ import annotations

from math import log

import pytest
import sympy

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed

torch = pytest.importorskip("torch", reason="torch (CPU) is a second oracle; install it to run this")

ANYWHERE = [pytest.param(seed, level, id=f"{level}-{seed}") for level in Level for seed in range(8)]


def drawn(name, seed, level):
    return sampling.sample(catalog.get(name), Seed.of("torch", seed), level)


def tensor(values):
    rows = [[float(entry) for entry in row] if isinstance(row, tuple) else float(row) for row in values]
    return torch.tensor(rows, dtype=torch.float64)


def close(found, wanted):
    assert torch.allclose(tensor(found), wanted, atol=1e-9, rtol=1e-9)


def cells(instance, part):
    return {row: cell for (row, _), cell in instance.solution.part(part).answer.cells()}


def value_at(cell, point):
    return float(cell.expr.subs({symbol: sympy.Rational(point[str(symbol)]) for symbol in cell.expr.free_symbols}))


@pytest.mark.parametrize(("seed", "level"), ANYWHERE)
def test_torch_finds_the_same_probabilities_loss_and_gradient(seed, level):
    instance = drawn("loss/softmax_cross_entropy", seed, level)
    record = instance.record
    logits = (tensor(record.logits) * (log(record.log_base) if record.log_base else 1)).requires_grad_()
    loss = torch.nn.functional.cross_entropy(logits[None], torch.tensor([record.target - 1]))
    loss.backward()
    close([cell.value for cell in cells(instance, "probabilities").values()], torch.softmax(logits, 0))
    close([cell.value for cell in cells(instance, "gradient").values()], logits.grad)
    assert float(instance.solution.part("loss").answer.value) == pytest.approx(loss.item(), abs=1e-9)


def backward(image, kernel, record, bias=0):
    """Return the gradients of input, kernel and bias, the loss being delta times the output."""
    x, w, b = image.requires_grad_(), kernel.requires_grad_(), torch.tensor([float(bias)], dtype=torch.float64)
    b.requires_grad_()
    output = torch.nn.functional.conv2d(x[None, None], w[None, None], b, record.stride, record.padding)[0, 0]
    (output * tensor(record.delta)).sum().backward()
    return x.grad, w.grad, b.grad


@pytest.mark.parametrize(("seed", "level"), ANYWHERE)
def test_autograd_finds_the_gradient_of_the_input(seed, level):
    instance = drawn("backprop/conv_backward_input", seed, level)
    record = instance.record
    image = torch.ones(record.in_size, record.in_size, dtype=torch.float64)
    close(instance.solution.part("gradient").answer.entries, backward(image, tensor(record.kernel), record)[0])


@pytest.mark.parametrize(("seed", "level"), ANYWHERE)
def test_autograd_finds_the_gradients_of_kernel_and_bias(seed, level):
    instance = drawn("backprop/conv_backward_weight", seed, level)
    record = instance.record
    kernel = torch.ones(record.kernel_size, record.kernel_size, dtype=torch.float64)
    _, weight, bias = backward(tensor(record.image), kernel, record)
    close(instance.solution.part("weight_gradient").answer.entries, weight)
    assert float(instance.solution.part("bias_gradient").answer.value) == bias.item()
    if record.entry:
        named = zip(record.letters, (record.image, record.delta), strict=True)
        point = {f"{letter}{i}{j}": entry for letter, rows in named
                 for i, row in enumerate(rows, 1) for j, entry in enumerate(row, 1)}  # fmt: skip
        row, column = record.entry
        found = value_at(instance.solution.part("entry_formula").answer, point)
        assert found == weight[row - 1, column - 1].item()


@pytest.mark.parametrize(("seed", "level"), ANYWHERE)
def test_torch_takes_the_same_step(seed, level):
    instance = drawn("backprop/sgd_step_conv", seed, level)
    record = instance.record
    kernel, bias = tensor(record.kernel), torch.tensor([float(record.bias)], dtype=torch.float64)
    _, weight, slope = backward(tensor(record.image), tensor(record.kernel), record)
    kernel.grad, bias.grad = weight, slope
    torch.optim.SGD([kernel], lr=float(record.eta), weight_decay=float(record.decay)).step()
    torch.optim.SGD([bias], lr=float(record.eta)).step()
    close(instance.solution.part("new_weights").answer.entries, kernel)
    if record.bias:
        assert float(instance.solution.part("new_bias").answer.value) == pytest.approx(bias.item())


@pytest.mark.parametrize(("seed", "level"), ANYWHERE)
def test_autograd_confirms_the_gradients_of_the_linear_output(seed, level):
    instance = drawn("backprop/linear_output_gradients", seed, level)
    record, chance = instance.record, torch.Generator().manual_seed(seed)
    w, v, a = (torch.randn(size, generator=chance, dtype=torch.float64).requires_grad_()
               for size in (record.inputs, record.inputs, 1))  # fmt: skip
    y = torch.randn(1, generator=chance, dtype=torch.float64)
    yhat = w @ v + a
    ((yhat - y) ** 2 * (0.5 if record.half else 1)).backward()
    names = zip(record.letters, (w, v), strict=False)
    known = {f"{letter}{j}": (value.item(), value_grad.item()) for letter, values in names
             for j, (value, value_grad) in enumerate(zip(values, values.grad, strict=True), 1)}  # fmt: skip
    known[record.letters[2]] = (a.item(), a.grad.item())
    point = {name: value for name, (value, _) in known.items()} | {"yhat": yhat.item(), "y": y.item()}
    for name, cell in cells(instance, "gradients").items():
        assert value_at(cell, point) == pytest.approx(known[name][1], abs=1e-9)


@pytest.mark.parametrize(("seed", "level"), ANYWHERE)
def test_autograd_confirms_the_indicators_in_either_order(seed, level):
    instance = drawn("backprop/max_relu_indicators", seed, level)
    record, chance = instance.record, torch.Generator().manual_seed(seed)
    for _ in range(8):
        z = torch.randn(record.outputs, generator=chance, dtype=torch.float64).requires_grad_()
        windows = (z.relu() if record.relu_first else z).unfold(0, record.pool_size, record.pool_stride)
        v = windows.max(dim=1).values.relu()
        delta = torch.randn(len(v), generator=chance, dtype=torch.float64)
        (delta @ v).backward()
        point = {f"{letter}{i}": value for letter, values in (("z", z), ("delta", delta))
                 for i, value in enumerate(values.tolist(), 1)}  # fmt: skip
        for name, cell in cells(instance, "gradients").items():
            assert value_at(cell, point) == pytest.approx(z.grad[int(name[5:]) - 1].item(), abs=1e-9)

"""torch as a second oracle of the statements that it can compute: gradients, softmax, receptive fields, shifts."""

import pytest

from problemgen.nn.statements import bank

torch = pytest.importorskip("torch", reason="torch (CPU) is a second oracle; install it to run this")
F = torch.nn.functional


def claim(name):
    return bank()[name].claimed(holds=True)


def numbered(*shape):
    return (torch.arange(torch.Size(shape).numel(), dtype=torch.float64).reshape(shape) ** 2) % 11 - 5


def correlated_by(padded, found):
    """Return how the kernel must be turned for a cross-correlation of `padded` to give `found`."""
    kernel = numbered(3, 3)
    turns = {"unchanged": kernel, "rotated by 180 degrees": kernel.flip(0, 1), "transposed": kernel.T}
    return next(name for name, turned in turns.items() if torch.equal(F.conv2d(padded, turned[None, None]), found))


def test_gradients_of_a_convolution():
    x, upstream = numbered(1, 1, 5, 5).requires_grad_(), numbered(1, 1, 3, 3) + 2
    kernel = numbered(3, 3)[None, None].requires_grad_()
    F.conv2d(x, kernel).backward(upstream)
    assert correlated_by(F.pad(upstream, (2, 2, 2, 2)), x.grad) == claim("input_gradient_flips")
    assert torch.equal(F.conv2d(x.detach(), upstream), kernel.grad)
    assert claim("kernel_gradient") == "unchanged"
    assert torch.equal(F.conv_transpose2d(upstream, kernel.detach()), x.grad)
    assert claim("transposed_is_backward") == "unchanged"


@pytest.mark.parametrize(("name", "pool"), [("max_routes", F.max_pool2d), ("average_divides", F.avg_pool2d)])
def test_gradients_of_pooling(name, pool):
    x = torch.tensor([[[[1.0, 4.0], [2.0, 3.0]]]], requires_grad=True)
    pool(x, 2).backward(torch.tensor([[[[8.0]]]]))
    assert x.grad.flatten().tolist() == claim(name)


def test_overlapping_maxima_add_up():
    x = torch.tensor([[[[1.0, 9.0, 2.0], [0.0, 3.0, 4.0]]]], requires_grad=True)
    F.max_pool2d(x, 2, 1).backward(torch.tensor([[[[3.0, 5.0]]]]))
    assert x.grad.max().item() == claim("overlapping_maxima")


def test_softmax():
    z = torch.tensor([[0.5, -1.0, 2.0]], dtype=torch.float64, requires_grad=True)
    loss = F.cross_entropy(z, torch.tensor([0]))
    loss.backward()
    assert round(z.grad.sum().item(), 9) == claim("gradient_sums_to_zero")
    assert torch.allclose(z.grad, z.softmax(1) - torch.tensor([[1.0, 0.0, 0.0]], dtype=torch.float64))
    assert torch.allclose(z.softmax(1), (z + 5).softmax(1)) is claim("softmax_shift")
    assert ((2 * z).softmax(1).max() > z.softmax(1).max()).item() is claim("logit_scale")
    assert (loss.item() < 0) is claim("loss_sign")


@pytest.mark.parametrize("name", ["field_of_two", "pooling_in_front"])
def test_receptive_fields_by_the_support_of_a_gradient(name):
    x = torch.ones(1, 1, 64, requires_grad=True)
    (layers,) = bank()[name].on
    value = x
    for kernel_size, stride in layers:
        value = F.conv1d(value, torch.ones(1, 1, kernel_size), stride=stride)
    value[0, 0, value.shape[-1] // 2].backward()
    assert int((x.grad != 0).sum()) == claim(name)


def test_convolutions_with_circular_padding_are_equivariant_and_their_mean_is_invariant():
    conv = torch.nn.Conv2d(1, 2, 3, padding=1, padding_mode="circular", dtype=torch.float64)
    x = numbered(1, 1, 8, 8)
    before, after = conv(x).relu(), conv(x.roll((1, 3), (2, 3))).relu()
    assert torch.allclose(before.roll((1, 3), (2, 3)), after)
    assert not torch.allclose(before, after)
    assert torch.allclose(before.mean((2, 3)), after.mean((2, 3)))
    assert (claim("cnn_without_pooling"), claim("global_average_invariant")) == ("equivariant", "invariant")


def test_parameters():
    layers = {"relu_learns_nothing": torch.nn.ReLU(), "pooling_learns_nothing": torch.nn.MaxPool2d(2)}
    for name, layer in layers.items():
        assert sum(weights.numel() for weights in layer.parameters()) == claim(name)
    assert torch.nn.Conv2d(3, 8, 3).bias.numel() == claim("one_bias_a_filter")

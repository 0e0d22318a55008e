"""torch as a second oracle of the formulas: layers of many sizes are made and run, autograd gives the sums."""

import itertools

import pytest

from problemgen import catalog, sampling
from problemgen.draw import Level, Seed
from problemgen.equivalence import value_at

torch = pytest.importorskip("torch", reason="torch (CPU) is a second oracle; install it to run this")


def solution(name, level, number=0):
    instance = sampling.sample(catalog.get(name), Seed.of("torch", name, number), level)
    return instance.record, instance.solution


def formulas(part):
    return {row.id: row.cells["formula"].expr for row in part.answer.rows}


def sizes():
    """Yield sizes with every stride, and paddings and dilations in turn."""
    for turn, (kernel, stride) in enumerate(itertools.product((2, 3, 4), (1, 2, 3))):
        yield {
            "in_height": 14 + turn % 5, "in_width": 17 + 2 * turn % 7, "in_channels": 6, "out_channels": 12,
            "kernel_size": kernel, "stride": stride, "padding": turn % 3, "dilation": 1 + turn % 2,
            "groups": 1 + turn % 3, "pool_size": 2 + turn % 2, "pool_stride": 1 + turn % 3,
        }  # fmt: skip


@pytest.mark.parametrize("level", Level)
def test_a_convolution_has_the_shape_and_the_parameters_of_the_formulas(level):
    record, solved = solution("cnn/symbolic_conv_formula", level)
    for at in sizes():
        point = {
            **at,
            "dilation": at["dilation"] if record.dilation else 1,
            "groups": at["groups"] if record.groups else 1,
        }
        options = {name: point[name] for name in ("stride", "padding", "dilation", "groups")}
        layer = torch.nn.Conv2d(6, 12, point["kernel_size"], bias=record.bias, **options)
        outcome = layer(torch.zeros(1, 6, point["in_height"], point["in_width"]))
        shape = {row: value_at(expr, point) for row, expr in formulas(solved.part("shape")).items()}
        assert (1, shape["channels"], shape["height"], shape["width"]) == tuple(outcome.shape)
        counts = {row: value_at(expr, point) for row, expr in formulas(solved.part("parameters")).items()}
        biases = layer.bias.numel() if record.bias else 0
        assert counts == {"weights": layer.weight.numel(), "biases": biases}


@pytest.mark.parametrize("level", Level)
def test_a_pooling_has_the_shape_of_the_formulas(level):
    record, solved = solution("cnn/symbolic_pool_formula", level)
    for at in sizes():
        image = torch.zeros(1, 6, at["in_height"], at["in_width"])
        if record.pool_size:
            image = torch.nn.Conv2d(6, 12, at["kernel_size"], padding=at["padding"])(image)
            pool = torch.nn.MaxPool2d(at["pool_size"], at["pool_stride"])
        else:
            pool = torch.nn.MaxPool2d(at["kernel_size"], at["stride"] if record.stride else at["kernel_size"])
        shape = {row: value_at(expr, at) for row, expr in formulas(solved.part("shape")).items()}
        assert (1, shape["channels"], shape["height"], shape["width"]) == tuple(pool(image).shape)


@pytest.mark.parametrize("level", Level)
@pytest.mark.parametrize("number", range(3))
def test_autograd_gives_the_sums(level, number):
    record, solved = solution("backprop/kernel_gradient_general_sum", level, number)
    generator = torch.Generator().manual_seed(number)
    x = torch.randint(-5, 6, (1, 1, record.in_size), generator=generator).double()
    kernel = torch.zeros(1, 1, record.kernel_size, dtype=torch.float64, requires_grad=True)
    bias = torch.zeros(1, dtype=torch.float64, requires_grad=True)
    z = torch.nn.functional.conv1d(x, kernel, bias, stride=record.stride, dilation=record.dilation)
    alpha = torch.randint(-5, 6, z.shape, generator=generator).double()
    (z * alpha).sum().backward()
    arrays = {
        name: dict(enumerate(map(int, values.flatten()), start=1)) for name, values in (("x", x), ("alpha", alpha))
    }
    names = ("in_size", "kernel_size", "stride", "dilation")
    point = {**{name: getattr(record, name) for name in names}, "positions": z.shape[-1], **arrays}
    general, written = formulas(solved.part("general")), formulas(solved.part("written_out"))
    named = {f"{name}{index}": value for name, entries in arrays.items() for index, value in entries.items()}
    assert value_at(general["positions"], point) == z.shape[-1]
    for tap in range(1, record.kernel_size + 1):
        slope = int(kernel.grad[0, 0, tap - 1])
        assert value_at(general["kernel"], {**point, "tap": tap}) == value_at(written[f"k{tap}"], named) == slope
    assert value_at(general["bias"], point) == value_at(written["b"], named) == int(bias.grad)


@pytest.mark.parametrize("level", Level)
def test_many_random_gradients_have_the_moments_of_the_formulas(level):
    record, solved = solution("init/gradient_moments", level)
    size, kernel, stride = 9, 3, 3 if record.stride else 1
    at = {"in_size": size, "kernel_size": kernel, "stride": stride, "x_std": 2, "g_std": 1}
    at |= {"x_mean": 1 if record.x_mean else 0, "g_mean": 2 if record.g_mean else 0}
    generator = torch.Generator().manual_seed(7)
    shape = (40000, *(size,) * record.dims)
    x = at["x_mean"] + at["x_std"] * torch.randn(shape, generator=generator)
    first = slice(0, size - kernel + 1, stride)
    x = x[:, first, first] if record.dims == 2 else x[:, first]
    g = at["g_mean"] + at["g_std"] * torch.randn(x.shape, generator=generator)
    terms = (x * g).flatten(1)
    slopes = terms.mean(1) if record.average else terms.sum(1)
    found = {row: float(value_at(expr, at)) for row, expr in formulas(solved.part("moments")).items()}
    assert float(slopes.mean()) == pytest.approx(found["mean"], abs=5 * found["std"] / 200)
    assert float(slopes.var()) == pytest.approx(found["variance"], rel=0.06)
    assert float(slopes.std()) == pytest.approx(found["std"], rel=0.03)

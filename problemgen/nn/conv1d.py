r"""A 1-D convolution, the maximum of neighbouring outputs, ReLU, a linear layer and half the squared error, exactly.

    z_i = sum_j k_j x_{s(i-1)+j} + b,   m_j = the maximum of the z in window j,   v_j = ReLU(m_j),
    yhat = sum_j w_j v_j + a,           L = (yhat - y)^2 / 2

Gradients go back layer by layer with the indicator u, for z that do not tie: `diff(Max)` would answer in nested
Heavisides.  Indices count from 1, as the letters do.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

from sympy import Add, Expr, Integer, Mul, Symbol, latex, symbols

from problemgen.compilation import u
from problemgen.errors import require
from problemgen.exact import Rational, exact_sum
from problemgen.formula import Formula

Vector: TypeAlias = tuple[Rational, ...]
Window: TypeAlias = tuple[int, ...]

YHAT, Y = symbols("yhat y")


@dataclass(frozen=True)
class Conv1dNet:
    """The sizes of the network; `pool_size` outputs of the convolution share a maximum, every `pool_stride` of them."""

    in_size: int
    kernel_size: int
    stride: int = 1
    pool_size: int = 2
    pool_stride: int = 1

    def __post_init__(self) -> None:
        """Refuse sizes that are no sizes, and windows that do not fit."""
        sizes = (self.kernel_size, self.stride, self.pool_size, self.pool_stride)
        require(min(sizes) >= 1, "kernel_size, stride, pool_size and pool_stride must be at least 1")
        require(
            self.kernel_size <= self.in_size,
            f"a kernel of {self.kernel_size} does not fit {self.in_size} inputs",
        )
        require(
            self.pool_size <= self.conv_out,
            f"a window of {self.pool_size} does not fit the {self.conv_out} outputs of the convolution",
        )

    @property
    def conv_out(self) -> int:
        """The number of z."""
        return (self.in_size - self.kernel_size) // self.stride + 1

    @property
    def windows(self) -> tuple[Window, ...]:
        """Which z each maximum is taken of."""
        starts = range(1, self.conv_out - self.pool_size + 2, self.pool_stride)
        return tuple(tuple(range(start, start + self.pool_size)) for start in starts)

    @property
    def parameters(self) -> int:
        """The number of learnable scalars: the kernel and its bias, the linear weights and theirs."""
        return self.kernel_size + 1 + len(self.windows) + 1

    def read(self, i: int, j: int) -> int:
        """Return which x meets k_j in z_i."""
        return self.stride * (i - 1) + j

    def convolve(self, x: Vector, kernel: Vector, bias: Rational = 0) -> Vector:
        """Return the z, in plain numbers."""
        taps = range(1, self.kernel_size + 1)
        return tuple(
            exact_sum(kernel[j - 1] * x[self.read(i, j) - 1] for j in taps) + bias for i in range(1, self.conv_out + 1)
        )

    def maxima(self, z: Vector) -> Vector:
        """Return the m, in plain numbers."""
        return tuple(max(z[i - 1] for i in window) for window in self.windows)

    def winners(self, z: Vector) -> tuple[int, ...]:
        """Return, for each window with a positive maximum, which z it is."""
        tops = (max(window, key=lambda i: z[i - 1]) for window in self.windows)
        return tuple(top for top in tops if z[top - 1] > 0)

    def tie(self, z: Vector) -> bool:
        """Return whether two z of one window are equal."""
        return any(len({z[i - 1] for i in window}) < len(window) for window in self.windows)


@dataclass(frozen=True)
class Conv1dValues:
    """Numbers for one input, its target and all parameters."""

    x: Vector
    kernel: Vector
    bias: Rational
    weights: Vector
    out_bias: Rational
    target: Rational

    def check(self, net: Conv1dNet) -> None:
        """Refuse numbers that do not fit the network, or where the loss has no gradient."""
        wanted = {"x": net.in_size, "kernel": net.kernel_size, "weights": len(net.windows)}
        for name, size in wanted.items():
            require(
                len(getattr(self, name)) == size,
                f"{name} needs {size} numbers, not {len(getattr(self, name))}",
            )
        z = net.convolve(self.x, self.kernel, self.bias)
        for window, top in zip(net.windows, net.maxima(z), strict=True):
            tied = top == 0 or (top > 0 and sum(z[i - 1] == top for i in window) > 1)
            require(not tied, f"the loss has no gradient at z = ({', '.join(map(str, z))}): a maximum ties, or is 0")


def letter(name: str, index: int) -> Symbol:
    """Return the symbol of an indexed letter."""
    return Symbol(f"{name}{index}")


@cache
def written(name: str) -> str:
    """Return a name such as `z1`, `alpha2` or `yhat` in LaTeX."""
    return str(latex(Symbol(name)))


def partial(name: str) -> str:
    """Return the derivative of the loss by `k1`, `b`, ..., in LaTeX; delta and alpha are such derivatives already."""
    return written(name) if name.startswith(("delta", "alpha")) else rf"\partial L/\partial {written(name)}"


def routed(
    net: Conv1dNet, i: int, *, relu: bool = True, maximum: bool = True, turned: bool = False, most: int | None = None
) -> Expr:
    """Return dL/dz_i in delta_j = dL/dv_j: for each window that z_i is in, delta_j if z_i is its maximum and positive.

    The options are mistakes: no indicator for ReLU or for the maximum, its differences turned round, and only the
    first `most` windows.  Written out in this order, nothing evaluated.
    """
    z, terms = [letter("z", k) for k in range(net.conv_out + 1)], []
    for j, window in enumerate(net.windows, start=1):
        if i in window:
            rivals = [z[k] for k in window if k != i] if maximum else []
            pairs = [(rival, z[i]) if turned else (z[i], rival) for rival in rivals]
            wins = [u(Add(left, Mul(-1, right, evaluate=False), evaluate=False)) for left, right in pairs]
            factors = [letter("delta", j), *wins, *([u(z[i])] if relu else [])]
            terms.append(Mul(*factors, evaluate=False) if len(factors) > 1 else factors[0])
    kept = terms[:most]
    return Add(*kept, evaluate=False) if len(kept) > 1 else kept[0] if kept else Integer(0)


@cache
def conv_gradients(net: Conv1dNet, **options: Any) -> tuple[Formula, ...]:
    """Return alpha_i = dL/dz_i for every i, right or with an option of `routed`; few nets are sampled, so kept."""
    places = range(1, net.conv_out + 1)
    return tuple(Formula(f"alpha{i}", routed(net, i, **options), {f"alpha{i}": written(f"alpha{i}")}) for i in places)


def linear_gradients(net: Conv1dNet) -> dict[str, Expr]:
    """Return dL/dw_j and dL/da in v_j, yhat and y."""
    units = range(1, len(net.windows) + 1)
    return {**{f"w{j}": (YHAT - Y) * letter("v", j) for j in units}, "a": YHAT - Y}


def kernel_gradients(net: Conv1dNet) -> dict[str, Expr]:
    """Return dL/dk_j and dL/db in alpha_i = dL/dz_i: the kernel is shared, so every position adds its share."""
    alphas = {i: letter("alpha", i) for i in range(1, net.conv_out + 1)}
    taps = range(1, net.kernel_size + 1)
    shares = {f"k{j}": Add(*(alpha * letter("x", net.read(i, j)) for i, alpha in alphas.items())) for j in taps}
    return {**shares, "b": Add(*alphas.values())}

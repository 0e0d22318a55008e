"""The gradient of a shared 1-D kernel: written out for small sizes, and as a sum for all of them."""

from collections.abc import Mapping
from typing import Any, Self

from sympy import Expr, Integer

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Equation,
    Measured,
    Part,
    Solution,
    Steps,
    formula_table,
    problem,
    require,
)
from problemgen.measure import kernel_sums as measure
from problemgen.nn import kernel_sums as nn
from problemgen.nn import letters as notation
from problemgen.nn.layers import D, S

WHY = {
    "index_off_by_one": "began one input too far to the right",
    "flipped_index": "subtracted the kernel's index instead of adding it",
    "kernel_flipped": "took the kernel in the opposite direction",
    "alphas_left_out": "left out the gradients of the outputs",
    "summed_over_taps": "summed over the entries of the kernel instead of the positions",
    "last_position_missing": "left out the last position",
    "one_position_only": "took one position only, though the kernel is shared",
    "stride_taken_as_1": "took the stride as 1",
    "dilation_ignored": "ignored the dilation",
    "stride_and_dilation_exchanged": "let the positions step by the dilation, and the kernel by the stride",
    "bias_times_inputs": "multiplied by the inputs, though the bias stands alone",
    "positions_counted": "counted the positions instead of adding their gradients",
    "forgot_plus_one": "dropped the $+1$, the first position",
    "minus_one_for_plus_one": "subtracted 1 instead of adding it",
    "all_inputs": "took as many outputs as inputs",
    "floor_omitted": "left out the floor",
}
LETTERS = {
    "size_letter": "nN", "kernel_letter": "KR", "stride_letter": "ST", "dilation_letter": "DE", "input": "xa",
    "weight": "kw", "output": "zy", "position": "ip", "tap": "jq", "count": "mM",
}  # fmt: skip
GRADIENTS = ("alpha", "delta", "gamma")


@problem(
    title="The gradient of a convolution's kernel as a sum",
    topics=("backprop", "cnn", "symbolic"),
    minutes=10,
    families=("kernel_gradient_general_sum", "conv1d_kernel_gradients"),
)
class KernelGradientGeneralSum:
    in_size: int
    kernel_size: int
    stride: int = 1
    dilation: int = 1
    size_letter: str = "n"
    kernel_letter: str = "K"
    stride_letter: str = ""
    dilation_letter: str = ""
    input: str = "x"
    weight: str = "k"
    output: str = "z"
    gradient: str = "alpha"
    position: str = "i"
    tap: str = "j"
    count: str = "m"

    def __post_init__(self) -> None:
        notation.check({name: getattr(self, name) for name in LETTERS})
        require(self.gradient in GRADIENTS, f"gradient: '{self.gradient}' is none of {', '.join(GRADIENTS)}")
        require(min(self.kernel_size, self.stride, self.dilation) >= 1, "sizes must be at least 1")
        require(self._positions >= 1, "the kernel does not fit the input")
        require(self.stride == 1 or self.stride_letter, "a stride needs a letter, stride_letter")
        require(self.dilation == 1 or self.dilation_letter, "a dilation needs a letter, dilation_letter")

    @property
    def _positions(self) -> int:
        return (self.in_size - self.dilation * (self.kernel_size - 1) - 1) // self.stride + 1

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        kernel_size, positions = draw.choice(((2, 3), (2, 4), (3, 3), (3, 4), (4, 3)))
        stride = draw.by_level({"easy": 1, "medium": draw.integer(2, 3), "hard": draw.integer(2, 3)})
        dilation = 5 - stride if draw.level == "hard" else 1
        letters = {name: draw.choice(usual) for name, usual in LETTERS.items()}
        without = draw.by_level(
            {"easy": ("stride_letter", "dilation_letter"), "medium": ("dilation_letter",), "hard": ()}
        )
        letters |= dict.fromkeys(without, "")
        span = stride * (positions - 1) + dilation * (kernel_size - 1) + 1
        size = span + draw.below(stride)
        return cls(size, kernel_size, stride, dilation, gradient=draw.choice(GRADIENTS), **letters)

    def givens(self) -> Mapping[str, Any]:
        i, j, stride, dilation = self.position, self.tap, self.stride_letter, self.dilation_letter
        if dilation:
            return {"index": f"{stride}({i}-1)+{dilation}({j}-1)+1"}
        return {"index": f"{stride}({i}-1)+{j}" if stride else f"{i}+{j}-1"}

    @property
    def _letters(self) -> dict[str, str]:
        sizes = {"in_size": self.size_letter, "kernel_size": self.kernel_letter, "stride": self.stride_letter}
        indices = {"position": self.position, "tap": self.tap, "positions": self.count}
        letters = {**sizes, "dilation": self.dilation_letter, **indices, "x": self.input, "alpha": rf"\{self.gradient}"}
        for place in range(1, self.in_size + 1):
            letters |= {f"x{place}": f"{self.input}_{{{place}}}", f"alpha{place}": rf"\{self.gradient}_{{{place}}}"}
        return letters

    def _slope(self, index: str) -> str:
        return rf"\partial L/\partial {self.weight}_{{{index}}}"

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - formulas, each for itself
        sizes, letters = (self._positions, self.kernel_size, self.stride, self.dilation), self._letters
        found = nn.written_out(*sizes)
        names = {row: r"\partial L/\partial b" if row == "b" else self._slope(row[1:]) for row in found}
        right = {row: (f"${names[row]}$", expr) for row, expr in found.items()}
        steps: Steps = {row: Equation(names[row], (expr,), letters) for row, expr in found.items()}
        wrong = nn.wrong_written_out(*sizes)
        return Solution(formula_table("written_out", right, wrong, WHY, letters, steps), self._general())

    def _general(self) -> Part:
        letters, stride, dilation = self._letters, *self._steps()
        rule = nn.DILATED_POSITIONS if self.dilation_letter else nn.STRIDED_POSITIONS
        rule = rule if self.stride_letter or self.dilation_letter else nn.POSITIONS
        kernel, bias = nn.general(nn.read(nn.I, nn.J, stride, dilation)), nn.bias_sum()
        right = {
            "positions": (f"${self.count}$", rule.expr),
            "kernel": (f"${self._slope(self.tap)}$", kernel),
            "bias": (r"$\partial L/\partial b$", bias),
        }
        wrong = {
            "positions": nn.wrong_positions(stride, dilation),
            "kernel": nn.wrong_general(stride, dilation),
            "bias": nn.wrong_bias(),
        }
        steps: Steps = {
            "positions": rule.lettered(**letters),
            "kernel_sum": Equation(self._slope(self.tap), (kernel,), letters),
            "bias_sum": Equation(r"\partial L/\partial b", (bias,), letters),
        }
        return formula_table("general", right, wrong, WHY, letters, steps)

    def _steps(self) -> tuple[Expr, Expr]:
        return (S if self.stride_letter else Integer(1)), (D if self.dilation_letter else Integer(1))

    def oracle(self) -> Measured:
        """Move each kernel entry a little, run the convolution again, and count its positions."""
        sizes = (self.in_size, self.kernel_size, self.stride, self.dilation)
        strided, dilated = bool(self.stride_letter), bool(self.dilation_letter)
        parts = {
            "written_out": measure.written_out(sizes),
            "general": measure.general(strided=strided, dilated=dilated),
        }
        return {part: {(row, "formula"): pairs for row, pairs in rows.items()} for part, rows in parts.items()}

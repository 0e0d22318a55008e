"""Output shape and comparisons of a max pooling as formulas in letters: overlapping, tiled, or behind a convolution."""

from collections.abc import Mapping
from typing import Any, Self

from sympy import Integer

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Measured,
    Part,
    Solution,
    Steps,
    formula_part,
    formula_table,
    problem,
    require,
)
from problemgen.measure import layer_points as measure
from problemgen.nn import layer_formulas as nn
from problemgen.nn import letters as notation
from problemgen.nn.layers import C, F, K

WHY = {
    "floor_omitted": "left out the floor, which matters when the division has a remainder",
    "ceil_for_floor": "rounded up instead of down",
    "forgot_plus_one": "dropped the $+1$, the first position of the window",
    "minus_one_for_plus_one": "subtracted 1 instead of adding it",
    "stride_division_missing": "did not divide by the stride of the pooling",
    "single_sided_padding": "counted the padding on one side only",
    "forgot_padding": "left out the padding",
    "plus_one_for_tiles": "added 1 to the number of windows",
    "input_channels_kept": "kept the depth of the input, though the convolution changes it",
    "channels_pooled": "pooled over the channels, too",
    "channels_multiplied": "took one output channel for each pair of filter and input channel",
    "pooling_given_filters": "took the size of the window as a number of filters",
    "forgot_convolution": "left out the convolution and pooled the input",
    "forgot_inner_plus_one": "dropped the $+1$ of the convolution",
    "values_for_comparisons": "counted the values of a window; a maximum needs one comparison less",
    "kernel_not_squared": "counted one side of the window, not its square",
    "forgot_input_channels": "left out the channels",
    "ops_at_input_positions": "counted the positions of the input, not of the output",
}


@problem(
    title="Formulas of a pooling layer",
    topics=("cnn", "shapes", "symbolic"),
    minutes=6,
    families=("symbolic_pool_formula",),
)
class SymbolicPoolFormula:
    in_height: str
    in_width: str
    in_channels: str
    kernel_size: str
    stride: str = ""
    out_channels: str = ""
    padding: str = ""
    pool_size: str = ""
    pool_stride: str = ""
    ask_comparisons: bool = False

    def __post_init__(self) -> None:
        notation.check(notation.of(self))
        behind = [bool(letter) for letter in (self.out_channels, self.padding, self.pool_size, self.pool_stride)]
        require(len(set(behind)) == 1, "a convolution before the pooling needs all of its letters, and the pooling's")
        require(not (self._stacked and (self.stride or self.ask_comparisons)), "the convolution has the stride 1")

    @property
    def _printed(self) -> dict[str, str]:
        inner = {"inner_height": f"{self.in_height}_1", "inner_width": f"{self.in_width}_1"}
        return {**notation.of(self), **notation.outputs(self), **inner}

    @property
    def _stacked(self) -> bool:
        return bool(self.pool_size)

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        layer = draw.by_level(
            {
                "easy": ("stride",),
                "medium": () if draw.boolean() else ("stride",),
                "hard": ("out_channels", "padding", "pool_size", "pool_stride"),
            }
        )
        names = ("in_height", "in_width", "in_channels", "kernel_size", *layer)
        return cls(**notation.distinct(draw.choice, names), ask_comparisons=draw.level == "medium")

    def givens(self) -> Mapping[str, Any]:
        return notation.outputs(self)

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - formulas, each for itself
        if not self.ask_comparisons:
            return Solution(self._shape())
        rule, letters = nn.COMPARISONS, self._printed
        steps: Steps = {"rule": rule.lettered(**letters)}
        wrong = nn.wrong_comparisons()
        return Solution(self._shape(), formula_part("comparisons", rule.expr.doit(), wrong, WHY, letters, steps))

    def _shape(self) -> Part:
        if self._stacked:
            rules = {"height": nn.STACKED_HEIGHT, "width": nn.STACKED_WIDTH}
            first = {"inner_height": nn.INNER_HEIGHT, "inner_width": nn.INNER_WIDTH}
        else:
            overlapping = {"height": nn.POOL_HEIGHT, "width": nn.POOL_WIDTH}
            rules = overlapping if self.stride else {"height": nn.TILED_HEIGHT, "width": nn.TILED_WIDTH}
            first = {}
        depth = F if self._stacked else C
        lost = {"input_channels_kept": C, "channels_multiplied": F * C, "channels_pooled": Integer(1)}
        slips = {
            "height": nn.wrong_stacked(nn.H) if self._stacked else nn.wrong_pools(nn.H, tiled=not self.stride),
            "width": nn.wrong_stacked(nn.W) if self._stacked else nn.wrong_pools(nn.W, tiled=not self.stride),
            "channels": lost if self._stacked else {"channels_pooled": Integer(1), "pooling_given_filters": K},
        }
        right = {row: (row.capitalize(), rule.expr) for row, rule in rules.items()}
        steps = {row: rule.lettered(**self._printed) for row, rule in {**first, **rules}.items()}
        return formula_table("shape", {**right, "channels": ("Channels", depth)}, slips, WHY, self._printed, steps)

    def oracle(self) -> Measured:
        """Slide the windows for a dozen choices of the sizes, count them, and the comparisons inside."""
        tiled = not self.stride
        rows = measure.stacked_shape() if self._stacked else measure.pool_shape(tiled=tiled)
        shape = {(row, "formula"): pairs for row, pairs in rows.items()}
        return {
            "shape": shape,
            **({"comparisons": measure.pool_comparisons(tiled=tiled)} if self.ask_comparisons else {}),
        }

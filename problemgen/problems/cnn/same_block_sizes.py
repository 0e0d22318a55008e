"""The sizes in blocks of a `same` convolution and a halving pooling, its padding, and how many blocks there may be."""

from collections.abc import Iterator, Mapping
from typing import Any, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Figure,
    Formula,
    Measured,
    Mistake,
    Number,
    Part,
    Row,
    Shape,
    Solution,
    SumOfProducts,
    Table,
    Worked,
    evaluate,
    problem,
    require,
    symbols,
)
from problemgen.measure.networks import measured_layers
from problemgen.measure.sliding import count_windows, window_starts
from problemgen.nn.layers import Conv2d, D, K, Pool2d, out_shape
from problemgen.nn.slips import WHY as USUAL
from problemgen.nn.slips import with_own_value

H, W = symbols("in_height in_width")
with evaluate(False):
    SAME_PADDING = Formula("padding", (K - 1) / 2)
    DILATED_PADDING = Formula("padding", D * (K - 1) / 2)
    HALF_HEIGHT = Formula("out_height", H / 2)
    HALF_WIDTH = Formula("out_width", W / 2)

WHY = {
    **USUAL,
    "forgot_padding": "let the convolution shrink the map, as if it did not pad",
    "fencepost_extra_block": "gave the size after the pooling: the labels are shifted by one",
    "not_halved": "gave the size before the pooling",
    "channels_halved": "halved the channels as well",
    "whole_border": "put on each side what both sides need together",
    "kernel_for_padding": "took the kernel size itself",
    "kernel_half_rounded_up": "rounded half the kernel size up instead of down",
    "dilated_kernel": "multiplied the kernel by the dilation and halved that",
    "larger_side": "looked at the side that can be halved more often",
    "blocks_left": "counted the blocks that can be added, not all of them",
    "down_to_one_pixel": "went on until one pixel is left, and let the floor drop rows or columns",
    "one_too_many": "counted the pooling that no longer comes out even",
}
MINOR = ("kernel_half_rounded_up", "kernel_for_padding", "dilated_kernel", "one_too_many", "down_to_one_pixel")
COLUMNS = {"conv": "After the convolution", "pool": "After the pooling"}
POOL = Pool2d(2, 2)


@problem(title="Sizes block by block", topics=("cnn", "shapes"), minutes=5, families=("same_block_sizes",))
class SameBlockSizes:
    in_height: int
    in_width: int
    in_channels: int
    filters: tuple[int, ...]
    kernel_size: int = 3
    dilation: int = 1
    ask_padding: bool = False
    ask_depth: bool = False

    def __post_init__(self) -> None:
        sizes = (self.in_height, self.in_width, self.in_channels, self.dilation, *self.filters)
        require(self.filters and min(sizes) >= 1, "sizes, channels and filters must be at least 1")
        require(self.kernel_size % 2, "only an odd kernel can keep the size with the same padding on both sides")
        odd = [size for size in (self.in_height, self.in_width) if size % 2 ** len(self.filters)]
        require(not odd, f"{len(self.filters)} poolings do not halve {odd} without a remainder")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        if draw.level == "easy":
            blocks = draw.integer(3, 5)
            size, filters = 2**blocks * draw.integer(3, 256 // 2**blocks), draw.choice((8, 10, 12, 16, 20, 24))
            return cls(size, size, draw.choice((1, 3)), (filters,) * blocks)
        blocks = draw.integer(3, 4) if draw.level == "medium" else 3
        height, width = (2 ** (blocks + draw.below(3)) * draw.choice((3, 5, 7, 9, 11)) for _ in range(2))
        filters = draw.choice((4, 6, 8, 10, 12))
        every = tuple(filters * 2**block for block in range(blocks))
        if draw.level == "medium":
            return cls(height, width, 3, every, draw.choice((5, 7, 9)), ask_padding=True)
        kernel_size, dilation = draw.choice(((3, 2), (3, 3), (3, 4), (5, 2), (5, 3)))
        return cls(height, width, 3, every, kernel_size, dilation, ask_padding=True, ask_depth=True)

    def flaws(self) -> list[str]:
        unlike = self.in_height != self.in_width or len(set(self.filters)) == 1
        faults = {
            "the image is square": not unlike,
            "the image is very large": max(self.in_height, self.in_width) > 256,
            "both sides can be halved equally often": self.ask_depth
            and _halvings(self.in_height) == _halvings(self.in_width),
            "no block can be added": self.ask_depth
            and min(map(_halvings, (self.in_height, self.in_width))) == len(self.filters),
        }
        return [fault for fault, there in faults.items() if there]

    def givens(self) -> Mapping[str, Any]:
        return {"blocks": len(self.filters), "equal": len(set(self.filters)) == 1}

    def solve(self, carried: Carried = NOTHING) -> Solution:
        parts = [*([self._padding()] if self.ask_padding else []), self._sizes(carried)]
        parts += [self._depth()] if self.ask_depth else []
        if carried.answers_only:
            return Solution(*parts)
        lines = [f"{self.kernel_size} × {self.kernel_size}, same", "max 2 × 2, stride 2"]
        lines[1:1] = [f"dilation {self.dilation}"] if self.dilation > 1 else []
        boxes = [
            {"title": f"Block {block}", "lines": [f"{depth} filter{'s' * (depth > 1)}", *lines]}
            for block, depth in enumerate(self.filters, start=1)
        ]
        data = {"input": [self.in_height, self.in_width, self.in_channels], "layers": boxes}
        return Solution(*parts, figures={"network": Figure("layer_stack", data)})

    def _padding(self) -> Part:
        rule, kernel = DILATED_PADDING if self.dilation > 1 else SAME_PADDING, self.kernel_size
        right = rule(self)
        wrong = {"whole_border": 2 * right, "kernel_for_padding": kernel, "kernel_half_rounded_up": (kernel + 1) // 2}
        if self.dilation > 1:
            wrong |= {"dilation_ignored": (kernel - 1) // 2, "dilated_kernel": self.dilation * kernel // 2}
        own = {slip: value for slip, value in with_own_value(wrong, MINOR).items() if value != right}
        mistakes = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in own.items())
        return Part("padding", Number(right), {"rule": rule, "count": rule.worked(self)}, mistakes)

    def _sizes(self, carried: Carried) -> Part:
        shape: tuple[int, ...] = (self.in_height, self.in_width, self.in_channels)
        rows, mistakes = [], list[Mistake]()
        steps: dict[str, Worked] = {}
        for block, filters in enumerate(self.filters, start=1):
            row, before = f"block{block}", shape
            conv = (*before[:2], filters)
            after = carried(f"sizes.{row}.conv", conv)
            pool = out_shape(POOL, after)
            shape = carried(f"sizes.{row}.pool", pool)
            rows.append(Row(row, f"Block {block}", {"conv": Shape(conv), "pool": Shape(pool)}))
            if carried.answers_only:
                continue
            steps[f"{row}_height"] = HALF_HEIGHT.worked(in_height=after[0])
            steps[f"{row}_width"] = HALF_WIDTH.worked(in_width=after[1])
            mistakes += self._wrong(row, "conv", conv, self._wrong_conv(before, conv))
            mistakes += self._wrong(row, "pool", pool, _wrong_pool(after, pool))
        return Part("sizes", Table(COLUMNS, tuple(rows)), steps, tuple(mistakes), points=len(rows))

    def _wrong_conv(self, before: tuple[int, ...], right: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
        lost = self.dilation * (self.kernel_size - 1)
        return {
            "fencepost_extra_block": (before[0] // 2, before[1] // 2, right[2]),
            "forgot_padding": (before[0] - lost, before[1] - lost, right[2]),
            "input_channels_kept": before,
        }

    def _wrong(
        self, row: str, column: str, right: tuple[int, ...], wrong: Mapping[str, tuple[int, ...]]
    ) -> Iterator[Mistake]:
        for slip, dims in wrong.items():
            if dims != right and min(dims) >= 1:
                yield Mistake(slip, WHY[slip], Shape(dims), (row, column))

    def _depth(self) -> Part:
        powers = {side: _halvings(size) for side, size in (("H", self.in_height), ("W", self.in_width))}
        sizes = {"H": self.in_height, "W": self.in_width}
        steps = {
            side: SumOfProducts(side, ((*(2,) * power, sizes[side] // 2**power),), sizes[side])
            for side, power in powers.items()
        }
        right = min(powers.values())
        wrong = {
            "larger_side": max(powers.values()),
            "blocks_left": right - len(self.filters),
            "down_to_one_pixel": min(sizes.values()).bit_length() - 1,
            "one_too_many": right + 1,
        }
        own = {slip: value for slip, value in with_own_value(wrong, MINOR).items() if value != right}
        mistakes = tuple(Mistake(slip, WHY[slip], Number(value)) for slip, value in own.items())
        return Part("depth", Number(right), steps, mistakes, points=2, space="3cm")

    def oracle(self) -> Measured:
        """Try paddings until the size stays, walk through the blocks, and halve while the windows cover everything."""
        sides = (self.in_height, self.in_width)
        paddings = range(self.dilation * self.kernel_size)
        options = (self.kernel_size, 1)
        padding = next(p for p in paddings if count_windows(sides[0], *options, p, self.dilation) == sides[0])
        convs = [Conv2d(depth, self.kernel_size, 1, padding, self.dilation) for depth in self.filters]
        layers = [layer for conv in convs for layer in (conv, POOL)]
        walked = measured_layers(layers, (*sides, self.in_channels))
        sizes = {(f"block{name[4:]}", name[:4]): shape for name, shape, _, _ in walked}
        found: dict[str, Any] = {"sizes": sizes}
        if self.ask_padding:
            found["padding"] = padding
        if self.ask_depth:
            found["depth"] = 0
            while min(sides) > 1 and all(window_starts(side, 2, 2)[-1] + 2 == side for side in sides):
                sides = (count_windows(sides[0], 2, 2), count_windows(sides[1], 2, 2))
                found["depth"] += 1
        return found


def _halvings(size: int) -> int:
    """Return how often the size can be halved without a remainder."""
    return (size & -size).bit_length() - 1


def _wrong_pool(before: tuple[int, ...], right: tuple[int, ...]) -> dict[str, tuple[int, ...]]:
    return {
        "stride_taken_as_1": (before[0] - 1, before[1] - 1, right[2]),
        "not_halved": before,
        "channels_halved": (*right[:2], right[2] // 2),
    }

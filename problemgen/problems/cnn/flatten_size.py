"""How many neurons does flattening the last maps give?  Backwards: all image sizes that give as many."""

from collections.abc import Iterable, Sequence
from typing import Any, Self

import numpy as np

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Figure,
    Measured,
    Mistake,
    Number,
    NumberSet,
    Part,
    Solution,
    problem,
    require,
)
from problemgen.measure.sliding import count_entries, count_windows
from problemgen.nn import chains
from problemgen.nn.inverses import input_sizes
from problemgen.nn.layers import Conv2d, Pool2d, shapes
from problemgen.nn.networks import FLATTENED, names, size_steps
from problemgen.nn.slips import WHY as USUAL
from problemgen.nn.slips import with_own_value
from problemgen.nn.windows import left_over

WHY = {
    **USUAL,
    "spatial_only": USUAL["flattened_one_channel"],
    "sum_not_product": "added height, width and channels instead of multiplying them",
    "input_channels_kept": "took the channels of the image",
    "one_pool_too_few": "left out the last pooling",
    "padding_invented": "took every convolution to keep the size",
    "exact_division_only": "kept only the size for which every division comes out even",
    "convolutions_skipped": "went back through the poolings only",
    "last_floor_only": "allowed a remainder at the last pooling only",
}
CONVS = {"easy": ((3, 1, 1), (5, 1, 2)), "medium": ((3, 1, 0), (3, 1, 1), (5, 1, 2)), "hard": ((3, 1, 0), (5, 1, 0))}
POOLS = {"easy": ((2, 2),), "medium": ((2, 2), (3, 2), (3, 3)), "hard": ((2, 2), (3, 3))}
FILTERS = (4, 6, 8, 10, 12, 14, 15, 16, 18, 20, 24, 25)
MINOR = ("padding_invented", "input_channels_kept", "flattened_one_side", "ceil_for_floor")
SIDES = {2: (30, 64), 3: (48, 99)}  # so that many different maps are left


@problem(title="Neurons after flattening", topics=("cnn", "shapes"), minutes=7, families=("flatten_size",))
class FlattenSize:
    in_height: int
    in_width: int
    in_channels: int
    layers: tuple[Conv2d | Pool2d, ...]
    backwards: bool = False

    def __post_init__(self) -> None:
        require(min(self._in_shape) >= 1, "in_height, in_width and in_channels must be at least 1")
        shapes(self.layers, self._in_shape)
        require(self.in_height == self.in_width or not self.backwards, "backwards is asked for a square image only")

    @property
    def _in_shape(self) -> tuple[int, int, int]:
        return self.in_height, self.in_width, self.in_channels

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        level, blocks = draw.level, 2 if draw.level == "hard" else draw.integer(2, 3)
        layers: list[Conv2d | Pool2d] = []
        for filters in sorted(draw.sample(FILTERS, blocks)):
            layers += [Conv2d(filters, *draw.choice(CONVS[level])), Pool2d(*draw.choice(POOLS[level]))]
        if level == "easy":
            side = 2**blocks * draw.integer(3, 9)
            return cls(side, side, draw.choice((1, 3)), tuple(layers))
        height, width = draw.integers(2, *draw.by_level({"medium": SIDES[blocks], "hard": (20, 60)}))
        record = cls(height, height if level == "hard" else width, 3, tuple(layers), level == "hard")
        last = shapes(record.layers, record._in_shape)[-1]
        require(min(last) >= 2 and max(last[:2]) <= 9, "the last maps are too small or too large")
        before = zip(record.layers, shapes(record.layers, record._in_shape), strict=False)
        floors = [layer for layer, shape in before if any(left_over(size, layer) for size in shape[:2])]
        require(floors and (level == "hard" or height != width), "the floor must matter, and the image not be square")
        return record

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - the image sizes do not need the neurons
        every = shapes(self.layers, self._in_shape)
        steps: dict[str, Any] = {}
        for name, layer, shape in zip(names(self.layers), self.layers, every, strict=False):
            steps |= {f"{name}_{axis}": line for axis, line in size_steps(layer, shape).items()}
        height, width, channels = every[-1]
        steps["neurons"] = FLATTENED.worked(in_height=height, in_width=width, in_channels=channels)
        right = steps["neurons"].value

        def mistakes() -> Iterable[Mistake]:
            every = chains.wrong_neurons(self.layers, self._in_shape)
            wrong = with_own_value({slip: count for slip, count in every.items() if count != right}, MINOR)
            return (Mistake(slip, WHY[slip], Number(count)) for slip, count in wrong.items())

        parts = [Part("neurons", Number(right), steps, mistakes, points=3, space="4cm")]
        if self.backwards:
            parts.append(self._image_sizes(height))
        return Solution(*parts, figures={"network": Figure("layer_stack", chains.drawn(self.layers, self._in_shape))})

    def _image_sizes(self, last: int) -> Part:
        back = list(zip(reversed(names(self.layers)), input_sizes(self.layers, last, last), strict=True))
        steps = {f"{name}_{side}": line for name, pair in back for side, line in zip(("min", "max"), pair, strict=True)}
        right = _spanned(self.layers, last, last)

        def mistakes() -> Iterable[Mistake]:
            pools = [layer for layer in self.layers if isinstance(layer, Pool2d)]
            one_floor = _spanned(self.layers[-1:], last, last)
            wrong = {
                "exact_division_only": {min(right)},
                "convolutions_skipped": _spanned(pools, last, last),
                "one_pool_too_few": _spanned(self.layers[:-1], last, last),
                "last_floor_only": {min(_spanned(self.layers[:-1], size, size)) for size in one_floor},
            }
            return (Mistake(slip, WHY[slip], NumberSet(sizes)) for slip, sizes in wrong.items() if sizes != right)

        return Part("image_sizes", NumberSet(right), steps, mistakes, points=4, space="6cm")

    def oracle(self) -> Measured:
        """Walk through the network with this image, and with every square one up to twice its size."""
        found: dict[str, Any] = {"neurons": self._slid(self.in_height, self.in_width)}
        if self.backwards:
            sizes = range(1, 2 * self.in_height)
            found["image_sizes"] = {size for size in sizes if self._slid(size, size) == found["neurons"]}
        return found

    def _slid(self, *sides: int) -> int:
        for layer in self.layers:
            padding, dilation = getattr(layer, "padding", 0), getattr(layer, "dilation", 1)
            sides = tuple(count_windows(side, layer.kernel_size, layer.stride, padding, dilation) for side in sides)
        depth = [layer.out_channels for layer in self.layers if layer.kind == "conv"] or [self.in_channels]
        return count_entries([np.zeros((*sides, depth[-1]), dtype=np.int8)])


def _spanned(layers: Sequence[Conv2d | Pool2d], low: int, high: int) -> frozenset[int]:
    """Return the sizes in front of these layers that end in a size from `low` to `high`."""
    back = input_sizes(layers, low, high)
    low, high = (int(step.value) for step in back[-1]) if back else (low, high)
    return frozenset(range(max(1, low), high + 1))

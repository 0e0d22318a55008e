"""The backward pass of a pooling in letters: which window an entry is in (ceil or floor), and what it gets back."""

from collections.abc import Mapping
from functools import cache
from typing import Any, Literal, Self

from problemgen.author import (
    NOTHING,
    Carried,
    Draw,
    Equation,
    Expression,
    Measured,
    Mistake,
    Part,
    Row,
    Solution,
    Table,
    problem,
    require,
)
from problemgen.measure import pooling as measure
from problemgen.nn import pooling_letters as nn

LETTERS = (("i", "j", "K", "S"), ("p", "q", "K", "S"), ("h", "w", "k", "s"), ("l", "m", "K", "S"), ("i", "j", "k", "s"))
NAMES = (("x", "delta"), ("a", "delta"), ("x", "gamma"), ("x", "eta"), ("z", "gamma"))
SHARED = (("g", "e", "n"), ("g", "v", "o"), ("f", "e", "r"))
PLANS = {"easy": ((2, 2), (3, 3), (4, 4)), "medium": ((2, 2), (3, 3)), "hard": ((3, 2), (2, 1), (4, 3))}


@problem(
    title="Backpropagation through pooling, in letters",
    topics=("backprop", "cnn", "pooling"),
    minutes=8,
    families=("pool_backward_general",),
)
class PoolBackwardGeneral:
    kernel_size: int
    stride: int
    mode: Literal["max", "avg"]
    base: int
    place: tuple[int, int]
    symbolic: bool = False
    indices: tuple[str, str] = ("i", "j")
    sizes: tuple[str, str] = ("K", "S")
    names: tuple[str, str] = ("x", "delta")
    shared: tuple[str, str, str] = SHARED[0]

    def __post_init__(self) -> None:
        require(1 <= self.stride <= self.kernel_size, "the stride must be at least 1 and at most the window's size")
        require(self.base in (0, 1), "base: indices begin with 0 or with 1")
        require(min(self.place) >= self.base, f"place: indices begin with {self.base}")
        letters = (*self.indices, *self.sizes, *self.names, *self.shared)
        require(all(letter.isalpha() for letter in letters), "every name must be a word of letters")
        require(self.names[1] in nn.LATEX, f"the gradient is called by one of {', '.join(nn.LATEX)}")
        require(len(set(self.indices + self.sizes)) == 4, "indices and sizes need four different letters")
        require(len({*self.shared, *self.sizes}) == 5, "shared and sizes need five different letters")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        mode: Literal["max", "avg"] = "max" if draw.boolean() else "avg"
        kernel_size, stride = draw.choice(PLANS[draw.level.value])
        if mode == "max":  # written out, a larger window has too many indicators
            kernel_size, stride = 2, 1 if draw.level == "hard" else 2
        base = draw.by_level({"easy": 1, "medium": draw.integer(0, 1), "hard": draw.integer(0, 1)})
        first, second, size, step = draw.choice(LETTERS)
        at = [draw.integer(base + kernel_size, base + 2 * kernel_size + 1) for _ in range(2)]
        if (mode, draw.level) == ("max", "hard"):  # at the border, so that two windows hold the entry and not four
            at[draw.integer(0, 1)] = base
        shared = draw.choice(SHARED)
        place = (at[0], at[1])
        symbolic = draw.level != "easy"
        return cls(
            kernel_size, stride, mode, base, place, symbolic, (first, second), (size, step), draw.choice(NAMES), shared
        )

    def flaws(self) -> list[str]:
        row, column = self.place
        held = self._pool.windows(self.place)
        corner = self.mode == "max" and any(min(window) == self.place for window in held.values())
        faults = {
            "the entry is the first of its window": corner and len(held) == 1,
            "equal indices hide which is which": row == column,
            "the entry is in one window only": self.stride < self.kernel_size and len(held) == 1,
        }
        return [fault for fault, there in faults.items() if there]

    @property
    def _pool(self) -> nn.PoolLetters:
        return nn.PoolLetters(self.kernel_size, self.stride, self.mode, self.base, *self.names)

    @property
    def _overlap(self) -> bool:
        return self.stride < self.kernel_size

    def givens(self) -> Mapping[str, Any]:
        return {"row": self.place[0], "column": self.place[1], "overlap": self._overlap}

    def _sizes(self) -> tuple[Any, Any]:
        """Return window size and stride as they stand in the answers, letters or numbers."""
        if not self.symbolic:
            return self.kernel_size, self.stride
        size = nn.counting(self.sizes[0])
        return size, nn.counting(self.sizes[1]) if self._overlap else size

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - in letters nothing is carried
        size, stride = self._sizes()
        right, wrong = nn.share(self.mode, *self.shared, size)
        pool = self._pool
        whole = nn.entry_gradient(pool, self.place)
        letters = pool.printed(whole)
        steps = {
            f"window_{row}_{column}": Equation(rf"\text{{from }} y_{{{row},{column}}}", (term,), letters)
            for (row, column), term in nn.entry_terms(pool, self.place).items()
        }
        slips = nn.wrong_entry_gradients(pool, self.place)
        return Solution(
            _index_map(self.indices, size, stride, self.base),
            Part(
                "gradient",
                Expression(right),
                {"share": Equation(r"\text{share}", (right,))},
                _mistakes(wrong),
                points=2,
                space="2cm",
            ),
            Part(
                "entry",
                Expression(whole, letters),
                steps,
                tuple(
                    Mistake(slip, nn.WHY[slip], Expression(expr, pool.printed(expr))) for slip, expr in slips.items()
                ),
                points=3,
                space="3cm",
            ),
        )

    def oracle(self) -> Measured:
        """Slide windows along an axis and see which hold an entry; pool maps and move entries a little."""
        sizes, overlap = (self.kernel_size, self.stride), self._overlap
        size, stride = self.sizes if self.symbolic else ("", "")
        stride = stride if overlap else ""
        if overlap:
            asked = {row: (self.indices[0], row == "first") for row in ("first", "last")}
        else:
            asked = dict(zip(("row", "column"), ((name, False) for name in self.indices), strict=True))
        cells = {
            (row, "value"): measure.window_pairs((name, size, stride), sizes, self.base, first=first)
            for row, (name, first) in asked.items()
        }
        return {
            "index_map": cells,
            "gradient": measure.share_pairs(self.mode, (*self.shared, size), self.kernel_size),
            "entry": measure.entry_pairs(self.mode, self.names, sizes, self.base, self.place),
        }


def _mistakes(wrong: Mapping[str, Any], cell: tuple[str, str] | None = None) -> tuple[Mistake, ...]:
    return tuple(Mistake(slip, nn.WHY[slip], Expression(expr), cell) for slip, expr in wrong.items())


@cache
def _index_map(indices: tuple[str, str], size: Any, stride: Any, base: int) -> Part:
    if size != stride:
        row = nn.counting(indices[0])
        asked = {
            "first": ("first row of outputs", r"\text{first}", nn.first_window(row, size, stride, base)),
            "last": ("last row of outputs", r"\text{last}", nn.last_window(row, size, stride, base)),
        }
    else:
        asked = {
            axis: (f"${name}'$", f"{name}'", nn.last_window(nn.counting(name), size, stride, base))
            for axis, name in zip(("row", "column"), indices, strict=True)
        }
    rows = tuple(Row(name, label, {"value": Expression(right)}) for name, (label, _, (right, _)) in asked.items())
    mistakes = [slip for name, (_, _, (_, wrong)) in asked.items() for slip in _mistakes(wrong, (name, "value"))]
    steps = {name: Equation(left, (right,)) for name, (_, left, (right, _)) in asked.items()}
    return Part("index_map", Table({"value": "Formula"}, rows), steps, tuple(mistakes), points=2)

"""The backward pass of a pooling in letters: which windows an entry lies in, and what it gets back from them.

Entries and outputs are counted from `base`, 0 or 1.  Windows of size K start every S entries, so the entry i lies in
the windows from ceil((i - base - K + 1)/S) + base to floor((i - base)/S) + base; without overlap, S = K, the two are
the same.  Counted from 1 the second is ceil(i/S).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from sympy import Add, Expr, Integer, Mul, Symbol, ceiling, floor, symbols

from problemgen.compilation import u

if TYPE_CHECKING:
    from collections.abc import Callable

    from problemgen.nn.pooling import Place, Window

Wrong: TypeAlias = dict[str, Expr]

WHY: Final = {
    "index_map_without_ceil": "did not round: the index of an output is a whole number",
    "floor_for_ceil": "rounded down instead of up",
    "ceil_for_floor": "rounded up instead of down",
    "forgot_plus_one": "left out the $+1$",
    "one_too_far": "rounded down and added 1",
    "kernel_for_stride": "divided by the size of the window instead of the stride",
    "not_divided": "did not divide by the number of entries",
    "divided_by_k": "divided by the side of the window, not by the number of its entries",
    "multiplied_by_4": "multiplied by the 4 entries instead of dividing",
    "multiplied_by_count": "multiplied by the number of entries instead of dividing",
    "copied_everywhere": "let every entry of the window have the gradient",
    "indicator_reversed": "turned the difference in the indicator round",
    "multiplied_by_input": "multiplied by the entry: the derivative of a maximum is 1 or 0",
    "average_rule": "divided the gradient among all entries, as for an average",
    "window_starts_at_entry": "let the window begin at the entry itself",
    "one_window_only": "took one of the windows only",
    "next_window": "took the output of another window",
}
"""What a student did who used the rule, in a phrase that may hold LaTeX."""


@dataclass(frozen=True)
class PoolLetters:
    """A pooling whose entries are called `entry`_r_c, and the gradients by its outputs `upstream`_r_c."""

    kernel_size: int
    stride: int
    mode: str
    base: int
    entry: str
    upstream: str

    def windows(self, place: Place) -> dict[Place, Window]:
        """Return the windows that hold an entry, by the place of their output, for a map without right border."""
        rows, columns = (
            [start for start in range(0, at - self.base + 1, self.stride) if at - self.base < start + self.kernel_size]
            for at in place
        )
        taps = range(self.base, self.base + self.kernel_size)
        return {
            (top // self.stride + self.base, left // self.stride + self.base): tuple(
                (top + row, left + column) for row in taps for column in taps
            )
            for top in rows
            for left in columns
        }

    def letter(self, name: str, place: Place) -> Symbol:
        """Return the symbol with two indices."""
        return Symbol(f"{name}_{place[0]}_{place[1]}")

    def printed(self, expr: Expr) -> dict[str, str]:
        """Return how the symbols with two indices are printed."""
        found = {}
        for symbol in expr.free_symbols:
            name, row, column = symbol.name.rsplit("_", 2)
            found[symbol.name] = rf"{LATEX.get(name, name)}_{{{row},{column}}}"
        return found


LATEX: Final = {"delta": r"\delta", "gamma": r"\gamma", "eta": r"\eta"}


def wins(pool: PoolLetters, place: Place, window: Window, *, turned: bool = False) -> Expr:
    """Return the product of indicators that is 1 if the entry is the largest of the window."""
    own = pool.letter(pool.entry, place)
    rivals = [pool.letter(pool.entry, other) for other in window if other != place]
    return Mul(*(u(rival - own) if turned else u(own - rival) for rival in rivals))


def entry_gradient(
    pool: PoolLetters, place: Place, factor: Callable[[Window], Expr] | None = None, shift: int = 0, most: int = 99
) -> Expr:
    """Return dL/dx of one entry, a term for each window that holds it; the options are mistakes."""
    terms = []
    for (row, column), window in list(pool.windows(place).items())[:most]:
        share = factor(window) if factor else _factor(pool, place, window)
        terms.append(pool.letter(pool.upstream, (row + shift, column + shift)) * share)
    return Add(*terms)


def entry_terms(pool: PoolLetters, place: Place) -> dict[Place, Expr]:
    """Return what one entry gets back from each window that holds it, by the place of its output."""
    windows = pool.windows(place)
    return {output: pool.letter(pool.upstream, output) * _factor(pool, place, windows[output]) for output in windows}


def _factor(pool: PoolLetters, place: Place, window: Window) -> Expr:
    return wins(pool, place, window) if pool.mode == "max" else Integer(1) / pool.kernel_size**2


@cache
def wrong_entry_gradients(pool: PoolLetters, place: Place) -> Wrong:
    """Return what wrong rules give for one entry."""
    count, several = pool.kernel_size**2, len(pool.windows(place)) > 1
    row, column = place
    started = tuple((row + i, column + j) for i in range(pool.kernel_size) for j in range(pool.kernel_size))
    found = {"not_divided" if pool.mode == "avg" else "copied_everywhere": entry_gradient(pool, place, lambda _w: 1)}
    if pool.mode == "max":
        found["window_starts_at_entry"] = entry_gradient(pool, place, lambda _w: wins(pool, place, started))
        found["indicator_reversed"] = entry_gradient(pool, place, lambda w: wins(pool, place, w, turned=True))
        own = pool.letter(pool.entry, place)
        found["multiplied_by_input"] = entry_gradient(pool, place, lambda w: own * wins(pool, place, w))
        found["average_rule"] = entry_gradient(pool, place, lambda _w: Integer(1) / count)
    else:
        found["multiplied_by_4" if count == 4 else "multiplied_by_count"] = entry_gradient(
            pool, place, lambda _w: count
        )
        found["divided_by_k"] = entry_gradient(pool, place, lambda _w: Integer(1) / pool.kernel_size)
    if several:
        found["one_window_only"] = entry_gradient(pool, place, most=1)
    else:
        found["next_window"] = entry_gradient(pool, place, shift=1)
    return {slip: expr for slip, expr in found.items() if expr != entry_gradient(pool, place)}


def counting(letter: str) -> Symbol:
    """Return the symbol of an index or a size: a whole number from 1 on, of which no rational values are tried."""
    return Symbol(letter, integer=True, positive=True)


def share(mode: str, upstream: str, entry: str, rival: str, size: Any) -> tuple[Expr, Wrong]:
    """Return what an entry gets back from one window, and what wrong rules give; `rival` is the largest other entry."""
    g, x, n = symbols(f"{upstream} {entry} {rival}")
    if mode == "avg":
        wrong = {"not_divided": g, "divided_by_k": g / size}
        wrong["multiplied_by_4" if size == 2 else "multiplied_by_count"] = g * size**2
        return g / size**2, wrong
    wrong = {"copied_everywhere": g, "indicator_reversed": g * u(n - x), "multiplied_by_input": g * x * u(x - n)}
    return g * u(x - n), wrong


def first_window(index: Expr, size: Any, stride: Any, base: int) -> tuple[Expr, Wrong]:
    """Return the first window that holds an entry, and what wrong rules give."""
    reach = (index - size + 1 - base) / stride
    wrong = {
        "index_map_without_ceil": reach + base,
        "floor_for_ceil": floor(reach) + base,
        "forgot_plus_one": ceiling(reach) if base else ceiling((index - size) / stride),
    }
    return ceiling(reach) + base, wrong


def last_window(index: Expr, size: Any, stride: Any, base: int) -> tuple[Expr, Wrong]:
    """Return the last window that holds an entry, and what wrong rules give."""
    other = floor(index / stride) if base else ceiling(index / stride)
    wrong = {
        "index_map_without_ceil": index / stride,
        "floor_for_ceil" if base else "ceil_for_floor": other,
        "one_too_far": floor(index / stride) + 1,
    }
    if size != stride:
        wrong["kernel_for_stride"] = ceiling(index / size) if base else floor(index / size)
    return ceiling(index / stride) if base else floor(index / stride), wrong

"""The outputs and gradients of a pooling to which the usual wrong rules lead, by the rule's name."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Final

from problemgen.exact import Matrix, Rational, exact_sum, rational
from problemgen.nn.pooling import Mode, Place, Window, gradient, shares, values, windows_of, winner

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

WHY: Final[Mapping[str, str]] = {
    "stride_taken_as_1": "moved the window by 1 instead of the stride",
    "windows_side_by_side": "moved the window by its own width instead of the stride",
    "average_for_max": "took the average instead of the maximum",
    "max_for_average": "took the maximum instead of the average",
    "largest_magnitude": "took the largest magnitude instead of the largest value",
    "sum_for_average": "added up without dividing",
    "divided_by_k": "divided by the side of the window, not by the number of its entries",
    "ceil_for_floor": "counted a window that reaches beyond the edge",
    "forgot_plus_one": "left out the last window along each side",
    "copied_everywhere": "copied the gradient to every entry of its window",
    "sent_to_corner": "sent the gradient to the first entry of its window instead of the largest",
    "average_rule": "divided the gradient among all entries, as for an average",
    "max_rule": "sent the whole gradient to the largest entry, as for a maximum",
    "multiplied_by_input": "multiplied the gradient by the largest entry",
    "overlap_overwritten": "kept the gradient of the last window only where windows overlap",
}


def wrong_outputs(image: Matrix, kernel_size: int, stride: int, mode: Mode) -> dict[str, Matrix]:
    """Return the outputs to which wrong rules lead; those that cannot be told from the right one are left out."""

    def pooled(rule: Callable[[tuple[Rational, ...]], Rational], step: int = stride) -> Matrix:
        return tuple(
            tuple(rule(values(image, window)) for window in line) for line in windows_of(image, kernel_size, step)
        )

    own = max if mode == "max" else _mean
    right = pooled(own)
    found = {"stride_taken_as_1": pooled(own, 1)}
    if stride < kernel_size:
        found["windows_side_by_side"] = pooled(own, kernel_size)
    if mode == "max":
        found["average_for_max"] = pooled(_mean)
        found["largest_magnitude"] = pooled(lambda read: max(read, key=_magnitude))
    else:
        found["max_for_average"] = pooled(max)
        found["sum_for_average"] = pooled(exact_sum)
        found["divided_by_k"] = pooled(lambda read: rational(Fraction(exact_sum(read)) / kernel_size))
    found["ceil_for_floor"] = tuple(
        tuple(own(values(image, window)) for window in line) for line in _clipped(image, kernel_size, stride)
    )
    fewer = tuple(row[:-1] for row in right[:-1])
    if fewer and fewer[0] and fewer not in found.values():
        found["forgot_plus_one"] = fewer
    return {slip: entries for slip, entries in found.items() if entries != right}


def wrong_gradients(image: Matrix, upstream: Matrix, kernel_size: int, stride: int, mode: Mode) -> dict[str, Matrix]:
    """Return the gradients to which wrong rules lead; those that cannot be told from the right one are left out."""
    right = shares(image, upstream, kernel_size, stride, mode)
    read = [window for line in windows_of(image, kernel_size, stride) for window in line]
    deltas = [delta for row in upstream for delta in row]

    def sent(targets: Callable[[Window], Window], share: Callable[[Window, Rational], Rational]) -> Matrix:
        got: dict[Place, tuple[Rational, ...]] = {}
        for window, delta in zip(read, deltas, strict=True):
            for place in targets(window):
                got[place] = (*got.get(place, ()), share(window, delta))
        return gradient(image, got)

    def whole(_window: Window, delta: Rational) -> Rational:
        return delta

    def top(window: Window) -> Window:
        return (winner(image, window),)

    found = {"copied_everywhere": sent(lambda window: window, whole)}
    if mode == "max":
        found["sent_to_corner"] = sent(lambda window: window[:1], whole)
        found["average_rule"] = gradient(image, shares(image, upstream, kernel_size, stride, "avg"))
        found["multiplied_by_input"] = sent(top, lambda window, delta: delta * max(values(image, window)))
        found["largest_magnitude"] = sent(
            lambda window: (max(window, key=lambda p: _magnitude(image[p[0]][p[1]])),), whole
        )
    else:
        found["max_rule"] = sent(top, whole)
        found["divided_by_k"] = sent(lambda window: window, lambda _w, delta: rational(Fraction(delta) / kernel_size))
    found["overlap_overwritten"] = gradient(image, {place: got[-1:] for place, got in right.items()})
    answer = gradient(image, right)
    return {slip: entries for slip, entries in found.items() if entries != answer}


def _magnitude(value: Rational) -> Rational:
    return max(value, -value)


def _mean(read: tuple[Rational, ...]) -> Rational:
    return rational(Fraction(exact_sum(read)) / len(read))


def _clipped(image: Matrix, kernel_size: int, stride: int) -> list[list[Window]]:
    """Return the windows of a size rule that rounds up: the last ones reach beyond the edge and are cut off there."""
    height, width = len(image), len(image[0])
    tops, lefts = (range(0, size - kernel_size + stride, stride) for size in (height, width))
    return [
        [
            tuple(
                (row, column)
                for row in range(top, min(top + kernel_size, height))
                for column in range(left, min(left + kernel_size, width))
            )
            for left in lefts
        ]
        for top in tops
    ]

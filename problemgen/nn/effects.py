"""What a kernel does, as the options of a choice, with the kernels to draw from and the usual confusions."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from sympy import evaluate, symbols

from problemgen.exact import rational
from problemgen.formula import Formula
from problemgen.nn.kernels import (
    SHIFTS,
    box,
    derivative,
    divisor,
    effect,
    entries,
    gaussian,
    kernel_sum,
    numerators,
    plus_shaped,
    single,
    transposed,
)
from problemgen.worked import SumOfProducts

if TYPE_CHECKING:
    from collections.abc import Mapping

    from problemgen.exact import Matrix, Rational

EFFECTS: Final = {
    "identity": "leaves the image as it is",
    "box": "blurs: every output is the plain mean of its window",
    "gaussian": "blurs: a weighted mean in which near pixels count more",
    "sharpen": "sharpens: adds to each pixel its difference from its neighbours",
    "vertical_edges": "finds vertical edges: brightness that changes from left to right",
    "horizontal_edges": "finds horizontal edges: brightness that changes from top to bottom",
    "laplacian": "finds edges of every direction, and points",
    "shift_left": "moves the image to the left by one pixel",
    "shift_right": "moves the image to the right by one pixel",
    "shift_up": "moves the image up by one pixel",
    "shift_down": "moves the image down by one pixel",
}
OPPOSITE: Final = {
    "shift_left": "shift_right",
    "shift_right": "shift_left",
    "shift_up": "shift_down",
    "shift_down": "shift_up",
    "vertical_edges": "horizontal_edges",
    "horizontal_edges": "vertical_edges",
    "box": "gaussian",
    "gaussian": "box",
    "sharpen": "laplacian",
    "laplacian": "sharpen",
    "identity": "sharpen",
}
"""What each is most easily taken for."""

WHY: Final = {
    "shift": "took the pixel to be sent to the place of the $1$; it is fetched from there",
    "edges": "took the direction of the derivative for that of the edge",
    "blur": "did not look whether the weights are equal",
    "centre": "took a bright centre for sharpening; it needs negative neighbours",
    "sum": "did not look at the sum of the entries",
    "minus_signs_lost": "lost the minus signs",
    "others_added": "added the sum of the others instead of subtracting it",
    "not_normalised": "forgot the denominators",
    "nonzero_counted": "counted the entries that are not $0$",
    "entries_averaged": "divided the sum by the number of entries",
    "entries_counted": "counted the entries",
    "centre_left_out": "left out the centre",
    "constant_kept": "thought that every filter leaves a constant image as it is",
    "taken_to_vanish": "thought that every filter removes a constant image",
    "constant_added": "added the brightness instead of multiplying by it",
    "pixels_added": "added up the pixels of the window, without the kernel",
    "sum_of_the_others": "gave the sum of the other entries, not what it lacks",
    "other_sum": "took the other condition: a sum of $0$ for $1$, or of $1$ for $0$",
    "number_of_the_others": "counted the other entries that are not $0$",
}

SUM, BRIGHTNESS, OTHERS, TOTAL = symbols("kernel_sum brightness others wanted")
with evaluate(False):
    RESPONSE: Final = Formula(
        "response", SUM * BRIGHTNESS, {"response": r"\text{response}", "kernel_sum": "s", "brightness": "c"}
    )
    CENTRE: Final = Formula("centre", TOTAL - OTHERS, {"centre": "t", "wanted": r"s^{\star}", "others": "r"})


def bank(level: str, strength: int) -> dict[str, tuple[Matrix, ...]]:
    """Return the kernels of each effect; `strength` varies those that have one."""
    upright = tuple(derivative(side, middle, sign) for side, middle in ((1, 1), (1, 2)) for sign in (1, -1))
    sharp = (plus_shaped(1 + 4 * strength, -strength), plus_shaped(1 + 8 * strength, -strength, -strength))
    kernels = {
        "identity": (single(1, 1),),
        "box": (box(3),),
        "sharpen": sharp,
        "vertical_edges": upright,
        "horizontal_edges": tuple(map(transposed, upright)),
    }
    if level != "easy":
        sign = 1 if strength % 2 else -1
        round_kernels = (plus_shaped(-4 * sign, sign), plus_shaped(-8 * sign, sign, sign))
        kernels |= {"gaussian": (gaussian(1, 2), gaussian(1, 4), gaussian(1, 1 + strength)), "laplacian": round_kernels}
        kernels |= {name: (single(*place),) for place, name in SHIFTS.items()}
    return {name: tuple(kernel for kernel in found if effect(kernel) == name) for name, found in kernels.items()}


def why_taken_for(name: str) -> tuple[str, str]:
    """Return the id of the confusion of an effect with its `OPPOSITE`, and what was overlooked."""
    if name.startswith("shift"):
        return "shift_direction_reversed", WHY["shift"]
    if name.endswith("edges"):
        return "edge_direction_confused", WHY["edges"]
    if name == "identity":
        return "neighbours_ignored", WHY["centre"]
    return ("weights_ignored", WHY["blur"]) if name in ("box", "gaussian") else ("sum_ignored", WHY["sum"])


def worked_sum(kernel: Matrix) -> SumOfProducts:
    """Return the sum of the entries that are not 0, multiplied by their common denominator."""
    common = divisor(kernel)
    whole = [entry for entry in entries(numerators(kernel)) if entry]
    left = rf"{common}\,s" if common > 1 else "s"
    return SumOfProducts(left, tuple((entry,) for entry in whole), sum(whole, start=0))


def wrong_sums(kernel: Matrix) -> dict[str, Rational]:
    """Return the wrong sums of a kernel."""
    flat = entries(kernel)
    return {
        "minus_signs_lost": sum((max(entry, -entry) for entry in flat), start=0),
        "not_normalised": kernel_sum(numerators(kernel)),
        "centre_left_out": kernel_sum(kernel) - kernel[len(kernel) // 2][len(kernel[0]) // 2],
        "nonzero_counted": sum(entry != 0 for entry in flat),
        "entries_averaged": rational(Fraction(kernel_sum(kernel), len(flat))),
        "entries_counted": len(flat),
    }


def wrong_responses(kernel: Matrix, total: Rational, brightness: int) -> dict[str, Rational]:
    """Return the wrong responses to a constant image."""
    wrong: Mapping[str, Any] = {
        "constant_kept": brightness,
        "taken_to_vanish": 0,
        "constant_added": total + brightness,
        "pixels_added": len(entries(kernel)) * brightness,
    }
    return dict(wrong)


def wrong_centres(others: Rational, wanted: int, nonzero: int) -> dict[str, Rational]:
    """Return the wrong centres of a kernel whose other entries are known."""
    return {
        "sum_of_the_others": others,
        "other_sum": 1 - wanted - others,
        "others_added": wanted + others,
        "number_of_the_others": nonzero,
    }

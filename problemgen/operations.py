"""The operations that an expression asks for by hand, in their order, with the numbers they are carried out on.

An expression is read once into a list of instructions, because effort is counted for every question that is drawn.
"""

from __future__ import annotations

import math
from fractions import Fraction
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

import sympy

from problemgen.compilation import indicated, over
from problemgen.exact import Rational, rational

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping


class Operation(NamedTuple):
    """One operation a student carries out by hand, with the numbers it is carried out on.

    Names beside those of arithmetic: `symbols` (so many letters and numbers of a formula are put together: its
    operand), `reason` (an argument in words), `calculated` (by a calculator) and the functions of an `Application`.
    """

    name: str
    operands: tuple[Rational, ...] = ()


Instruction: TypeAlias = "tuple[str, Callable[..., Any], tuple[int, ...], int]"
"""Name (empty: no work), function, the registers of its operands, and how many of them in front are a sign."""


def carried_out(expr: sympy.Expr, values: Mapping[str, Rational]) -> tuple[Operation, ...]:
    """Return the operations of the expression at these values; a sign is no operation, `x / y` is one."""
    names, constants, instructions = _instructions(expr)
    registers: list[Rational] = [values[name] for name in names]
    registers += constants
    found = []
    for name, function, places, signs in instructions:
        operands = tuple(map(registers.__getitem__, places))
        registers.append(function(*operands))
        if name:
            found.append(Operation(name, operands[signs:]))
    return tuple(found)


@lru_cache(maxsize=1024)
def symbols_in(expr: sympy.Basic) -> int:
    """Return how many letters and numbers the expression is written with; a sign is none of them."""
    if not expr.args:
        return int(expr != -1)
    return sum(symbols_in(arg) for arg in expr.args)


@lru_cache(maxsize=1024)
def _instructions(expr: sympy.Expr) -> tuple[tuple[str, ...], tuple[Rational, ...], tuple[Instruction, ...]]:
    leaves = sorted(expr.free_symbols, key=str)
    numbers = sorted(expr.atoms(sympy.Rational))
    register = {leaf: place for place, leaf in enumerate((*leaves, *numbers))}
    found: list[Instruction] = []
    _read(expr, register, found, len(register))
    return tuple(leaf.name for leaf in leaves), tuple(rational(number) for number in numbers), tuple(found)


def _read(expr: Any, register: Mapping[sympy.Basic, int], found: list[Instruction], first: int) -> int:
    """Append the instructions of an expression after those of its operands; return the register of its value."""
    if expr in register:
        return register[expr]
    if isinstance(expr, sympy.Mul) and isinstance(expr.args[-1], sympy.Pow) and expr.args[-1].exp == -1:
        above = expr.args[0] if len(expr.args) == 2 else expr.func(*expr.args[:-1], evaluate=False)
        places = tuple(_read(side, register, found, first) for side in (above, expr.args[-1].base))
        instruction: Instruction = ("divide", over, places, 0)
    else:
        places = tuple(_read(arg, register, found, first) for arg in expr.args)
        name, function = _OPERATIONS[expr.func.__name__]
        signs = int(name == "multiply" and expr.args[0] == -1)
        instruction = ("" if signs and len(places) == 2 else name, function, places, signs)
    found.append(instruction)
    return first + len(found) - 1


def _power(base: Any, exponent: Any) -> Any:
    if type(base) is int and type(exponent) is int and exponent >= 0:
        return base**exponent
    return _whole(Fraction(base) ** exponent)


def _whole(value: Rational) -> Rational:
    return value if isinstance(value, int) or value.denominator != 1 else int(value)


_OPERATIONS: Final[Mapping[str, tuple[str, Callable[..., Any]]]] = {
    "Add": ("add", lambda *terms: _whole(sum(terms))),
    "Mul": ("multiply", lambda *factors: _whole(math.prod(factors))),
    "Pow": ("power", _power),
    "floor": ("floor", math.floor),
    "ceiling": ("ceiling", math.ceil),
    "Max": ("max", max),
    "Min": ("min", min),
    "u": ("indicator", indicated),
}

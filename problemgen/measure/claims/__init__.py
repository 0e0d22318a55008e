"""What a statement claims, measured by brute force: one function for each kind of claim, told by `module.function`.

A check measures a thing that can be said of an operation in general on an example, or on several, that decide it: a
number, a truth value, a name.  The bank of statements says which value each of its wordings claims.
"""

from __future__ import annotations

import json
from functools import cache
from typing import TYPE_CHECKING, Any

from problemgen.measure.claims import counts, gradients, images, learning, probabilities, shifts, sizes

if TYPE_CHECKING:
    from collections.abc import Sequence

_MODULES = {
    module.__name__.rpartition(".")[2]: module
    for module in (counts, gradients, images, learning, probabilities, shifts, sizes)
}


def measured(check: str, on: Sequence[Any] = ()) -> Any:
    """Return what the check `module.function` measures on these arguments: plain data."""
    return _measured(check, json.dumps(on))


@cache
def _measured(check: str, on: str) -> Any:
    module, _, name = check.partition(".")
    return getattr(_MODULES[module], name)(*json.loads(on))

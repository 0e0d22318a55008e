"""Instances as plain data: what is needed to solve one again, and to see whether it still has the same answers."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any

from problemgen import answers, parameters

if TYPE_CHECKING:
    from collections.abc import Sequence
    from fractions import Fraction

    from problemgen.problem import Solution
    from problemgen.sampling import Instance


def instance_data(instance: Instance, points: Sequence[Fraction]) -> dict[str, Any]:
    """Return an instance and the points of its parts as JSON's data."""
    return {
        "problem": instance.name,
        "seed": list(instance.seed.path) if instance.seed else None,
        "level": instance.level,
        "attempt": instance.attempt,
        "parameters": parameters.to_json(instance.record),
        "digest": digest(instance.solution),
        "points": [str(worth) for worth in points],
    }


def digest(solution: Solution) -> str:
    """Return a short digest of the exact answers of a solution."""
    told = json.dumps([[part.name, answers.to_json(part.answer)] for part in solution.parts], sort_keys=True)
    return hashlib.blake2b(told.encode(), digest_size=8).hexdigest()

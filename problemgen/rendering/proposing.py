"""Proposals for the papers of a large class, made by several processes while the papers are composed in their order."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from problemgen.exam.compose import candidates
from problemgen.exam.pools import plan
from problemgen.exam.proposals import propose, streams

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from problemgen.exam.proposals import Proposal
    from problemgen.exam.spec import Exam
    from problemgen.rendering.workers import Executor

_BLOCK: Final = 20  # so many papers are made in place as soon as a process has started
_UNIT: Final = 10  # papers proposed at a time: the first ones are settled while others are proposed
_UNITS: Final = 8  # units that a small class is shared out to, so that two, four or eight workers end together


class Proposals(dict[str, Any]):
    """Proposals by paper: each is waited for if need be, handed out once and forgotten."""

    def __init__(self, coming: Iterator[Mapping[str, Any]]) -> None:
        super().__init__()
        self._coming = coming

    def get(self, label: str, default: Any = None) -> Any:
        """Return the proposals for a paper."""
        while label not in self and (more := next(self._coming, None)) is not None:
            self.update(more)
        return self.pop(label, default)


def proposals(exam: Exam, executor: Executor) -> Proposals | None:
    """Return the proposals for `compose` and `Chooser`; None for a few papers, which they make themselves."""
    labels = [label for label, _ in candidates(exam)]
    if len(labels) <= _BLOCK:
        return None
    for stream in streams(exam, labels[0], plan(exam).slots(labels[0])).values():
        _ = stream.band  # worked out before the processes are forked, and not by each of them
    bare = replace(exam, students=())  # a large roster need not go with every block
    size = min(_UNIT, -(-len(labels) // _UNITS))
    blocks = ((bare, labels[start : start + size]) for start in range(0, len(labels), size))
    return Proposals(executor.run(_proposed, blocks))


def _proposed(unit: tuple[Exam, list[str]]) -> dict[str, dict[str, Proposal]]:
    return propose(*unit)

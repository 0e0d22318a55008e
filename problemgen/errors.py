"""Every deliberate error, and `require`, with which a record refuses parameters that have no answer.

They live on the ground floor so that any module may raise them.  A message says what is wrong, where, which
value, and what to do next; the command line prints it as it stands, without a traceback.
"""

from __future__ import annotations

import difflib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class ProblemgenError(Exception):
    """Base of all errors meant for the user; `exit_code` is what the command line returns."""

    exit_code = 2


class InvalidParameters(ProblemgenError):
    """The parameters of a record do not make a question that has an answer."""


class InexactValue(ProblemgenError):
    """A float (or another inexact value) reached a place that computes exactly."""


class UnknownName(ProblemgenError):
    """A name that is not in the catalog, the formula or the list it was looked up in."""


class InvalidSpec(ProblemgenError):
    """An exam spec or roster with mistakes; the message holds one line for each."""


class Unsatisfiable(ProblemgenError):
    """No valid question was found in the allowed number of draws; the message counts the reasons."""


class NotCarriable(ProblemgenError):
    """A student's earlier value leads to no answer for the later part."""


class OracleDisagreement(ProblemgenError):
    """The exact answer and the independent measurement differ: nothing may be typeset."""

    exit_code = 1


class TemplateFault(ProblemgenError):
    """A problem's template or a sheet's layout cannot be rendered."""


class TexMissing(ProblemgenError):
    """There is no LaTeX on this machine, or a style it needs is not installed."""


class TexFailed(ProblemgenError):
    """LaTeX refused a document; the message names the question and the block."""

    exit_code = 1


class PartialDelivery(ProblemgenError):
    """Some papers were made and others were not; the message lists the ones that were not, and why."""

    exit_code = 1


class OutputFault(ProblemgenError):
    """A file or folder cannot be written."""


class DiskFull(OutputFault):
    """The disk is full; what was finished before is complete."""

    exit_code = 1


class ClusterFault(ProblemgenError):
    """A cluster cannot be reached, or has workers that would not give the same papers."""


class ClusterLost(ClusterFault):
    """A cluster was lost on the way; what was finished before is complete."""

    exit_code = 1


class CheckFailed(ProblemgenError):
    """The stress test of some problems found something that their author should change."""

    exit_code = 1


def require(condition: object, reason: str) -> None:
    """Raise `InvalidParameters(reason)` unless `condition` holds (also under `python -O`)."""
    if not condition:
        raise InvalidParameters(reason)


def carry(condition: object, reason: str) -> None:
    """Raise `NotCarriable(reason)` unless `condition` holds: a student's earlier value leads no further."""
    if not condition:
        raise NotCarriable(reason)


def did_you_mean(name: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the nearest known name, or an empty string.

    A name also counts as near when one is the beginning or the last path element of the other.
    """
    names = sorted(known)
    near = difflib.get_close_matches(name, names, n=1, cutoff=0.6)
    near = near or [known for known in names if name and (known.startswith(name) or known.endswith(f"/{name}"))]
    if not near:
        stems = {known.rpartition("/")[2]: known for known in names}
        near = [stems[stem] for stem in difflib.get_close_matches(name.rpartition("/")[2], stems, n=1, cutoff=0.6)]
    return f"; did you mean '{near[0]}'?" if near else ""

"""Fair papers: every question within its band of effort, no two papers with the same numbers or answers.

Papers are settled in their order, and the later one yields where two collide; so adding a paper at the end moves none.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

from problemgen.exam.collisions import NUMBERS, TWICE, Collisions, group_of
from problemgen.exam.instances import instance_data
from problemgen.exam.proposals import OTHERS, Draft, drafted, fitting, streams
from problemgen.exam.report import Report

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from problemgen.exam.pools import Slot
    from problemgen.exam.proposals import Proposal
    from problemgen.exam.spec import Exam
    from problemgen.sampling import Instance


class Chooser:
    """Settles what the papers ask, one after the other in their order.

    `proposals` are those of `proposals.propose`, where they were made before; others are made here, and are the same.
    """

    def __init__(self, exam: Exam, proposals: Mapping[str, Mapping[str, Proposal]] | None = None) -> None:
        self.exam = exam
        self._proposals = {} if proposals is None else proposals
        self._collisions = Collisions(exam.avoided)
        self.report = Report(self._collisions)

    def paper(self, label: str, slots: Iterable[Slot]) -> list[Instance]:
        """Return the verified questions of a paper; raises `InvalidSpec` naming each that cannot be asked."""
        draft = self.settle(label, slots)
        found = [stream.instance(draft.picks[name]) for name, stream in draft.streams.items()]
        for stream, instance in zip(draft.streams.values(), found, strict=True):
            self.report.note(stream.slot, instance.warnings)
            fitting(self.exam, stream.slot, instance)
        return found

    def told(self, label: str, slots: Iterable[Slot]) -> list[tuple[Slot, dict[str, Any], Instance | None]]:
        """Return the same as data, with the instances of those only that are not asked in the open format."""
        draft = self.settle(label, slots)
        found: list[tuple[Slot, dict[str, Any], Instance | None]] = []
        for name, stream in draft.streams.items():
            slot, pick = stream.slot, draft.picks[name]
            if pick.data and slot.question.format == "open":
                self.report.note(slot, pick.warnings)
                found.append((slot, dict(pick.data), None))
                continue
            instance = stream.instance(pick)
            self.report.note(slot, instance.warnings)
            data = instance_data(instance, fitting(self.exam, slot, instance))
            found.append((slot, data, None if slot.question.format == "open" else instance))
        return found

    def settle(self, label: str, slots: Iterable[Slot]) -> Draft:
        """Return what a paper asks, not verified yet; raises as `paper` does."""
        offered = streams(self.exam, label, slots)
        proposed = self._proposals.get(label)
        draft = Draft(offered, proposed) if proposed else drafted(self.exam, offered)
        groups = {name: group_of(stream.slot) for name, stream in draft.streams.items() if stream.band}
        for name in groups:
            if self._clashes(name, draft, draft.picks[name]):
                draft.picks[name] = self._free(name, draft)
        for name in sorted(groups, key=draft.blame, reverse=True):
            if draft.excess():
                draft.picks[name] = self._free(name, draft)
        for name, group in groups.items():
            self._collisions.take(group, draft.picks[name])
        self.report.add(label, draft)
        return draft

    def warnings(self) -> list[str]:
        """Return what could not be met, and what was noted of the questions, each once."""
        return self.report.warnings(self.exam)

    def _free(self, name: str, draft: Draft) -> Proposal:
        """Return the question with the fewest collisions among this one and those behind it in its stream."""
        stream, seen = draft.streams[name], self._collisions
        group, best = group_of(stream.slot), draft.picks[name]
        clashes = self._clashes(name, draft, best)
        least, stubborn, met = self._rank(name, draft, best), clashes, Counter(clashes)
        for tried, other in enumerate(stream.after(best.attempt), start=1):
            clashes = self._clashes(name, draft, other)
            stubborn &= clashes
            met.update(clashes)
            if (rank := self._rank(name, draft, other)) < least:
                best, least = other, rank
            if not any(least) or tried >= (seen.patience(group, stubborn - {TWICE}) if any(least[:2]) else OTHERS):
                break
        if least[0]:
            best = next((one for one in stream.nearest() if NUMBERS not in seen.between(group, one)), best)
        if any(least[:2]):
            seen.close(group, NUMBERS if least[0] else met.most_common(1)[0][0])
        return best

    def _rank(self, name: str, draft: Draft, other: Proposal) -> tuple[bool, int, int]:
        """Return what is wrong with a question, the worst first: equal numbers, equal answers, the paper's length."""
        clashes = self._clashes(name, draft, other)
        return NUMBERS in clashes, len(clashes), draft.excess(name, other)

    def _clashes(self, name: str, draft: Draft, other: Proposal) -> frozenset[str]:
        """Return what a question shares with other papers, and whether with one before it on this paper."""
        shared = self._collisions.between(group_of(draft.streams[name].slot), other)
        return shared | {TWICE} if draft.repeated(name, other) else shared

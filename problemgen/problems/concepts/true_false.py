"""Which statements about convolutional networks and their training are true?  The harder ones ask for the reason."""

from typing import Self

from problemgen.author import (
    NOTHING,
    Carried,
    Choice,
    Draw,
    Hidden,
    Measured,
    Mistake,
    Part,
    Remark,
    Solution,
    problem,
    require,
)
from problemgen.measure import claims
from problemgen.nn.statements import Statement, bank, by_topic, verdicts

MOST = 6
TRIALS = {"easy": ("easy",) * 4, "medium": ("medium",) * 5, "hard": ("hard",) * 3 + ("medium",) * 3}
VERDICTS = ("true", "false")


@problem(
    title="True or false?",
    topics=("concepts", "cnn"),
    minutes=6,
    families=("conceptual_true_false",),
)
class TrueFalse:
    statements: tuple[str, ...]
    truths: Hidden[tuple[bool, ...]]
    reasons: bool = False

    def __post_init__(self) -> None:
        require(1 <= len(self.statements) <= MOST, f"statements must name 1 to {MOST} statements")
        require(len(set(self.statements)) == len(self.statements), "a statement occurs twice")
        require(len(self.truths) == len(self.statements), "truths must say of each statement whether it is true")
        for name in self.statements:
            require(name in bank(), f"statements: there is no statement '{name}'")

    @classmethod
    def sample(cls, draw: Draw) -> Self:
        """Draw statements of different topics, half of them in the false wording."""
        levels = TRIALS[draw.level]
        chosen: dict[str, str] = {}
        for level in levels:
            topics = [topic for topic in by_topic(level) if topic not in chosen]
            topic = draw.choice(topics)
            chosen[topic] = draw.choice(by_topic(level)[topic])
        count = len(levels)
        right = count // 2 + (draw.boolean() if count % 2 else 0)
        truths = (True,) * right + (False,) * (count - right)
        return cls(draw.sample(list(chosen.values()), count), draw.sample(truths, count), draw.level == "hard")

    def flaws(self) -> list[str]:
        topics = {bank()[name].topic for name in self.statements}
        faults = {
            "all statements are true, or all are false": len(set(self.truths)) == 1 < len(self.truths),
            "two statements are about the same topic": len(topics) < len(self.statements),
        }
        return [fault for fault, there in faults.items() if there]

    def _drawn(self) -> list[tuple[str, Statement, bool]]:
        """Return (part, statement, whether it is asked in its true wording)."""
        names = [f"statement_{number}" for number in range(1, len(self.statements) + 1)]
        return list(zip(names, map(bank().__getitem__, self.statements), self.truths, strict=True))

    def asks(self) -> tuple[str, ...]:
        return self.statements

    def givens(self) -> dict[str, tuple[str, ...]]:
        return {"wordings": tuple(statement.wording(holds=truth) for _, statement, truth in self._drawn())}

    def solve(self, carried: Carried = NOTHING) -> Solution:  # noqa: ARG002 - no statement depends on another one
        parts = []
        for (name, statement, _), place in zip(self._drawn(), verdicts(self.truths), strict=True):
            right, wrong = Choice(VERDICTS, frozenset({place})), Choice(VERDICTS, frozenset({1 - place}))
            mistakes = (Mistake(*statement.mistake, wrong),) if statement.mistake else ()
            points, space = (2, "1.3cm") if self.reasons else (1, "1mm")
            steps = {"reason": Remark(statement.reason)}
            parts.append(Part(name, right, steps, mistakes, points, space, reason=self.reasons))
        return Solution(*parts)

    def oracle(self) -> Measured:
        """Measure, where it can be done, whether what the wording claims is so; see `measure.claims`."""
        found = {}
        for name, statement, truth in self._drawn():
            holds = truth
            if statement.check:
                holds = claims.measured(statement.check, statement.on) == statement.claimed(holds=truth)
            found[name] = {VERDICTS.index("true" if holds else "false")}
        return found

"""What became of the laws of each operation in a run, as plain values."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Any

from bodydouble.contracts.model.laws import Law


class LawVerdict(Enum):
    """What became of one law of one operation."""

    VIOLATED = "violated"
    TESTED = "tested"
    # Declared, but this run could not test it.
    UNTESTED = "not tested"
    # Not declared; the specification says why.
    UNDECLARED = "not declared"


@dataclass(frozen=True, slots=True)
class LawResult:
    """What became of one law of one operation.

    Attributes:
        operation: operationId.
        reason: why it was not tested, or is not declared; empty if it was tested.
        count: how many times it was tested.
    """

    operation: str
    law: Law
    verdict: LawVerdict
    reason: str = ""
    count: int = 0

    def as_json(self) -> dict[str, Any]:
        """The result as JSON values."""
        return {
            "operation": self.operation,
            "law": self.law.value,
            "verdict": self.verdict.value,
            "reason": self.reason,
            "count": self.count,
        }


def was_tested(operation: str, law: Law, count: int = 1) -> LawResult:
    """A law that was tested so many times."""
    return LawResult(operation, law, LawVerdict.TESTED, count=count)


def not_tested(operation: str, law: Law, reason: str) -> LawResult:
    """A law that could not be tested.

    Args:
        reason: in a sentence's second half: `the budget is spent`.
    """
    return LawResult(operation, law, LawVerdict.UNTESTED, reason)


@dataclass(frozen=True, slots=True)
class LawCounts:
    """How many laws of all operations together were declared, tested, violated and not tested."""

    declared: int
    tested: int
    violated: int
    untested: int

    def __str__(self) -> str:
        line = f"laws: {self.declared} declared, {self.tested} tested, {self.untested} not testable here"
        return f"{line}, {self.violated} violated" if self.violated else line


def counts(results: Iterable[LawResult]) -> LawCounts:
    """How many laws were declared, tested, violated and not tested."""
    verdicts = [result.verdict for result in results]
    declared = len(verdicts) - verdicts.count(LawVerdict.UNDECLARED)
    untested = verdicts.count(LawVerdict.UNTESTED)
    return LawCounts(declared, declared - untested, verdicts.count(LawVerdict.VIOLATED), untested)

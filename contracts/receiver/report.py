"""The results of a receiver test, as values."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from bodydouble.contracts.core.printable import counted


class Verdict(StrEnum):
    """The result of a rule."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Step:
    """One callback that was sent, without secrets.

    Attributes:
        title: what it was meant to be.
        curl: a shell line that sends it again, freshly signed; it takes the keys from shell variables of their names.
        response: status and body of the receiver's response, or why there was none.
    """

    title: str
    curl: str
    response: str


@dataclass(frozen=True, slots=True)
class Check:
    """The result of one rule.

    Attributes:
        name: the rule's, for machines.
        description: the rule, as a sentence.
        reason: what went wrong, why the rule does not apply, or what was tried.
        location: the place in the specification from which the rule follows.
        callbacks: how many were sent.
        steps: of a failed check, the callbacks that show it, in their order.
    """

    name: str
    description: str
    verdict: Verdict
    reason: str
    location: str
    callbacks: int = 0
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        lines = [
            f"{self.verdict.upper()} {self.name}: {self.description}",
            f"  {self.reason}",
            f"  see {self.location}",
        ]
        shown = ""
        for number, step in enumerate(self.steps, 1):
            line = step.curl if step.curl != shown else "(the same line)"
            lines += [f"  {number}. {step.title}; {step.response}", f"     {line}"]
            shown = step.curl
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """The result of a run.

    Attributes:
        callback: its operationId.
        url: the receiver's, without secrets.
        seed: makes the same payloads again; identifiers differ from run to run, because receivers remember them.
        seconds: how long the run took.
    """

    vendor: str
    callback: str
    url: str
    seed: int
    checks: tuple[Check, ...]
    seconds: float

    @property
    def failures(self) -> tuple[Check, ...]:
        """The checks that failed."""
        return tuple(check for check in self.checks if check.verdict is Verdict.FAILED)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """The verdict of each check, by its name."""
        return {check.name: check.verdict for check in self.checks}

    @property
    def callbacks(self) -> int:
        """How many callbacks were sent."""
        return sum(check.callbacks for check in self.checks)

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        sent = counted(self.callbacks, "callback")
        head = f"{self.vendor} {self.callback}: {sent} in {self.seconds:.1f} s, seed {self.seed}"
        return "\n".join([head, *map(str, self.failures)])

"""What the tests of a receiver found, as values."""

from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any


class Verdict(StrEnum):
    """How a check ended."""

    PASSED = "passed"
    FAILED = "failed"
    NOT_APPLICABLE = "not applicable"


@dataclass(frozen=True, slots=True)
class Step:
    """One callback that was sent, without secrets.

    Attributes:
        title: what it was meant to be.
        curl: a shell line that sends it again, freshly signed; it takes the keys from shell variables of their names.
        answer: what the receiver answered, or why there was no answer.
    """

    title: str
    curl: str
    answer: str


@dataclass(frozen=True, slots=True)
class Check:
    """One promise that a receiver was held to.

    Attributes:
        name: for machines.
        promise: in words.
        why: what went wrong, why it does not apply, or what was tried.
        location: the place in the specification that asks for it.
        callbacks: how many were sent.
        steps: of a failed check, the callbacks that show it, in their order.
    """

    name: str
    promise: str
    verdict: Verdict
    why: str
    location: str
    callbacks: int = 0
    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        lines = [f"{self.verdict.upper()} {self.name}: {self.promise}", f"  {self.why}", f"  see {self.location}"]
        shown = ""
        for number, step in enumerate(self.steps, 1):
            line = step.curl if step.curl != shown else "(the same line)"
            lines += [f"  {number}. {step.title}; {step.answer}", f"     {line}"]
            shown = step.curl
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class ReceiverReport:
    """What a run has done.

    Attributes:
        callback: its operationId.
        url: the receiver's, without secrets.
        seed: makes the same payloads again; identifiers differ from run to run, because receivers remember them.
        seconds: how long it took.
    """

    vendor: str
    callback: str
    url: str
    seed: int
    checks: tuple[Check, ...]
    seconds: float

    @property
    def failures(self) -> tuple[Check, ...]:
        """The broken promises."""
        return tuple(check for check in self.checks if check.verdict is Verdict.FAILED)

    @property
    def verdicts(self) -> dict[str, Verdict]:
        """How each check ended, by its name."""
        return {check.name: check.verdict for check in self.checks}

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return asdict(self)

    def __str__(self) -> str:
        sent = sum(check.callbacks for check in self.checks)
        head = f"{self.vendor} {self.callback}: {sent} callbacks in {self.seconds:.1f} s, seed {self.seed}"
        return "\n".join([head, *map(str, self.failures)])

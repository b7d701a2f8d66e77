"""What a test of an endpoint has found and done, as values."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bodydouble.contracts.endpoint.lifecycle_watch import Watched


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise.

    Attributes:
        check: name of the check that found it.
        request: method, URL and body, without secrets.
        answer: status and body, without secrets.
        curl: a shell line that sends the request again; secrets come from shell variables.
        place: what of the specification is broken, as file and JSON pointer.
        count: how many requests showed it; the shortest is kept.
        minimal: whether smaller requests were tried, and the smallest that shows it is kept.
    """

    check: str
    operation: str
    phase: str
    message: str
    request: str
    answer: str
    curl: str = ""
    place: str = ""
    count: int = 1
    minimal: bool = False

    def __str__(self) -> str:
        message = self.message.replace("\n", "\n  ")
        lines = [f"{self.operation} ({self.phase}), {self.check}: {message}", self.request, self.answer]
        return "\n  ".join([*lines, *(line for line in (f"see {self.place}", self.curl) if line)])


@dataclass(frozen=True, slots=True)
class Tested:
    """What was sent to one operation.

    Attributes:
        cases: how many requests, by phase.
        outcomes: how many answers, by what they amounted to.
    """

    cases: Mapping[str, int]
    outcomes: Mapping[str, int]

    @property
    def total(self) -> int:
        """Requests in all phases."""
        return sum(self.cases.values())

    @property
    def successes(self) -> int:
        """Answers that were successes."""
        return self.outcomes.get("success", 0)


@dataclass(frozen=True, slots=True)
class Report:
    """What a run has done.

    Attributes:
        operations: by operationId, every operation that was to be tested.
        findings: broken promises, each once for an operation and check.
        errors: what kept the run itself from going on.
        seconds: how long it took.
        url: the endpoint's.
        began: when, ISO 8601 in UTC.
        requests: all that left, tokens and repeated requests included.
        metered: how many of them went to metered operations.
        metered_limit: how many were allowed; None for any number.
        metered_operations: those that cost.
        lifecycles: what was created, and the states that it was seen in.
    """

    vendor: str
    seed: int
    operations: Mapping[str, Tested]
    findings: tuple[Finding, ...]
    errors: tuple[str, ...]
    seconds: float
    url: str
    began: str
    requests: int
    metered: int
    metered_limit: int | None
    metered_operations: frozenset[str]
    lifecycles: tuple[Watched, ...]

    @property
    def untested(self) -> tuple[str, ...]:
        """Operations that no request was sent to, or none that succeeded."""
        return tuple(name for name, tested in self.operations.items() if not tested.successes)

    @property
    def total(self) -> int:
        """Requests to all operations."""
        return sum(tested.total for tested in self.operations.values())

    def findings_of(self, operation: str) -> tuple[Finding, ...]:
        """The broken promises of one operation."""
        return tuple(finding for finding in self.findings if finding.operation == operation)

    def verdict(self, operation: str) -> str:
        """`failed`, `skipped` (it costs, and the budget had nothing for it), `refused` (no success) or `passed`."""
        if self.findings_of(operation):
            return "failed"
        tested = self.operations[operation]
        if not tested.total:
            return "skipped"
        return "passed" if tested.successes else "refused"

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "vendor": self.vendor,
            "url": self.url,
            "seed": self.seed,
            "began": self.began,
            "seconds": round(self.seconds, 3),
            "requests": self.requests,
            "metered": {"sent": self.metered, "limit": self.metered_limit},
            "operations": {
                name: {
                    "verdict": self.verdict(name),
                    "metered": name in self.metered_operations,
                    "cases": dict(tested.cases),
                    "outcomes": dict(tested.outcomes),
                }
                for name, tested in self.operations.items()
            },
            "lifecycles": [
                {
                    "operation": one.operation,
                    "lifecycle": one.lifecycle,
                    "reader": one.reader,
                    "seen": [asdict(seen) for seen in one.seen],
                    "reads": one.reads,
                    "ended": one.ended,
                    "asked": one.asked,
                    "note": one.note,
                }
                for one in self.lifecycles
            ],
            "findings": [asdict(finding) for finding in self.findings],
            "errors": list(self.errors),
        }

    def __str__(self) -> str:
        lines = [f"{self.vendor}: {self.total} requests in {self.seconds:.1f} s, seed {self.seed}"]
        for name, tested in self.operations.items():
            phases = ", ".join(f"{phase} {count}" for phase, count in tested.cases.items())
            outcomes = ", ".join(f"{outcome} {count}" for outcome, count in tested.outcomes.items())
            lines.append(f"  {name}: {phases}; {outcomes}")
        return "\n".join([*lines, *map(str, self.findings), *self.errors])

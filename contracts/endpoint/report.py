"""The results of a test of an endpoint, as plain values.

Knows neither the test engine nor an HTTP library, and so neither do the files that are written from it.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from bodydouble.contracts.core.printable import counted
from bodydouble.contracts.endpoint.laws.results import LawCounts, LawResult, LawVerdict, counts
from bodydouble.contracts.model.exchange import OperationExchange


@dataclass(frozen=True, slots=True)
class Step:
    """One of the requests that together show a violation.

    Attributes:
        operation: operationId.
        request, response, curl: as those of a finding.
    """

    operation: str
    request: str
    response: str
    curl: str

    def __str__(self) -> str:
        return "\n    ".join([self.operation, self.request, self.response, self.curl])


@dataclass(frozen=True, slots=True)
class Finding:
    """One violation of the contract.

    Attributes:
        check: name of the check that found it.
        request: method, URL and body, without secrets.
        response: status and body, without secrets.
        curl: a shell line that sends the request again; secrets come from shell variables.
        place: what of the specification is violated, as file and JSON pointer.
        count: how many requests showed it; the shortest of them is shown.
        shrunk: whether smaller requests were tried, and the smallest that shows it is shown.
        steps: for what no single request shows, the requests before it that contradict it, in order.
        sent_to: operationId of the shown request, where it is another one.
    """

    check: str
    operation: str
    phase: str
    message: str
    request: str
    response: str
    curl: str = ""
    place: str = ""
    count: int = 1
    shrunk: bool = False
    steps: tuple[Step, ...] = ()
    sent_to: str = ""

    @property
    def all_steps(self) -> tuple[Step, ...]:
        """The steps, and its own request as the last one."""
        return (*self.steps, Step(self.sent_to or self.operation, self.request, self.response, self.curl))

    def __str__(self) -> str:
        message = self.message.replace("\n", "\n  ")
        lines = [f"{self.operation} ({self.phase}), {self.check}: {message}"]
        if self.steps:
            return "\n  ".join([*lines, f"see {self.place}", *(f"- {step}" for step in self.all_steps)])
        lines += [self.request, self.response]
        return "\n  ".join([*lines, *(line for line in (f"see {self.place}", self.curl) if line)])


@dataclass(frozen=True, slots=True)
class OperationResult:
    """The requests to one operation, and their responses.

    Attributes:
        requests: how many, by phase.
        responses: how many, by what they amount to: `success`, or the name of an error case.
    """

    requests: Mapping[str, int]
    responses: Mapping[str, int]

    @property
    def total(self) -> int:
        """Requests in all phases."""
        return sum(self.requests.values())

    @property
    def successes(self) -> int:
        """Responses that were successes."""
        return self.responses.get("success", 0)


@dataclass(frozen=True, slots=True)
class ObservedState:
    """A state as it was read, some seconds after the watch began.

    Attributes:
        code: what the response shows.
        state: its name; several, where the wire does not tell them apart; empty if the lifecycle has none such.
    """

    seconds: float
    code: int | str
    state: str


@dataclass(frozen=True, slots=True)
class LifecycleViolation:
    """A change of state that the lifecycle does not have.

    Attributes:
        exchange: the read that showed it.
    """

    message: str
    exchange: OperationExchange


@dataclass(frozen=True, slots=True)
class LifecycleResult:
    """The observed lifecycle of one created task or resource.

    Attributes:
        operation: the operation that created it.
        reader: the operation that its state was read with; empty if there is none.
        states: those that it was seen in, each once in a row.
        reads: how many times it was read.
        ended: whether it has reached a terminal state.
        note: why it was not watched to its end, or the empty string.
        ended_by: the operation that was called to end it; empty for none.
    """

    operation: str
    lifecycle: str
    reader: str
    states: tuple[ObservedState, ...]
    reads: int
    ended: bool
    note: str
    ended_by: str = ""
    violation: LifecycleViolation | None = None

    def as_json(self) -> dict[str, Any]:
        """The result as JSON values; a violation is among the findings of the report."""
        return {
            "operation": self.operation,
            "lifecycle": self.lifecycle,
            "reader": self.reader,
            "states": [asdict(state) for state in self.states],
            "reads": self.reads,
            "ended": self.ended,
            "ended_by": self.ended_by,
            "note": self.note,
        }


@dataclass(frozen=True, slots=True)
class EndpointReport:
    """The result of a run.

    Attributes:
        operations: by operationId, every operation that was to be tested.
        findings: violations, each once for an operation and check.
        errors: what stopped the run itself.
        seconds: how long it took.
        url: the endpoint's.
        began: when, ISO 8601 in UTC.
        requests: all that were sent, tokens and repeated requests included.
        metered: how many of them went to metered operations.
        metered_limit: how many were allowed; None for any number.
        metered_operations: those that cost money or quota.
        lifecycles: what was created, and the states that it was seen in.
        laws: what became of each law between requests, by operation.
    """

    vendor: str
    seed: int
    operations: Mapping[str, OperationResult]
    findings: tuple[Finding, ...]
    errors: tuple[str, ...]
    seconds: float
    url: str
    began: str
    requests: int
    metered: int
    metered_limit: int | None
    metered_operations: frozenset[str]
    lifecycles: tuple[LifecycleResult, ...]
    laws: tuple[LawResult, ...] = ()

    @property
    def untested(self) -> tuple[str, ...]:
        """Operations that no request was sent to, or none that succeeded."""
        return tuple(name for name, result in self.operations.items() if not result.successes)

    @property
    def total(self) -> int:
        """Requests to all operations."""
        return sum(result.total for result in self.operations.values())

    def findings_of(self, operation: str) -> tuple[Finding, ...]:
        """The violations of one operation."""
        return tuple(finding for finding in self.findings if finding.operation == operation)

    @property
    def law_counts(self) -> LawCounts:
        """How many laws were declared, tested, violated and not tested."""
        return counts(self.laws)

    @property
    def untested_laws(self) -> Mapping[str, tuple[str, ...]]:
        """By the reason, the laws that this run could not test, each as `operation: law, law`."""
        by_reason: dict[str, dict[str, list[str]]] = {}
        for result in self.laws:
            if result.verdict is LawVerdict.UNTESTED:
                by_reason.setdefault(result.reason, {}).setdefault(result.operation, []).append(result.law.value)
        return {
            reason: tuple(f"{name}: {', '.join(laws)}" for name, laws in operations.items())
            for reason, operations in by_reason.items()
        }

    def verdict(self, operation: str) -> str:
        """`failed`, `skipped` (metered, no budget left for it), `untested`, `rejected` (no success) or `passed`."""
        if self.findings_of(operation):
            return "failed"
        result = self.operations[operation]
        if not result.total:
            return "skipped" if operation in self.metered_operations else "untested"
        return "passed" if result.successes else "rejected"

    def as_json(self) -> dict[str, Any]:
        """The report as JSON values."""
        return {
            "vendor": self.vendor,
            "url": self.url,
            "began": self.began,
            "seconds": round(self.seconds, 3),
            "seed": self.seed,
            "requests": self.requests,
            "metered": {"sent": self.metered, "limit": self.metered_limit},
            "operations": {name: self._operation_as_json(name) for name in self.operations},
            "lifecycles": [lifecycle.as_json() for lifecycle in self.lifecycles],
            "laws": [law.as_json() for law in self.laws],
            "findings": [asdict(finding) for finding in self.findings],
            "errors": list(self.errors),
        }

    def _operation_as_json(self, name: str) -> dict[str, Any]:
        result = self.operations[name]
        return {
            "verdict": self.verdict(name),
            "metered": name in self.metered_operations,
            "requests": dict(result.requests),
            "responses": dict(result.responses),
        }

    def __str__(self) -> str:
        lines = [f"{self.vendor}: {counted(self.total, 'request')} in {self.seconds:.1f} s, seed {self.seed}"]
        for name, result in self.operations.items():
            requests = ", ".join(f"{phase} {count}" for phase, count in result.requests.items())
            responses = ", ".join(f"{response} {count}" for response, count in result.responses.items())
            lines.append(f"  {name}: {requests}; {responses}")
        lines += [str(counts(self.laws))] if self.laws else []
        return "\n".join([*lines, *map(str, self.findings), *self.errors])

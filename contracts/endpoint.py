"""Holding an endpoint to its contract: schemathesis, with the vendor's own sign-in and checks that know its envelope.

`run` does all phases (examples, boundary coverage, fuzzing, stateful) and gives back what was really sent and found, as
values. It reports; it does not judge whether enough was sent: see Report.untested.
"""

import json
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

import requests
import schemathesis
from hypothesis.strategies import SearchStrategy
from requests.auth import AuthBase
from schemathesis.config import (
    ChecksConfig,
    GenerationConfig,
    PhasesConfig,
    ProjectConfig,
    ProjectsConfig,
    SchemathesisConfig,
)
from schemathesis.engine import Status, events, from_schema
from schemathesis.schemas import BaseSchema

from contracts import checks
from contracts.checks import AnyCase
from contracts.contract import Contract, Operation
from contracts.generation import Known, RealisticCases, derived_document, encode_inner_documents
from contracts.messages import WireResponse
from contracts.outcomes import classify
from contracts.redaction import Redactor
from contracts.sign_in import SignIn, sender


@dataclass(frozen=True, slots=True)
class Options:
    """How an endpoint is tested.

    Attributes:
        seed: the same seed, against the same state, makes the same requests.
        examples: fuzzed requests for each operation.
        scenarios: stateful sequences of requests along the links of the specification.
        operations: operationIds to test; empty for all. With some chosen, there are no stateful sequences.
        known: values that exist at the endpoint; see RealisticCases.
    """

    seed: int = 1
    examples: int = 100
    scenarios: int = 50
    operations: frozenset[str] = frozenset()
    known: Known = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Finding:
    """One broken promise.

    Attributes:
        check: name of the check that found it.
        request: method, URL and body, without secrets.
    """

    check: str
    operation: str
    phase: str
    message: str
    request: str
    answer: str

    def __str__(self) -> str:
        return f"{self.operation} ({self.phase}), {self.check}: {self.message}\n  {self.request}\n  {self.answer}"


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
    """

    vendor: str
    seed: int
    operations: Mapping[str, Tested]
    findings: tuple[Finding, ...]
    errors: tuple[str, ...]
    seconds: float

    @property
    def untested(self) -> tuple[str, ...]:
        """Operations that no request was sent to, or none that succeeded."""
        return tuple(name for name, tested in self.operations.items() if not tested.successes)

    @property
    def total(self) -> int:
        """Requests to all operations."""
        return sum(tested.total for tested in self.operations.values())

    def __str__(self) -> str:
        lines = [f"{self.vendor}: {self.total} requests in {self.seconds:.1f} s, seed {self.seed}"]
        for name, tested in self.operations.items():
            phases = ", ".join(f"{phase} {count}" for phase, count in tested.cases.items())
            outcomes = ", ".join(f"{outcome} {count}" for outcome, count in tested.outcomes.items())
            lines.append(f"  {name}: {phases}; {outcomes}")
        return "\n".join([*lines, *map(str, self.findings), *self.errors])


def run(contract: Contract, base_url: str, credentials: Mapping[str, str], options: Options | None = None) -> Report:
    """Test an endpoint.

    Args:
        base_url: scheme, host and port.
        credentials: the vendor's, under the names that the control plane shows.
    """
    options = options or Options()
    started = time.monotonic()
    wanted = [name for name in contract.operations if not options.operations or name in options.operations]
    sign_in = SignIn(contract, credentials, sender(base_url))
    schema = _schema(contract, base_url, options)
    if options.operations:
        schema = schema.include(operation_id=wanted)
    realistic = RealisticCases(contract, options.known, sign_in.signed_values)

    @schema.hook
    def before_generate_case(
        context: schemathesis.HookContext, strategy: SearchStrategy[AnyCase]
    ) -> SearchStrategy[AnyCase]:
        return realistic.among(strategy)

    for name in wanted:
        outgoing = _Outgoing(contract.operations[name], sign_in)
        schema.auth.set_from_requests(outgoing).apply_to(operation_id=name)
    collector = _Collector(contract, wanted)
    with checks.registered():
        for event in from_schema(schema).execute():
            collector.take(event)
    return Report(
        contract.vendor,
        options.seed,
        collector.tested(),
        tuple(collector.findings.values()),
        tuple(collector.errors),
        time.monotonic() - started,
    )


def _schema(contract: Contract, base_url: str, options: Options) -> BaseSchema:
    own = {check.__name__: {"contract": contract} for check in checks.CHECKS}
    replaced = {name: {"enabled": False} for name in checks.REPLACED}
    generation = {"database": "none", "with-security-parameters": False}
    project = ProjectConfig(
        base_url=base_url,
        checks=ChecksConfig.from_dict({**own, **replaced}),
        generation=GenerationConfig.from_dict({**generation, "max-examples": options.examples}),
        phases=_phases(options),
        continue_on_failure=True,
    )
    config = SchemathesisConfig(seed=options.seed, projects=ProjectsConfig(default=project))
    return schemathesis.openapi.from_dict(derived_document(contract), config=config)


def _phases(options: Options) -> PhasesConfig:
    # Values out of answers go into later requests only along the specification's links. What schemathesis would pick up
    # besides makes a run depend on what else there is, and might delete what is not the test's own.
    unaided = {"extra-data-sources": {"responses": False}}
    fuzzing = {**unaided, "error-feedback": {"enabled": False}}
    stateful = {
        "enabled": not options.operations,
        "generation": {"max-examples": options.scenarios},
        "inference": {"algorithms": []},
    }
    return PhasesConfig.from_dict({"examples": unaided, "coverage": unaided, "fuzzing": fuzzing, "stateful": stateful})


class _Outgoing(AuthBase):
    """The last hand on a request: inner documents into their strings, then the vendor's credentials."""

    def __init__(self, operation: Operation, sign_in: SignIn) -> None:
        self._operation = operation
        self._sign_in = sign_in

    def __call__(self, prepared: requests.PreparedRequest) -> requests.PreparedRequest:
        self._encode(prepared)
        wire = checks.wire_request(prepared)
        signed = self._sign_in.sign(self._operation, wire)
        if signed.query != wire.query:
            prepared.url = urlsplit(prepared.url or "")._replace(query=signed.query).geturl()
        for name, value in signed.headers.items():
            if value != wire.headers.get(name):
                prepared.headers[name] = value
        return prepared

    def _encode(self, prepared: requests.PreparedRequest) -> None:
        if not self._operation.has_inner_documents or not prepared.body:
            return
        try:
            body = json.loads(checks.sent_body(prepared))
        except ValueError:
            return
        encoded = encode_inner_documents(self._operation, body)
        if encoded != body:
            prepared.prepare_body(json.dumps(encoded).encode(), None)


class _Collector:
    """Makes the engine's events into what a report holds."""

    def __init__(self, contract: Contract, wanted: list[str]) -> None:
        self._contract = contract
        self._redactor = Redactor(contract.sensitive)
        self._cases: dict[str, Counter[str]] = {name: Counter() for name in wanted}
        self._outcomes: dict[str, Counter[str]] = {name: Counter() for name in wanted}
        self.findings: dict[tuple[str, str, str], Finding] = {}
        self.errors: list[str] = []

    def take(self, event: events.EngineEvent) -> None:
        """Take one event in."""
        if isinstance(event, events.ScenarioFinished):
            self._take_scenario(event)
        elif isinstance(event, events.NonFatalError):
            self.errors.append(f"{event.label}: {event.info.title}: {event.info.message}")
        elif isinstance(event, events.FatalError):
            self.errors.append(f"{type(event.exception).__name__}: {event.exception}")
        elif isinstance(event, events.Interrupted):
            self.errors.append("interrupted")

    def tested(self) -> dict[str, Tested]:
        """What was sent to every operation."""
        return {
            name: Tested(dict(cases), dict(self._outcomes[name].most_common())) for name, cases in self._cases.items()
        }

    def _take_scenario(self, event: events.ScenarioFinished) -> None:
        phase = event.phase.value.lower()
        for case_id, interaction in event.recorder.interactions.items():
            node = event.recorder.cases[case_id]
            name = node.value.operation.definition.raw["operationId"]
            if interaction.response is None:
                continue
            self._cases[name][phase] += 1
            answer = checks.wire_response(interaction.response)
            self._outcomes[name][classify(self._contract, answer).name] += 1
            for finding in self._findings(name, phase, event, case_id, answer):
                self.findings.setdefault((finding.check, finding.operation, finding.message), finding)

    def _findings(
        self, name: str, phase: str, event: events.ScenarioFinished, case_id: str, answer: WireResponse
    ) -> Iterator[Finding]:
        for node in event.recorder.checks.get(case_id, ()):
            if node.status is Status.FAILURE and node.failure_info is not None:
                request = event.recorder.interactions[case_id].request
                body = (request.body or b"").decode("utf-8", "backslashreplace")
                yield Finding(
                    node.name,
                    name,
                    phase,
                    self._redactor.text(str(node.failure_info.failure)),
                    f"{request.method} {self._redactor.query(request.uri)} {self._redactor.text(body)}".strip(),
                    f"{answer.status} {self._redactor.text(answer.body.decode('utf-8', 'backslashreplace'))}",
                )

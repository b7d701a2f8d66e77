"""Makes what the test engine says into what a report holds."""

import re
from collections import Counter
from dataclasses import replace

from schemathesis.engine import Status, events

from contracts import checks
from contracts.contract import Contract, Operation
from contracts.findings import Finding, Tested
from contracts.known_secrets import Secrets
from contracts.lifecycle_check import CHECK, Watched
from contracts.links import Exchange
from contracts.messages import WireRequest, WireResponse
from contracts.outcomes import classify
from contracts.pointers import lookup
from contracts.reproduction import Reproduction
from contracts.traffic import BudgetSpent

# Findings whose messages differ only in these are of one kind.
_VALUES = re.compile(r"\"[^\"]*\"|'[^']*'|\d+")
_ABOUT_ANSWERS = frozenset(
    {
        "AnswersConform",
        "NeverBreaksDown",
        "status_code_conformance",
        "content_type_conformance",
        "response_schema_conformance",
        "response_headers_conformance",
        "not_a_server_error",
    }
)


class Collector:
    """Takes in what happens in a run.

    Args:
        wanted: operationIds that are to be tested.
        reproduction: makes the lines that send requests again.
    """

    def __init__(self, contract: Contract, wanted: list[str], reproduction: Reproduction) -> None:
        self._contract = contract
        self._reproduction = reproduction
        self._secrets: Secrets = reproduction.secrets
        self._cases: dict[str, Counter[str]] = {name: Counter() for name in wanted}
        self._outcomes: dict[str, Counter[str]] = {name: Counter() for name in wanted}
        self.findings: dict[tuple[str, str, str], Finding] = {}
        self.errors: list[str] = []
        self.created: dict[str, Exchange] = {}

    def take(self, event: events.EngineEvent) -> None:
        """Take one event in."""
        if isinstance(event, events.ScenarioFinished):
            self._take_scenario(event)
        elif isinstance(event, events.NonFatalError):
            # That an operation has had what it may have is no error; the engine knows no other word for it.
            if isinstance(event.value, BudgetSpent):
                return
            self._error(f"{event.label}: {event.info.title}: {event.info.message}")
        elif isinstance(event, events.FatalError):
            self._error(f"{type(event.exception).__name__}: {event.exception}")
        elif isinstance(event, events.Interrupted):
            self._error("interrupted")

    def take_watched(self, watched: Watched) -> None:
        """Take in what became of something created."""
        if watched.broken is not None:
            exchange = watched.broken.exchange
            seen = " -> ".join(f"{one.code} ({one.state}) at {one.seconds:g} s" for one in watched.seen)
            message = f"{watched.broken.message}; created by {watched.operation}, seen: {seen}"
            self._found(CHECK, "lifecycle", message, exchange, f"#/x-lifecycles/{watched.lifecycle}")

    def tested(self) -> dict[str, Tested]:
        """What was sent to every operation."""
        return {
            name: Tested(dict(cases), dict(self._outcomes[name].most_common())) for name, cases in self._cases.items()
        }

    def count(self, exchange: Exchange, phase: str) -> None:
        """Count an answered request."""
        name = exchange.operation.id
        self._cases.setdefault(name, Counter())[phase] += 1
        self._secrets.remember_answer(exchange.request, exchange.response)
        self._outcomes.setdefault(name, Counter())[classify(self._contract, exchange.response).name] += 1

    def _error(self, text: str) -> None:
        text = self._secrets.text(text)
        if text not in self.errors:
            self.errors.append(text)

    def _take_scenario(self, event: events.ScenarioFinished) -> None:
        phase = event.phase.value.lower()
        for case_id, interaction in event.recorder.interactions.items():
            if interaction.response is None:
                continue
            raw = event.recorder.cases[case_id].value.operation.definition.raw
            operation = self._contract.operations[raw["operationId"]]
            exchange = Exchange(
                operation,
                checks.wire_request(interaction.response.request),
                checks.wire_response(interaction.response),
            )
            self.count(exchange, phase)
            self._remember_created(exchange)
            for node in event.recorder.checks.get(case_id, ()):
                if node.status is Status.FAILURE and node.failure_info is not None:
                    failure = node.failure_info.failure
                    shown, spoiled = exchange, ""
                    if isinstance(failure, checks.ContractFailure) and failure.probe is not None:
                        # The check has sent a request of its own, and it is that which broke the promise.
                        shown = Exchange(operation, failure.probe.request, failure.probe.response)
                        spoiled = failure.probe.spoiled
                    self._found(node.name, phase, failure.message, shown, "", spoiled)

    def _remember_created(self, exchange: Exchange) -> None:
        role = exchange.operation.role
        if role is None or role.role != "create" or exchange.request.method != exchange.operation.method:
            return
        # The first is the specification's example, or nearest to it.
        if exchange.operation.id not in self.created and not classify(self._contract, exchange.response).failed:
            self.created[exchange.operation.id] = exchange

    def _found(self, check: str, phase: str, message: str, exchange: Exchange, pointer: str, spoiled: str = "") -> None:
        request, answer = exchange.request, exchange.response
        text = self._secrets.text
        target = self._reproduction.base_url + request.path + (f"?{request.query}" if request.query else "")
        body = text(request.body.decode("utf-8", "backslashreplace"))
        finding = Finding(
            check,
            exchange.operation.id,
            phase,
            text(message),
            f"{request.method} {text(target)} {body}".strip(),
            f"{answer.status} {text(answer.body.decode('utf-8', 'backslashreplace'))}",
            self._reproduction.line(exchange.operation, request, spoiled),
            self._place(check, exchange.operation, request, answer, pointer),
        )
        key = (check, exchange.operation.id, _VALUES.sub("*", finding.message))
        known = self.findings.get(key)
        if known is None:
            self.findings[key] = finding
        else:
            smaller = finding if len(finding.curl) < len(known.curl) else known
            self.findings[key] = replace(smaller, count=known.count + 1)

    def _place(self, check: str, operation: Operation, request: WireRequest, answer: WireResponse, pointer: str) -> str:
        content = self._contract.document.content
        candidates = [pointer] if pointer else []
        if check in _ABOUT_ANSWERS:
            candidates.append(f"{operation.pointer}/responses/{answer.status}")
            candidates.append(f"{operation.pointer}/responses")
        elif check == "RequiresCredentials":
            candidates += [f"{operation.pointer}/security", "#/security"]
        elif check in ("AcceptsValidRequests", "RejectsInvalidRequests"):
            candidates.append(f"{operation.pointer}/{'requestBody' if request.body else 'parameters'}")
        for candidate in candidates:
            try:
                lookup(content, candidate)
            except LookupError:
                continue
            return f"specs/{self._contract.vendor}/openapi.yaml{candidate}"
        return f"specs/{self._contract.vendor}/openapi.yaml{operation.pointer}"

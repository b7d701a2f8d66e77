"""Makes what the test engine says into what a report holds."""

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

from schemathesis.core.failures import Failure
from schemathesis.engine import Status, events

from bodydouble.contracts.core.printable import printable
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint import checks
from bodydouble.contracts.endpoint.lifecycle_watch import CHECK, Watched
from bodydouble.contracts.endpoint.report import Finding, Tested
from bodydouble.contracts.endpoint.reproduction import Reproduction
from bodydouble.contracts.endpoint.rules import Broken, kind
from bodydouble.contracts.endpoint.transport import BudgetSpent
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.response_classifier import classify
from bodydouble.contracts.redaction.known_values import KnownSecrets

LONGEST_ERROR = 500
# A body keeps its lines.
_LINES = "\n\t"
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
        self._secrets: KnownSecrets = reproduction.secrets
        self._cases: dict[str, Counter[str]] = {name: Counter() for name in wanted}
        self._outcomes: dict[str, Counter[str]] = {name: Counter() for name in wanted}
        self.findings: dict[tuple[str, str, str], Finding] = {}
        self._shown: dict[tuple[str, str, str], OperationExchange] = {}
        self.errors: list[str] = []
        self.created: dict[str, OperationExchange] = {}

    def take(self, event: events.EngineEvent) -> None:
        """Take one event in."""
        if isinstance(event, events.ScenarioFinished):
            self._take_scenario(event)
        elif isinstance(event, events.NonFatalError):
            # That an operation has had what it may have is no error; the engine knows no other word for it.
            if isinstance(event.value, BudgetSpent):
                return
            # What follows the first paragraph are the engine's own commands, with stale signatures.
            self._error(f"{event.label}: {event.info.title}: {_first_paragraph(event.info.message)}")
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

    def minimise(self, smaller: Callable[[str, OperationExchange], tuple[OperationExchange, Broken] | None]) -> None:
        """Put the smallest exchange that breaks the same promise in the place of each finding's own.

        Args:
            smaller: looks for it, given the name of the check.
        """
        for key, exchange in list(self._shown.items()):
            found = smaller(key[0], exchange)
            if found is None:
                continue
            old = self.findings.pop(key)
            # What looked like several may be one.
            new = self._finding(old.check, old.phase, found[1].message, found[0], "")
            self._keep(replace(new, count=old.count, minimal=True))

    def tested(self) -> dict[str, Tested]:
        """What was sent to every operation."""
        return {
            name: Tested(dict(cases), dict(self._outcomes[name].most_common())) for name, cases in self._cases.items()
        }

    def count(self, exchange: OperationExchange, phase: str) -> None:
        """Count an answered request."""
        name = exchange.operation.id
        self._cases.setdefault(name, Counter())[phase] += 1
        self._secrets.remember_answer(exchange.request, exchange.response)
        outcome = classify(self._contract, exchange.response, exchange.operation)
        self._outcomes.setdefault(name, Counter())[outcome.name] += 1

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
            exchange = OperationExchange(
                self._contract,
                operation,
                checks.wire_request(interaction.response.request),
                checks.wire_response(interaction.response),
            )
            self.count(exchange, phase)
            self._remember_created(exchange)
            for node in event.recorder.checks.get(case_id, ()):
                if node.status is Status.FAILURE and node.failure_info is not None:
                    self._take_failure(node.name, phase, node.failure_info.failure, exchange)

    def _take_failure(self, check: str, phase: str, failure: Failure, exchange: OperationExchange) -> None:
        probe = failure.probe if isinstance(failure, checks.ContractFailure) else None
        if probe is None:
            self._found(check, phase, failure.message, exchange, "")
            return
        # The check has sent a request of its own, and it is that which broke the promise.
        shown = OperationExchange(self._contract, exchange.operation, probe.request, probe.response)
        self._keep(self._finding(check, phase, failure.message, shown, "", probe.spoiled))

    def _remember_created(self, exchange: OperationExchange) -> None:
        role = exchange.operation.role
        if role is None or role.role != "create" or exchange.request.method != exchange.operation.method:
            return
        # The first is the specification's example, or nearest to it.
        if exchange.operation.id not in self.created and not exchange.response_class.failed:
            self.created[exchange.operation.id] = exchange

    def _found(self, check: str, phase: str, message: str, exchange: OperationExchange, pointer: str) -> None:
        finding = self._finding(check, phase, message, exchange, pointer)
        if self._keep(finding):
            self._shown[_key(finding)] = exchange

    def _keep(self, finding: Finding) -> bool:
        """Keep a finding with others of its kind; whether it is the one that is shown."""
        known = self.findings.get(_key(finding))
        shown = known is None or (finding.minimal, -len(finding.curl)) > (known.minimal, -len(known.curl))
        first = finding if shown or known is None else known
        self.findings[_key(finding)] = replace(first, count=finding.count + (known.count if known is not None else 0))
        return shown

    def _finding(
        self, check: str, phase: str, message: str, exchange: OperationExchange, pointer: str, spoiled: str = ""
    ) -> Finding:
        request, answer = exchange.request, exchange.response
        text = self._secrets.text
        target = self._reproduction.base_url + request.path + (f"?{request.query}" if request.query else "")
        body = text(request.body.decode("utf-8", "backslashreplace"))
        return Finding(
            check,
            exchange.operation.id,
            phase,
            text(message),
            printable(f"{request.method} {text(target)} {body}".strip(), _LINES),
            printable(f"{answer.status} {text(answer.body.decode('utf-8', 'backslashreplace'))}", _LINES),
            self._reproduction.line(exchange.operation, request, spoiled),
            self._place(check, exchange.operation, request, answer, pointer),
        )

    def _place(self, check: str, operation: Operation, request: WireRequest, answer: WireResponse, pointer: str) -> str:
        candidates = [pointer] if pointer else []
        if check in _ABOUT_ANSWERS:
            candidates.append(f"{operation.pointer}/responses/{answer.status}")
            candidates.append(f"{operation.pointer}/responses")
        elif check == "RequiresCredentials":
            candidates += [f"{operation.pointer}/security", "#/security"]
        elif check in ("AcceptsValidRequests", "RejectsInvalidRequests"):
            candidates.append(f"{operation.pointer}/{'requestBody' if request.body else 'parameters'}")
        return self._contract.source(*candidates, operation.pointer)


def _key(finding: Finding) -> tuple[str, str, str]:
    return finding.check, finding.operation, kind(finding.message)


def _first_paragraph(text: str) -> str:
    return text.partition("\n\n")[0].partition("curl -X")[0].strip()[:LONGEST_ERROR]

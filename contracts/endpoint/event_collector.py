"""Collects what the exchange log sees, and the events of the test engine, into the content of a report."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from bodydouble.contracts.core.printable import printable
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.endpoint.availability import description
from bodydouble.contracts.endpoint.exchange_log import (
    ISOLATION,
    PROBES,
    SHRINKING,
    SIGN_IN,
    ExchangeLog,
    LoggedExchange,
    LoggedFailure,
)
from bodydouble.contracts.endpoint.options import DEFAULT_TIMEOUT
from bodydouble.contracts.endpoint.report import Finding, LifecycleResult, OperationResult, Step
from bodydouble.contracts.endpoint.rules import AVAILABLE, CONFORMANCE, Rule, RuleViolation, kind, rule_named
from bodydouble.contracts.endpoint.schemathesis_adapter import CheckFailure, EngineError, Scenario
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.signing.reproduction import Reproduction

# The check of what was created, which is no check of the engine.
LIFECYCLE_CHECK = "FollowsLifecycle"
STATEFUL = "stateful"
# Of a sequence of requests; longer ones show no more.
MAX_STEPS = 10
# The phases of the engine, in which a create may succeed.
ENGINE_PHASES = frozenset({"examples", "coverage", "fuzzing", "stateful"})
# The engine's own checks of a response; where a rule has already objected to it, they say the same.
_SECOND_OPINIONS = frozenset(
    {
        "response_schema_conformance",
        "status_code_conformance",
        "content_type_conformance",
        "response_headers_conformance",
        "not_a_server_error",
    }
)
_NO_RESPONSE = "no response"
# Of so many reasons for which an operation violates a rule, a person sees what is wrong.
MAX_FINDINGS_OF_A_RULE = 20
# A body keeps its lines.
_LINES = "\n\t"
ShrinkRequest = Callable[[Rule, OperationExchange], tuple[OperationExchange, RuleViolation] | None]
_Key = tuple[str, str, str]


class EventCollector:
    """Collects requests, responses, violations and errors.

    Args:
        operations: operationIds that are to be tested.
        reproduction: makes the lines that send requests again.
        log: knows all exchanges of the run; the collector subscribes to it.
        timeout: seconds that a response is waited for.
    """

    def __init__(
        self,
        contract: Contract,
        operations: Iterable[str],
        reproduction: Reproduction,
        log: ExchangeLog,
        timeout: float = DEFAULT_TIMEOUT,
    ) -> None:
        self._contract = contract
        self._reproduction = reproduction
        self._secrets = reproduction.secrets
        self._log = log
        self._timeout = timeout
        self._requests: dict[str, Counter[str]] = {name: Counter() for name in operations}
        self._responses: dict[str, Counter[str]] = {name: Counter() for name in self._requests}
        self.findings: dict[_Key, Finding] = {}
        self._shrinkable: dict[_Key, OperationExchange] = {}
        self.errors: list[str] = []
        self.created: dict[str, OperationExchange] = {}
        self.succeeded: dict[str, OperationExchange] = {}
        self.exchanges: list[OperationExchange] = []
        # When each was sent, and when it had its response.
        self.times: list[tuple[float, float]] = []
        log.subscribe(self.observe)
        log.subscribe_to_failures(self.observe_failure)

    def observe(self, entry: LoggedExchange) -> None:
        """Add an exchange, and what it violates by itself."""
        exchange = entry.exchange
        self._secrets.remember_response(exchange.request, exchange.response)
        if entry.phase != SIGN_IN or entry.violations or exchange.operation.id in self._requests:
            self._count(exchange.operation.id, entry.phase, exchange.response_class.name)
        if entry.phase not in (SIGN_IN, PROBES, ISOLATION):
            self.times.append((entry.sent, entry.sent + entry.seconds))
            self.exchanges.append(exchange)
            self._remember_success(exchange, entry.phase)
        for rule, violation in entry.violations:
            self.add_violation(rule.name, entry.phase, violation.message, exchange)

    def observe_failure(self, failure: LoggedFailure) -> None:
        """Add a request that got no complete response."""
        self._count(failure.operation, failure.phase, _NO_RESPONSE)
        exchange = OperationExchange(
            self._contract,
            self._contract.operations[failure.operation],
            failure.request,
            WireResponse(0),
        )
        check = CONFORMANCE if failure.is_undecodable else AVAILABLE
        finding = self._finding(check, failure.phase, description(failure.error, self._timeout), exchange)
        self._keep(replace(finding, response=_NO_RESPONSE))

    def handle(self, event: Scenario | EngineError) -> None:
        """Add an event of the engine: what its checks have found, or an error."""
        if isinstance(event, EngineError):
            self.add_error(event.message)
            return
        before: list[OperationExchange] = []
        for case in event.cases:
            entry = self._log.entry(case.response.request)
            for failure in case.failures if entry is not None else ():
                if entry is not None and not (entry.violations and failure.check in _SECOND_OPINIONS):
                    self.add_failure(failure, event.phase, entry.exchange, before)
            # What a sequence shows, it shows as a whole.
            before += [entry.exchange] if entry is not None and event.phase == STATEFUL else []

    def add_error(self, message: str) -> None:
        """Add what stopped the run."""
        message = self._secrets.text(message)
        if message not in self.errors:
            self.errors.append(message)

    def add_lifecycle(self, result: LifecycleResult) -> None:
        """Add the observed lifecycle of a created task or resource."""
        if result.violation is not None:
            states = " -> ".join(f"{state.code} ({state.state}) at {state.seconds:g} s" for state in result.states)
            message = f"{result.violation.message}; created by {result.operation}, seen: {states}"
            finding = self._finding(LIFECYCLE_CHECK, "lifecycle", message, result.violation.exchange)
            place = self._contract.source(f"#/x-lifecycles/{result.lifecycle}")
            self._keep(replace(finding, place=place))

    def add_law(self, violation: LawViolation) -> None:
        """Add a violation of a law between requests."""
        *before, last = violation.exchanges
        finding = self._finding(violation.law.value, "laws", violation.message, last)
        operation = self._contract.operations[violation.operation]
        place = self._contract.source(f"{operation.pointer}/x-laws", operation.pointer)
        steps = tuple(map(self._step, before))
        sent_to = last.operation.id
        self._keep(replace(finding, operation=violation.operation, place=place, steps=steps, sent_to=sent_to))

    def shrink(self, shrink_request: ShrinkRequest) -> None:
        """Show the smallest request that violates a rule for the same reasons in each finding.

        Args:
            shrink_request: looks for it.
        """
        for key, exchange in list(self._shrinkable.items()):
            smallest = shrink_request(rule_named(key[0]), exchange) if key in self.findings else None
            # What was sent for it may explain it.
            if smallest is not None and key in self.findings:
                # Several findings may turn out to be the same.
                before = self.findings.pop(key)
                after = self._finding(before.check, before.phase, smallest[1].message, smallest[0])
                self._keep(replace(after, count=before.count, shrunk=True))

    def results(self) -> dict[str, OperationResult]:
        """The requests to every operation, and their responses."""
        return {
            name: OperationResult(dict(requests), dict(self._responses[name].most_common()))
            for name, requests in self._requests.items()
        }

    def _count(self, operation: str, phase: str, response: str) -> None:
        self._requests.setdefault(operation, Counter())[phase] += 1
        self._responses.setdefault(operation, Counter())[response] += 1

    def add_violation(self, check: str, phase: str, message: str, exchange: OperationExchange) -> None:
        """Add an exchange that violates a rule."""
        finding = self._finding(check, phase, message, exchange)
        if self._keep(finding):
            self._shrinkable[_key(finding)] = exchange

    def add_failure(
        self, failure: CheckFailure, phase: str, exchange: OperationExchange, before: Sequence[OperationExchange] = ()
    ) -> None:
        """Add what a check has found about an exchange, or with a probe of its own.

        Args:
            before: the exchanges of the same sequence, in order.
        """
        probe = failure.probe
        if probe is None and before and not _needs_exchange_only(failure.check):
            steps = tuple(map(self._step, before[-MAX_STEPS:]))
            self._keep(replace(self._finding(failure.check, phase, failure.message, exchange), steps=steps))
            return
        if probe is None:
            self.add_violation(failure.check, phase, failure.message, exchange)
            return
        # The check has sent a request of its own, and it is that which violates the rule.
        shown = OperationExchange(self._contract, exchange.operation, probe.request, probe.response)
        self._keep(self._finding(failure.check, phase, failure.message, shown, probe.spoiled))

    def _remember_success(self, exchange: OperationExchange, phase: str) -> None:
        operation = exchange.operation
        if exchange.request.method != operation.method or exchange.response_class.failed:
            return
        # The first is the specification's example, or nearest to it.
        self.succeeded.setdefault(operation.id, exchange)
        if phase in ENGINE_PHASES and operation.role is not None and operation.role.role == "create":
            self.created.setdefault(operation.id, exchange)

    def _keep(self, finding: Finding) -> bool:
        """Group a finding with others of its kind; whether it is the one that is shown."""
        key = _key(finding)
        known = self.findings.get(key)
        if known is None:
            return self._keep_new(key, finding)
        is_better = (finding.shrunk, -len(finding.curl)) > (known.shrunk, -len(known.curl))
        better = finding if is_better else known
        # Shrinking may show it better, but has not found it.
        phase = known.phase if finding.phase == SHRINKING else better.phase
        self.findings[key] = replace(better, phase=phase, count=finding.count + known.count)
        return is_better

    def _keep_new(self, key: _Key, finding: Finding) -> bool:
        reasons = _reasons(finding)
        others = {other: entry for other, entry in self.findings.items() if other[:2] == key[:2]}
        explained = [other for other, entry in others.items() if reasons < _reasons(entry)]
        enough = len(others) >= MAX_FINDINGS_OF_A_RULE and not explained
        for other, entry in others.items():
            if enough or _reasons(entry) <= reasons:
                # What is known explains it, or is all that anybody reads.
                self.findings[other] = replace(entry, count=entry.count + finding.count)
                return False
        for other in explained:
            self._shrinkable.pop(other, None)
        count = finding.count + sum(self.findings.pop(other).count for other in explained)
        self.findings[key] = replace(finding, count=count)
        return True

    def _finding(self, check: str, phase: str, message: str, exchange: OperationExchange, spoiled: str = "") -> Finding:
        step = self._step(exchange, spoiled)
        return Finding(
            check,
            exchange.operation.id,
            phase,
            self._secrets.text(message),
            step.request,
            step.response,
            step.curl,
            self._contract.source(*rule_named(check).place.pointers(exchange), exchange.operation.pointer),
        )

    def _step(self, exchange: OperationExchange, spoiled: str = "") -> Step:
        request, response = exchange.request, exchange.response
        text = self._secrets.text
        target = self._reproduction.base_url + request.path + (f"?{request.query}" if request.query else "")
        request_body = text(request.body.decode("utf-8", "backslashreplace"))
        response_body = text(response.body.decode("utf-8", "backslashreplace"))
        return Step(
            exchange.operation.id,
            printable(f"{request.method} {text(target)} {request_body}".strip(), _LINES),
            printable(f"{response.status} {response_body}", _LINES),
            self._reproduction.line(exchange.operation, request, spoiled),
        )


def _reasons(finding: Finding) -> frozenset[str]:
    """What a finding says, in parts: of a message of several lines, the first one introduces the others."""
    first, *others = finding.message.split("\n")
    return frozenset(map(kind, others if others and first.endswith(":") else (first, *others)))


def _key(finding: Finding) -> _Key:
    return finding.check, finding.operation, kind(finding.message)


def _needs_exchange_only(check: str) -> bool:
    return rule_named(check).evaluate is not None

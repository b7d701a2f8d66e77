"""Where one exchange departs from a contract, and by whose doing."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bodydouble.contracts.core.json_pointer import parts, pointer
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireResponse, media_type
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.operation_matcher import Match, Matcher
from bodydouble.contracts.model.response_classifier import REQUEST_FORM_CONDITIONS, ResponseClass, classify
from bodydouble.contracts.model.schema_walk import SchemaWalker
from bodydouble.contracts.model.validators import Validator
from bodydouble.contracts.model.violation import Violation, shown
from bodydouble.contracts.proxy.issued_urls import IssuedUrls
from bodydouble.contracts.redaction.exchange import ExchangeRedactor, json_inside
from bodydouble.contracts.redaction.fields import REPLACEMENT, FieldRedactor
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange

CLIENT, ENDPOINT = "client", "endpoint"


@dataclass(frozen=True, slots=True)
class DriftEntry:
    """One way in which traffic departs from the contract.

    Attributes:
        operation: operationId; method and path of a request for which the contract has no operation.
        by: who departs: `client` (sends what the contract forbids) or `endpoint` (drift).
        direction: `request` or `response`: the message in which it shows.
        status: HTTP status of the answer in which it was first seen; None if no answer came.
        part: part of the message: `body`, `query`, `path`, `header`, `status`, or `connection`.
        pointer: JSON pointer into the part; `*` stands for each item of a list.
        rule: the JSON Schema keyword that is broken, or one of `undocumented-operation`, `undocumented-status`,
            `undocumented-error`, `undocumented-field`, `undocumented-parameter`, `undocumented-body`, `media-type`,
            `json`, `encoding`, `depth`, `accepted`, `refused`, `unreachable`, `broken-off`.
        expected: what the contract says.
        sample: the first value seen, without secrets, shortened.
        count: how often.
        first: when it was first seen, ISO 8601.
    """

    operation: str
    by: str
    direction: str
    status: int | None
    part: str
    pointer: str
    rule: str
    expected: str
    sample: str
    count: int
    first: str


class DriftDetector:
    """Finds the departures of single exchanges.

    Args:
        contract: what is promised.
    """

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._matcher = Matcher(contract)
        self._walker = SchemaWalker(contract.schemas)
        self._redactor = FieldRedactor(contract.sensitive)
        self._credentials = _credential_parameters(contract)
        self._files = IssuedUrls()

    def match(self, exchange: RecordedExchange) -> Match:
        """The operation of an exchange."""
        return self._matcher.match(exchange.request)

    def rows(self, exchange: RecordedExchange, match: Match) -> Iterator[DriftEntry]:
        """The departures of an exchange, each with a count of one."""
        censor = ExchangeRedactor(self._redactor, exchange)
        for by, direction, violation in self._departures(exchange, match):
            yield DriftEntry(
                operation=match.operation.id
                if match.operation
                else f"{exchange.request.method} {exchange.request.path}",
                by=by,
                direction=direction,
                status=exchange.response.status if exchange.response else None,
                part=violation.part,
                pointer=violation.pointer,
                rule=violation.rule,
                expected=censor.text(violation.expectation),
                sample=self._sample(violation, censor),
                count=1,
                first=exchange.started.isoformat(timespec="seconds"),
            )

    def _sample(self, violation: Violation, censor: ExchangeRedactor) -> str:
        if violation.missing:
            return "nothing"
        names = [part for part in parts(violation.pointer) if part != "*" and not part.isdigit()]
        if names and names[-1] in self._redactor.names:
            return REPLACEMENT
        return shown(censor.value(violation.got))

    def _departures(self, exchange: RecordedExchange, match: Match) -> Iterator[tuple[str, str, Violation]]:
        response, operation = exchange.response, match.operation
        if exchange.failure:
            rule = "unreachable" if response is None else "broken-off"
            yield ENDPOINT, "response", Violation("connection", "", rule, exchange.failure, "an answer")
        if operation is None:
            if exchange.request.path not in self._files:
                yield from self._unknown_operation(exchange, match)
            return
        self._files.note(exchange)
        outcome = classify(self._contract, response, operation) if response is not None and exchange.whole else None
        yield from self._request_departures(match, operation, outcome)
        if response is None:
            return
        for violation in self._response_violations(operation, response, whole=exchange.whole):
            yield ENDPOINT, "response", violation
        if outcome is not None and outcome.failed and not outcome.cases:
            got = f"{outcome.code}: {outcome.message}" if outcome.code is not None else f"HTTP {outcome.status}"
            yield ENDPOINT, "response", Violation("body", "", "undocumented-error", got, "an error case of x-errors")

    def _unknown_operation(self, exchange: RecordedExchange, match: Match) -> Iterator[tuple[str, str, Violation]]:
        got = f"{exchange.request.method} {exchange.request.path}"
        expected = ", ".join(match.allowed) or "a path of the contract"
        response = exchange.response
        # An endpoint that has the operation, too, knows more than the contract; one that has not agrees with it.
        known = response is not None and not classify(self._contract, response, None).failed
        by = ENDPOINT if known else CLIENT
        yield by, "request", Violation("path", "", "undocumented-operation", got, expected)

    def _request_departures(
        self, match: Match, operation: Operation, outcome: ResponseClass | None
    ) -> Iterator[tuple[str, str, Violation]]:
        parsed = operation.parse(match.request, match.path_values)
        broken = [
            replace(violation, pointer=generalised(violation, parsed.body if violation.part == "body" else None))
            for violation in parsed.violations
        ]
        for violation in broken:
            yield CLIENT, "request", violation
        if outcome is not None and broken and not outcome.failed:
            first = broken[0]
            said = f"{first.field}: {first.rule}: {first.expectation}"
            accepted = Violation(first.part, first.pointer, "accepted", first.got, f"a refusal, for {said}")
            yield ENDPOINT, "response", accepted
        if outcome is not None and not broken and outcome.reports(*REQUEST_FORM_CONDITIONS):
            refused = Violation("body", "", "refused", f"{outcome.code}: {outcome.message}", "acceptance: it is valid")
            yield ENDPOINT, "response", refused
        if operation.request_body is not None and operation.request_body.json is not None and parsed.body is not None:
            for violation in self._undocumented(operation.request_body.json, parsed.body):
                yield CLIENT, "request", violation
        for violation in self._undocumented_parameters(match, operation):
            yield CLIENT, "request", violation

    def _undocumented_parameters(self, match: Match, operation: Operation) -> Iterator[Violation]:
        given = dict(match.request.query_pairs)
        signing, plain = self._credentials
        if signing.intersection(given):
            # Signature schemes bring parameters of their own, which no specification lists.
            return
        known = {parameter.name for parameter in operation.parameters if parameter.location == "query"} | plain
        for name, text in given.items():
            if name not in known:
                got = REPLACEMENT if name in self._redactor.names else text
                yield Violation("query", pointer((name,)), "undocumented-parameter", got, "no such parameter")

    def _response_violations(self, operation: Operation, response: WireResponse, *, whole: bool) -> Iterator[Violation]:
        contract = operation.response(response.status)
        if contract is None:
            expected = ", ".join(operation.responses)
            yield Violation("status", "", "undocumented-status", response.status, expected)
            return
        yield from contract.header_violations(response.headers)
        if not whole:
            return
        if contract.body is None:
            if response.body:
                yield Violation("body", "", "undocumented-body", response.body[:200].decode("utf-8", "replace"), "none")
            return
        body = _parsed(response)
        for violation in contract.body_violations(response):
            yield replace(violation, pointer=generalised(violation, body))
        if contract.body.json is not None and body is not None:
            yield from self._undocumented(contract.body.json, body)

    def _undocumented(self, validator: Validator, body: Any) -> Iterator[Violation]:
        seen = set()
        for described in self._walker.walk(validator, body):
            if described.documented:
                continue
            violation = Violation(
                "body", pointer(described.path), "undocumented-field", described.value, "no such field"
            )
            place = generalised(violation, body)
            if place not in seen:
                seen.add(place)
                yield replace(violation, pointer=place)


def generalised(violation: Violation, body: Any) -> str:
    """A violation's pointer with `*` in place of the index of each list item."""
    found: list[str | int] = []
    node = body
    for part in parts(violation.pointer):
        if isinstance(node, str):
            node = json_inside(node)
        if isinstance(node, list):
            found.append("*")
            node = node[int(part)] if part.isdigit() and int(part) < len(node) else None
        else:
            found.append(part)
            node = node.get(part) if isinstance(node, dict) else None
    return pointer(found)


def _parsed(response: WireResponse) -> Any:
    if media_type(response.headers) not in ("application/json", ""):
        return None
    try:
        return parse(response.body)
    except JsonTextError:
        return None


def _credential_parameters(contract: Contract) -> tuple[frozenset[str], frozenset[str]]:
    """Names of the query parameters that carry credentials: those of signatures, and those that are sent plain."""
    in_query = [scheme for scheme in contract.security_schemes.values() if scheme.location == "query"]
    signing = frozenset(scheme.parameter for scheme in in_query if scheme.signature is not None)
    return signing, frozenset(scheme.parameter for scheme in in_query) - signing

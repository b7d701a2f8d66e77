"""Detects where one exchange differs from the contract, and whether the client or the endpoint is the origin."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

from bodydouble.contracts.core.content_coding import content_codings
from bodydouble.contracts.core.json_pointer import parts, pointer
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import JSON, WireRequest, WireResponse, media_type
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.operation_matcher import Match, Matcher
from bodydouble.contracts.model.passive_laws import RequestStart
from bodydouble.contracts.model.response_classifier import REQUEST_FORM_CONDITIONS, ResponseClass, classify
from bodydouble.contracts.model.schema_walk import SchemaWalker
from bodydouble.contracts.model.validators import Validator
from bodydouble.contracts.model.violation import Violation, short_json
from bodydouble.contracts.proxy.issued_urls import IssuedUrls
from bodydouble.contracts.proxy.traffic_laws import TrafficLaws
from bodydouble.contracts.redaction.exchange import ExchangeRedactor, json_inside
from bodydouble.contracts.redaction.fields import REPLACEMENT
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.contracts.redaction.traffic import TrafficRedactor

CLIENT, ENDPOINT = "client", "endpoint"


@dataclass(frozen=True, slots=True)
class DriftEntry:
    """One difference between traffic and the contract.

    Attributes:
        operation: operationId; method and path of a request for which the contract has no operation.
        origin: `client` (it sent what the contract forbids: misuse) or `endpoint` (drift).
        direction: the message that differs: `request` or `response`.
        status: HTTP status of the first such response; None if there was no response.
        part: part of the message: `body`, `query`, `path`, `header`, `status`, or `connection`.
        pointer: JSON pointer into the part; `*` stands for each item of a list.
        rule: the JSON Schema keyword that is violated, or one of `undocumented-operation`, `undocumented-status`,
            `undocumented-error`, `undocumented-field`, `undocumented-parameter`, `undocumented-body`, `media-type`,
            `json`, `encoding`, `content-encoding`, `depth`, `repeated-key`, `accepted`, `rejected`, `unreachable`,
            `interrupted`, or the name of a law between requests.
        expected: what the contract says.
        sample: the first such value, redacted and shortened.
        count: how often it was seen.
        first_seen: when, ISO 8601.
    """

    operation: str
    origin: str
    direction: str
    status: int | None
    part: str
    pointer: str
    rule: str
    expected: str
    sample: str
    count: int
    first_seen: str


@dataclass(frozen=True, slots=True)
class _Difference:
    origin: str
    direction: str
    violation: Violation


class DriftDetector:
    """Detects the differences between single exchanges and a contract; may be used by many threads."""

    def __init__(self, contract: Contract) -> None:
        self._contract = contract
        self._matcher = Matcher(contract)
        self._walker = SchemaWalker(contract.schemas)
        self._traffic = TrafficRedactor(contract)
        self._credentials = _credential_parameters(contract)
        self._issued_urls = IssuedUrls()
        self._laws = TrafficLaws(contract)

    def match(self, exchange: RecordedExchange) -> Match:
        """The operation of an exchange."""
        return self._matcher.match(exchange.request)

    def begin(self, request: WireRequest) -> RequestStart | None:
        """Note that a request is about to be forwarded, so that others may be on their way at the same time."""
        return self._laws.begin(self._matcher.match(request))

    def entries(
        self, exchange: RecordedExchange, match: Match, start: RequestStart | None = None
    ) -> Iterator[DriftEntry]:
        """The differences of an exchange, each with a count of one.

        Args:
            start: of its request; None if no other request was on its way.
        """
        redactor = self._traffic.of(exchange)
        target = redactor.text(f"{exchange.request.method} {exchange.request.path}")
        for difference in self._differences(exchange, match, start):
            violation = difference.violation
            yield DriftEntry(
                operation=match.operation.id if match.operation else target,
                origin=difference.origin,
                direction=difference.direction,
                status=exchange.response.status if exchange.response else None,
                part=violation.part,
                pointer=pointer([redactor.text(part) for part in parts(violation.pointer)]),
                rule=violation.rule,
                expected=redactor.text(violation.expectation),
                sample=self._sample(violation, redactor),
                count=1,
                first_seen=exchange.started.isoformat(timespec="seconds"),
            )

    def _sample(self, violation: Violation, redactor: ExchangeRedactor) -> str:
        if violation.missing:
            return "nothing"
        if violation.got is not None and not self._traffic.fields.names.isdisjoint(parts(violation.pointer)):
            return REPLACEMENT
        return short_json(redactor.value(violation.got))

    def _differences(
        self, exchange: RecordedExchange, match: Match, start: RequestStart | None
    ) -> Iterator[_Difference]:
        response, operation = exchange.response, match.operation
        if exchange.failure:
            rule = "unreachable" if response is None else "interrupted"
            yield _drift(Violation("connection", "", rule, exchange.failure, "a response"))
        if is_preflight(exchange.request):
            # A browser asks for itself, and no contract says what the endpoint should respond.
            return
        if exchange.request_undecodable:
            yield _misuse(_wrong_coding(exchange.request))
        if operation is None:
            if exchange.request_whole and exchange.request.path not in self._issued_urls:
                yield self._unknown_operation(exchange, match)
            return
        self._issued_urls.record(exchange)
        complete = response if exchange.whole else None
        response_class = None if complete is None else classify(self._contract, complete, operation)
        yield from self._request_differences(exchange, match, operation, response_class)
        yield from map(_drift, self._laws.violations(exchange, match, start))
        if response is None:
            return
        for violation in self._response_violations(operation, response, whole=exchange.whole):
            yield _drift(violation)
        if exchange.undecodable:
            yield _drift(_wrong_coding(response))
        if response_class is not None and response_class.failed and not response_class.cases:
            yield _drift(_undocumented_error(response_class))

    def _unknown_operation(self, exchange: RecordedExchange, match: Match) -> _Difference:
        got = f"{exchange.request.method} {exchange.request.path}"
        expected = ", ".join(match.allowed) or "a path of the contract"
        response = exchange.response
        # An endpoint that has the operation differs from the contract; an endpoint that has not agrees with it.
        known = response is not None and not classify(self._contract, response, None).failed
        violation = Violation("path", "", "undocumented-operation", got, expected)
        return _Difference(ENDPOINT if known else CLIENT, "request", violation)

    def _request_differences(
        self, exchange: RecordedExchange, match: Match, operation: Operation, response_class: ResponseClass | None
    ) -> Iterator[_Difference]:
        parsed = operation.parse(_without_coding(match.request), match.path_values)
        violations = [
            replace(violation, pointer=generalised(violation, parsed.body if violation.part == "body" else None))
            for violation in parsed.violations
            # A body that is not here is not checked.
            if exchange.request_whole or violation.part != "body"
        ]
        violations += _missing_credentials(operation, match.request)
        yield from map(_misuse, violations)
        if response_class is not None and violations and not response_class.failed:
            yield _drift(_accepted(violations[0]))
        if (
            response_class is not None
            and not violations
            and not _is_encoded(exchange.request)
            and response_class.reports(*REQUEST_FORM_CONDITIONS)
        ):
            got = f"{response_class.code}: {response_class.message}"
            yield _drift(Violation("body", "", "rejected", got, "acceptance: the request is valid"))
        if operation.request_body is not None and operation.request_body.json is not None and parsed.body is not None:
            yield from map(_misuse, self._undocumented(operation.request_body.json, parsed.body))
        yield from map(_misuse, self._undocumented_parameters(match, operation))

    def _undocumented_parameters(self, match: Match, operation: Operation) -> Iterator[Violation]:
        sent = dict(match.request.query_pairs)
        signing, plain = self._credentials
        if signing.intersection(sent):
            # Signature schemes add parameters of their own, which no specification lists.
            return
        known = {parameter.name for parameter in operation.parameters if parameter.location == "query"} | plain
        for name, text in sent.items():
            if name not in known:
                got = REPLACEMENT if name in self._traffic.fields.names else text
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
        body = _parsed(response)
        for violation in contract.strict_body_violations(response):
            yield replace(violation, pointer=generalised(violation, body))
        if contract.body is not None and contract.body.json is not None and body is not None:
            yield from self._undocumented(contract.body.json, body)

    def _undocumented(self, validator: Validator, body: Any) -> Iterator[Violation]:
        seen = set()
        for annotated in self._walker.walk(validator, body):
            if annotated.documented:
                continue
            location = pointer(annotated.path)
            violation = Violation("body", location, "undocumented-field", annotated.value, "no such field")
            place = generalised(violation, body)
            if place not in seen:
                seen.add(place)
                yield replace(violation, pointer=place)


def _drift(violation: Violation) -> _Difference:
    return _Difference(ENDPOINT, "response", violation)


def _misuse(violation: Violation) -> _Difference:
    return _Difference(CLIENT, "request", violation)


def _missing_credentials(operation: Operation, request: WireRequest) -> Iterator[Violation]:
    if any(all(scheme.find(request) for scheme in combination) for combination in operation.security):
        return
    schemes = [scheme for combination in operation.security for scheme in combination]
    expected = " or ".join(dict.fromkeys(f"{scheme.location} {scheme.parameter}" for scheme in schemes))
    first = schemes[0]
    yield Violation(first.location, pointer((first.parameter,)), "required", None, f"credentials in {expected}")


def _wrong_coding(message: WireRequest | WireResponse) -> Violation:
    coding = message.headers.get("content-encoding")
    return Violation("header", "/Content-Encoding", "content-encoding", coding, "how the body is encoded")


def _is_encoded(request: WireRequest) -> bool:
    # No contract documents content codings of requests: who does not take one agrees with it.
    return bool(content_codings(request.headers.get("content-encoding", "")))


def _without_coding(request: WireRequest) -> WireRequest:
    # The body is decoded, or not looked at.
    if "content-encoding" not in request.headers:
        return request
    headers = {name: value for name, value in request.headers.items() if name != "content-encoding"}
    return replace(request, headers=headers)


def is_preflight(request: WireRequest) -> bool:
    """Whether a browser asks by a request if a page may send another one (CORS)."""
    return request.method == "OPTIONS" and {"origin", "access-control-request-method"} <= request.headers.keys()


def _accepted(violation: Violation) -> Violation:
    expected = f"a rejection, for {violation.field}: {violation.rule}: {violation.expectation}"
    return Violation(violation.part, violation.pointer, "accepted", violation.got, expected)


def _undocumented_error(error: ResponseClass) -> Violation:
    got = f"{error.code}: {error.message}" if error.code is not None else f"HTTP {error.status}"
    return Violation("body", "", "undocumented-error", got, "an error case of x-errors")


def generalised(violation: Violation, body: Any) -> str:
    """A violation's pointer with `*` in place of the index of each list item."""
    path: list[str | int] = []
    node = body
    for part in parts(violation.pointer):
        if isinstance(node, str):
            node = json_inside(node)
        if isinstance(node, list):
            path.append("*")
            node = node[int(part)] if part.isdigit() and int(part) < len(node) else None
        else:
            path.append(part)
            node = node.get(part) if isinstance(node, dict) else None
    return pointer(path)


def _parsed(response: WireResponse) -> Any:
    if media_type(response.headers) not in (JSON, ""):
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

"""The rules of a contract that an endpoint may violate, each as one object.

How to add a check: write a function from a `CheckedCase` to a `RuleViolation` or None (or an `evaluate` function that
needs the exchange only, so that the requests of its findings can be shrunk), and add a `Rule` with it to `RULES`. The
test engine, the collector, the shrinker and the reports know it from there.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Protocol

from bodydouble.contracts.core.path_template import match_path
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.response_classifier import REQUEST_FORM_CONDITIONS, ResponseClass, classify
from bodydouble.contracts.model.security import SecurityScheme

FIRST_SERVER_ERROR = 500
METHOD_NOT_ALLOWED = 405
# Methods whose responses have no body, or none that a specification describes.
_BODILESS_METHODS = frozenset({"HEAD", "OPTIONS", "TRACE"})
# Violations whose messages differ only in these are of one kind.
_VALUES = re.compile(r"\"[^\"]*\"|'[^']*'|\d+")
_GOT = re.compile(r"\bgot .*?, expected")


@dataclass(frozen=True, slots=True)
class Probe:
    """A request that a check has sent by itself.

    Attributes:
        spoiled: name of the security scheme whose credential it made wrong; empty for none.
    """

    request: WireRequest
    response: WireResponse
    spoiled: str = ""


@dataclass(frozen=True, slots=True)
class RuleViolation:
    """What an exchange violates.

    Attributes:
        message: for people.
        reasons: each part of the contract that is violated, in a line; empty if the message is the only one.
        probe: the request that shows it, where it is not the exchange's own.
    """

    message: str
    reasons: tuple[str, ...] = ()
    probe: Probe | None = None

    @property
    def kinds(self) -> frozenset[str]:
        """The reasons without the values that they show."""
        return frozenset(map(kind, self.reasons or (self.message,)))


def kind(message: str) -> str:
    """A message without the values that it shows."""
    return _VALUES.sub("*", _GOT.sub("got *, expected", message))


class ProbeSender(Protocol):
    """Sends the probes of one case."""

    def is_due(self, count: int) -> bool:
        """Whether the operation has not been probed yet, and the budget allows so many requests."""

    def send(self, request: WireRequest) -> WireResponse:
        """Send a changed copy of the case's request."""

    def done(self) -> None:
        """Send no more probes to this operation."""


@dataclass(frozen=True, slots=True)
class CheckedCase:
    """A request of the test engine with its response, and what the engine knows about the request.

    Attributes:
        malformed: whether its method or content type is wrong on purpose.
        tries_other_method: whether it tries a method that the path does not declare.
        made_from_schema: whether it was meant to be valid, and all its values come from the schema.
        confirm_rejection: runs the engine's own check for invalid requests, given whether the request was rejected;
            raises the engine's failure.
    """

    contract: Contract
    exchange: OperationExchange
    malformed: bool
    tries_other_method: bool
    made_from_schema: bool
    confirm_rejection: Callable[[bool], None]
    probes: ProbeSender


class SpecPlace(Enum):
    """Which part of an operation in the specification a rule is about."""

    OPERATION = ("",)
    RESPONSE = ("/responses/{status}", "/responses")
    REQUEST = ("/{request}",)
    SECURITY = ("/security", "#/security")

    def pointers(self, exchange: OperationExchange) -> Iterator[str]:
        """JSON pointers to it, as URI fragments, the best first; not all of them need exist."""
        request = "requestBody" if exchange.request.body else "parameters"
        for template in self.value:
            suffix = template.format(status=exchange.response.status, request=request)
            yield suffix if suffix.startswith("#") else exchange.operation.pointer + suffix


Evaluate = Callable[[OperationExchange], RuleViolation | None]
Check = Callable[[CheckedCase], RuleViolation | None]


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule, and how it is checked.

    Attributes:
        name: stands in reports.
        place: the part of the specification that it is about.
        evaluate: tells from an exchange alone whether it is violated; None where that takes more.
        check: what the test engine calls after each response; None for a check that the engine brings itself.
        replaces: the engine's own checks that do not run, since this one knows more.
    """

    name: str
    place: SpecPlace = SpecPlace.OPERATION
    evaluate: Evaluate | None = None
    check: Check | None = None
    replaces: tuple[str, ...] = ()


# Evaluated on an exchange alone


def response_conforms(exchange: OperationExchange) -> RuleViolation | None:
    """Every response conforms to its schema, and every failure is a listed error case."""
    reasons = tuple(map(str, exchange.operation.response_violations(exchange.response)))
    if reasons:
        return RuleViolation("\n".join(reasons), reasons)
    response_class = exchange.response_class
    if response_class.failed and not response_class.cases:
        return RuleViolation(f"no error case has HTTP status {response_class.status} and code {response_class.code!r}")
    return None


def no_internal_error(exchange: OperationExchange) -> RuleViolation | None:
    """No response is the error case for faults of the service itself."""
    response_class = exchange.response_class
    if not response_class.reports("internal-error"):
        return None
    return RuleViolation(f"the response is {response_class.name} ({response_class.message})", (response_class.name,))


def invalid_is_rejected(exchange: OperationExchange) -> RuleViolation | None:
    """A request that violates the contract is rejected."""
    parsed = exchange.parsed
    if parsed is None or not parsed.violations or exchange.response_class.failed:
        return None
    reasons = tuple(map(str, parsed.violations))
    return RuleViolation("accepted, although the request violates the contract:\n" + "\n".join(reasons), reasons)


def valid_is_accepted(exchange: OperationExchange) -> RuleViolation | None:
    """A request that conforms to the contract is not rejected for its form."""
    parsed, response_class = exchange.parsed, exchange.response_class
    if parsed is None or parsed.violations or not response_class.reports(*REQUEST_FORM_CONDITIONS):
        return None
    reason = f"{response_class.name} ({response_class.message})"
    return RuleViolation(f"rejected as {reason}, although the request conforms to the contract", (reason,))


def no_server_error(exchange: OperationExchange) -> RuleViolation | None:
    """No response has an HTTP status of 500 or more."""
    status = exchange.response.status
    return RuleViolation(f"HTTP {status}") if status >= FIRST_SERVER_ERROR else None


# Checked with what the test engine knows about a case


def _responses_conform(case: CheckedCase) -> RuleViolation | None:
    # Goes beyond the engine's checks of statuses, content types and schemas, which run as well: they know neither
    # `contentSchema` nor error codes.
    if case.exchange.request.method in _BODILESS_METHODS or case.exchange.parsed is None:
        return None
    return response_conforms(case.exchange)


def _rejects_invalid_requests(case: CheckedCase) -> RuleViolation | None:
    # The engine's own check takes every HTTP 200 for an acceptance. It is asked with the status that the response
    # amounts to, so that its own reading of what is invalid counts, too.
    if case.malformed:
        return None
    violation = invalid_is_rejected(case.exchange)
    if violation is None:
        case.confirm_rejection(case.exchange.response_class.failed)
    return violation


def _accepts_valid_requests(case: CheckedCase) -> RuleViolation | None:
    # The engine's own check takes every HTTP 200 for an acceptance, and every 4xx that depends on the state of things
    # for a rejection.
    parsed = case.exchange.parsed
    if case.malformed or parsed is None:
        return None
    violation = valid_is_accepted(case.exchange)
    if violation is None and case.made_from_schema and parsed.violations:
        # Two readers of one schema disagree: one of them would reject a request that the other one allows.
        reasons = "\n".join(map(str, parsed.violations))
        return RuleViolation(f"made from the schema, but violates the contract as read here:\n{reasons}")
    return violation


def _rejects_other_methods(case: CheckedCase) -> RuleViolation | None:
    """A method that the path does not have is rejected with the vendor's error case for it.

    The engine's own checks demand HTTP 405 of everybody, and do not know of templates that fit a static path. A method
    that the path lacks, but that a template has which the path fits as well, must be rejected in any documented way.
    One of the operation's alternative methods must not be rejected because of the method.
    """
    if not case.tries_other_method:
        return None
    exchange = case.exchange
    method = exchange.request.method
    if method in exchange.operation.methods:
        rejected = exchange.response_class.reports("wrong-method", *REQUEST_FORM_CONDITIONS)
        message = f"{method} is rejected, although it is one of the operation's methods"
        return RuleViolation(message) if rejected else None
    if _fits_a_template(case):
        return None if exchange.response_class.failed else RuleViolation(f"{method} succeeds")
    return _wrong_method_violation(case)


def _wrong_method_violation(case: CheckedCase) -> RuleViolation | None:
    exchange, expected = case.exchange, case.contract.conditions["wrong-method"]
    method, response_class, response = exchange.request.method, exchange.response_class, exchange.response
    if response.status != expected.status:
        return RuleViolation(f"{method} gets HTTP status {response.status}, not {expected.status}")
    if method not in _BODILESS_METHODS and not response_class.reports("wrong-method"):
        return RuleViolation(f"{method} gets {response_class.name}, not {expected.name}")
    if expected.status == METHOD_NOT_ALLOWED:
        # RFC 9110, 15.5.6.
        allowed = re.split(r"[,\s]+", response.headers.get("allow", ""))
        unnamed = [known for known in exchange.operation.methods if known not in allowed]
        if unnamed:
            return RuleViolation(f"{method} is rejected without the header Allow that names {unnamed[0]}")
    return None


def _fits_a_template(case: CheckedCase) -> bool:
    # A server may take the last part of a static path for the variable of a template that has the method.
    request, routing = case.exchange.request, case.exchange.operation.routing
    method = "GET" if request.method == "HEAD" else request.method
    return any(
        method in operation.methods
        and operation.routing == routing
        and match_path(operation.path, request.path) is not None
        for operation in case.contract.operations.values()
    )


def _requires_credentials(case: CheckedCase) -> RuleViolation | None:
    """A request that succeeds fails without its credentials, and with wrong ones.

    The engine's own check wants HTTP 401 or 403. The very request that has just succeeded is sent again: bare, and with
    the last character of each credential changed. Each operation is tried once, if the budget allows.
    """
    exchange = case.exchange
    required = exchange.operation.security
    if () in required or exchange.parsed is None or exchange.response_class.failed:
        return None
    request = exchange.request
    used = [scheme for combination in required for scheme in combination if scheme.find(request) is not None]
    if not case.probes.is_due(1 + len(used) if used else 0):
        return None
    if not used:
        return RuleViolation("succeeds without any credentials")
    for words, changed, spoiled in _without_credentials(request, used):
        response = case.probes.send(changed)
        response_class = classify(case.contract, response, exchange.operation)
        violation = _accepted_probe(response_class, words, Probe(changed, response, spoiled))
        if violation is not None:
            return violation
    case.probes.done()
    return None


def _without_credentials(request: WireRequest, used: list[SecurityScheme]) -> Iterator[tuple[str, WireRequest, str]]:
    bare = request
    for scheme in used:
        bare = scheme.remove(bare)
    yield "without", bare, ""
    for scheme in used:
        yield "with wrong", _spoiled(scheme, request), scheme.name


def _accepted_probe(response_class: ResponseClass, words: str, probe: Probe) -> RuleViolation | None:
    if not response_class.failed:
        return RuleViolation(f"succeeds {words} credentials", probe=probe)
    if response_class.reports(*REQUEST_FORM_CONDITIONS, "internal-error", "unavailable"):
        return RuleViolation(f"{words} credentials, gets {response_class.name} ({response_class.message})", probe=probe)
    return None


def _spoiled(scheme: SecurityScheme, request: WireRequest) -> WireRequest:
    credential = scheme.find(request) or ""
    return scheme.put(request, credential[:-1] + ("0" if credential[-1:] != "0" else "1"))


RULES = (
    Rule("ResponsesConform", SpecPlace.RESPONSE, response_conforms, _responses_conform),
    # Goes beyond the engine's `not_a_server_error`, which runs as well: it sees HTTP statuses only.
    Rule("NoInternalErrors", SpecPlace.RESPONSE, no_internal_error, lambda case: no_internal_error(case.exchange)),
    Rule(
        "RejectsInvalidRequests",
        SpecPlace.REQUEST,
        invalid_is_rejected,
        _rejects_invalid_requests,
        ("negative_data_rejection",),
    ),
    Rule(
        "AcceptsValidRequests",
        SpecPlace.REQUEST,
        valid_is_accepted,
        _accepts_valid_requests,
        ("positive_data_acceptance",),
    ),
    Rule(
        "RejectsOtherMethods",
        check=_rejects_other_methods,
        replaces=("unsupported_method", "allow_header_conformance"),
    ),
    Rule("RequiresCredentials", SpecPlace.SECURITY, check=_requires_credentials, replaces=("ignored_auth",)),
    # The engine's own, which run as a second opinion.
    Rule("response_schema_conformance", SpecPlace.RESPONSE, response_conforms),
    Rule("status_code_conformance", SpecPlace.RESPONSE, response_conforms),
    Rule("content_type_conformance", SpecPlace.RESPONSE, response_conforms),
    Rule("response_headers_conformance", SpecPlace.RESPONSE),
    Rule("not_a_server_error", SpecPlace.RESPONSE, no_server_error),
)
_BY_NAME = {rule.name: rule for rule in RULES}


def rule_named(name: str) -> Rule:
    """The rule of a name; for a check of the engine that is not listed here, a rule that has only its name."""
    return _BY_NAME.get(name, Rule(name))

"""The rules of a contract that an endpoint may violate, each as one object.

How to add a check: write a function from a `CheckedCase` to a `RuleViolation` or None (or an `evaluate` function that
needs the exchange only, so that the requests of its findings can be shrunk), and add a `Rule` with it to `RULES`. The
test engine, the collector, the shrinker and the reports know it from there. A rule that needs the exchange only, and
is marked `everywhere`, is evaluated on all that is sent in a run, by the exchange log.
"""

import re
from collections.abc import Iterator

from bodydouble.contracts.core.path_template import match_path
from bodydouble.contracts.endpoint.checked_case import (
    CheckedCase,
    Evaluate,
    Probe,
    ProbeSender,
    Rule,
    RuleViolation,
    SpecPlace,
    kind,
)
from bodydouble.contracts.endpoint.credential_rules import requires_credentials
from bodydouble.contracts.endpoint.exchange_rules import (
    BODILESS_METHODS,
    invalid_is_rejected,
    is_available,
    no_internal_error,
    no_server_error,
    response_conforms,
    responses_conform,
    valid_is_accepted,
)
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.response_classifier import REQUEST_FORM_CONDITIONS

__all__ = [
    "AVAILABLE",
    "CONFORMANCE",
    "CREDENTIALS",
    "INVALID_REQUESTS",
    "NO_INTERNAL_ERRORS",
    "OTHER_RULES",
    "RULES",
    "SIGNATURE",
    "TOKEN_LIVES",
    "CheckedCase",
    "Evaluate",
    "Probe",
    "ProbeSender",
    "Rule",
    "RuleViolation",
    "SpecPlace",
    "exchange_violations",
    "kind",
    "rule_named",
]
METHOD_NOT_ALLOWED = 405
AVAILABLE, CONFORMANCE, NO_INTERNAL_ERRORS = "IsAvailable", "ResponsesConform", "NoInternalErrors"
CREDENTIALS = "RequiresCredentials"
SIGNATURE, TOKEN_LIVES, INVALID_REQUESTS = "RequiresSignature", "TokenLives", "RejectsInvalidRequests"


# Checked with what the test engine knows about a case


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
    if method not in BODILESS_METHODS and not response_class.reports("wrong-method"):
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


RULES = (
    # In the order in which they explain a response: what a gateway sends is no response of the operation.
    Rule(AVAILABLE, SpecPlace.RESPONSE, is_available, everywhere=True),
    # Goes beyond the engine's checks of statuses, content types and schemas, which run as well: they know neither
    # `contentSchema` nor error codes.
    Rule(CONFORMANCE, SpecPlace.RESPONSE, responses_conform, everywhere=True),
    # Goes beyond the engine's `not_a_server_error`, which runs as well: it sees HTTP statuses only.
    Rule(NO_INTERNAL_ERRORS, SpecPlace.RESPONSE, no_internal_error, everywhere=True),
    Rule(
        INVALID_REQUESTS,
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
    Rule(CREDENTIALS, SpecPlace.SECURITY, check=requires_credentials, replaces=("ignored_auth",)),
    # The engine's own, which run as a second opinion.
    Rule("response_schema_conformance", SpecPlace.RESPONSE, response_conforms),
    Rule("status_code_conformance", SpecPlace.RESPONSE, response_conforms),
    Rule("content_type_conformance", SpecPlace.RESPONSE, response_conforms),
    Rule("response_headers_conformance", SpecPlace.RESPONSE),
    Rule("not_a_server_error", SpecPlace.RESPONSE, no_server_error),
)
# Those that need more than one exchange.
OTHER_RULES = (Rule(SIGNATURE, SpecPlace.SECURITY), Rule(TOKEN_LIVES, SpecPlace.SECURITY))
_BY_NAME = {rule.name: rule for rule in (*RULES, *OTHER_RULES)}


def rule_named(name: str) -> Rule:
    """The rule of a name; for a check of the engine that is not listed here, a rule that has only its name."""
    return _BY_NAME.get(name, Rule(name))


def exchange_violations(exchange: OperationExchange, *, probe: bool = False) -> Iterator[tuple[Rule, RuleViolation]]:
    """The violations of the rules that need an exchange only.

    Args:
        probe: whether a check has sent the request; which failure a probe gets is evaluated by its check.
    """
    for rule in RULES:
        if not rule.everywhere or rule.evaluate is None or (probe and rule.name == NO_INTERNAL_ERRORS):
            continue
        violation = rule.evaluate(exchange)
        if violation is not None:
            yield rule, violation
            if rule.name == AVAILABLE:
                return

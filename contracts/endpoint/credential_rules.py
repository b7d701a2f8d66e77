"""Requests without their credentials, and with wrong ones, must fail."""

from collections.abc import Iterator
from http import HTTPStatus

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.checked_case import CheckedCase, Probe, RuleViolation
from bodydouble.contracts.model.contract import Contract, ErrorCase, Operation
from bodydouble.contracts.model.response_classifier import REQUEST_FORM_CONDITIONS, ResponseClass, classify
from bodydouble.contracts.model.security import SecurityScheme

_DENIALS = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)


def requires_credentials(case: CheckedCase) -> RuleViolation | None:
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
        violation = _accepted_probe(case, response_class, words, Probe(changed, response, spoiled))
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


def _accepted_probe(case: CheckedCase, response_class: ResponseClass, words: str, probe: Probe) -> RuleViolation | None:
    if not response_class.failed:
        return RuleViolation(f"succeeds {words} credentials", probe=probe)
    general = response_class.reports(*REQUEST_FORM_CONDITIONS, "internal-error", "unavailable")
    state_cases = _state_cases(case.contract, case.exchange.operation)
    if general or (response_class.cases and state_cases.issuperset(response_class.cases)):
        # A request that has used up what it names (a delete, a cancel) fails the second time, with any sender.
        return RuleViolation(f"{words} credentials, gets {response_class.name} ({response_class.message})", probe=probe)
    return None


def _state_cases(contract: Contract, operation: Operation) -> frozenset[ErrorCase]:
    """The error cases of an operation that depend on what it is about, and so presume that the sender is known."""
    others = [other for other in contract.operations.values() if not other.public]
    return frozenset(
        case
        for case in operation.errors
        if not case.conditions and case.status not in _DENIALS and any(case not in other.errors for other in others)
    )


def _spoiled(scheme: SecurityScheme, request: WireRequest) -> WireRequest:
    credential = scheme.find(request) or ""
    return scheme.put(request, credential[:-1] + ("0" if credential[-1:] != "0" else "1"))

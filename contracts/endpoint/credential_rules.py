"""Requests without their credentials, and with wrong ones, must fail."""

from collections.abc import Iterator

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.checked_case import CheckedCase, Probe, RuleViolation
from bodydouble.contracts.model.response_classifier import REQUEST_FORM_CONDITIONS, ResponseClass, classify
from bodydouble.contracts.model.security import SecurityScheme


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

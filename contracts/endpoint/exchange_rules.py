"""The rules that need an exchange alone: who sent the request, and why, makes no difference to them."""

from bodydouble.contracts.endpoint.checked_case import RuleViolation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.response_classifier import REQUEST_FORM_CONDITIONS
from bodydouble.contracts.model.violation import short_json

FIRST_SERVER_ERROR = 500
# Methods whose responses have no body, or none that a specification describes.
BODILESS_METHODS = frozenset({"HEAD", "OPTIONS", "TRACE"})
# What gateways send when there is nothing behind them.
GATEWAY_STATUSES = frozenset({502, 503, 504})


def is_available(exchange: OperationExchange) -> RuleViolation | None:
    """No response is the page of a gateway, instead of one that the contract describes."""
    response = exchange.response
    if response.status not in GATEWAY_STATUSES or not exchange.operation.response_violations(response):
        return None
    return RuleViolation(f"HTTP {response.status}, which is the response of a gateway and not of the operation")


def responses_conform(exchange: OperationExchange) -> RuleViolation | None:
    """The same as `response_conforms`, for those responses that the operation describes."""
    if exchange.request.method in BODILESS_METHODS or exchange.parsed is None:
        return None
    return response_conforms(exchange)


def response_conforms(exchange: OperationExchange) -> RuleViolation | None:
    """Every response conforms to its schema, and every failure is a listed error case."""
    reasons = tuple(map(str, exchange.operation.response_violations(exchange.response)))
    if reasons:
        return RuleViolation("\n".join(reasons), reasons)
    response_class = exchange.response_class
    if response_class.failed and not response_class.cases:
        return RuleViolation(
            f"no error case has HTTP status {response_class.status} and code {short_json(response_class.code)}"
        )
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

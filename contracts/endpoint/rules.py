"""What breaks which promise of an endpoint, judged on the wire: a request as it was sent, and its answer as it came."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.response_classifier import FORM

FIRST_SERVER_ERROR = 500
# Findings whose messages differ only in these are of one kind.
_VALUES = re.compile(r"\"[^\"]*\"|'[^']*'|\d+")
_GOT = re.compile(r"\bgot .*?, expected")


@dataclass(frozen=True, slots=True)
class Broken:
    """A broken promise.

    Attributes:
        message: in words.
        reasons: what of the contract is broken, each in a line.
    """

    message: str
    reasons: tuple[str, ...]

    @property
    def kinds(self) -> frozenset[str]:
        """The reasons without the values that they show."""
        return frozenset(map(kind, self.reasons))


def kind(message: str) -> str:
    """A message without the values that it shows."""
    return _VALUES.sub("*", _GOT.sub("got *, expected", message))


def answer_conforms(exchange: OperationExchange) -> Broken | None:
    """Every answer keeps its schema, and every failure is a listed error case."""
    broken = tuple(map(str, exchange.operation.response_violations(exchange.response)))
    if broken:
        return Broken("\n".join(broken), broken)
    outcome = exchange.response_class
    if outcome.failed and not outcome.cases:
        message = f"no error case has HTTP status {outcome.status} and code {outcome.code!r}"
        return Broken(message, (message,))
    return None


def does_not_break_down(exchange: OperationExchange) -> Broken | None:
    """No request is answered with the error case for faults of the service itself."""
    outcome = exchange.response_class
    if not outcome.answers("internal-error"):
        return None
    return Broken(f"answered {outcome.name} ({outcome.message})", (outcome.name,))


def invalid_is_refused(exchange: OperationExchange) -> Broken | None:
    """A request that breaks the contract is refused."""
    sent = exchange.parsed
    if sent is None or not sent.violations or exchange.response_class.failed:
        return None
    broken = tuple(map(str, sent.violations))
    return Broken("accepted, although the request breaks the contract:\n" + "\n".join(broken), broken)


def valid_is_accepted(exchange: OperationExchange) -> Broken | None:
    """A request that keeps the contract is not refused for its form."""
    sent, outcome = exchange.parsed, exchange.response_class
    if sent is None or sent.violations or not outcome.answers(*FORM):
        return None
    message = f"refused as {outcome.name} ({outcome.message}), although the request keeps the contract"
    return Broken(message, (f"{outcome.name} ({outcome.message})",))


def _no_server_error(exchange: OperationExchange) -> Broken | None:
    status = exchange.response.status
    return Broken(f"HTTP {status}", (f"HTTP {status}",)) if status >= FIRST_SERVER_ERROR else None


Judge = Callable[[OperationExchange], Broken | None]
# By the name of the check that finds it, those of the test engine included.
JUDGES: dict[str, Judge] = {
    "AnswersConform": answer_conforms,
    "NeverBreaksDown": does_not_break_down,
    "RejectsInvalidRequests": invalid_is_refused,
    "AcceptsValidRequests": valid_is_accepted,
    "response_schema_conformance": answer_conforms,
    "status_code_conformance": answer_conforms,
    "content_type_conformance": answer_conforms,
    "not_a_server_error": _no_server_error,
}

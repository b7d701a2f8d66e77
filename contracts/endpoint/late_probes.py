"""Credentials of operations that succeed in no phase of the engine, but in a lifecycle or for a law."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import requests

from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.endpoint.checked_case import CheckedCase, RuleViolation
from bodydouble.contracts.endpoint.credential_rules import requires_credentials
from bodydouble.contracts.endpoint.unsent import NotSent
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.signing.request_signer import RequestSigner

# Sends a request to an operation as it is.
Send = Callable[[Operation, WireRequest], OperationExchange]


@dataclass(frozen=True, slots=True)
class LateProbes:
    """Sends changed copies of a request that has succeeded.

    Args:
        send: sends a request as it is.
        affords: whether the budget allows so many requests to an operation (its id).
    """

    operation: Operation
    sender: Send
    affords: Callable[[str, int], bool]

    def is_due(self, count: int) -> bool:
        """Whether the budget allows so many requests."""
        return self.affords(self.operation.id, count)

    def send(self, request: WireRequest) -> WireResponse:
        """Send a changed copy."""
        return self.sender(self.operation, request).response

    def done(self) -> None:
        """Each operation is probed once."""


def credentials_violation(
    succeeded: OperationExchange, signer: RequestSigner, send: Send, affords: Callable[[str, int], bool]
) -> RuleViolation | None:
    """How an operation violates `RequiresCredentials`, if it does.

    Args:
        succeeded: a request to it that has succeeded; it is signed anew.
    """
    operation = succeeded.operation
    exchange = replace(succeeded, request=signer.sign(operation, succeeded.request))
    case = CheckedCase(
        succeeded.contract,
        exchange,
        malformed=False,
        tries_other_method=False,
        made_from_schema=False,
        confirm_rejection=lambda rejected: None,
        probes=LateProbes(operation, send, affords),
    )
    try:
        return requires_credentials(case)
    except (requests.RequestException, NotSent):
        return None

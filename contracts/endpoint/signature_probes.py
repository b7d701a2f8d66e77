"""Sends requests with wrong signatures, each of which must be refused."""

from collections.abc import Callable
from dataclasses import dataclass

import requests

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.unsent import NotSent
from bodydouble.contracts.endpoint.wrong_signatures import SignedRequests, WrongRequest, signed_requests
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.signing.request_signer import RequestSigner

# A request as it should be, at most ten that are wrong, two of them sent twice, and a second look at one.
MAX_REQUESTS = 15
# Sends a request as it is.
Send = Callable[[Operation, WireRequest], OperationExchange]


@dataclass(frozen=True, slots=True)
class AcceptedSignature:
    """A request that has succeeded, although its signature was wrong.

    Attributes:
        wrong: what was wrong with it.
    """

    wrong: str
    exchange: OperationExchange


@dataclass(frozen=True, slots=True)
class SignatureProbes:
    """Probes the operations of one endpoint.

    Args:
        signer: with the caller's credentials.
        send: sends a request as it is.
        affords: whether the budget allows so many requests to an operation (its id).
    """

    contract: Contract
    signer: RequestSigner
    send: Send
    affords: Callable[[str, int], bool]

    def probe(self, operation: Operation, succeeded: OperationExchange | None) -> list[AcceptedSignature] | None:
        """The wrong signatures that an operation accepts, also at a second look.

        Args:
            succeeded: a request to it that has succeeded, if there was one.

        Returns:
            None if nothing could be probed, for it carries no signature, or no right one succeeds.
        """
        request = None if succeeded is None else succeeded.request
        prepared = signed_requests(self.contract, operation, self.signer, request)
        if prepared is None or not self.affords(operation.id, MAX_REQUESTS):
            return None
        try:
            return self._probe(operation, prepared)
        except (requests.RequestException, NotSent):
            return None

    def _probe(self, operation: Operation, prepared: SignedRequests) -> list[AcceptedSignature] | None:
        if self.send(operation, prepared.right()).response_class.failed:
            return None
        accepted = []
        for wrong in prepared.wrong():
            exchange = self._sent(operation, wrong)
            if not exchange.response_class.failed and not self._sent(operation, wrong).response_class.failed:
                accepted.append(AcceptedSignature(wrong.wrong, exchange))
        return accepted

    def _sent(self, operation: Operation, wrong: WrongRequest) -> OperationExchange:
        request = wrong.make()
        if wrong.repeated:
            self.send(operation, request)
        return self.send(operation, request)

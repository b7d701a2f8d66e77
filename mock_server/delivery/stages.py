"""The stages of one attempt at a delivery: each type holds what is known by then."""

import math
from collections.abc import Mapping
from dataclasses import replace

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.contract import Callback
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery.http import CONNECTION, TIMEOUT, HttpExchange
from bodydouble.mock_server.delivery.retry_after import retry_after_ms
from bodydouble.mock_server.engine.faults import StruckFault
from bodydouble.mock_server.engine.retry_delay import Failure
from bodydouble.mock_server.store.deliveries import DELIVERED, REFUSED, Attempt, Delivery
from bodydouble.mock_server.vendor_api.callback_event import CallbackEvent
from bodydouble.mock_server.vendor_api.vendor import Vendor

# Values of Attempt.outcome in addition to the states of a delivery and the failures of an exchange.
REDIRECT, NOT_ACKNOWLEDGED = "redirect", "not-acknowledged"


@dataclass(frozen=True, slots=True)
class PreparedCallback:
    """A delivery with what sending it needs.

    Attributes:
        payload: the bytes that every attempt sends, before a signature adds its fields.
        faults: that strike this attempt.
    """

    delivery: Delivery
    vendor: Vendor
    event: CallbackEvent
    payload: bytes
    faults: tuple[StruckFault, ...] = ()


@dataclass(frozen=True, slots=True)
class SignedCallback:
    """A callback as it goes out: the exact address, headers and bytes.

    Attributes:
        at: epoch milliseconds on the account's clock.
    """

    callback: Callback
    url: str
    headers: Mapping[str, str]
    body: bytes
    at: int

    def to_host(self, authority: str) -> "SignedCallback":
        """The same, with the Host header of where it goes."""
        return replace(self, headers={**self.headers, "Host": authority})


@dataclass(frozen=True, slots=True)
class SentCallback:
    """A callback that was sent, or was not allowed to be.

    Attributes:
        exchange: with the receiver; None if nothing was sent.
        rejection: why nothing was sent.
    """

    signed: SignedCallback
    exchange: HttpExchange | None = None
    rejection: str | None = None


@dataclass(frozen=True, slots=True)
class EvaluatedCallback:
    """A callback whose response is known to be the documented acknowledgement, or not.

    Attributes:
        outcome: `delivered`, `refused` or the kind of failure.
        error: what went wrong, as text.
        retry_after: milliseconds, from the attempt on, before which the receiver does not want another one; None if it
            has not said so.
    """

    sent: SentCallback
    outcome: str
    error: str | None = None
    retry_after: int | None = None

    @property
    def failure(self) -> Failure:
        """What a retry depends on, if the attempt has failed."""
        exchange = self.sent.exchange
        return Failure(self.outcome == TIMEOUT, None if exchange is None else exchange.status, self.retry_after)

    def attempt(self, number: int, trigger: str, delay: int | None) -> Attempt:
        """The record of the attempt.

        Args:
            number: from 1.
            delay: milliseconds until the next attempt; None when none follows.
        """
        signed, exchange = self.sent.signed, self.sent.exchange
        return Attempt(
            number=number,
            trigger=trigger,
            at=signed.at,
            url=signed.url,
            request_headers=signed.headers,
            request_body=signed.body,
            status=None if exchange is None else exchange.status,
            response_body=None if exchange is None else _text(exchange.body),
            duration=0.0 if exchange is None else exchange.duration,
            outcome=self.outcome,
            error=self.error,
            next_attempt_at=None if delay is None else signed.at + delay,
        )


def evaluate(sent: SentCallback) -> EvaluatedCallback:
    """Tell whether a receiver has acknowledged a callback as documented."""
    exchange = sent.exchange
    if exchange is None:
        return EvaluatedCallback(sent, REFUSED, sent.rejection)
    if exchange.failure is not None or exchange.status is None:
        return EvaluatedCallback(sent, exchange.failure or CONNECTION, exchange.error)
    response = WireResponse(exchange.status, exchange.headers, exchange.body)
    violations = sent.signed.callback.acknowledgement_violations(response)
    if not violations:
        return EvaluatedCallback(sent, DELIVERED)
    outcome = REDIRECT if 300 <= exchange.status < 400 else NOT_ACKNOWLEDGED
    return EvaluatedCallback(sent, outcome, "; ".join(map(str, violations)), _retry_after(exchange))


def _retry_after(exchange: HttpExchange) -> int | None:
    value = exchange.headers.get("retry-after")
    delay = None if value is None else retry_after_ms(value, wall_ms())
    # The receiver counts from its response on, retries from the attempt on.
    return None if delay is None else delay + math.ceil(exchange.duration)


def _text(body: bytes) -> str:
    return body.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")

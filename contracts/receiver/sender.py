"""Sending callbacks to a receiver, and what comes back."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import urllib3

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.contract import Callback
from bodydouble.contracts.model.violation import shown
from bodydouble.contracts.receiver.curl import curl
from bodydouble.contracts.receiver.payloads import encode
from bodydouble.contracts.receiver.report import Step
from bodydouble.contracts.receiver.signature_variants import Stamp
from bodydouble.contracts.redaction.fields import REPLACEMENT, FieldRedactor

HEADERS: Mapping[str, str] = {"Content-Type": "application/json", "User-Agent": "bodydouble"}
FIRST_REFUSING_STATUS, FIRST_FAILING_STATUS = 400, 500
GENUINE = Stamp()


class ReceiverUnreachable(RuntimeError):
    """Nobody listens at the receiver's URL."""


@dataclass(frozen=True, slots=True)
class CallbackExchange:
    """One callback and what came of it.

    Attributes:
        title: what it was meant to be.
        payload: the JSON value that was sent.
        answer: the receiver's; None if there was none in time.
        problem: why it does not count as acknowledged; the empty string if it does.
    """

    title: str
    callback: Callback
    payload: Any
    stamp: Stamp
    answer: WireResponse | None
    problem: str

    @property
    def acknowledged(self) -> bool:
        """Whether the receiver gave the documented acknowledgement."""
        return not self.problem

    @property
    def refused(self) -> bool:
        """Whether the receiver said no, rather than broke down, or said nothing."""
        return self.answer is not None and not self.acknowledged and self.answer.status < FIRST_FAILING_STATUS


class Courier:
    """Sends callbacks to one receiver.

    Args:
        url: the receiver's.
        keys: the account's values, from which signatures are made.
        signature: the `x-signature`; None to send unsigned callbacks.
        public: names of keys that are no secrets.
    """

    def __init__(
        self,
        url: str,
        keys: Mapping[str, str],
        signature: Mapping[str, Any] | None,
        redactor: FieldRedactor,
        public: frozenset[str],
    ) -> None:
        self.url, self.keys, self.signature = url, keys, signature
        self.sent = 0
        self._redactor = redactor
        self._secrets = sorted((value for name, value in keys.items() if value and name not in public), key=len)[::-1]
        self._pool = urllib3.PoolManager(retries=False, maxsize=16)

    def send(self, callback: Callback, payload: Any, title: str, stamp: Stamp = GENUINE) -> CallbackExchange:
        """Send a callback; rightly signed unless the stamp says otherwise.

        Raises:
            ReceiverUnreachable: no connection could be made.
        """
        self.sent += 1
        body, url, headers = encode(payload), self.url, dict(HEADERS)
        if self.signature is not None:
            added = stamp.sign(self.signature, self.keys, url, clock.now_in_milliseconds(), body)
            url, body = added.url(url), added.content(body)
            headers.update(added.headers)
        url += stamp.query_after(url)
        exchange = CallbackExchange(title, callback, payload, stamp, None, "")
        timeout = callback.delivery.timeout
        try:
            answer = self._pool.request(
                callback.method, url, body=body, headers=headers, timeout=timeout, redirect=False
            )
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise ReceiverUnreachable(f"nobody answers at {self.clean(self.url)}") from error
        except urllib3.exceptions.TimeoutError:
            return replace(exchange, problem=f"no answer within {timeout:g} seconds")
        except urllib3.exceptions.HTTPError as error:
            return replace(exchange, problem=f"no usable answer: {type(error).__name__}")
        response = WireResponse(
            answer.status, {name.lower(): text for name, text in answer.headers.items()}, answer.data
        )
        violations = callback.acknowledgement_violations(response)
        return replace(exchange, answer=response, problem=self.clean("; ".join(map(str, violations))))

    def step(self, exchange: CallbackExchange) -> Step:
        """What a report shows of an exchange."""
        line = curl(
            exchange.callback.method, self.url, HEADERS, encode(exchange.payload), self.signature, exchange.stamp
        )
        answer = exchange.problem
        if exchange.answer is not None:
            text = " ".join(exchange.answer.body.decode("utf-8", "backslashreplace").split())
            answer = f"answered {exchange.answer.status} {shown(text) if text else 'without a body'}"
        return Step(exchange.title, self.clean(line), self.clean(answer))

    def clean(self, text: str) -> str:
        """A text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, REPLACEMENT)
        return self._redactor.query(text)

"""Sends callbacks to a receiver, and reads its responses."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import urllib3

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.tls import SYSTEM_TRUST, Trust, certificate_problem, pool_options
from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.contract import Callback
from bodydouble.contracts.model.violation import short_json
from bodydouble.contracts.receiver.curl import curl
from bodydouble.contracts.receiver.payloads import encode
from bodydouble.contracts.receiver.report import Step
from bodydouble.contracts.receiver.signature_variants import VALID, SignatureVariant
from bodydouble.contracts.redaction.fields import REPLACEMENT, FieldRedactor
from bodydouble.contracts.redaction.value_forms import without_values
from bodydouble.contracts.signatures.callbacks import HEADERS

FIRST_SERVER_ERROR = 500


class ReceiverUnreachable(RuntimeError):
    """Nothing listens at the receiver's URL."""


@dataclass(frozen=True, slots=True)
class CallbackExchange:
    """One callback and the receiver's response.

    Attributes:
        title: what it was meant to be.
        payload: the JSON value that was sent.
        response: None if there was none in time.
        problem: why it does not count as acknowledged; the empty string if it does.
    """

    title: str
    callback: Callback
    payload: Any
    variant: SignatureVariant
    response: WireResponse | None
    problem: str

    @property
    def acknowledged(self) -> bool:
        """Whether the receiver gave the documented acknowledgement."""
        return not self.problem

    @property
    def rejected(self) -> bool:
        """Whether the receiver rejected it, rather than failed or stayed silent."""
        return self.response is not None and not self.acknowledged and self.response.status < FIRST_SERVER_ERROR


class CallbackSender:
    """Sends callbacks to one receiver.

    Args:
        url: the receiver's.
        keys: the account's values, from which signatures are made.
        signature: the `x-signature`; None to send unsigned callbacks.
        public: names of keys that are not secret.
        trust: which certificates of the receiver are trusted.
    """

    def __init__(
        self,
        url: str,
        keys: Mapping[str, str],
        signature: Mapping[str, Any] | None,
        redactor: FieldRedactor,
        public: frozenset[str],
        trust: Trust = SYSTEM_TRUST,
    ) -> None:
        self.url, self.keys, self.signature = url, keys, signature
        self.sent = 0
        self._redactor = redactor
        self._secrets = sorted((value for name, value in keys.items() if value and name not in public), key=len)[::-1]
        self._pool = urllib3.PoolManager(retries=False, maxsize=16, **pool_options(trust))

    def send(self, callback: Callback, payload: Any, title: str, variant: SignatureVariant = VALID) -> CallbackExchange:
        """Send a callback, correctly signed unless the variant says otherwise.

        Raises:
            ReceiverUnreachable: no connection could be made, or its certificate is not trusted.
        """
        self.sent += 1
        url, headers, body = self._signed(payload, variant)
        exchange = CallbackExchange(title, callback, payload, variant, None, "")
        timeout = callback.delivery.timeout
        try:
            raw = self._pool.request(callback.method, url, body=body, headers=headers, timeout=timeout, redirect=False)
        except (urllib3.exceptions.NewConnectionError, urllib3.exceptions.ConnectTimeoutError) as error:
            raise ReceiverUnreachable(f"nothing listens at {self.redacted(self.url)}") from error
        except urllib3.exceptions.TimeoutError:
            return replace(exchange, problem=f"no response within {timeout:g} seconds")
        except urllib3.exceptions.HTTPError as error:
            problem = certificate_problem(error)
            if problem is not None:
                raise ReceiverUnreachable(f"{self.redacted(self.url)} cannot be tested: {problem}") from error
            return replace(exchange, problem=f"no usable response: {type(error).__name__}")
        response = WireResponse(raw.status, {name.lower(): text for name, text in raw.headers.items()}, raw.data)
        violations = callback.acknowledgement_violations(response)
        return replace(exchange, response=response, problem=self.redacted("; ".join(map(str, violations))))

    def _signed(self, payload: Any, variant: SignatureVariant) -> tuple[str, dict[str, str], bytes]:
        body, url, headers = encode(payload), self.url, dict(HEADERS)
        if self.signature is not None:
            added = variant.sign(self.signature, self.keys, url, clock.now_in_milliseconds(), body)
            url, body = added.url(url), added.content(body)
            headers.update(added.headers)
        return url + variant.query_after(url), headers, body

    def step(self, exchange: CallbackExchange) -> Step:
        """What a report shows of an exchange."""
        line = curl(
            exchange.callback.method, self.url, HEADERS, encode(exchange.payload), self.signature, exchange.variant
        )
        response = exchange.problem
        if exchange.response is not None:
            text = " ".join(exchange.response.body.decode("utf-8", "backslashreplace").split())
            response = f"response {exchange.response.status} {short_json(text) if text else 'without a body'}"
        return Step(exchange.title, self.redacted(line), self.redacted(response))

    def redacted(self, text: str) -> str:
        """A text without secrets."""
        for secret in self._secrets:
            text = text.replace(secret, REPLACEMENT)
        return self._redactor.query(without_values(text, self._secrets, REPLACEMENT))

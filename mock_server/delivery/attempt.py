"""One attempt at a delivery: build, sign, send, judge, record."""

import logging
from collections.abc import Mapping
from dataclasses import replace

import orjson
from sqlalchemy import Connection

from bodydouble.contracts.core.wire import WireResponse
from bodydouble.contracts.model.contract import Callback
from bodydouble.contracts.signatures import callbacks
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery import http
from bodydouble.mock_server.delivery.destination_policy import DestinationRefused, Guard
from bodydouble.mock_server.delivery.http import HttpExchange
from bodydouble.mock_server.engine.retry_delay import next_delay
from bodydouble.mock_server.store import accounts, deliveries, tasks
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.deliveries import DELIVERED, FAILED, PENDING, REFUSED, Attempt, Delivery
from bodydouble.mock_server.vendor_api.vendor import CallbackEvent, Vendor

logger = logging.getLogger(__name__)

SCHEDULED, MANUAL = "scheduled", "manual"
# For how long a delivery is one worker's, in milliseconds of real time. Longer than any vendor's timeout: a lease runs
# out only when its worker is gone.
LEASE = 30_000
# What a task's callback_state becomes; a pending one stays 0.
_CALLBACK_STATES = {DELIVERED: 1, FAILED: 2, REFUSED: 2}


class Deliverer:
    """Makes attempts.

    Args:
        database: the outbox's.
        vendors: by name.
        guard: decides where callbacks may go.
    """

    def __init__(self, database: Database, vendors: Mapping[str, Vendor], guard: Guard) -> None:
        self._database = database
        self._vendors = vendors
        self._guard = guard

    def attempt(self, delivery: Delivery, trigger: str = SCHEDULED) -> Attempt | None:
        """Make one attempt and record it.

        Args:
            trigger: `scheduled`, or `manual` for one that an operator asked for; a manual one schedules nothing, and
                takes nothing away from the schedule.

        Returns:
            None when the account is gone meanwhile.
        """
        connection = self._database.read()
        account = accounts.get(connection, delivery.account_id)
        if account is None:
            return None
        vendor = self._vendors[delivery.vendor]
        callback = vendor.contract.callbacks[delivery.callback]
        event = self._event(delivery, callback, account)
        body = delivery.body if delivery.body is not None else self._build(vendor, event)
        now = account.clock.now(wall_ms())
        url, headers, sent = self._sign(vendor, event, delivery.url, body, now)
        exchange, refusal = self._send(callback, url, headers, sent)
        attempt = self._judge(callback, trigger, now, url, headers, sent, exchange, refusal)
        with self._database.write() as writing:
            current = deliveries.get(writing, delivery.id)
            if current is None:
                return None
            attempt = self._place(writing, current, callback, attempt)
            state = self._state_after(current, attempt)
            if delivery.body is None:
                deliveries.set_body(writing, delivery.id, body)
            deliveries.record(writing, delivery, attempt, state)
            if delivery.task_id is not None and state in _CALLBACK_STATES:
                tasks.set_callback_state(writing, delivery.task_id, _CALLBACK_STATES[state])
        return attempt

    def resend(self, delivery: Delivery) -> bool:
        """Make one attempt for an operator; False when one is under way."""
        if delivery.state == PENDING:
            real = wall_ms()
            with self._database.write() as connection:
                if not deliveries.lease(connection, delivery.id, real, real + LEASE):
                    return False
        self.attempt(delivery, MANUAL)
        return True

    def _event(self, delivery: Delivery, callback: Callback, account: Account) -> CallbackEvent:
        task = tasks.by_id(self._database.read(), delivery.task_id) if delivery.task_id is not None else None
        return CallbackEvent(
            callback, account, task, delivery.task_state, delivery.created_at, delivery.id, delivery.context
        )

    def _build(self, vendor: Vendor, event: CallbackEvent) -> bytes:
        content = vendor.callback_body(event)
        for violation in event.callback.request.violations(content):
            logger.error("%s %s breaks its contract: %s", vendor.name, event.callback.id, violation)
        return orjson.dumps(content)

    def _sign(
        self, vendor: Vendor, event: CallbackEvent, url: str, body: bytes, now: int
    ) -> tuple[str, dict[str, str], bytes]:
        headers = {"Content-Type": "application/json", "User-Agent": "bodydouble"}
        signature = vendor.signature(event)
        parts = vendor.signing_parts(event) if signature is not None else None
        if signature is None or parts is None:
            return url, headers, body
        signed = callbacks.sign(signature, parts, url, now, body)
        return signed.url(url), {**headers, **signed.headers}, signed.content(body)

    def _send(
        self, callback: Callback, url: str, headers: dict[str, str], body: bytes
    ) -> tuple[HttpExchange | None, str | None]:
        try:
            destination = self._guard.resolve(url)
        except DestinationRefused as refusal:
            return None, str(refusal)
        headers["Host"] = destination.authority
        timeout = callback.delivery.timeout
        return http.send(destination, callback.method, destination.target, headers, body, timeout), None

    def _judge(
        self,
        callback: Callback,
        trigger: str,
        now: int,
        url: str,
        headers: Mapping[str, str],
        body: bytes,
        exchange: HttpExchange | None,
        refusal: str | None,
    ) -> Attempt:
        attempt = Attempt(0, trigger, now, url, headers, body, None, None, 0.0, REFUSED, refusal, None)
        if exchange is None:
            return attempt
        answer = exchange.body.decode("utf-8", "backslashreplace").replace("\x00", "\\x00")
        attempt = replace(attempt, status=exchange.status, response_body=answer, duration=exchange.duration)
        if exchange.failure is None and exchange.status is not None:
            response = WireResponse(exchange.status, exchange.headers, exchange.body)
            violations = callback.acknowledgement_violations(response)
            if not violations:
                return replace(attempt, outcome=DELIVERED, error=None)
            outcome = "redirect" if 300 <= exchange.status < 400 else "not-acknowledged"
            return replace(attempt, outcome=outcome, error="; ".join(map(str, violations)))
        return replace(attempt, outcome=exchange.failure or "connection", error=exchange.error)

    def _place(self, connection: Connection, delivery: Delivery, callback: Callback, attempt: Attempt) -> Attempt:
        # Which one it is, and when the next one follows.
        delay = None
        if attempt.trigger == SCHEDULED and attempt.outcome not in (DELIVERED, REFUSED):
            made = deliveries.count_attempts(connection, delivery.id, SCHEDULED)
            delay = next_delay(callback.delivery.retries, made + 1)
        following = None if delay is None else attempt.at + delay
        return replace(attempt, number=delivery.attempts + 1, next_attempt_at=following)

    @staticmethod
    def _state_after(delivery: Delivery, attempt: Attempt) -> str:
        if attempt.outcome == DELIVERED:
            return DELIVERED
        if attempt.trigger == MANUAL:
            return delivery.state
        if attempt.outcome == REFUSED:
            return REFUSED
        return FAILED if attempt.next_attempt_at is None else PENDING

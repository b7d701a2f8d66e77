"""One attempt at a delivery: prepare, sign, send, evaluate, record."""

import logging
from collections.abc import Callable, Mapping, Sequence

import orjson

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.signatures import callbacks
from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery import http
from bodydouble.mock_server.delivery.callback_faults import SendingFaults, decide_all
from bodydouble.mock_server.delivery.connections import Connections
from bodydouble.mock_server.delivery.destination_policy import DestinationPolicy, DestinationRejected
from bodydouble.mock_server.delivery.leases import LEASE, Leases
from bodydouble.mock_server.delivery.receiver_tls import ReceiverTls
from bodydouble.mock_server.delivery.records import MANUAL, SCHEDULED, record_all
from bodydouble.mock_server.delivery.stages import (
    EvaluatedCallback,
    PreparedCallback,
    SentCallback,
    SignedCallback,
    evaluate,
)
from bodydouble.mock_server.delivery.turns import REQUEST_TURNS
from bodydouble.mock_server.store import accounts, deliveries, tasks
from bodydouble.mock_server.store.accounts import ACCOUNT_CLOCK, Account
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.deliveries import DELIVERED, PENDING, Attempt, Delivery
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.callback_event import CallbackEvent
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.vendor import Vendor

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Sources:
    """The accounts and tasks of some deliveries, by id.

    Attributes:
        accounts: those that have not been deleted.
    """

    accounts: Mapping[str, Account]
    tasks: Mapping[int, Task]


class Deliverer:
    """Makes attempts.

    Args:
        database: the outbox's.
        vendors: by name.
        policy: decides where callbacks may go.
        base_url: of the URLs in callbacks; None for the address under which each task was created.
        tls: which certificates of receivers are trusted; None for the system's.

    Attributes:
        leases: what this process has leased.
        connections: to receivers.
        on_attempt: called with each attempt after it was recorded, and with its delivery as it was before.
    """

    def __init__(
        self,
        database: Database,
        vendors: Mapping[str, Vendor],
        policy: DestinationPolicy,
        base_url: str | None = None,
        tls: ReceiverTls | None = None,
    ) -> None:
        self.base_url = base_url
        self._database = database
        self._vendors = vendors
        self._policy = policy
        self.connections = Connections(tls)
        self.on_attempt: Callable[[Delivery, Attempt], None] = lambda delivery, attempt: None
        self.leases = Leases(database)

    def attempt(self, delivery: Delivery, trigger: str = SCHEDULED) -> Attempt | None:
        """Make one attempt and record it, in the calling thread.

        Args:
            trigger: `scheduled`, or `manual` for one that an operator asked for; a manual one schedules nothing, and
                takes nothing away from the schedule.

        Returns:
            None when the account has been deleted meanwhile, or when a fault puts the delivery off.
        """
        with self.leases.delivery(delivery.id):
            prepared = self.prepare(delivery)
            if prepared is not None and trigger == SCHEDULED:
                prepared = next(iter(self.decide([prepared])), None)
            if prepared is None:
                return None
            with REQUEST_TURNS.given_away():
                evaluated = self.send(prepared)
            with self._database.write() as connection:
                (attempt,) = record_all(connection, [(prepared, evaluated)], trigger)
            if attempt is not None:
                self.on_attempt(delivery, attempt)
            return attempt

    def sources(self, claimed: Sequence[Delivery]) -> Sources:
        """Read what preparing some deliveries needs."""
        connection = self._database.read()
        read = {account_id: accounts.get(connection, account_id) for account_id in {d.account_id for d in claimed}}
        task_ids = [delivery.task_id for delivery in claimed if delivery.task_id is not None]
        return Sources(
            {account_id: account for account_id, account in read.items() if account is not None},
            tasks.by_ids(connection, task_ids),
        )

    def prepare(self, delivery: Delivery, sources: Sources | None = None) -> PreparedCallback | None:
        """Build the payload of a delivery.

        Args:
            sources: what it needs; None to read that now.

        Returns:
            None when the account has been deleted meanwhile.
        """
        sources = sources or self.sources([delivery])
        account = sources.accounts.get(delivery.account_id)
        if account is None:
            return None
        vendor = self._vendors[delivery.vendor]
        task = None if delivery.task_id is None else sources.tasks.get(delivery.task_id)
        event = self._event(vendor, delivery, account, task)
        payload = delivery.body if delivery.body is not None else _payload(vendor, event)
        return PreparedCallback(delivery, vendor, event, payload)

    def decide(self, prepared: Sequence[PreparedCallback]) -> list[PreparedCallback]:
        """Decide which faults strike callbacks; returns those that are not put off, with their faults."""
        return decide_all(self._database, prepared)

    def send(self, prepared: PreparedCallback) -> EvaluatedCallback:
        """Sign a callback, send it and evaluate the response; reads and writes no database."""
        faults = SendingFaults.of(prepared.faults)
        signed = _sign(prepared, faults)
        if faults.is_lost:
            return EvaluatedCallback(SentCallback(signed), DELIVERED)
        evaluated = evaluate(self._send(signed))
        for _ in range(faults.copies - 1):
            other = evaluate(self._send(signed))
            evaluated = evaluated if evaluated.outcome == DELIVERED else other
        return evaluated

    def resend(self, delivery: Delivery) -> bool:
        """Make one attempt for an operator; False when one is under way."""
        if delivery.state == PENDING:
            wall = wall_ms()
            with self._database.write() as connection:
                if not deliveries.lease(connection, delivery.id, wall, wall + LEASE):
                    return False
        self.attempt(delivery, MANUAL)
        return True

    def _event(self, vendor: Vendor, delivery: Delivery, account: Account, task: Task | None) -> CallbackEvent:
        at, subject = delivery.created_at, None
        if task is not None:
            subject = TaskView(account, task, vendor.contract.lifecycles, at, self.base_url or task.runtime.base_url)
        callback = vendor.contract.callbacks[delivery.callback]
        return CallbackEvent(callback, account, subject, delivery.task_state, at, delivery.id, delivery.context)

    def _send(self, signed: SignedCallback) -> SentCallback:
        try:
            destination = self._policy.resolve(signed.url)
        except DestinationRejected as error:
            return SentCallback(signed, rejection=str(error))
        signed = signed.to_host(destination.authority)
        callback = signed.callback
        exchange = http.send(
            destination,
            callback.method,
            destination.target,
            signed.headers,
            signed.body,
            callback.delivery.timeout,
            self.connections,
        )
        return SentCallback(signed, exchange)


def _payload(vendor: Vendor, event: CallbackEvent) -> bytes:
    content = vendor.callback_body(event)
    for violation in event.callback.request.violations(content):
        logger.error("%s %s breaks its contract: %s", vendor.name, event.callback.id, violation)
    return orjson.dumps(content)


def _sign(prepared: PreparedCallback, faults: SendingFaults) -> SignedCallback:
    event, vendor, url = prepared.event, prepared.vendor, prepared.delivery.url
    account, wall = event.account, wall_ms()
    now = account.clock.now(wall)
    body = faults.before_signing(prepared.payload)
    signature = vendor.signature(event)
    parts = vendor.signing_parts(event) if signature is not None else None
    if signature is None or parts is None:
        return SignedCallback(event.callback, url, callbacks.HEADERS, faults.after_signing(body), now)
    # A receiver compares the time of a signature with its own clock, which is real.
    time = faults.time(now if account.callback_clock == ACCOUNT_CLOCK else wall)
    signed = faults.signed(signature, callbacks.sign(signature, parts, url, time, body))
    headers = {**callbacks.HEADERS, **signed.headers}
    content = signed.content(faults.after_signing(body))
    return SignedCallback(event.callback, signed.url(url), headers, content, now)

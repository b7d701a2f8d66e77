"""The outbox: callbacks to deliver, and every attempt. Written in the transaction that creates or changes a plan."""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

import orjson
from sqlalchemy import (
    BigInteger,
    Connection,
    Integer,
    LargeBinary,
    Select,
    Subquery,
    Text,
    Update,
    bindparam,
    delete,
    exists,
    func,
    insert,
    select,
    update,
)
from sqlalchemy.types import TypeEngine

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.block_statements import KeysStatement, RowsStatement
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import accounts, attempts, deliveries, delivery_is_pending
from bodydouble.mock_server.store.transactions import mark_deliveries_due, mark_deliveries_soon

PENDING, DELIVERED, FAILED, REFUSED = "pending", "delivered", "failed", "refused"


@dataclass(frozen=True, slots=True)
class Delivery:
    """One callback event.

    Attributes:
        id: stable across attempts; the event's id where the vendor has one.
        callback: operationId of the callback.
        task_id: row of the task that caused it; None for an event without one.
        task_state: the state that it reports.
        url: where it goes.
        context: what building and signing it needs in addition to the task.
        body: the exact bytes, once a first attempt has been made.
        state: `pending`, `delivered`, `failed` (given up) or `refused` (not allowed to go there).
        due_at: when the next attempt is (or the last one was) due, on the account's clock.
        attempts: how many have been made.
        step: the number of the step of the task's plan that it reports; the order of events of one millisecond.
        faults: that strike it, as `store.delivery_faults` writes them; None for none yet.
    """

    id: str
    account_id: str
    vendor: str
    callback: str
    task_id: int | None
    task_state: str | None
    url: str
    context: Mapping[str, Any]
    body: bytes | None
    state: str
    created_at: int
    due_at: int
    attempts: int
    step: int = 0
    faults: str | None = None

    @property
    def destination(self) -> str:
        """Host and port of the URL."""
        return destination_of(self.url)


@dataclass(frozen=True, slots=True)
class Attempt:
    """One attempt at a delivery.

    Attributes:
        number: from 1.
        trigger: `scheduled` or `manual`.
        at: when, on the account's clock.
        status: HTTP status of the response; None without a response.
        response_body: the response body, cut at a limit.
        duration: milliseconds.
        outcome: `delivered`, `refused` or the kind of failure.
        error: what went wrong, as text.
        next_attempt_at: on the account's clock; None when none follows.
        faults: that struck it, each with the `scenario` and its `kind`.
    """

    number: int
    trigger: str
    at: int
    url: str
    request_headers: Mapping[str, str]
    request_body: bytes
    status: int | None
    response_body: str | None
    duration: float
    outcome: str
    error: str | None
    next_attempt_at: int | None
    faults: Sequence[Mapping[str, Any]] = ()


COLUMNS = (
    deliveries.c.id,
    deliveries.c.account_id,
    deliveries.c.vendor,
    deliveries.c.callback,
    deliveries.c.task_id,
    deliveries.c.task_state,
    deliveries.c.url,
    deliveries.c.context,
    deliveries.c.body,
    deliveries.c.state,
    deliveries.c.created_at,
    deliveries.c.due_at,
    deliveries.c.attempts,
    deliveries.c.step,
    deliveries.c.faults,
)
_INSERT = PreparedStatement(
    insert(deliveries), [column.name for column in COLUMNS] + ["destination", "leased_until_real"]
)
_BY_ID = PreparedStatement(select(*COLUMNS).where(deliveries.c.id == bindparam("delivery")))
_INSERT_ATTEMPT = PreparedStatement(insert(attempts), [column.name for column in attempts.c if column.name != "id"])
_BY_IDS = KeysStatement(Text(), lambda ids: select(*COLUMNS).where(deliveries.c.id.in_(ids)))
_LEASE_ALL = KeysStatement(
    Text(),
    lambda ids: update(deliveries).where(deliveries.c.id.in_(ids)).values(leased_until_real=bindparam("until")),
)
_RECORDED: dict[str, TypeEngine[Any]] = {
    "delivery": Text(),
    "new_state": Text(),
    "new_attempts": Integer(),
    "new_due_at": BigInteger(),
    "new_body": LargeBinary(),
}


def _record_statement(recorded: Subquery) -> Update:
    return (
        update(deliveries)
        .where(deliveries.c.id == recorded.c.delivery)
        .values(
            state=recorded.c.new_state,
            attempts=recorded.c.new_attempts,
            due_at=recorded.c.new_due_at,
            body=recorded.c.new_body,
            leased_until_real=0,
        )
    )


_RECORD = RowsStatement(_RECORDED, _record_statement)
_CLAIMED: dict[str, TypeEngine[Any]] = {"delivery": Text(), "known_attempts": Integer(), "known_due_at": BigInteger()}


def _changed_statement(claimed: Subquery) -> Select[int]:
    as_claimed = exists().where(
        deliveries.c.id == claimed.c.delivery,
        deliveries.c.attempts == claimed.c.known_attempts,
        deliveries.c.due_at == claimed.c.known_due_at,
        deliveries.c.state == PENDING,
    )
    return select(func.count()).select_from(claimed).where(~as_claimed)


_CHANGED = RowsStatement(_CLAIMED, _changed_statement)
# Milliseconds until what is due soon: longer than a process relies on what it has seen (`delivery.quiet`).
SOON = 2000
_DEFAULT_PORTS = {"http": 80, "https": 443}


def destination_of(url: str) -> str:
    """Host and port to which a URL leads; empty for a URL that leads nowhere."""
    try:
        parts = urlsplit(url)
        port = parts.port or _DEFAULT_PORTS.get(parts.scheme, 0)
    except ValueError:
        return ""
    return f"{parts.hostname or ''}:{port}"


def from_row(row: Sequence[Any]) -> Delivery:
    """The delivery of a row of COLUMNS."""
    values = [*row[:7], orjson.loads(row[7]), *row[8:]]
    return Delivery(*values)


def add(connection: Connection, delivery: Delivery, now: int) -> None:
    """Put a callback into the outbox.

    Args:
        now: on the account's clock; what is due by then is looked for as soon as the transaction has ended.
    """
    if delivery.due_at <= now + SOON:
        (mark_deliveries_due if delivery.due_at <= now else mark_deliveries_soon)(connection)
    _INSERT.run_many(connection, [delivery_values(delivery)])


def delivery_values(delivery: Delivery) -> dict[str, Any]:
    """The values of the row of a delivery that nobody has leased."""
    values = {column.name: getattr(delivery, column.name) for column in COLUMNS}
    values["context"] = orjson.dumps(delivery.context).decode()
    return {**values, "destination": delivery.destination, "leased_until_real": 0}


def withdraw(connection: Connection, task_id: int, now: int) -> None:
    """Remove the callbacks of a task that are planned for later and have not been attempted."""
    connection.execute(
        delete(deliveries).where(
            deliveries.c.task_id == task_id,
            deliveries.c.state == PENDING,
            deliveries.c.attempts == 0,
            # Not by when it is due: a fault may hold back what has happened, or send early what has not.
            deliveries.c.created_at > now,
        )
    )


def get(connection: Connection, delivery_id: str) -> Delivery | None:
    """The delivery of an id."""
    row = _BY_ID.first(connection, {"delivery": delivery_id})
    return None if row is None else from_row(row)


def by_ids(connection: Connection, delivery_ids: Sequence[str]) -> dict[str, Delivery]:
    """The deliveries of ids, by id."""
    return {row[0]: from_row(row) for row in _BY_IDS.all(connection, delivery_ids)}


def current(connection: Connection, claimed: Sequence[Delivery]) -> dict[str, Delivery]:
    """Deliveries as they are now, by id; those that have been deleted are missing."""
    known = {delivery.id: delivery for delivery in claimed}
    rows = [
        {"delivery": delivery.id, "known_attempts": delivery.attempts, "known_due_at": delivery.due_at}
        for delivery in claimed
    ]
    # Nearly always nothing has changed, and a count costs less than all rows, while other writers wait.
    is_known = all(delivery.state == PENDING for delivery in claimed)
    if is_known and not any(row[0] for row in _CHANGED.all(connection, rows)):
        return known
    return by_ids(connection, list(known))


def first_due(connection: Connection, account_id: str, until: int, wall_ms: int) -> Delivery | None:
    """The delivery of an account that is due first, if it is due by a time, and that no worker has leased."""
    statement = (
        select(*COLUMNS)
        .where(
            deliveries.c.account_id == account_id,
            delivery_is_pending,
            deliveries.c.due_at <= until,
            deliveries.c.leased_until_real <= wall_ms,
        )
        .order_by(deliveries.c.due_at, deliveries.c.step, deliveries.c.id)
        .limit(1)
    )
    row = connection.execute(statement).first()
    return None if row is None else from_row(row)


def lease(connection: Connection, delivery_id: str, wall_ms: int, until: int) -> bool:
    """Lease one delivery; False when another worker has it or it is no longer pending."""
    statement = (
        update(deliveries)
        .where(
            deliveries.c.id == delivery_id,
            deliveries.c.state == PENDING,
            deliveries.c.leased_until_real <= wall_ms,
        )
        .values(leased_until_real=until)
    )
    return bool(connection.execute(statement).rowcount)


def lease_all(connection: Connection, delivery_ids: Sequence[str], until: int) -> None:
    """Lease deliveries that were read in this transaction, until a real time; a time in the past releases them."""
    _LEASE_ALL.run(connection, delivery_ids, {"until": until})


def release_all_leases(connection: Connection) -> None:
    """Release every lease. For the start of a server that is alone on its state: the earlier server has ended."""
    connection.execute(update(deliveries).where(deliveries.c.leased_until_real > 0).values(leased_until_real=0))
    connection.execute(update(accounts).where(accounts.c.advancing_until_real > 0).values(advancing_until_real=0))


def set_advancing(connection: Connection, account_id: str, until: int) -> None:
    """Keep workers away from an account's deliveries until a real time, while its clock is being advanced."""
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(advancing_until_real=until))


def renew_advancing(connection: Connection, account_id: str, until: int) -> None:
    """Keep workers away for longer, unless the advance has ended."""
    connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id, accounts.c.advancing_until_real > 0)
        .values(advancing_until_real=until)
    )


def renew_leases(connection: Connection, delivery_ids: Sequence[str], until: int) -> None:
    """Set until when deliveries are leased that still are; a time in the past releases them.

    One that another transaction is changing is left out: its lease ends with that, or is renewed the next time.
    """
    still_leased = deliveries.c.id.in_(delivery_ids) & (deliveries.c.leased_until_real > 0)
    # Waiting for them, in whatever order, could be a deadlock.
    free = select(deliveries.c.id).where(still_leased).with_for_update(key_share=True, skip_locked=True)
    connection.execute(update(deliveries).where(deliveries.c.id.in_(free)).values(leased_until_real=until))


def record_all(connection: Connection, recorded: Sequence[tuple[Delivery, Attempt]]) -> None:
    """Record attempts, each with its delivery as it is afterwards, and end the leases."""
    _INSERT_ATTEMPT.run_many(connection, [attempt_values(delivery, attempt) for delivery, attempt in recorded])
    # Of several attempts at one delivery, the last one says how it is.
    latest = {delivery.id: delivery for delivery, _ in recorded}
    if any(delivery.state == PENDING for delivery in latest.values()):
        mark_deliveries_soon(connection)
    _RECORD.run(
        connection,
        [
            {
                "delivery": delivery.id,
                "new_state": delivery.state,
                "new_attempts": delivery.attempts,
                "new_due_at": delivery.due_at,
                "new_body": delivery.body,
            }
            for delivery in latest.values()
        ],
    )


def attempt_values(delivery: Delivery, attempt: Attempt) -> dict[str, Any]:
    """The values of the row of an attempt."""
    return {
        "delivery_id": delivery.id,
        "account_id": delivery.account_id,
        "number": attempt.number,
        "trigger": attempt.trigger,
        "at": attempt.at,
        "url": attempt.url,
        "request_headers": orjson.dumps(attempt.request_headers).decode(),
        "request_body": attempt.request_body,
        "status": attempt.status,
        "response_body": attempt.response_body,
        "duration": attempt.duration,
        "outcome": attempt.outcome,
        "error": attempt.error,
        "next_attempt_at": attempt.next_attempt_at,
        "faults": orjson.dumps(attempt.faults).decode(),
    }


def forget_oldest(connection: Connection, keep: int) -> int:
    """Drop ended deliveries beyond a number of newest ones; how many were dropped."""
    ended = deliveries.c.state != PENDING
    # Two counts by an index each: the rows themselves are large.
    total = connection.execute(select(func.count()).select_from(deliveries)).scalar_one()
    pending = connection.execute(select(func.count()).select_from(deliveries).where(delivery_is_pending)).scalar_one()
    if total - pending <= keep:
        return 0
    # Accounts' clocks cannot be compared with each other; the attempts are numbered in the order of real time.
    last_attempt = (
        select(func.max(attempts.c.id)).where(attempts.c.delivery_id == deliveries.c.id).correlate(deliveries)
    ).scalar_subquery()
    surplus = select(deliveries.c.id).where(ended).order_by(last_attempt.desc()).offset(keep)
    return connection.execute(delete(deliveries).where(deliveries.c.id.in_(surplus))).rowcount

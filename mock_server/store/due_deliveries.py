"""The look for due deliveries: by account, then by destination. It costs what is due, however much is pending.

The events of one task are attempted in their order: none is due for a worker before the first attempt at each earlier
one has been recorded. A retry of an earlier one holds nothing back, nor does one that a fault has put off.
"""

from collections.abc import Iterator, Mapping

from sqlalchemy import (
    CTE,
    BigInteger,
    ColumnElement,
    Connection,
    Select,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    literal_column,
    select,
)

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.aggregates import Lines
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import account_now, accounts, deliveries, delivery_is_pending

_WALL = bindparam("wall_ms", type_=BigInteger)
_ACCOUNT = deliveries.c.account_id == bindparam("account")
_EARLIER = deliveries.alias("earlier")
# Nothing is due later.
_LATEST = 2**62


@dataclass(frozen=True, slots=True)
class DueDelivery:
    """A delivery that is due.

    Attributes:
        destination: host and port of its URL.
        due_at: on the account's clock.
        step: the number of the step of the task's plan that it reports.
    """

    account_id: str
    destination: str
    id: str
    due_at: int
    step: int = 0


def _is_next_of_its_task() -> ColumnElement[bool]:
    # What has not been attempted is pending, and due at the time of its event, unless a fault moves it. A lease changes
    # nothing here: until the attempt is recorded, there has been none. The statement is a scalar, and does not say
    # "pending", so that no planner makes a join of it, or uses another index than that of the task.
    own, other = deliveries.c, _EARLIER.c
    in_step = (other.step < own.step) | (other.step == own.step) & (other.id < own.id)
    is_before = (other.created_at < own.created_at) | (other.created_at == own.created_at) & in_step
    unattempted = other.attempts == literal_column("0")
    of_task, is_due = other.task_id == own.task_id, other.due_at <= own.due_at
    earlier = select(other.id).where(of_task, unattempted, is_before, is_due).limit(literal_column("1"))
    return earlier.correlate(deliveries).scalar_subquery().is_(None)


def _pending_accounts() -> CTE:
    # From each account with pending deliveries to the next one, by the index: a DISTINCT would read all of them.
    first = select(func.min(deliveries.c.account_id).label("id")).where(delivery_is_pending)
    pending = first.cte("pending_accounts", recursive=True)
    following = (
        select(func.min(deliveries.c.account_id))
        .where(delivery_is_pending, deliveries.c.account_id > pending.c.id)
        .scalar_subquery()
    )
    return pending.union_all(select(following).where(pending.c.id.is_not(None)))


def _accounts_with_due() -> PreparedStatement:
    pending = _pending_accounts()
    due = exists().where(
        deliveries.c.account_id == accounts.c.id,
        delivery_is_pending,
        deliveries.c.due_at <= account_now(_WALL),
        deliveries.c.leased_until_real <= _WALL,
        _is_next_of_its_task(),
    )
    return PreparedStatement(
        select(accounts.c.id)
        .join(pending, pending.c.id == accounts.c.id)
        .where(accounts.c.advancing_until_real <= _WALL, due)
    )


def _destinations() -> PreparedStatement:
    first = select(func.min(deliveries.c.destination).label("name")).where(delivery_is_pending, _ACCOUNT)
    names = first.cte("destinations", recursive=True)
    following = (
        select(func.min(deliveries.c.destination))
        .where(delivery_is_pending, _ACCOUNT, deliveries.c.destination > names.c.name)
        .scalar_subquery()
    )
    names = names.union_all(select(following).where(names.c.name.is_not(None)))
    return PreparedStatement(select(names.c.name).where(names.c.name.is_not(None)))


def _due() -> Select[str]:
    due = (
        select(deliveries.c.id, deliveries.c.due_at, deliveries.c.step)
        .join(accounts, accounts.c.id == deliveries.c.account_id)
        .where(
            _ACCOUNT,
            deliveries.c.destination == bindparam("at_destination"),
            delivery_is_pending,
            deliveries.c.due_at <= account_now(_WALL),
            deliveries.c.leased_until_real <= _WALL,
            accounts.c.advancing_until_real <= _WALL,
            _is_next_of_its_task(),
        )
        .order_by(deliveries.c.due_at, deliveries.c.step, deliveries.c.id)
        .limit(bindparam("at_most"))
        .with_for_update(of=(deliveries, accounts), key_share=True, skip_locked=True)
        .subquery("due")
    )
    # In one row: for every row, the driver releases the interpreter's lock, and others take turns with this thread,
    # while all other writers wait for its transaction.
    space = literal_column("' '", Text)
    entry = cast(due.c.due_at, Text) + space + cast(due.c.step, Text) + space + due.c.id
    return select(Lines(entry))


def _next_due() -> PreparedStatement:
    pending = _pending_accounts()
    # Of each account, the first entry of the index says when something of it is due at the earliest. Without the bound,
    # which none exceeds, SQLite would read the index of all that the account has ever had.
    of_account = (deliveries.c.account_id == accounts.c.id) & (deliveries.c.due_at <= literal_column(str(_LATEST)))
    first = select(func.min(deliveries.c.due_at)).where(of_account, delivery_is_pending)
    due_at = first.correlate(accounts).scalar_subquery()
    frozen_at = accounts.c.clock_frozen_at
    at = case((frozen_at.is_(None), due_at - accounts.c.clock_offset), (due_at <= frozen_at, literal_column("0")))
    return PreparedStatement(select(func.min(at)).select_from(accounts).join(pending, pending.c.id == accounts.c.id))


# Run many times a second by every worker, even by an idle worker.
_ACCOUNTS_WITH_DUE = _accounts_with_due()
_DESTINATIONS = _destinations()
_DUE = PreparedStatement(_due())
_NEXT_DUE = _next_due()


def accounts_with_due(connection: Connection, wall_ms: int) -> list[str]:
    """The accounts of which a claim would find something; needs no lock."""
    return [row[0] for row in _ACCOUNTS_WITH_DUE.all(connection, {"wall_ms": wall_ms})]


def next_due(connection: Connection) -> int | None:
    """When something is due at the earliest, if nothing changes: epoch milliseconds of the real clock; None for never.

    What is due already counts, too, even if a worker has leased it.
    """
    at = _NEXT_DUE.scalar(connection, {})
    return None if at is None else int(at)


def destinations_of(connection: Connection, account_id: str) -> list[str]:
    """The destinations of an account's pending deliveries; needs no lock."""
    return [row[0] for row in _DESTINATIONS.all(connection, {"account": account_id})]


def due_of(connection: Connection, account_id: str, wall_ms: int, at_most: Mapping[str, int]) -> list[DueDelivery]:
    """The deliveries of an account that are due and that no worker has leased, in the order in which they are due.

    Args:
        wall_ms: epoch milliseconds of the real clock.
        at_most: how many of them may go to a host and port; those to others are not looked for.
    """
    due: list[DueDelivery] = []
    for destination, limit in at_most.items():
        parameters = {"account": account_id, "at_destination": destination, "wall_ms": wall_ms, "at_most": limit}
        for due_at, step, delivery_id in _entries(_DUE.scalar(connection, parameters)):
            due.append(DueDelivery(account_id, destination, delivery_id, due_at, step))
    return sorted(due, key=lambda delivery: (delivery.due_at, delivery.step, delivery.id))


def _entries(text: str | None) -> Iterator[tuple[int, int, str]]:
    for entry in (text or "").splitlines():
        due_at, step, delivery_id = entry.split(" ", 2)
        yield int(due_at), int(step), delivery_id

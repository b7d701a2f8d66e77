"""How much is stored, and what waits: numbers to watch a server by."""

from dataclasses import dataclass

from sqlalchemy import BigInteger, Connection, bindparam, func, select

from bodydouble.mock_server.store.tables import account_now, accounts, deliveries, delivery_is_pending, journal, tasks

_WALL = bindparam("wall_ms", type_=BigInteger)


@dataclass(frozen=True, slots=True)
class StateSizes:
    """What a state holds.

    Attributes:
        tasks: those that were deleted on the wire included, until retention drops them.
        pending_deliveries: callback events for which an attempt follows.
        oldest_due: milliseconds for which the oldest of those that are due has been, on its account's clock; 0 when
            none is due.
    """

    accounts: int
    tasks: int
    pending_deliveries: int
    oldest_due: int


def state_sizes(connection: Connection, wall_ms: int) -> StateSizes:
    """Count what a state holds.

    Args:
        wall_ms: epoch milliseconds of the real clock.
    """

    def count(statement: object) -> int:
        return int(connection.execute(statement).scalar_one())  # type: ignore[call-overload]

    return StateSizes(
        accounts=count(select(func.count()).select_from(accounts)),
        tasks=count(select(func.count()).select_from(tasks)),
        pending_deliveries=count(select(func.count()).select_from(deliveries).where(delivery_is_pending)),
        oldest_due=_oldest_due(connection, wall_ms),
    )


def journal_entries(connection: Connection) -> int:
    """How many requests the journal holds."""
    return int(connection.execute(select(func.count()).select_from(journal)).scalar_one())


def _oldest_due(connection: Connection, wall_ms: int) -> int:
    # Of each account the first of its pending ones, by the index: clocks of accounts cannot be compared.
    first = (
        select(func.min(deliveries.c.due_at))
        .where(deliveries.c.account_id == accounts.c.id, delivery_is_pending)
        .correlate(accounts)
        .scalar_subquery()
    )
    oldest = connection.execute(select(func.max(account_now(_WALL) - first)), {"wall_ms": wall_ms}).scalar_one()
    return max(0, int(oldest or 0))

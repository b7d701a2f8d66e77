"""How much is stored, and what waits: numbers to watch a server by."""

from collections.abc import Mapping

from sqlalchemy import BigInteger, Connection, bindparam, func, select

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.tables import (
    ANY_STATE,
    DELETED,
    account_now,
    accounts,
    deliveries,
    delivery_is_pending,
    is_largest_block,
    journal,
    task_blocks,
)

# From the running totals, by blocks of many tasks.
_TASKS = (
    select(task_blocks.c.vendor, func.sum(task_blocks.c.count))
    .where(task_blocks.c.state.in_((ANY_STATE, DELETED)), is_largest_block)
    .group_by(task_blocks.c.vendor)
    .order_by(task_blocks.c.vendor)
)
# Of each account, as clocks of accounts cannot be compared.
_PENDING = (
    select(
        deliveries.c.account_id,
        func.count().label("number"),
        func.min(deliveries.c.due_at).label("first"),
    )
    .where(delivery_is_pending)
    .group_by(deliveries.c.account_id)
    .subquery()
)
_WALL = bindparam("wall_ms", type_=BigInteger)
_WAITING = select(func.sum(_PENDING.c.number), func.max(account_now(_WALL) - _PENDING.c.first)).join(
    accounts, accounts.c.id == _PENDING.c.account_id
)


@dataclass(frozen=True, slots=True)
class StateSizes:
    """What a state holds.

    Attributes:
        tasks: by vendor; those that were deleted on the wire included, until retention drops them.
        pending_deliveries: callback events for which an attempt follows.
        oldest_due: milliseconds for which the oldest of those that are due has been, on its account's clock; 0 when
            none is due.
    """

    accounts: int
    tasks: Mapping[str, int]
    pending_deliveries: int
    oldest_due: int


def state_sizes(connection: Connection, wall_ms: int) -> StateSizes:
    """Count what a state holds.

    Args:
        wall_ms: epoch milliseconds of the real clock.
    """
    ((pending, oldest_due),) = connection.execute(_WAITING, {"wall_ms": wall_ms})
    return StateSizes(
        accounts=connection.execute(select(func.count()).select_from(accounts)).scalar_one(),
        tasks={vendor: int(number) for vendor, number in connection.execute(_TASKS)},
        pending_deliveries=int(pending or 0),
        oldest_due=max(0, int(oldest_due or 0)),
    )


def journal_entries(connection: Connection) -> int:
    """How many requests the journal holds."""
    return int(connection.execute(select(func.count()).select_from(journal)).scalar_one())

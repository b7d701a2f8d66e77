"""Drops the oldest tasks of an account, a bounded number at a time, so that no writer waits for long."""

from typing import Any

from sqlalchemy import Connection, bindparam, delete, exists, func, select

from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import (
    ANY_STATE,
    BLOCK_SIZE,
    BLOCK_SIZES,
    DELETED,
    deliveries,
    delivery_is_pending,
    task_blocks,
    tasks,
)

# Dropped in one transaction.
MAX_AT_ONCE = 1000
_IS_COUNT = (task_blocks.c.state == ANY_STATE) | (task_blocks.c.state == DELETED)
_OF_BLOCKS, _OF_LARGEST = task_blocks.c.level == 0, task_blocks.c.level == len(BLOCK_SIZES) - 1
_BLOCKS = PreparedStatement(
    select(task_blocks.c.block, func.sum(task_blocks.c.count))
    .where(task_blocks.c.account_id == bindparam("account"), _IS_COUNT, _OF_BLOCKS)
    .group_by(task_blocks.c.block)
    .order_by(task_blocks.c.block.desc())
)
_KINDS = PreparedStatement(
    select(task_blocks.c.vendor, task_blocks.c.kind)
    .where(task_blocks.c.account_id == bindparam("account"), _IS_COUNT, _OF_LARGEST)
    .distinct()
)
_NUMBERS = PreparedStatement(
    select(tasks.c.number).where(
        tasks.c.account_id == bindparam("account"),
        tasks.c.vendor == bindparam("of_vendor"),
        tasks.c.kind == bindparam("of_kind"),
        tasks.c.number.between(bindparam("first_number"), bindparam("last_number")),
    )
)
# In the order in which they have settled: what is not settled, and may be much, is not looked at.
_OLDEST = (
    select(tasks.c.id)
    .where(
        tasks.c.account_id == bindparam("account"),
        tasks.c.settles_at <= bindparam("now"),
        tasks.c.number <= bindparam("newest"),
        ~exists().where(deliveries.c.task_id == tasks.c.id, delivery_is_pending),
    )
    .order_by(tasks.c.settles_at)
    .limit(bindparam("at_most"))
)
_DELETE = delete(tasks).where(tasks.c.id.in_(_OLDEST))


def accounts_with_more_than(connection: Connection, keep: int) -> set[str]:
    """The ids of the accounts that have more tasks than a limit, deleted ones included."""
    counts = select(task_blocks.c.account_id).where(_IS_COUNT, _OF_LARGEST).group_by(task_blocks.c.account_id)
    return set(connection.scalars(counts.having(func.sum(task_blocks.c.count) > keep)))


def forget_oldest(connection: Connection, account_id: str, keep: int, now: int) -> int:
    """Drop settled tasks, unless a callback of theirs is pending, beyond a number of newest ones.

    Returns:
        How many were dropped; with MAX_AT_ONCE, there may be more to drop.
    """
    newest = _newest_surplus(connection, account_id, keep)
    if newest is None:
        return 0
    values = {"account": account_id, "now": now, "newest": newest, "at_most": MAX_AT_ONCE}
    return connection.execute(_DELETE, values).rowcount


def _newest_surplus(connection: Connection, account_id: str, keep: int) -> int | None:
    # The number of the newest task beyond those to keep; None if there are no more than these.
    for block, size in _BLOCKS.all(connection, {"account": account_id}):
        if size > keep:
            return sorted(_numbers(connection, account_id, block), reverse=True)[keep]
        keep -= int(size)
    return None


def _numbers(connection: Connection, account_id: str, block: int) -> list[int]:
    block_range = {"first_number": block * BLOCK_SIZE, "last_number": (block + 1) * BLOCK_SIZE - 1}
    numbers: list[int] = []
    for vendor, kind in _KINDS.all(connection, {"account": account_id}):
        scope: dict[str, Any] = {"account": account_id, "of_vendor": vendor, "of_kind": kind}
        numbers += (number for (number,) in _NUMBERS.all(connection, {**scope, **block_range}))
    return numbers

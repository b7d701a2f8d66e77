"""Drops the oldest tasks of an account, a bounded number at a time, so that no writer waits for long."""

from collections import Counter
from typing import Any

from sqlalchemy import BigInteger, Connection, Integer, bindparam, delete, exists, func, select

from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import (
    ANY_STATE,
    BLOCK_RATIO,
    BLOCK_SIZE,
    BLOCK_SIZES,
    DELETED,
    deliveries,
    delivery_is_pending,
    is_largest_block,
    task_blocks,
    tasks,
)

# Dropped in one transaction.
MAX_AT_ONCE = 1000
_IS_COUNT = (task_blocks.c.state == ANY_STATE) | (task_blocks.c.state == DELETED)
_BLOCKS = PreparedStatement(
    select(task_blocks.c.block, func.sum(task_blocks.c.count))
    .where(
        task_blocks.c.account_id == bindparam("account"),
        task_blocks.c.vendor == bindparam("of_vendor"),
        task_blocks.c.kind == bindparam("of_kind"),
        task_blocks.c.level == bindparam("level", type_=Integer()),
        _IS_COUNT,
        task_blocks.c.block.between(
            bindparam("first_block", type_=BigInteger()), bindparam("last_block", type_=BigInteger())
        ),
    )
    .group_by(task_blocks.c.block)
)
_KINDS = PreparedStatement(
    select(task_blocks.c.vendor, task_blocks.c.kind)
    .where(task_blocks.c.account_id == bindparam("account"), _IS_COUNT, is_largest_block)
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
    counts = select(task_blocks.c.account_id).where(_IS_COUNT, is_largest_block).group_by(task_blocks.c.account_id)
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
    scopes = [
        {"account": account_id, "of_vendor": vendor, "of_kind": kind}
        for vendor, kind in _KINDS.all(connection, {"account": account_id})
    ]
    first, last = 0, 2**62 // BLOCK_SIZE
    for level in reversed(range(len(BLOCK_SIZES))):
        counts = _counts(connection, scopes, {"level": level, "first_block": first, "last_block": last})
        for block in sorted(counts, reverse=True):
            if counts[block] > keep:
                break
            keep -= counts[block]
        else:
            return None
        first, last = block * BLOCK_RATIO, (block + 1) * BLOCK_RATIO - 1
    return sorted(_numbers(connection, scopes, block), reverse=True)[keep]


def _counts(connection: Connection, scopes: list[dict[str, Any]], part: dict[str, int]) -> Counter[int]:
    counts = Counter[int]()
    for scope in scopes:
        for block, size in _BLOCKS.all(connection, {**scope, **part}):
            counts[block] += int(size)
    return counts


def _numbers(connection: Connection, scopes: list[dict[str, Any]], block: int) -> list[int]:
    block_range = {"first_number": block * BLOCK_SIZE, "last_number": (block + 1) * BLOCK_SIZE - 1}
    return [number for scope in scopes for (number,) in _NUMBERS.all(connection, {**scope, **block_range})]

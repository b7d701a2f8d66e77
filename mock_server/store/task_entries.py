"""Tasks by the times at which they have entered states, deleted ones too; by the counts of blocks.

Blocks of which all that is asked for is certain are only counted, if that is enough; others are looked into: those
that an end of the time cuts, and those with tasks that began again, or with deleted ones whose phases are not recorded.
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from sqlalchemy import BigInteger, BindParameter, Connection, Integer, bindparam, select

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store import phases
from bodydouble.mock_server.store import tasks as task_rows
from bodydouble.mock_server.store.phases import ALWAYS, NEVER
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.search import Scope
from bodydouble.mock_server.store.tables import ANY_STATE, BLOCK_RATIO, BLOCK_SIZES, DELETED, task_blocks, tasks
from bodydouble.mock_server.store.tasks import COLUMNS, Task


def _value(name: str) -> BindParameter[int]:
    return bindparam(name, type_=BigInteger())


_BLOCKS = PreparedStatement(
    select(
        task_blocks.c.block, task_blocks.c.state, task_blocks.c.count, task_blocks.c.min_from, task_blocks.c.max_from
    )
    .where(
        task_blocks.c.account_id == bindparam("account"),
        task_blocks.c.vendor == bindparam("of_vendor"),
        task_blocks.c.kind == bindparam("of_kind"),
        task_blocks.c.category == bindparam("of_category"),
        task_blocks.c.level == bindparam("level", type_=Integer()),
        task_blocks.c.block.between(_value("first"), _value("last")),
        task_blocks.c.state != ANY_STATE,
        task_blocks.c.min_from <= _value("until"),
    )
    .order_by(task_blocks.c.block)
)
_OF_BLOCK = PreparedStatement(
    select(*COLUMNS).where(
        tasks.c.account_id == bindparam("account"),
        tasks.c.vendor == bindparam("of_vendor"),
        tasks.c.kind == bindparam("of_kind"),
        tasks.c.category == bindparam("of_category"),
        tasks.c.number.between(_value("first"), _value("last")),
        tasks.c.created_at <= _value("until"),
        tasks.c.settles_at >= _value("since"),
    )
)


@dataclass(frozen=True, slots=True)
class Entries:
    """Tasks that enter a state in a time.

    Attributes:
        states: that only an entry of `initial` ends.
        initial: in which all tasks begin.
        since, until: of the time, both ends included, epoch milliseconds.
    """

    scope: Scope
    category: str
    states: tuple[str, ...]
    initial: str
    since: int
    until: int

    @property
    def parameters(self) -> dict[str, Any]:
        """The values of statements."""
        return {
            **self.scope.parameters,
            "of_category": self.category,
            "since": self.since,
            "until": self.until,
        }


@dataclass(frozen=True, slots=True)
class _Block:
    level: int
    block: int
    # How many tasks enter the states in the time; None if that can only be told by a look into the block.
    certain: int | None

    @property
    def numbers(self) -> dict[str, int]:
        size = BLOCK_SIZES[self.level]
        return {"first": self.block * size, "last": (self.block + 1) * size - 1}


def read(connection: Connection, entries: Entries, at_most: int) -> tuple[int, Iterator[Task]]:
    """How many entries are certain, and the tasks that may have others; the caller compares them.

    Args:
        at_most: if no more entries are certain, all are among the tasks, and the number is 0.
    """
    blocks = list(_blocks(connection, entries, len(BLOCK_SIZES) - 1, 0, NEVER))
    certain = sum(block.certain or 0 for block in blocks)
    if certain > at_most:
        return certain, _tasks(connection, entries, (block for block in blocks if block.certain is None))
    return 0, _tasks(connection, entries, blocks)


def _tasks(connection: Connection, entries: Entries, blocks: Iterable[_Block]) -> Iterator[Task]:
    for block in blocks:
        yield from map(task_rows.of_row, _OF_BLOCK.all(connection, {**entries.parameters, **block.numbers}))


def _blocks(connection: Connection, entries: Entries, level: int, first: int, last: int) -> Iterator[_Block]:
    rows = _BLOCKS.all(connection, {**entries.parameters, "level": level, "first": first, "last": last})
    for number, of_block in groupby(rows, key=lambda row: row[0]):
        certain = _certain(entries, [tuple(row[1:]) for row in of_block])
        if certain is None and level:
            yield from _blocks(connection, entries, level - 1, number * BLOCK_RATIO, (number + 1) * BLOCK_RATIO - 1)
        elif certain != 0:
            yield _Block(level, number, certain)


def _certain(entries: Entries, rows: Iterable[tuple[str, int, int, int]]) -> int | None:
    # How many tasks of a block enter the states in the time, by the bounds of its phases.
    total = missing = 0
    states = {*entries.states, *map(phases.of_deleted, entries.states)}
    for state, count, first, last in rows:
        if state == entries.initial and last > ALWAYS:
            # What begins again may have been in one of the states for no time at all.
            return None
        # Deleted tasks have phases unless an earlier server deleted them, or their plans are not simple.
        missing += count if state == DELETED else -count if state == phases.of_deleted(entries.initial) else 0
        if state not in states or last < entries.since:
            continue
        if first < entries.since or last > entries.until:
            return None
        total += count
    return None if missing > 0 else total

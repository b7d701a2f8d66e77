"""What brings the stored form of one version to the next, in the transaction that also records the new version."""

from collections.abc import Callable, Mapping

import orjson
from sqlalchemy import Connection, func, inspect, literal, literal_column, select

from bodydouble.mock_server.store import phases, reservations, tables
from bodydouble.mock_server.store.tables import task_blocks, tasks

_READ_AT_ONCE = 1000
_CHANGED_INDEXES = ("tasks_in_order", "tasks_by_category", "tasks_uncharged")


def _add_counts(connection: Connection) -> None:
    """Version 2: counts of tasks, phases of their plans, and reservations by time."""
    existing = inspect(connection).get_table_names()
    # The journal's part has no tasks; on a database server, both parts are in one database.
    if tasks.name not in existing or task_blocks.name in existing:
        return
    for name in _CHANGED_INDEXES:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    for index in tasks.indexes:
        index.create(connection, checkfirst=True)
    for table in (tables.task_blocks, tables.task_phases, tables.reservations):
        table.create(connection)
    count_tasks(connection)
    _derive(connection)
    phases.count_all(connection)


def count_tasks(connection: Connection) -> None:
    """Count the tasks that are stored, where no trigger has done it."""
    block = tasks.c.number.op("/")(literal_column(str(tables.BLOCK_SIZE)))
    for shown_state, condition in (
        (tables.ANY_STATE, tasks.c.deleted_at.is_(None)),
        (tables.DELETED, tasks.c.deleted_at.is_not(None)),
    ):
        keys = (
            tasks.c.account_id,
            tasks.c.vendor,
            tasks.c.kind,
            func.coalesce(tasks.c.category, literal_column("''")),
            block,
        )
        first, last = func.min(tasks.c.created_at), func.max(tasks.c.created_at)
        rows = select(
            *keys, literal(shown_state), func.count(), first, last, literal(phases.NEVER), literal(phases.NEVER)
        )
        names = ["account_id", "vendor", "kind", "category", "block", "state", "count", *tables.BOUNDS]
        connection.execute(task_blocks.insert().from_select(names, rows.where(condition).group_by(*keys)))


def _derive(connection: Connection) -> None:
    # The phases of all tasks, and what is reserved. More than is listed by state does no harm.
    last = 0
    columns = (tasks.c.id, tasks.c.account_id, tasks.c.vendor, tasks.c.kind, tasks.c.number, tasks.c.category)
    statement = select(*columns, tasks.c.plan, tasks.c.runtime, tasks.c.charged_at).where(tasks.c.deleted_at.is_(None))
    while rows := connection.execute(
        statement.where(tasks.c.id > last).order_by(tasks.c.id).limit(_READ_AT_ONCE)
    ).fetchall():
        last = rows[-1].id
        for row in rows:
            steps = orjson.loads(row.plan)["steps"]
            scope = (row.account_id, row.vendor, row.kind)
            phases.add(connection, [phases.TaskPhases(*scope, row.number, row.category, steps)])
            reserved = orjson.loads(row.runtime).get("reserved", {})
            if row.charged_at is not None and reserved:
                reservations.add(connection, row.account_id, row.vendor, row.charged_at, reserved)


MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {1: _add_counts}

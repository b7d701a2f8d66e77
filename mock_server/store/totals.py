"""Counts all that is stored, where no trigger has done it: once, for a migration."""

from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, literal, literal_column, select

from bodydouble.mock_server.store import phases, tables
from bodydouble.mock_server.store.tables import resource_blocks, resources, task_blocks, task_phases, tasks


def count_all(connection: Connection) -> None:
    """Count the tasks, their phases and the resources, into tables without any counts."""
    count_tasks(connection)
    count_resources(connection)


def count_tasks(connection: Connection) -> None:
    """Count the tasks and their phases, into a table without any counts."""
    for level, size in enumerate(tables.BLOCK_SIZES):
        _count_tasks(connection, level, size)
        _count_phases(connection, level, size)


def _block(number: ColumnElement[int], size: int) -> ColumnElement[int]:
    return number.op("/")(literal_column(str(size)))


def _count_tasks(connection: Connection, level: int, size: int) -> None:
    category = func.coalesce(tasks.c.category, literal_column("''"))
    keys = (tasks.c.account_id, tasks.c.vendor, tasks.c.kind, category, _block(tasks.c.number, size))
    bounds = (func.min(tasks.c.created_at), func.max(tasks.c.created_at), literal(phases.NEVER), literal(phases.NEVER))
    for shown_state, condition in (
        (tables.ANY_STATE, tasks.c.deleted_at.is_(None)),
        (tables.DELETED, tasks.c.deleted_at.is_not(None)),
    ):
        rows = select(*keys, literal(level), literal(shown_state), func.count(), *bounds)
        _insert(connection, ["category", "block", "level", "state"], rows.where(condition).group_by(*keys))


def _count_phases(connection: Connection, level: int, size: int) -> None:
    phase = task_phases.c
    keys = (phase.account_id, phase.vendor, phase.kind, phase.category, _block(phase.number, size), phase.state)
    bounds = (func.min(phase.from_at), func.max(phase.from_at), func.min(phase.until_at), func.max(phase.until_at))
    rows = select(*keys, literal(level), func.count(), *bounds).group_by(*keys)
    _insert(connection, ["category", "block", "state", "level"], rows)


def _insert(connection: Connection, keys: list[str], rows: Select[Any]) -> None:
    names = ["account_id", "vendor", "kind", *keys, "count", *tables.BOUNDS]
    connection.execute(task_blocks.insert().from_select(names, rows))


def count_resources(connection: Connection) -> None:
    """Count the resources, into a table without any counts."""
    keys = (resources.c.account_id, resources.c.vendor, resources.c.kind, resources.c.category)
    grouped = (*keys, _block(resources.c.id, tables.RESOURCE_BLOCK))
    rows = select(*grouped, func.count()).group_by(*grouped)
    names = ["account_id", "vendor", "kind", "category", "block", "count"]
    connection.execute(resource_blocks.insert().from_select(names, rows))

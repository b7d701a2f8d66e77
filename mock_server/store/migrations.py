"""What brings the stored form of one version to the next, in the transaction that also records the new version.

Totals are derived once, by the step that brings them to their present form.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Connection, Select, bindparam, inspect, select, update

from bodydouble.mock_server.store import phases, reservations, search, table_parts, tables, totals, triggers
from bodydouble.mock_server.store.search import Scope
from bodydouble.mock_server.store.tables import attempts, deliveries, resources, tasks
from bodydouble.mock_server.store.texts_of_version_3 import OF_RESOURCES, OF_TASKS, Derive

_READ_AT_ONCE = 1000
_CHANGED_INDEXES = ("tasks_in_order", "tasks_by_category", "tasks_uncharged")
_NEW_COLUMNS = (
    "attempts ADD COLUMN account_id TEXT DEFAULT '' NOT NULL",
    "deliveries ADD COLUMN step INTEGER DEFAULT 0 NOT NULL",
    "resources ADD COLUMN category TEXT DEFAULT '' NOT NULL",
)
_FAULT_COLUMNS = {
    "scenarios": (
        "target TEXT",
        "fault TEXT",
        "buckets TEXT DEFAULT '{}' NOT NULL",
        "pattern TEXT",
        "probability FLOAT DEFAULT 1 NOT NULL",
        "seed BIGINT DEFAULT 0 NOT NULL",
        "from_at BIGINT",
        "until_at BIGINT",
        "profile TEXT",
        "seen BIGINT DEFAULT 0 NOT NULL",
        "struck BIGINT DEFAULT 0 NOT NULL",
    ),
    "deliveries": ("faults TEXT",),
    "attempts": ("faults TEXT DEFAULT '[]' NOT NULL",),
    "journal": ("faults TEXT DEFAULT '[]' NOT NULL",),
}
_ORIGIN_COLUMNS = {"accounts": ("origin_id TEXT", "origin_seed BIGINT")}
# Resources had no category before version 3: those of this kind have it in their content.
_SCRIPT, _VIEW_MODE, _DEFAULT_VIEW_MODE = "videoScript", "view_mode", "LANDSCAPE"
_LARGEST = "task_blocks_largest"
_SET_SEX = update(tasks).where(tasks.c.id == bindparam("row")).values(category=bindparam("sex"))
_SET_SEX_OF_PHASES = (
    update(tables.task_phases)
    .where(
        tables.task_phases.c.account_id == bindparam("account"),
        tables.task_phases.c.vendor == "guiji",
        tables.task_phases.c.kind == "voiceClone",
        tables.task_phases.c.number == bindparam("of_number"),
    )
    .values(category=bindparam("sex"))
)
_SET_STEP = update(deliveries).where(deliveries.c.id == bindparam("delivery")).values(step=bindparam("new_step"))
_SET_CATEGORY = update(resources).where(resources.c.id == bindparam("row")).values(category=bindparam("new_category"))


def _add_phases(connection: Connection) -> None:
    """Version 2: phases of tasks' plans, and reservations by time."""
    # The journal's part has no tasks; on a database server, both parts are in one database.
    existing = inspect(connection).get_table_names()
    if tasks.name not in existing or tables.task_phases.name in existing:
        return
    for name in _CHANGED_INDEXES:
        connection.exec_driver_sql(f"DROP INDEX {name}")
    table_parts.make_partial(tables.metadata, connection)
    for index in tasks.indexes:
        index.create(connection, checkfirst=True)
    for table in (tables.task_phases, tables.reservations):
        table.create(connection)
    _derive(connection)


def _derive(connection: Connection) -> None:
    # The phases of all tasks, and what is reserved. More than is listed by state does no harm.
    columns = (tasks.c.id, tasks.c.account_id, tasks.c.vendor, tasks.c.kind, tasks.c.number, tasks.c.category)
    of_plan = (tasks.c.plan, tasks.c.runtime, tasks.c.charged_at, tables.accounts.c.created_at.label("since"))
    statement = select(*columns, *of_plan).join(tables.accounts).where(tasks.c.deleted_at.is_(None))
    for rows in _in_parts(connection, statement, tasks.c.id):
        for row in rows:
            steps = orjson.loads(row.plan)["steps"]
            scope = (row.account_id, row.vendor, row.kind)
            phases.add(connection, [phases.TaskPhases(*scope, row.number, row.category, steps, row.since)])
            reserved = orjson.loads(row.runtime).get("reserved", {})
            if row.charged_at is not None and reserved:
                reservations.add(connection, row.account_id, row.vendor, row.charged_at, reserved)


def _add_levels(connection: Connection) -> None:
    """Version 3: counts on two levels, counts of resources, steps of deliveries, attempts by account and time."""
    inspector = inspect(connection)
    names = inspector.get_table_names()
    if tasks.name not in names or tables.resource_blocks.name in names:
        return
    triggers.drop(connection)
    connection.exec_driver_sql(f"DROP TABLE IF EXISTS {tables.task_blocks.name}")
    connection.exec_driver_sql("DROP INDEX resources_in_order")
    for column in _NEW_COLUMNS:
        connection.exec_driver_sql(f"ALTER TABLE {column}")
    of_delivery = select(deliveries.c.account_id).where(deliveries.c.id == attempts.c.delivery_id).scalar_subquery()
    connection.execute(update(attempts).values(account_id=of_delivery))
    for index in (*attempts.indexes, *resources.indexes):
        index.create(connection, checkfirst=True)
    for table in (tables.task_blocks, tables.resource_blocks):
        table.create(connection)
    # The tasks are counted by a later step.
    connection.exec_driver_sql(f"DROP INDEX {_LARGEST}")
    _set_steps(connection)
    _set_categories(connection)
    totals.count_resources(connection)


def _set_steps(connection: Connection) -> None:
    # A step that a later plan has replaced cannot be told any more: its number stays 0.
    columns = (deliveries.c.id, deliveries.c.task_state, deliveries.c.created_at, tasks.c.plan)
    statement = select(*columns).join(tasks, tasks.c.id == deliveries.c.task_id)
    for rows in _in_parts(connection, statement, deliveries.c.id):
        for row in rows:
            for number, step in enumerate(orjson.loads(row.plan)["steps"]):
                if step == [row.created_at, row.task_state]:
                    connection.execute(_SET_STEP, {"delivery": row.id, "new_step": number})


def _set_categories(connection: Connection) -> None:
    statement = select(resources.c.id, resources.c.content).where(resources.c.kind == _SCRIPT)
    for rows in _in_parts(connection, statement, resources.c.id):
        for row in rows:
            category = orjson.loads(row.content).get(_VIEW_MODE, _DEFAULT_VIEW_MODE)
            connection.execute(_SET_CATEGORY, {"row": row.id, "new_category": category})


def _in_parts(connection: Connection, statement: Select[Any], key: Any) -> Iterator[Sequence[Any]]:
    # Few rows are in memory at a time. The rows begin with the key.
    following = statement
    while rows := connection.execute(following.order_by(key).limit(_READ_AT_ONCE)).fetchall():
        yield rows
        following = statement.where(key > rows[-1].id)


def _add_search(connection: Connection) -> None:
    """Version 4: which tasks and resources have which texts, and parts of them."""
    names = inspect(connection).get_table_names()
    if tasks.name not in names or tables.search_parts.name in names:
        return
    triggers.drop(connection)
    tables.search_parts.create(connection)
    of_task = (tasks.c.id, tasks.c.account_id, tasks.c.vendor, tasks.c.kind, tasks.c.number)
    _add_texts(connection, select(*of_task, tasks.c.name, tasks.c.attributes), tasks.c.id, OF_TASKS)
    row = resources.c
    of_resource = (row.id, row.account_id, row.vendor, row.kind, row.id.label("number"), row.key, row.content)
    _add_texts(connection, select(*of_resource), row.id, OF_RESOURCES)


def _add_texts(
    connection: Connection, statement: Select[Any], key: Any, derived: Mapping[tuple[str, str], Derive]
) -> None:
    for rows in _in_parts(connection, statement, key):
        texts = [
            (Scope(*scope), number, derived[vendor, kind](name, orjson.loads(content)))
            for _, *scope, number, name, content in rows
            for vendor, kind in [scope[1:]]
            if (vendor, kind) in derived
        ]
        search.add(connection, texts)


def _add_faults(connection: Connection) -> None:
    """Version 5: faults of scenarios, and which of them struck what."""
    _add_columns(connection, _FAULT_COLUMNS)


def _add_origins(connection: Connection) -> None:
    """Version 7: from which account the identifiers of a restored one come."""
    _add_columns(connection, _ORIGIN_COLUMNS)


def _add_columns(connection: Connection, added: Mapping[str, Sequence[str]]) -> None:
    inspector = inspect(connection)
    names = set(inspector.get_table_names())
    for table, columns in added.items():
        existing = {column["name"] for column in inspector.get_columns(table)} if table in names else set()
        for column in columns if existing else ():
            if column.split()[0] not in existing:
                connection.exec_driver_sql(f"ALTER TABLE {table} ADD COLUMN {column}")


def _count_anew(connection: Connection) -> None:
    """Version 6: counts of smaller blocks, an index of the largest ones, and voices by sex."""
    inspector = inspect(connection)
    if tasks.name not in inspector.get_table_names():
        return
    if _LARGEST in {index["name"] for index in inspector.get_indexes(tables.task_blocks.name)}:
        return
    triggers.drop(connection)
    connection.execute(tables.task_blocks.delete())
    table_parts.make_partial(tables.metadata, connection)
    for index in tables.task_blocks.indexes:
        index.create(connection)
    _set_sexes(connection)
    totals.count_tasks(connection)


def _set_sexes(connection: Connection) -> None:
    # The category of Guiji's voices.
    of_voices = (tasks.c.vendor == "guiji") & (tasks.c.kind == "voiceClone")
    statement = select(tasks.c.id, tasks.c.account_id, tasks.c.number, tasks.c.attributes).where(of_voices)
    for rows in _in_parts(connection, statement, tasks.c.id):
        for row in rows:
            sex = orjson.loads(row.attributes)["sex"]
            if sex is not None:
                values = {"row": row.id, "account": row.account_id, "of_number": row.number, "sex": str(int(sex))}
                connection.execute(_SET_SEX, values)
                connection.execute(_SET_SEX_OF_PHASES, values)


MIGRATIONS: Mapping[int, Callable[[Connection], None]] = {
    1: _add_phases,
    2: _add_levels,
    3: _add_search,
    4: _add_faults,
    5: _count_anew,
    6: _add_origins,
}

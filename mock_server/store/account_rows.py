"""All rows of an account: read together, removed together, and written anew. For snapshots."""

import itertools
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import Column, Connection, Select, Table, Text, delete, func, insert, literal, select, update

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store import phases, reservations, search, tables, task_ids
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.block_statements import KeysStatement
from bodydouble.mock_server.store.deliveries import Attempt, Delivery, attempt_values, delivery_values
from bodydouble.mock_server.store.phases import TaskPhases
from bodydouble.mock_server.store.prepared_statement import PreparedStatement, server_of
from bodydouble.mock_server.store.search import Scope
from bodydouble.mock_server.store.tables import (
    accounts,
    attempts,
    credentials,
    deliveries,
    delivery_is_pending,
    quotas,
    resources,
    scenarios,
    tasks,
    tokens,
    uploads,
)
from bodydouble.mock_server.store.tasks import NewTask
from bodydouble.mock_server.store.texts_of_version_3 import OF_RESOURCES
from bodydouble.mock_server.store.transactions import (
    mark_accounts_changed,
    mark_deliveries_due,
    mark_issued,
)

Rows = Sequence[Mapping[str, Any]]
# By vendor, kind and key.
Ids = dict[tuple[str, str, str], int]
_WRITTEN_AT_ONCE = 500
# About what a row takes beside its texts, in characters.
_ROW_SIZE = 400
# What belongs to an account, apart from its names and tokens; the largest of what follows from tasks first, so that the
# triggers that forget a task find nothing.
_CONTENT = (
    tables.search_parts,
    deliveries,
    tasks,
    resources,
    uploads,
    quotas,
    scenarios,
    tables.reservations,
    tables.task_phases,
)
_INSERT_TASKS = PreparedStatement(insert(tasks), [column.name for column in tasks.c if column.name != "deleted_at"])
_INSERT_DELIVERIES = PreparedStatement(insert(deliveries), [column.name for column in deliveries.c])
_INSERT_ATTEMPTS = PreparedStatement(insert(attempts), [column.name for column in attempts.c if column.name != "id"])
_DELIVERIES_AMONG = KeysStatement(Text(), lambda ids: select(deliveries.c.id).where(deliveries.c.id.in_(ids)))
_TOKENS_AMONG = KeysStatement(
    Text(), lambda texts: select(tokens.c.token, tokens.c.account_id).where(tokens.c.token.in_(texts))
)
_LAST_TASK = select(func.coalesce(func.max(tasks.c.id), 0))


@dataclass(frozen=True, slots=True)
class AccountRows:
    """All rows of an account, by the names of their columns, without what follows from others.

    Attributes:
        uploads: without their bytes.
        deliveries, attempts: of what is still to be delivered.
    """

    account: Mapping[str, Any]
    quotas: Rows
    scenarios: Rows
    tasks: Rows
    resources: Rows
    uploads: Rows
    deliveries: Rows
    attempts: Rows
    tokens: Rows
    credentials: Rows


def read(connection: Connection, account_id: str) -> AccountRows | None:
    """The rows of an account. They fit together only within `Database.consistent`, or a transaction."""

    def of(table: Table, order: Iterable[Column[Any]], *without: str) -> Rows:
        columns = [column for column in table.c if column.name not in without]
        return _rows(connection, select(*columns).where(table.c.account_id == account_id).order_by(*order))

    account = _rows(connection, select(accounts).where(accounts.c.id == account_id))
    if not account:
        return None
    pending = select(deliveries).where(deliveries.c.account_id == account_id, delivery_is_pending)
    attempted = (
        select(attempts)
        .join(deliveries, deliveries.c.id == attempts.c.delivery_id)
        .where(deliveries.c.account_id == account_id, delivery_is_pending)
    )
    return AccountRows(
        account=account[0],
        quotas=of(quotas, (quotas.c.vendor, quotas.c.name)),
        scenarios=of(scenarios, (scenarios.c.id,)),
        tasks=of(tasks, (tasks.c.number,)),
        resources=of(resources, (resources.c.id,)),
        uploads=of(uploads, (uploads.c.id,), "content"),
        deliveries=_rows(connection, pending.order_by(deliveries.c.due_at, deliveries.c.step, deliveries.c.id)),
        attempts=_rows(connection, attempted.order_by(attempts.c.id)),
        tokens=of(tokens, (tokens.c.vendor, tokens.c.token)),
        credentials=of(credentials, (credentials.c.vendor,)),
    )


def _rows(connection: Connection, statement: Select[Any]) -> Rows:
    result = connection.execute(statement)
    # Names of SQLAlchemy are texts of a kind of their own, which the writer of JSON does not know.
    names = ["".join(name) for name in result.keys()]  # noqa: SIM118
    return [dict(zip(names, row, strict=True)) for row in result]


def size(connection: Connection, account_id: str) -> int:
    """About how many characters the texts of an account's tasks, resources and deliveries have."""
    lengths = (
        (tasks, tasks.c.attributes, tasks.c.runtime, tasks.c.plan),
        (resources, resources.c.content),
        (deliveries, deliveries.c.context, deliveries.c.faults),
    )
    statements = (
        select(func.sum(sum((func.coalesce(func.length(column), 0) for column in columns), start=literal(_ROW_SIZE))))
        .select_from(table)
        .where(table.c.account_id == account_id)
        for table, *columns in lengths
    )
    return sum(int(connection.execute(statement).scalar_one() or 0) for statement in statements)


def contents(connection: Connection, account_id: str) -> Iterator[tuple[tuple[str, str], bytes]]:
    """The bytes of an account's uploads, by vendor and key, one at a time."""
    for vendor, key in connection.execute(
        select(uploads.c.vendor, uploads.c.key).where(
            uploads.c.account_id == account_id, uploads.c.stored_size.is_not(None)
        )
    ).all():
        place = (uploads.c.account_id == account_id, uploads.c.vendor == vendor, uploads.c.key == key)
        content = connection.execute(select(uploads.c.content).where(*place)).scalar()
        if content is not None:
            yield (vendor, key), content


def task_rows_of(connection: Connection, account_id: str) -> Ids:
    """The rows of an account's tasks, by vendor, kind and key."""
    columns = (tasks.c.vendor, tasks.c.kind, tasks.c.key, tasks.c.id)
    rows = connection.execute(select(*columns).where(tasks.c.account_id == account_id))
    return {(vendor, kind, key): task_id for vendor, kind, key, task_id in rows}


def upload_rows_of(connection: Connection, account_id: str) -> dict[tuple[str, str], int]:
    """The rows of an account's uploads, by vendor and key."""
    columns = (uploads.c.vendor, uploads.c.key, uploads.c.id)
    rows = connection.execute(select(*columns).where(uploads.c.account_id == account_id))
    return {(vendor, key): upload_id for vendor, key, upload_id in rows}


def new_task_rows(connection: Connection) -> Iterator[int]:
    """Rows that no task has, as many as are asked for."""
    if server_of(connection) is None:
        last = connection.execute(_LAST_TASK).scalar_one()
        yield from itertools.count(last + 1)
    while (row := task_ids.next_id(connection)) is not None:
        yield row


def taken_deliveries(connection: Connection, delivery_ids: Sequence[str]) -> set[str]:
    """Which of some ids deliveries have."""
    return {row[0] for row in _DELIVERIES_AMONG.all(connection, delivery_ids)} if delivery_ids else set()


def taken_tokens(connection: Connection, texts: Sequence[str], account_id: str) -> set[str]:
    """Which of some tokens other accounts have."""
    rows = _TOKENS_AMONG.all(connection, texts) if texts else []
    return {token for token, owner in rows if owner != account_id}


def remove(connection: Connection, account_id: str) -> None:
    """Forget all that belongs to an account, apart from its credentials and tokens."""
    for table in _CONTENT:
        connection.execute(delete(table).where(table.c.account_id == account_id))


def set_account(connection: Connection, account: Account, last_number: int, scenario_count: int) -> None:
    """Write the row of an account that exists, apart from its seed."""
    mark_accounts_changed(connection)
    mark_issued(connection)
    origin = account.origin
    values = {
        "created_at": account.created_at,
        "clock_offset": account.clock.offset,
        "clock_frozen_at": account.clock.frozen_at,
        "pace": account.pace,
        "last_number": last_number,
        "scenario_count": scenario_count,
        "settings": orjson.dumps(account.settings).decode(),
        "callback_clock": account.callback_clock,
        "resets": account.resets,
        "origin_id": None if origin is None else origin.account_id,
        "origin_seed": None if origin is None else origin.seed,
    }
    connection.execute(update(accounts).where(accounts.c.id == account.id).values(values))


@dataclass(frozen=True, slots=True)
class WrittenTask:
    """A task to write anew.

    Attributes:
        id: of its row.
        callback_state, deleted_at: as of `store.tasks.Task`.
    """

    id: int
    task: NewTask
    callback_state: int
    deleted_at: int | None


def add_tasks(connection: Connection, account_id: str, written: Sequence[WrittenTask], now: int, *, since: int) -> None:
    """Write tasks, with all that follows from them: counts, phases, texts and reservations.

    Args:
        now: what is charged by then is no reservation any more.
        since: when the account's clock begins; phases that have ended by then are not recorded.
    """
    for start in range(0, len(written), _WRITTEN_AT_ONCE):
        _add_tasks(connection, account_id, written[start : start + _WRITTEN_AT_ONCE], since)
    reserved: dict[tuple[str, int], Counter[str]] = {}
    for entry in written:
        task = entry.task
        if entry.deleted_at is None and task.charged_at is not None and task.charged_at > now:
            reserved.setdefault((task.vendor, task.charged_at), Counter()).update(task.runtime.reserved)
    for (vendor, charged_at), amounts in reserved.items():
        reservations.add(connection, account_id, vendor, charged_at, amounts)


def _add_tasks(connection: Connection, account_id: str, written: Sequence[WrittenTask], since: int) -> None:
    rows, of_states, of_deleted, texts = [], [], [], []
    for entry in written:
        task, plan = entry.task, entry.task.plan.to_json()
        rows.append({**task.row(account_id, plan), "id": entry.id, "callback_state": entry.callback_state})
        of_task = (account_id, task.vendor, task.kind, task.number, task.category, plan["steps"])
        if task.by_state and entry.deleted_at is None:
            of_states.append(TaskPhases(*of_task, since))
        elif task.by_state:
            of_deleted.append(TaskPhases(*of_task))
        texts.append((Scope(account_id, task.vendor, task.kind), task.number, task.texts))
    _INSERT_TASKS.run_many(connection, rows)
    phases.add(connection, of_states)
    search.add(connection, texts)
    for entry in written:
        if entry.deleted_at is not None:
            deleted = update(tasks).where(tasks.c.id == entry.id).values(deleted_at=entry.deleted_at)
            connection.execute(deleted)
    for phases_of_task in of_deleted:
        phases.add_of_deleted(connection, phases_of_task)


def add_resources(connection: Connection, account_id: str, rows: Rows) -> None:
    """Write resources in their order, with the texts by which they are searched for."""
    for row in rows:
        values = {**row, "account_id": account_id, "content": orjson.dumps(row["content"]).decode()}
        row_id = connection.execute(insert(resources).values(values).returning(resources.c.id)).scalar_one()
        texts = OF_RESOURCES.get((row["vendor"], row["kind"]))
        if texts is not None:
            scope = Scope(account_id, row["vendor"], row["kind"])
            search.add(connection, [(scope, row_id, texts(row["key"], row["content"]))])


def add_rows(connection: Connection, table: Table, account_id: str, rows: Rows) -> None:
    """Write rows of a table as they are."""
    for row in rows:
        connection.execute(insert(table).values(account_id=account_id, **row))


def add_scenarios(connection: Connection, account_id: str, rows: Rows) -> list[int]:
    """Write scenarios in their order; returns their ids."""
    return [
        connection.execute(
            insert(scenarios).values(account_id=account_id, **row).returning(scenarios.c.id)
        ).scalar_one()
        for row in rows
    ]


def add_deliveries(
    connection: Connection, pending: Sequence[Delivery], attempted: Mapping[str, Sequence[Attempt]]
) -> None:
    """Write deliveries that are still to be made, with their attempts so far by delivery."""
    mark_deliveries_due(connection)
    rows = [delivery_values(delivery) for delivery in pending]
    _INSERT_DELIVERIES.run_many(connection, rows)
    _INSERT_ATTEMPTS.run_many(
        connection,
        [attempt_values(delivery, attempt) for delivery in pending for attempt in attempted.get(delivery.id, ())],
    )

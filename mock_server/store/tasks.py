"""Tasks: their requests and their plans."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, bindparam, exists, func, insert, select, update

from bodydouble.mock_server.engine.plans import Plan
from bodydouble.mock_server.store.deliveries import PENDING
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import deliveries, tasks
from bodydouble.mock_server.store.task_runtime import TaskRuntime

# How many plans and runtimes are remembered.
_MAX_PARSED = 500


@dataclass(frozen=True, slots=True)
class Task:
    """One task.

    Attributes:
        id: the row's; never on a vendor's wire.
        kind: the name of its lifecycle.
        number: the account's own count, from which identifiers are made.
        key: the identifier on the wire, as text; unique in account, vendor and kind.
        name: what scenarios match and lists search.
        runtime: the server's own data.
        attributes: what the vendor's operations need to show it.
        callback_state: 0 until the callback was delivered (1) or given up (2).
        deleted_at: epoch milliseconds on the account's clock, or None.
    """

    id: int
    account_id: str
    vendor: str
    kind: str
    number: int
    key: str
    name: str
    created_at: int
    deleted_at: int | None
    callback_state: int
    plan: Plan
    runtime: TaskRuntime
    attributes: Mapping[str, Any]

    def state(self, now: int) -> str:
        """The name of the state that it is in."""
        return self.plan.state(now)


_COLUMNS = (
    tasks.c.id,
    tasks.c.account_id,
    tasks.c.vendor,
    tasks.c.kind,
    tasks.c.number,
    tasks.c.key,
    tasks.c.name,
    tasks.c.created_at,
    tasks.c.deleted_at,
    tasks.c.callback_state,
    tasks.c.plan,
    tasks.c.runtime,
    tasks.c.attributes,
)
_OF_KIND = select(*_COLUMNS).where(
    tasks.c.account_id == bindparam("account"),
    tasks.c.vendor == bindparam("vendor"),
    tasks.c.kind == bindparam("kind"),
    tasks.c.deleted_at.is_(None),
)
_IN_CATEGORY = tasks.c.category == bindparam("category")
_BY_KEY = PreparedStatement(_OF_KIND.where(tasks.c.key == bindparam("key")))
_NEWEST_FIRST = _OF_KIND.order_by(tasks.c.number.desc())
_PAGE = _NEWEST_FIRST.limit(bindparam("limit")).offset(bindparam("offset"))
_COUNT = select(func.count()).where(
    tasks.c.account_id == bindparam("account"),
    tasks.c.vendor == bindparam("vendor"),
    tasks.c.kind == bindparam("kind"),
    tasks.c.deleted_at.is_(None),
)
_NEWEST_FIRST_IN_CATEGORY = _NEWEST_FIRST.where(_IN_CATEGORY)
_PAGE_IN_CATEGORY = _PAGE.where(_IN_CATEGORY)
_COUNT_IN_CATEGORY = _COUNT.where(_IN_CATEGORY)
_SINCE = tasks.c.created_at >= bindparam("since")
_COUNT_SINCE = _COUNT.where(_SINCE)
_PAGE_SINCE = (
    _OF_KIND.where(_SINCE)
    .order_by(tasks.c.created_at, tasks.c.number)
    .limit(bindparam("limit"))
    .offset(bindparam("offset"))
)
_BY_ID = PreparedStatement(select(*_COLUMNS).where(tasks.c.id == bindparam("row")))
_SET_CALLBACK_STATE = PreparedStatement(
    update(tasks).where(tasks.c.id == bindparam("row")).values(callback_state=bindparam("new_state"))
)
_UNSETTLED = select(*_COLUMNS).where(
    tasks.c.account_id == bindparam("account"),
    tasks.c.settles_at > bindparam("after"),
    tasks.c.deleted_at.is_(None),
)
# A task that is charged later settles later, too; with that condition SQLite would choose the index of settling.
_UNCHARGED = PreparedStatement(
    select(tasks.c.runtime).where(
        tasks.c.account_id == bindparam("account"),
        tasks.c.charged_at > bindparam("after"),
        tasks.c.vendor == bindparam("of_vendor"),
        tasks.c.deleted_at.is_(None),
    )
)
_AT_WORK = PreparedStatement(
    select(func.count()).where(
        tasks.c.account_id == bindparam("account"),
        tasks.c.vendor == bindparam("of_vendor"),
        tasks.c.kind == bindparam("of_kind"),
        tasks.c.works_until > bindparam("now"),
        tasks.c.deleted_at.is_(None),
    )
)
_INSERT = PreparedStatement(
    insert(tasks).returning(tasks.c.id),
    [column.name for column in tasks.c if column.name not in ("id", "deleted_at")],
)


# Clients that poll read the same few tasks again and again. Both are values that follow from their text alone.
@functools.lru_cache(maxsize=_MAX_PARSED)
def _plan(text: str) -> Plan:
    return Plan.from_json(orjson.loads(text))


@functools.lru_cache(maxsize=_MAX_PARSED)
def _runtime(text: str) -> TaskRuntime:
    return TaskRuntime.from_json(orjson.loads(text))


def _task(row: Sequence[Any]) -> Task:
    values = [*row[:10], _plan(row[10]), _runtime(row[11]), orjson.loads(row[12])]
    return Task(*values)


def add(
    connection: Connection,
    account_id: str,
    vendor: str,
    kind: str,
    *,
    number: int,
    key: str,
    name: str,
    created_at: int,
    plan: Plan,
    runtime: TaskRuntime,
    attributes: Mapping[str, Any],
    category: str | None = None,
    charged_at: int | None = None,
    works_until: int | None = None,
) -> Task:
    """Record a new task.

    Args:
        works_until: when its work ends, if it is counted.
        charged_at: when its reservation is charged; None without a reservation or a success.
        category: distinguishes tasks of one kind in lists, where the vendor does so.
    """
    task_id: int = _INSERT.scalar(
        connection,
        {
            "account_id": account_id,
            "vendor": vendor,
            "kind": kind,
            "category": category,
            "number": number,
            "key": key,
            "name": name,
            "created_at": created_at,
            "settles_at": plan.settles_at,
            "charged_at": charged_at,
            "works_until": works_until,
            "callback_state": 0,
            "plan": orjson.dumps(plan.to_json()).decode(),
            "runtime": orjson.dumps(runtime.to_json()).decode(),
            "attributes": orjson.dumps(attributes).decode(),
        },
    )
    return Task(task_id, account_id, vendor, kind, number, key, name, created_at, None, 0, plan, runtime, attributes)


def get(connection: Connection, account_id: str, vendor: str, kind: str, key: str) -> Task | None:
    """The task that a wire identifier stands for in an account, unless it was deleted."""
    parameters = {"account": account_id, "vendor": vendor, "kind": kind, "key": key}
    row = _BY_KEY.first(connection, parameters)
    return None if row is None else _task(row)


def by_id(connection: Connection, task_id: int) -> Task | None:
    """The task of a row, deleted or not."""
    row = _BY_ID.first(connection, {"row": task_id})
    return None if row is None else _task(row)


def page(
    connection: Connection,
    account_id: str,
    vendor: str,
    kind: str,
    *,
    offset: int,
    limit: int,
    category: str | None = None,
) -> tuple[int, list[Task]]:
    """How many tasks of a kind (and category, if one is given) there are, and some of them, newest first."""
    parameters: dict[str, Any] = {"account": account_id, "vendor": vendor, "kind": kind}
    counting, paging = _COUNT, _PAGE
    if category is not None:
        parameters["category"] = category
        counting, paging = _COUNT_IN_CATEGORY, _PAGE_IN_CATEGORY
    total = connection.execute(counting, parameters).scalar_one()
    rows = connection.execute(paging, {**parameters, "offset": offset, "limit": limit}) if offset < total else ()
    return total, [_task(row) for row in rows]


def page_since(
    connection: Connection, account_id: str, vendor: str, kind: str, *, since: int, offset: int, limit: int
) -> tuple[int, list[Task]]:
    """How many tasks of a kind were created at a time or later, and some of them, oldest first."""
    parameters: dict[str, Any] = {"account": account_id, "vendor": vendor, "kind": kind, "since": since}
    total = connection.execute(_COUNT_SINCE, parameters).scalar_one()
    rows = connection.execute(_PAGE_SINCE, {**parameters, "offset": offset, "limit": limit}) if offset < total else ()
    return total, [_task(row) for row in rows]


def every(connection: Connection, account_id: str, vendor: str, kind: str, category: str | None = None) -> list[Task]:
    """All tasks of a kind (and category, if one is given), newest first."""
    parameters = {"account": account_id, "vendor": vendor, "kind": kind}
    if category is None:
        rows = connection.execute(_NEWEST_FIRST, parameters)
    else:
        rows = connection.execute(_NEWEST_FIRST_IN_CATEGORY, {**parameters, "category": category})
    return [_task(row) for row in rows]


def search(
    connection: Connection,
    account_id: str,
    *,
    vendor: str | None = None,
    kind: str | None = None,
    key: str | None = None,
    category: str | None = None,
    with_deleted: bool = False,
    offset: int = 0,
    limit: int | None = None,
) -> list[Task]:
    """Tasks of an account, newest first."""
    statement = select(*_COLUMNS).where(tasks.c.account_id == account_id).order_by(tasks.c.number.desc())
    for column, value in (
        (tasks.c.vendor, vendor),
        (tasks.c.kind, kind),
        (tasks.c.key, key),
        (tasks.c.category, category),
    ):
        if value is not None:
            statement = statement.where(column == value)
    if not with_deleted:
        statement = statement.where(tasks.c.deleted_at.is_(None))
    return [_task(row) for row in connection.execute(statement.offset(offset).limit(limit))]


def unsettled(connection: Connection, account_id: str, after: int) -> list[Task]:
    """The tasks whose state changes after a time."""
    return [_task(row) for row in connection.execute(_UNSETTLED, {"account": account_id, "after": after})]


def count_at_work(connection: Connection, account_id: str, vendor: str, kind: str, now: int) -> int:
    """How many tasks of a kind, of those whose work is counted, have not ended it."""
    parameters = {"account": account_id, "of_vendor": vendor, "of_kind": kind, "now": now}
    return int(_AT_WORK.scalar(connection, parameters))


def reservations(connection: Connection, account_id: str, vendor: str, after: int) -> Iterator[Mapping[str, int]]:
    """The reservation of each task that is charged after a time: amounts by quota."""
    for (runtime,) in _UNCHARGED.all(connection, {"account": account_id, "of_vendor": vendor, "after": after}):
        yield TaskRuntime.from_json(orjson.loads(runtime)).reserved


def set_plan(connection: Connection, task_id: int, plan: Plan, charged_at: int | None, works_until: int | None) -> None:
    """Replace a task's plan, and the times at which its reservation is charged and its work ends."""
    values = {"plan": orjson.dumps(plan.to_json()).decode(), "settles_at": plan.settles_at}
    times = {"charged_at": charged_at, "works_until": works_until}
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(**values, **times))


def set_attributes(
    connection: Connection, task_id: int, attributes: Mapping[str, Any], name: str | None = None
) -> None:
    """Replace a task's attributes, and its name if one is given."""
    values: dict[str, Any] = {"attributes": orjson.dumps(attributes).decode()}
    if name is not None:
        values["name"] = name
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(values))


def set_runtime(connection: Connection, task_id: int, runtime: TaskRuntime) -> None:
    """Replace the server's own data of a task."""
    values = {"runtime": orjson.dumps(runtime.to_json()).decode()}
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(values))


def set_callback_state(connection: Connection, task_id: int, callback_state: int) -> None:
    """Record how the delivery of a task's callback ended."""
    _SET_CALLBACK_STATE.count(connection, {"row": task_id, "new_state": callback_state})


def mark_deleted(connection: Connection, task_id: int, now: int) -> None:
    """Remove a task from every list; its row stays."""
    connection.execute(update(tasks).where(tasks.c.id == task_id).values(deleted_at=now))


def forget_oldest(connection: Connection, account_id: str, keep: int, now: int) -> int:
    """Drop settled tasks, unless a callback of theirs is pending, beyond a number of newest ones; how many."""
    newest = (
        select(tasks.c.number)
        .where(tasks.c.account_id == account_id)
        .order_by(tasks.c.number.desc())
        .offset(keep)
        .limit(1)
        .scalar_subquery()
    )
    statement = tasks.delete().where(
        tasks.c.account_id == account_id,
        tasks.c.number <= newest,
        tasks.c.settles_at <= now,
        ~exists().where(deliveries.c.task_id == tasks.c.id, deliveries.c.state == PENDING),
    )
    return connection.execute(statement).rowcount

"""Tasks: their requests and their plans."""

import functools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import orjson
from sqlalchemy import BigInteger, BindParameter, Connection, bindparam, func, insert, select, update

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.engine.plans import Plan
from bodydouble.mock_server.store import phases, reservations, search, task_ids
from bodydouble.mock_server.store.block_statements import KeysStatement
from bodydouble.mock_server.store.phases import TaskPhases
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.search import Scope, SearchText
from bodydouble.mock_server.store.tables import tasks
from bodydouble.mock_server.store.task_runtime import TaskRuntime

# How many plans and runtimes are remembered.
_MAX_PARSED = 500

# Of a task whose state changes: number, key, vendor, kind, and the time and state of each step of its plan.
Unsettled = tuple[int, str, str, str, Sequence[tuple[int, str]]]


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


COLUMNS = (
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
_OF_KIND_WITH_DELETED = select(*COLUMNS).where(
    tasks.c.account_id == bindparam("account"),
    tasks.c.vendor == bindparam("vendor"),
    tasks.c.kind == bindparam("kind"),
)
_OF_KIND = _OF_KIND_WITH_DELETED.where(tasks.c.deleted_at.is_(None))
_BY_KEY = PreparedStatement(_OF_KIND.where(tasks.c.key == bindparam("key")), by_key=True)
_BY_ID = PreparedStatement(select(*COLUMNS).where(tasks.c.id == bindparam("row")), by_key=True)
_BY_IDS = KeysStatement(BigInteger(), lambda ids: select(*COLUMNS).where(tasks.c.id.in_(ids)))
_BY_NUMBERS = KeysStatement(BigInteger(), lambda numbers: _OF_KIND_WITH_DELETED.where(tasks.c.number.in_(numbers)))
_SET_CALLBACK_STATE = KeysStatement(
    BigInteger(), lambda ids: update(tasks).where(tasks.c.id.in_(ids)).values(callback_state=bindparam("new_state"))
)
_NEWEST = PreparedStatement(
    _OF_KIND.where(tasks.c.number <= bindparam("until")).order_by(tasks.c.number.desc()).limit(bindparam("size"))
)
_UNSETTLED = PreparedStatement(
    select(tasks.c.number, tasks.c.key, tasks.c.vendor, tasks.c.kind, tasks.c.plan).where(
        tasks.c.account_id == bindparam("account"),
        tasks.c.settles_at > bindparam("after"),
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
_NEW_COLUMNS = [column.name for column in tasks.c if column.name not in ("id", "deleted_at")]
_INSERT = PreparedStatement(insert(tasks), ["id", *_NEW_COLUMNS])
# What passes over the reservations that have been charged does so for every this many tasks.
_FORGET_EVERY = 64
_READ_AT_ONCE = 500
# More than any task's number.
_BEYOND_NUMBERS = 2**62


# Clients that poll read the same few tasks again and again. Both are values that follow from their text alone.
@functools.lru_cache(maxsize=_MAX_PARSED)
def _plan(text: str) -> Plan:
    return Plan.from_json(orjson.loads(text))


@functools.lru_cache(maxsize=_MAX_PARSED)
def _runtime(text: str) -> TaskRuntime:
    return TaskRuntime.from_json(orjson.loads(text))


def of_row(row: Sequence[Any]) -> Task:
    """The task of a row of COLUMNS."""
    values = [*row[:10], _plan(row[10]), _runtime(row[11]), orjson.loads(row[12])]
    return Task(*values)


@dataclass(frozen=True, slots=True)
class NewTask:
    """A task to record.

    Attributes:
        number, key, name, created_at, plan, runtime, attributes: as of Task.
        category: distinguishes tasks of one kind in lists, where the vendor does so.
        charged_at: when its reservation is charged; None without a reservation or a success.
        works_until: when its work ends, if it is counted.
        by_state: whether its kind is listed by state.
        texts: by which lists search for it.
    """

    vendor: str
    kind: str
    number: int
    key: str
    name: str
    created_at: int
    plan: Plan
    runtime: TaskRuntime
    attributes: Mapping[str, Any]
    category: str | None = None
    charged_at: int | None = None
    works_until: int | None = None
    by_state: bool = False
    texts: Sequence[SearchText] = ()

    def row(self, account_id: str, plan: Mapping[str, Any]) -> dict[str, Any]:
        """The values of its row.

        Args:
            plan: in its stored form.
        """
        return {
            "account_id": account_id,
            "vendor": self.vendor,
            "kind": self.kind,
            "category": self.category,
            "number": self.number,
            "key": self.key,
            "name": self.name,
            "created_at": self.created_at,
            "settles_at": self.plan.settles_at,
            "charged_at": self.charged_at,
            "works_until": self.works_until,
            "callback_state": 0,
            "plan": orjson.dumps(plan).decode(),
            "runtime": orjson.dumps(self.runtime.to_json()).decode(),
            "attributes": orjson.dumps(self.attributes).decode(),
        }


def add(connection: Connection, account_id: str, new: NewTask) -> Task:
    """Record a new task."""
    plan = new.plan.to_json()
    task_id = task_ids.next_id(connection)
    _INSERT.run_many(connection, [{"id": task_id, **new.row(account_id, plan)}])
    if new.by_state:
        phases.add(connection, [_phases(account_id, new, plan)])
    if new.texts:
        search.add(connection, [_texts(account_id, new)])
    if new.charged_at is not None:
        reservations.add(connection, account_id, new.vendor, new.charged_at, new.runtime.reserved)
        if new.number % _FORGET_EVERY == 0:
            reservations.forget_passed(connection, account_id, new.vendor, new.created_at)
    return Task(
        task_id,
        account_id,
        new.vendor,
        new.kind,
        new.number,
        new.key,
        new.name,
        new.created_at,
        None,
        0,
        new.plan,
        new.runtime,
        new.attributes,
    )


def _texts(account_id: str, new: NewTask) -> tuple[Scope, int, Sequence[SearchText]]:
    return Scope(account_id, new.vendor, new.kind), new.number, new.texts


def _phases(account_id: str, new: NewTask, plan: Mapping[str, Any]) -> TaskPhases:
    return TaskPhases(account_id, new.vendor, new.kind, new.number, new.category, plan["steps"])


def get(connection: Connection, account_id: str, vendor: str, kind: str, key: str) -> Task | None:
    """The task that a wire identifier stands for in an account, unless it was deleted."""
    parameters = {"account": account_id, "vendor": vendor, "kind": kind, "key": key}
    row = _BY_KEY.first(connection, parameters)
    return None if row is None else of_row(row)


def newest(connection: Connection, account_id: str, vendor: str, kind: str, until: int | None, size: int) -> list[Task]:
    """The tasks of a kind that were created last, the latest first.

    Args:
        until: only those whose number is not above it; None for all.
        size: how many at most.
    """
    number = _BEYOND_NUMBERS if until is None else until
    values = {"account": account_id, "vendor": vendor, "kind": kind, "until": number, "size": size}
    return [of_row(row) for row in _NEWEST.all(connection, values)]


def by_id(connection: Connection, task_id: int) -> Task | None:
    """The task of a row, deleted or not."""
    row = _BY_ID.first(connection, {"row": task_id})
    return None if row is None else of_row(row)


def by_ids(connection: Connection, task_ids: Sequence[int]) -> dict[int, Task]:
    """The tasks of rows, deleted or not, by row."""
    return {row[0]: of_row(row) for row in _BY_IDS.all(connection, task_ids)}


def by_numbers(
    connection: Connection, account_id: str, vendor: str, kind: str, numbers: Sequence[int]
) -> dict[int, Task]:
    """The tasks of a kind with some numbers, deleted or not, by number."""
    scope = {"account": account_id, "vendor": vendor, "kind": kind}
    rows = _BY_NUMBERS.all(connection, numbers, scope) if numbers else []
    return {task.number: task for task in map(of_row, rows)}


def every(
    connection: Connection,
    account_id: str,
    vendor: str,
    kind: str,
    category: str | None = None,
    *,
    with_deleted: bool = False,
    newest_first: bool = True,
) -> Iterator[Task]:
    """All tasks of a kind (and category, if one is given), of which few are in memory at a time."""
    statement = _OF_KIND_WITH_DELETED if with_deleted else _OF_KIND
    parameters: dict[str, Any] = {"account": account_id, "vendor": vendor, "kind": kind}
    if category is not None:
        parameters["category"] = category
        statement = statement.where(tasks.c.category == bindparam("category"))
    number = tasks.c.number
    beyond: BindParameter[int] = bindparam("beyond")
    statement = statement.where(number < beyond if newest_first else number > beyond)
    statement = statement.order_by(number.desc() if newest_first else number).limit(_READ_AT_ONCE)
    parameters["beyond"] = _BEYOND_NUMBERS if newest_first else -1
    while rows := connection.execute(statement, parameters).fetchall():
        yield from map(of_row, rows)
        parameters["beyond"] = rows[-1].number


def unsettled(connection: Connection, account_id: str, after: int) -> list[Unsettled]:
    """The tasks whose state changes after a time."""
    rows = _UNSETTLED.all(connection, {"account": account_id, "after": after})
    return [(*row[:4], orjson.loads(row[4])["steps"]) for row in rows]


def count_at_work(connection: Connection, account_id: str, vendor: str, kind: str, now: int) -> int:
    """How many tasks of a kind, of those whose work is counted, have not ended it."""
    parameters = {"account": account_id, "of_vendor": vendor, "of_kind": kind, "now": now}
    return int(_AT_WORK.scalar(connection, parameters))


def set_plan(connection: Connection, task: Task, plan: Plan, charged_at: int | None, works_until: int | None) -> None:
    """Replace a task's plan, and the times at which its reservation is charged and its work ends."""
    stored = plan.to_json()
    values = {"plan": orjson.dumps(stored).decode(), "settles_at": plan.settles_at}
    times = {"charged_at": charged_at, "works_until": works_until}
    connection.execute(update(tasks).where(tasks.c.id == task.id).values(**values, **times))
    phases.replace(connection, task.account_id, task.vendor, task.kind, task.number, stored["steps"])


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


def set_callback_state(connection: Connection, callback_state: int, *task_ids: int) -> None:
    """Record how the delivery of some tasks' callbacks ended."""
    _SET_CALLBACK_STATE.run(connection, task_ids, {"new_state": callback_state})


def mark_deleted(connection: Connection, task: Task, now: int) -> None:
    """Remove a task from every list; its row stays."""
    scope = (task.account_id, task.vendor, task.kind, task.number)
    forgotten = phases.forget(connection, *scope)
    connection.execute(update(tasks).where(tasks.c.id == task.id).values(deleted_at=now))
    if forgotten is not None:
        steps = task.plan.to_json()["steps"]
        phases.add_of_deleted(connection, TaskPhases(*scope, forgotten.category, steps))

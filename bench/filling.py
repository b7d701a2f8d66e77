"""Fills a state with many tasks, in the store's own format: as many creates would take hours."""

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import sqlalchemy
from sqlalchemy import Connection

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import Plan, Tempo
from bodydouble.mock_server.store import phases, reservations, search, tables, totals, triggers
from bodydouble.mock_server.store.phases import TaskPhases
from bodydouble.mock_server.store.search import Scope, SearchText
from bodydouble.mock_server.store.texts_of_version_3 import OF_RESOURCES, OF_TASKS
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import ServerHandle
from bodydouble.mock_server.vendors import load_vendors
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME

AT_ONCE = 2_000
# How many tasks are in work at a time, and one of how many fails: a page of failed ones is full with 1,000 tasks, too.
IN_WORK, FAILS = 300, 50
# Milliseconds over which the creation of tasks is spread that are all unsettled.
_SPREAD = 10_000
# No account has as many: nothing is dropped while it is measured.
SETTINGS: dict[str, Any] = {"max_tasks_per_account": 10**9, "max_resources_per_account": 10**9}
ACCOUNT = "scale"


class Existing(Account):
    """An account that was filled."""

    def __init__(self, server: ServerHandle, account_id: str = ACCOUNT) -> None:
        self.server, self.http, self.base_url = server, server.http, server.base_url
        self.id, self.path = account_id, f"/_mock/accounts/{account_id}"
        self._returned, self._planted_at = set(), float("inf")
        self.description = self.describe()


@dataclass(frozen=True)
class Filling:
    """An account that is filled.

    Attributes:
        kinds: of the tasks that its create makes; each of them is copied.
        create: makes the tasks that are copied.
        size: how many copies of each.
        unsettled: all were created within the last seconds, instead of one after the other over the time that it takes
            to work on that many.
        pace: of the account.
        frozen_at: where the account's clock stands; None lets it run.
        change: what the account does with its tasks in the end; with its id.
    """

    vendor: str
    kinds: tuple[str, ...]
    create: Callable[[Account], Any]
    size: int
    account_id: str = ACCOUNT
    unsettled: bool = False
    pace: float = 60.0
    frozen_at: int | None = SAMPLE_TIME
    options: dict[str, Any] = field(default_factory=dict)
    change: Callable[[Connection, str], None] = lambda connection, account_id: None


def fill(folder: Path, *fillings: Filling) -> None:
    """Copy what a create makes, as often as is asked for."""
    server = InProcessServer(folder, **SETTINGS)
    for filling in fillings:
        clock = {} if filling.frozen_at is None else {"frozen_at": filling.frozen_at}
        filling.create(Account(server, id=filling.account_id, pace=filling.pace, **clock, **filling.options))
    with server.services.state.main.write() as connection:
        triggers.drop(connection)
        for table in (tables.task_blocks, tables.resource_blocks):
            connection.execute(table.delete())
        for filling in fillings:
            for kind in filling.kinds:
                _copy(connection, filling, kind)
            _copy_resources(connection, filling)
        connection.exec_driver_sql(
            "UPDATE accounts SET last_number = max(last_number, "
            "coalesce((SELECT max(number) FROM tasks WHERE account_id = accounts.id), 0))"
        )
        totals.count_all(connection)
        triggers.create(connection)
        for filling in fillings:
            filling.change(connection, filling.account_id)
    server.services.state.checkpoint()
    server.close()


def _copy(connection: Connection, filling: Filling, kind: str) -> None:
    of_account = tables.tasks.select().where(tables.tasks.c.account_id == filling.account_id)
    latest = of_account.where(tables.tasks.c.kind == kind).order_by(tables.tasks.c.number.desc())
    row = dict(connection.execute(latest.limit(1)).mappings().all()[0])
    columns = [column.name for column in tables.tasks.c if column.name != "id"]
    insert = f"INSERT INTO tasks ({', '.join(columns)}) VALUES ({', '.join('?' * len(columns))})"
    of_kind = (tables.task_phases.c.account_id == filling.account_id) & (tables.task_phases.c.kind == kind)
    has_phases = bool(connection.execute(tables.task_phases.select().where(of_kind)).first())
    rows: list[tuple[Any, ...]] = []
    copies: list[TaskPhases] = []
    texts = OF_TASKS.get((filling.vendor, kind))
    searched: list[tuple[Scope, int, list[SearchText]]] = []
    for number, steps, copy in _copies(connection, filling, kind, row):
        rows.append(tuple(copy[name] for name in columns))
        if has_phases:
            copies.append(TaskPhases(filling.account_id, filling.vendor, kind, number, row["category"], steps))
        if texts is not None:
            of_task = list(texts(copy["name"], orjson.loads(copy["attributes"])))
            searched.append((Scope(filling.account_id, filling.vendor, kind), number, of_task))
        if len(rows) == AT_ONCE:
            connection.exec_driver_sql(insert, rows)
            phases.add(connection, copies)
            search.add(connection, searched)
            rows, copies, searched = [], [], []
    if rows:
        connection.exec_driver_sql(insert, rows)
        phases.add(connection, copies)
        search.add(connection, searched)
    _copy_delivery(connection, row)


def _copies(
    connection: Connection, filling: Filling, kind: str, row: dict[str, Any]
) -> Iterator[tuple[int, list[list[Any]], dict[str, Any]]]:
    """The copies of a task: their numbers, the steps of their plans, and all columns."""
    lifecycle = load_vendors()[filling.vendor].contract.lifecycles[kind]
    outcomes = [DEFAULT_OUTCOME, lifecycle.failure or DEFAULT_OUTCOME]
    chosen_plans = [plans.make(lifecycle, 0, Tempo(filling.pace), outcome) for outcome in outcomes]
    reserved = orjson.loads(row["runtime"]).get("reserved", {})
    succeeds = plans.succeeds_at(chosen_plans[0], lifecycle)
    created = _creation(filling, chosen_plans[0], succeeds, row["created_at"])
    for index in range(filling.size):
        plan = chosen_plans[index % FAILS == 0]
        number, created_at = row["number"] + 1 + index, created(index)
        steps: list[list[Any]] = [[step.at + created_at, step.state] for step in plan.steps]
        success = plans.succeeds_at(plan, lifecycle)
        charged_at = None if success is None or not reserved else created_at + success
        if charged_at is not None and charged_at > row["created_at"]:
            reservations.add(connection, filling.account_id, filling.vendor, charged_at, reserved)
        # Of names that differ, and share their beginning.
        name = f"{row['name']} {index}." if row["name"] else ""
        copy = {
            **row,
            "name": name,
            "attributes": row["attributes"].replace(f'"{row["name"]}"', f'"{name}"') if name else row["attributes"],
            "number": number,
            "key": str(number) if row["key"].isdigit() else f"{kind}-{number}",
            "created_at": created_at,
            "settles_at": steps[-1][0],
            "charged_at": charged_at,
            "works_until": created_at + plans.works_until(plan, lifecycle) if reserved else None,
            "plan": orjson.dumps({"outcome": plan.outcome, "steps": steps}).decode(),
        }
        yield number, steps, copy


def _creation(filling: Filling, plan: Plan, succeeds: int | None, now: int) -> Callable[[int], int]:
    """When a copy was created, by its index."""
    if filling.unsettled:
        return lambda index: now - _SPREAD + _SPREAD * index // filling.size
    works = max(1, succeeds or plan.steps[-1].at)
    return lambda index: now - works * (filling.size - index) // IN_WORK


def _copy_delivery(connection: Connection, task: dict[str, Any]) -> None:
    """As many pending deliveries as tasks, if the task that was copied has any."""
    delivery = connection.execute(
        tables.deliveries.select().where(tables.deliveries.c.task_id == task["id"])
    ).mappings()
    original = delivery.first()
    if original is None:
        return
    of_kind = (tables.tasks.c.account_id == task["account_id"]) & (tables.tasks.c.kind == task["kind"])
    of_kind &= tables.tasks.c.id != task["id"]
    tasks = connection.execute(tables.tasks.select().where(of_kind)).mappings().all()
    connection.execute(
        tables.deliveries.insert(), [{**original, "id": str(uuid.uuid4()), "task_id": copy["id"]} for copy in tasks]
    )


def _copy_resources(connection: Connection, filling: Filling) -> None:
    # As many of what a new account has, if it has any.
    of_account = tables.resources.select().where(tables.resources.c.account_id == filling.account_id)
    first = connection.execute(of_account.where(tables.resources.c.vendor == filling.vendor)).mappings().first()
    if first is not None and not filling.unsettled:
        values = {name: value for name, value in first.items() if name != "id"}
        for start in range(0, filling.size, AT_ONCE):
            keys = range(start, min(filling.size, start + AT_ONCE))
            connection.execute(tables.resources.insert(), [_copied(values, key) for key in keys])
        _search_resources(connection, filling)


def _copied(values: dict[str, Any], number: int) -> dict[str, Any]:
    content = {**orjson.loads(values["content"]), "script_name": f"Copy {number}."}
    return {**values, "key": f"copy-{number}", "content": orjson.dumps(content).decode()}


def _search_resources(connection: Connection, filling: Filling) -> None:
    row = tables.resources.c
    of_account = (row.account_id == filling.account_id) & (row.vendor == filling.vendor)
    statement = sqlalchemy.select(row.id, row.kind, row.key, row.content).where(of_account).order_by(row.id)
    for rows in connection.execute(statement).partitions(AT_ONCE):
        texts = [
            (Scope(filling.account_id, filling.vendor, kind), id_, list(of_kind(key, orjson.loads(content))))
            for id_, kind, key, content in rows
            if (of_kind := OF_RESOURCES.get((filling.vendor, kind))) is not None
        ]
        search.add(connection, texts)

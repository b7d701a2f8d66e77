"""The numbers to watch a server by: right on every database, and read from totals and indexes."""

from collections.abc import Callable

import pytest
from sqlalchemy import Select, func, select
from sqlalchemy.dialects import sqlite

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.store import sizes
from bodydouble.mock_server.store.tables import tasks
from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME

LATE = 5_000


def test_the_sizes_are_those_of_the_tables(location: str, start: Callable[[str], InProcessServer]) -> None:
    server = start(location)
    account = Account(server, frozen_at=SAMPLE_TIME)
    guiji = Guiji(account)
    for _ in range(3):
        guiji.speak(callbackUrl="http://127.0.0.1:9/")
    guiji.synthesise()
    connection = server.services.state.main.read()
    read = sizes.state_sizes(connection, wall_ms())
    counted = connection.execute(select(tasks.c.vendor, func.count()).group_by(tasks.c.vendor))
    assert dict(read.tasks) == dict(counted.all())
    assert read.tasks["guiji"] == 4
    assert (read.accounts, read.pending_deliveries, read.oldest_due) == (2, 3, 0)
    first = min(delivery["due_at"] for delivery in account.deliveries())
    with server.services.state.main.write() as writing:
        writing.exec_driver_sql(f"UPDATE accounts SET clock_frozen_at = {first + LATE} WHERE id = '{account.id}'")
    assert sizes.state_sizes(server.services.state.main.read(), wall_ms()).oldest_due == LATE


@pytest.mark.sqlite("plans of SQLite, in its words")
@pytest.mark.parametrize("statement", [sizes._TASKS, sizes._WAITING], ids=["tasks", "waiting"])
def test_no_size_reads_the_tasks_or_the_ended_deliveries(running: InProcessServer, statement: Select[int]) -> None:
    values = {"wall_ms": 1} if "wall_ms" in str(statement) else {}
    text = str(statement.params(**values).compile(dialect=sqlite.dialect(), compile_kwargs={"literal_binds": True}))
    cursor = running.services.state.main.read().exec_driver_sql(f"EXPLAIN QUERY PLAN {text}")
    steps = [row[3] for row in cursor if "SEARCH" in row[3] or "SCAN" in row[3]]
    assert steps
    assert not [step for step in steps if "tasks" in step.split()]
    assert all("USING INDEX deliveries_pending" in step for step in steps if "deliveries" in step), steps

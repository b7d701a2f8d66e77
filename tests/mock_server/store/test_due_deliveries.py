"""The look for due deliveries does not read what is merely pending."""

import contextlib
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, delete, update

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery.dispatcher import Dispatcher
from bodydouble.mock_server.delivery.shares import Limits, Shares
from bodydouble.mock_server.store import deliveries, due_deliveries, tables
from bodydouble.mock_server.store.deliveries import PENDING, Delivery
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.testing.account import Account
from tests.support.in_process import InProcessServer


@pytest.fixture
def running(tmp_path: Path) -> Any:
    server = InProcessServer(tmp_path)
    yield server
    server.close()


def put(running: InProcessServer, account_id: str, due_at: int, count: int, port: int = 9) -> None:
    url = f"http://127.0.0.1:{port}/"
    with running.services.state.main.write() as connection:
        for index in range(count):
            name = f"{account_id} {port} {due_at} {index}"
            deliveries.add(
                connection,
                Delivery(
                    name, account_id, "guiji", "audioResult", None, None, url, {}, None, PENDING, due_at, due_at, 0
                ),
                due_at,
            )


@pytest.mark.sqlite("plans of SQLite, in its words")
@pytest.mark.parametrize(
    "statement",
    [due_deliveries._ACCOUNTS_WITH_DUE, due_deliveries._DESTINATIONS, due_deliveries._DUE, due_deliveries._NEXT_DUE],
)
def test_the_look_goes_by_the_indexes_of_pending_deliveries(
    running: InProcessServer, statement: PreparedStatement
) -> None:
    connection = running.services.state.main.read()
    text, arrange = statement._text(connection)
    values = arrange({"wall_ms": 1, "account": "a", "at_destination": "d", "at_most": 1})
    cursor = connection.connection.cursor().execute(f"EXPLAIN QUERY PLAN {text}", values)
    steps = [row[3] for row in cursor.fetchall() if "deliveries" in row[3] or "earlier" in row[3]]
    assert steps
    for step in steps:
        of_task = step == "SEARCH earlier USING INDEX deliveries_by_task (task_id=?)"
        assert of_task or ("USING" in step and "deliveries_pending" in step), steps


def test_the_accounts_with_due_deliveries_are_those_whose_clock_has_reached_one(running: InProcessServer) -> None:
    wall = wall_ms()
    early, late, idle = Account(running), Account(running, frozen_at=wall - 10), Account(running)
    for account in (early, late, idle):
        put(running, account.id, wall - 5, 3)
    put(running, Account(running).id, wall + 3_600_000, 3)
    connection = running.services.state.main.read()
    assert set(due_deliveries.accounts_with_due(connection, wall)) == {early.id, idle.id}
    with running.services.state.main.write() as writing:
        deliveries.set_advancing(writing, idle.id, wall + 1000)
        due = due_deliveries.due_of(writing, early.id, wall, {"127.0.0.1:9": 2})
        deliveries.lease_all(writing, [delivery.id for delivery in due], wall + 1000)
    assert due_deliveries.accounts_with_due(connection, wall) == [early.id]
    assert len(due_deliveries.due_of(connection, early.id, wall, {"127.0.0.1:9": 9})) == 1


def test_each_receiver_is_looked_at_by_itself(running: InProcessServer) -> None:
    account, wall = Account(running), wall_ms()
    for port in (3, 1, 2):
        put(running, account.id, wall - 10 * port, 40, port)
    connection = running.services.state.main.read()
    assert due_deliveries.destinations_of(connection, account.id) == ["127.0.0.1:1", "127.0.0.1:2", "127.0.0.1:3"]
    allowed = {"127.0.0.1:1": 2, "127.0.0.1:2": 0, "127.0.0.1:3": 1}
    due = due_deliveries.due_of(connection, account.id, wall, allowed)
    assert [delivery.destination for delivery in due] == ["127.0.0.1:3", "127.0.0.1:1", "127.0.0.1:1"]


def test_what_has_changed_since_the_claim_is_read_again(running: InProcessServer) -> None:
    account = Account(running)
    put(running, account.id, wall_ms(), 4)
    with running.services.state.main.write() as connection:
        due = due_deliveries.due_of(connection, account.id, wall_ms(), {"127.0.0.1:9": 4})
        known = list(deliveries.by_ids(connection, [entry.id for entry in due]).values())
        first, second, deleted, _ = known
        assert all(deliveries.current(connection, known)[entry.id] is entry for entry in known)
        connection.execute(update(tables.deliveries).where(tables.deliveries.c.id == first.id).values(attempts=1))
        connection.execute(update(tables.deliveries).where(tables.deliveries.c.id == second.id).values(state="failed"))
        connection.execute(delete(tables.deliveries).where(tables.deliveries.c.id == deleted.id))
        changed = deliveries.current(connection, known)
    assert deleted.id not in changed
    assert (changed[first.id].attempts, changed[second.id].state) == (1, "failed")


def test_a_look_takes_no_lock_while_nothing_may_be_claimed(
    running: InProcessServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    put(running, Account(running).id, wall_ms(), 4)
    database = running.services.state.main

    def write() -> contextlib.AbstractContextManager[Connection]:
        raise AssertionError("a transaction")

    monkeypatch.setattr(database, "write", write)
    Dispatcher(database, running.services.deliverer, shares=Shares(Limits(0, 0, 0, 0, 0)))._look()

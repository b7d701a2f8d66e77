"""A dispatcher does not look while nothing can be due, and notices every change."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery.quiet import MAX_PAUSE, Quiet
from bodydouble.mock_server.store import deliveries
from bodydouble.mock_server.store.deliveries import PENDING, Delivery
from bodydouble.mock_server.testing.account import Account
from tests.support.in_process import InProcessServer

HOUR = 3_600_000


@pytest.fixture
def running(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path)
    yield server
    server.close()


@pytest.fixture
def quiet(running: InProcessServer) -> Quiet:
    return Quiet(running.services.state.main)


def put(running: InProcessServer, account: Account, due_at: int) -> None:
    url, name = "http://127.0.0.1:9/", f"{account.id} {due_at}"
    delivery = Delivery(name, account.id, "guiji", "audioResult", None, None, url, {}, None, PENDING, due_at, due_at, 0)
    with running.services.state.main.write() as connection:
        deliveries.add(connection, delivery, due_at)


@pytest.mark.sqlite("only a file says cheaply whether anything has changed")
def test_without_deliveries_it_is_quiet_until_something_changes(running: InProcessServer, quiet: Quiet) -> None:
    wall = wall_ms()
    assert [quiet.lasts(wall) for _ in range(3)] == [False, True, True]
    Account(running)
    assert [quiet.lasts(wall) for _ in range(3)] == [False, True, True]


@pytest.mark.sqlite("only a file says cheaply whether anything has changed")
def test_it_is_quiet_until_the_next_due_time_of_a_running_clock(running: InProcessServer, quiet: Quiet) -> None:
    wall = wall_ms()
    ahead, frozen = Account(running), Account(running, frozen_at=wall)
    ahead.advance(60)
    put(running, ahead, wall + HOUR)
    put(running, Account(running), wall + HOUR)
    put(running, frozen, wall + 1)
    assert [quiet.lasts(wall) for _ in range(2)] == [False, True]
    # The first account's clock is a minute ahead, less the time that the advance took.
    assert quiet.lasts(wall + HOUR - 60_001)
    assert not quiet.lasts(wall + HOUR - 30_000)


def test_what_is_due_is_never_quiet_even_if_it_is_leased(running: InProcessServer, quiet: Quiet) -> None:
    wall = wall_ms()
    frozen = Account(running, frozen_at=wall)
    put(running, frozen, wall)
    with running.services.state.main.write() as connection:
        deliveries.lease_all(connection, [f"{frozen.id} {wall}"], wall + HOUR)
    assert not any(quiet.lasts(wall) for _ in range(3))


@pytest.mark.sqlite("only a file says cheaply whether anything has changed")
def test_a_change_of_another_process_is_noticed(running: InProcessServer, quiet: Quiet, tmp_path: Path) -> None:
    wall = wall_ms()
    account = Account(running)
    put(running, account, wall + HOUR)
    assert [quiet.lasts(wall) for _ in range(2)] == [False, True]
    other = sqlite3.connect(tmp_path / "state.db")
    with other:
        other.execute("UPDATE deliveries SET due_at = ?", [wall - 1])
    other.close()
    assert [quiet.lasts(wall) for _ in range(3)] == [False, False, False]


@pytest.mark.sqlite("only a file says cheaply whether anything has changed")
def test_while_it_is_quiet_no_table_is_read(running: InProcessServer) -> None:
    for number in range(20):
        put(running, Account(running), wall_ms() + HOUR + number)
    look = running.services.dispatcher._look
    look()
    look()
    statements: list[str] = []
    driver = running.services.state.main.read().connection.driver_connection
    assert driver is not None
    driver.set_trace_callback(statements.append)
    for _ in range(5):
        look()
    driver.set_trace_callback(None)
    assert statements == ["PRAGMA data_version"] * 5


@pytest.mark.sqlite("only a file says cheaply whether anything has changed")
def test_a_quiet_outbox_is_looked_at_again_when_the_next_delivery_is_due(
    running: InProcessServer, quiet: Quiet
) -> None:
    wall, account = wall_ms(), Account(running)
    assert [quiet.pause(wall) for _ in range(2)] == [None, MAX_PAUSE]
    put(running, account, wall + 60_000)
    assert [quiet.pause(wall) for _ in range(2)] == [None, MAX_PAUSE]
    put(running, account, wall + 200)
    assert [quiet.pause(wall) for _ in range(2)] == [None, pytest.approx(0.2, abs=0.01)]
    assert quiet.pause(wall + 250) is None

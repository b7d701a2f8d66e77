"""Processes on one database server wake each other when something is due."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.exc import SQLAlchemyError

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery.notifications import Notifications
from bodydouble.mock_server.delivery.quiet import MAX_UNSEEN, Quiet
from bodydouble.mock_server.store import deliveries
from bodydouble.mock_server.store.deliveries import PENDING, Delivery
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.in_process import InProcessServer
from tests.support.postgresql import PostgresqlServer

Start = Callable[[], InProcessServer]
HOUR = 3_600_000
PATIENCE = 20


@pytest.fixture(scope="module")
def postgresql() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    yield server
    server.stop()


@pytest.fixture
def start(postgresql: PostgresqlServer, tmp_path: Path) -> Iterator[Start]:
    """Prepares servers on one state."""
    servers: list[InProcessServer] = []
    location = postgresql.new_database()

    def start() -> InProcessServer:
        servers.append(InProcessServer(tmp_path, state=location))
        return servers[-1]

    yield start
    for server in servers:
        server.close()


class Listener:
    """The notifications of a server, which runs nothing else."""

    def __init__(self, server: InProcessServer) -> None:
        self.woken = threading.Semaphore(0)
        self.database = server.services.state.main
        self.notifications = Notifications(self.database, self.woken.release)
        self.quiet = Quiet(self.database, self.notifications)
        self._stopping = threading.Event()
        self.notifications.start()
        self._thread = threading.Thread(target=self._run)
        self._thread.start()
        # That it listens from now on.
        self.expect()

    def expect(self) -> None:
        assert self.woken.acquire(timeout=PATIENCE)

    def _run(self) -> None:
        while not self._stopping.is_set():
            # The database may be away.
            with suppress(SQLAlchemyError, psycopg.Error):
                self.notifications.listen()

    def stop(self) -> None:
        self._stopping.set()
        self.notifications.stop()
        self._thread.join()
        self.notifications.close()


Listen = Callable[[InProcessServer], Listener]


@pytest.fixture
def listen() -> Iterator[Listen]:
    listeners: list[Listener] = []

    def listen(server: InProcessServer) -> Listener:
        listeners.append(Listener(server))
        return listeners[-1]

    yield listen
    for listener in listeners:
        listener.stop()


def put(server: InProcessServer, account: Account, due_at: int, now: int) -> None:
    url, name = "http://127.0.0.1:9/", f"{account.id} {due_at}"
    delivery = Delivery(name, account.id, "guiji", "audioResult", None, None, url, {}, None, PENDING, due_at, due_at, 0)
    with server.services.state.main.write() as connection:
        deliveries.add(connection, delivery, now)


def notify_through(server: InProcessServer, listener: Listener) -> None:
    database = server.services.state.main
    database.on_deliveries_due = database.on_deliveries_soon = listener.notifications.note


def test_what_is_due_at_one_replica_wakes_the_dispatcher_of_another(
    start: Start, listen: Listen, receiver: Receiver
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    here, there = start(), start()
    # This replica does not send.
    notify_through(here, listen(here))
    # And this one looks only when it is woken.
    there.services.dispatcher._looking._interval = 10 * PATIENCE
    guiji = Guiji(Account(here))
    there.start()
    try:
        deadline = time.monotonic() + PATIENCE
        notifications = there.services.dispatcher._notifications
        while notifications is not None and notifications.changes() is None and time.monotonic() < deadline:
            time.sleep(0.01)
        guiji.account.act(guiji.speak(callbackUrl=receiver.url), "finish")
        receiver.wait_for(1)
    finally:
        there.stop()


def test_only_what_is_due_soon_is_notified_and_everything_else_is_seen_in_time(start: Start, listen: Listen) -> None:
    here, there = start(), start()
    account = Account(here)
    sending, hearing = listen(here), listen(there)
    notify_through(here, sending)
    wall, quiet = wall_ms(), hearing.quiet
    assert [quiet.lasts(wall) for _ in range(3)] == [False, True, True]
    # A process does not wake itself.
    put(here, account, wall + MAX_UNSEEN, wall)
    hearing.expect()
    assert not sending.woken.acquire(blocking=False)
    assert [quiet.lasts(wall) for _ in range(3)] == [False, True, True]
    put(here, account, wall + HOUR, wall)
    assert [quiet.lasts(wall + later) for later in (MAX_UNSEEN - 100, MAX_UNSEEN)] == [True, False]
    Account(here).advance(60)
    hearing.expect()


def test_without_a_connection_nothing_is_quiet_and_afterwards_everything_is_looked_at(
    start: Start, listen: Listen, postgresql: PostgresqlServer
) -> None:
    listener = listen(start())
    before = listener.notifications.changes()
    postgresql.end_connections()
    listener.expect()
    after = listener.notifications.changes()
    assert after is not None
    assert after != before
    listener.notifications._session = None
    assert not any(listener.quiet.lasts(wall_ms()) for _ in range(3))


def test_notifications_survive_a_restart_of_the_database(
    start: Start, listen: Listen, postgresql: PostgresqlServer
) -> None:
    here, there = start(), start()
    sending, hearing = listen(here), listen(there)
    postgresql.restart("fast")
    for listener in (sending, hearing):
        listener.expect()
    sending.notifications.note()
    hearing.expect()

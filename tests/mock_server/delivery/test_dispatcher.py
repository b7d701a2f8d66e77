"""The dispatcher goes on after every failure, and one account's receivers delay nobody else."""

import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from queue import Empty
from typing import Any, cast

import pytest
from sqlalchemy.exc import InterfaceError, OperationalError

from bodydouble.mock_server.delivery import background
from bodydouble.mock_server.delivery.deliverer import Deliverer
from bodydouble.mock_server.delivery.dispatcher import Dispatcher
from bodydouble.mock_server.delivery.lanes import Lane
from bodydouble.mock_server.delivery.senders import Senders
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.in_process import InProcessServer

ERRORS = [
    sqlite3.OperationalError("database or disk is full"),
    sqlite3.OperationalError("database is locked"),
    OperationalError("select", {}, Exception("server closed the connection unexpectedly")),
    InterfaceError("select", {}, Exception("connection already closed")),
    OSError(28, "No space left on device"),
    MemoryError(),
    SystemExit(1),
]
MANY = 20


class Faulty:
    """Makes calls fail that one of the server's threads does, some times."""

    def __init__(self, actual: Callable[[], Any], thread: str, error: BaseException, times: int) -> None:
        self._actual, self._thread, self._error = actual, thread, error
        self.times = times

    def __call__(self) -> Any:
        if self.times and threading.current_thread().name == self._thread:
            self.times -= 1
            raise self._error
        return self._actual()


@pytest.fixture(autouse=True)
def short_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background, "RETRY_PAUSE", 0.02)


@pytest.fixture
def running(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path)
    yield server
    server.close()


@pytest.fixture
def guiji(running: InProcessServer, receiver: Receiver) -> Guiji:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    return Guiji(Account(running))


@pytest.fixture
def started(running: InProcessServer) -> Iterator[Dispatcher]:
    """The dispatcher of the server, started."""
    running.start()
    yield running.services.dispatcher
    running.stop()


def finish_tasks(guiji: Guiji, url: str, count: int) -> None:
    for _ in range(count):
        guiji.account.act(guiji.speak(callbackUrl=url), "finish")


def wait_for_states(account: Account, count: int) -> None:
    deadline = time.monotonic() + 8
    while len(account.deliveries(state="delivered")) < count:
        assert time.monotonic() < deadline, account.deliveries()
        time.sleep(0.02)


@pytest.mark.parametrize("error", ERRORS, ids=str)
@pytest.mark.parametrize("method", ["read", "write"])
def test_every_callback_is_sent_once_after_looks_have_failed(
    guiji: Guiji, running: InProcessServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, error: BaseException,
    method: str,
) -> None:  # fmt: skip
    database = running.services.state.main
    faulty = Faulty(getattr(database, method), "dispatcher", error, 12)
    monkeypatch.setattr(database, method, faulty)
    finish_tasks(guiji, receiver.url, MANY)
    running.start()
    wait_for_states(guiji.account, MANY)
    running.stop()
    assert faulty.times == 0
    assert len(receiver.received) == MANY
    assert running.services.dispatcher._shares.under_way == 0


@pytest.mark.parametrize("error", ERRORS, ids=str)
def test_an_attempt_that_cannot_be_recorded_is_recorded_later_and_not_repeated(
    guiji: Guiji, running: InProcessServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, error: BaseException
) -> None:
    database = running.services.state.main
    faulty = Faulty(database.write, "recorder", error, 12)
    monkeypatch.setattr(database, "write", faulty)
    finish_tasks(guiji, receiver.url, MANY)
    running.start()
    wait_for_states(guiji.account, MANY)
    running.stop()
    assert faulty.times == 0
    assert len(receiver.received) == MANY
    assert running.services.dispatcher._shares.under_way == 0


def test_health_and_log_say_that_looks_have_failed(
    guiji: Guiji, running: InProcessServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    database = running.services.state.main
    monkeypatch.setattr(database, "read", Faulty(database.read, "dispatcher", ERRORS[0], 3))
    finish_tasks(guiji, receiver.url, 1)
    running.start()
    wait_for_states(guiji.account, 1)
    running.stop()
    health = running.http.get("/_mock/health").json
    (report,) = [report for report in health["background"] if report["name"] == "dispatcher"]
    assert (report["failures"], report["restarts"]) == (3, 0)
    assert report["last_failure_at"] > 0
    assert "database or disk is full" in caplog.text
    assert "dispatcher works again" in caplog.text


@pytest.mark.parametrize("method", ["prepare", "send"])
def test_an_attempt_that_cannot_be_made_gives_its_share_back_and_is_made_later(
    guiji: Guiji, running: InProcessServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, method: str
) -> None:
    actual = getattr(Deliverer, method)
    failures = list(range(MANY))

    def fail_first(*arguments: Any) -> Any:
        if failures:
            failures.pop()
            raise SystemExit(1)
        return actual(*arguments)

    monkeypatch.setattr(Deliverer, method, fail_first)
    monkeypatch.setattr("bodydouble.mock_server.delivery.dispatcher.LEASE", 1500)
    finish_tasks(guiji, receiver.url, MANY)
    running.start()
    wait_for_states(guiji.account, MANY)
    running.stop()
    assert len(receiver.received) == MANY
    assert running.services.dispatcher._shares.under_way == 0


def test_callbacks_are_sent_although_the_system_allows_no_further_thread(
    guiji: Guiji, running: InProcessServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    actual, errors_left = threading.Thread.start, list(range(8))

    def start(thread: threading.Thread) -> None:
        if thread.name.startswith("delivery-") and errors_left:
            errors_left.pop()
            raise RuntimeError("can't start new thread")
        actual(thread)

    monkeypatch.setattr(threading.Thread, "start", start)
    monkeypatch.setattr("bodydouble.mock_server.delivery.dispatcher.LEASE", 1500)
    finish_tasks(guiji, receiver.url, MANY)
    running.start()
    wait_for_states(guiji.account, MANY)
    running.stop()
    assert errors_left == []
    assert running.services.dispatcher._shares.under_way == 0


def test_receivers_that_hang_delay_no_other_account(
    guiji: Guiji, running: InProcessServer, receiver: Receiver, started: Dispatcher
) -> None:
    released = threading.Event()
    hanging = Guiji(Account(running))

    def hang(handler: BaseHTTPRequestHandler) -> None:
        if handler.path.endswith("/hang"):
            released.wait(10)
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = hang
    finish_tasks(hanging, f"{receiver.url}/hang", 60)
    receiver.wait_for(16)
    delays = []
    for number in range(5):
        finished = time.monotonic()
        finish_tasks(guiji, f"{receiver.url}/{number}", 1)
        while not any(request.path.endswith(f"/{number}") for request in receiver.received):
            assert time.monotonic() < finished + 5
            time.sleep(0.002)
        delays.append(time.monotonic() - finished)
    # The usual delay is 0.05 s; the machine that runs the tests may be busy.
    assert sorted(delays)[2] < 0.5
    released.set()


def test_an_attempt_that_takes_longer_than_a_lease_is_not_made_twice(
    guiji: Guiji, running: InProcessServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bodydouble.mock_server.delivery.dispatcher.LEASE", 400)
    monkeypatch.setattr("bodydouble.mock_server.delivery.leases.LEASE", 400)
    monkeypatch.setattr(running.services.dispatcher._renewing, "_interval", 0.05)

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(1.5)
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = slowly
    finish_tasks(guiji, receiver.url, 3)
    running.start()
    wait_for_states(guiji.account, 3)
    running.stop()
    assert len(receiver.received) == 3


def test_what_hangs_when_the_server_ends_is_free_for_the_next_one(
    guiji: Guiji, running: InProcessServer, receiver: Receiver
) -> None:
    released = threading.Event()

    def hang(handler: BaseHTTPRequestHandler) -> None:
        released.wait(5)
        respond(200, ACKNOWLEDGEMENT)(handler)

    receiver.behaviour = hang
    finish_tasks(guiji, receiver.url, 1)
    running.start()
    receiver.wait_for(1)
    running.stop()
    released.set()
    connection = running.services.state.main.read()
    assert connection.exec_driver_sql("SELECT max(leased_until_real) FROM deliveries").scalar_one() == 0


def test_threads_without_work_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bodydouble.mock_server.delivery.senders.IDLE_TIMEOUT", 0.05)
    senders = Senders(lambda _: None)
    senders.submit(Lane(("account", "127.0.0.1:9"), 1, 1))
    deadline = time.monotonic() + 5
    while senders.threads:
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_what_a_transaction_makes_due_is_looked_for_at_once(
    guiji: Guiji, running: InProcessServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(running.services.dispatcher._looking, "_interval", 3600)
    monkeypatch.setattr(running.services.dispatcher._recording, "_interval", 3600)
    running.start()
    finish_tasks(guiji, receiver.url, MANY)
    wait_for_states(guiji.account, MANY)
    running.stop()
    assert len(receiver.received) == MANY


def test_many_callbacks_that_are_due_at_once_do_not_wait_for_the_next_looks(
    guiji: Guiji, running: InProcessServer, receiver: Receiver
) -> None:
    finish_tasks(guiji, receiver.url, 200)
    running.start()
    started_at = time.monotonic()
    receiver.wait_for(200)
    seconds = time.monotonic() - started_at
    running.stop()
    # Looks alone, 16 callbacks each, would take 0.65 s; the receiver needs its time, too, on a busy machine.
    assert seconds < 8
    assert len(receiver.received) == 200


def test_all_background_threads_are_looked_after(running: InProcessServer) -> None:
    names = {report.name for report in running.services.background.reports()}
    of_replicas = {"notifications"} if running.services.state.main.has_replicas else set()
    assert names == {"supervisor", "dispatcher", "recorder", "leases", "journal", "retention", *of_replicas}


def test_what_is_submitted_while_the_only_free_thread_is_ending_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    senders = Senders(sent.append)
    senders.start()
    queue = senders._queue

    class LateQueue:
        """A queue whose first wait ends in vain, just before something arrives."""

        waits = 0

        def get(self, timeout: float) -> Any:
            self.waits += 1
            if self.waits == 2:
                senders.submit(cast("Any", "second"))
                raise Empty
            return queue.get(timeout=timeout)

        def __getattr__(self, name: str) -> Any:
            return getattr(queue, name)

    monkeypatch.setattr(senders, "_queue", LateQueue())
    senders.submit(cast("Any", "first"))
    deadline = time.monotonic() + 2
    while len(sent) < 2 and time.monotonic() < deadline:
        time.sleep(0.01)
    senders.stop()
    assert sent == ["first", "second"]

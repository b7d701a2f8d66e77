"""Clients for the tests of the mock server, and a check that no test leaves threads behind."""

import threading
import time
from collections.abc import Callable, Iterator
from functools import cache

import pytest

from bodydouble.testing import Account
from tests.support.guiji import Guiji
from tests.support.in_process import LoggingServer, threads_of_servers
from tests.support.operation_caller import OperationCaller
from tests.support.times import SAMPLE_TIME

# Seconds for threads that are just ending.
GRACE = 2.0


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """Require that every thread that a test has started ends with it."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + GRACE
    started = set(threading.enumerate()) - before - threads_of_servers()
    for thread in started:
        thread.join(max(0.0, deadline - time.monotonic()))
    assert [thread.name for thread in started if thread.is_alive()] == [], "the test has left threads behind"


@pytest.fixture
def guiji(account: Account) -> Guiji:
    """A signed-in client of the test's account."""
    return Guiji(account)


@pytest.fixture
def dated(server: LoggingServer) -> Guiji:
    """A signed-in client of an account whose clock is frozen at a known time."""
    return Guiji(Account(server, frozen_at=SAMPLE_TIME))


@pytest.fixture(scope="module")
def callers(request: pytest.FixtureRequest) -> Callable[[str], OperationCaller]:
    """Of each vendor, one account for all tests of a module."""
    server = request.getfixturevalue("process_server" if request.config.getoption("--server") else "in_process_server")
    now = time.time_ns() // 1_000_000
    return cache(lambda vendor: OperationCaller(vendor, Account(server, frozen_at=now)))

"""The server of the tests, in this process or in its own, and an account on a frozen clock for each test."""

import gc
import os
import sys
import time
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from bodydouble.testing import Account, Receiver, Server
from tests.support.in_process import InProcessServer, LoggingServer
from tests.support.states import use_postgresql

pytest_plugins = [
    "bodydouble.pytest_plugin",
    "pytester",
    "tests.crosscheck.plugin",
    "tests.support.longest_first",
    "tests.support.sockets",
]

# The duration of an example depends more on the machine than on the code under test.
settings.register_profile("bodydouble", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bodydouble")

# Test engines create objects by the million, few of them in cycles: collecting as often as usual takes a tenth of
# the time.
gc.set_threshold(100_000, 50, 100)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the options."""
    parser.addoption(
        "--server",
        action="store_true",
        help="Test the server in a process of its own, over HTTP, instead of in this process.",
    )
    parser.addoption(
        "--postgresql",
        action="store_true",
        help="Test with states on PostgreSQL, instead of in files of SQLite.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Choose the database of the states."""
    if config.getoption("--postgresql"):
        config.add_cleanup(use_postgresql().stop)


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip the tests that need Linux on other systems, and those that are about another kind of database."""
    if item.get_closest_marker("linux") and sys.platform != "linux":
        pytest.skip("needs Linux")
    on_postgresql, about_files = item.config.getoption("--postgresql"), item.get_closest_marker("sqlite")
    if about_files and on_postgresql:
        pytest.skip(f"about files of SQLite: {about_files.args[0]}")
    if "postgresql" in getattr(item, "fixturenames", ()) and not on_postgresql:
        pytest.skip("about PostgreSQL: runs with --postgresql")


@pytest.fixture(scope="session")
def process_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server in a process of its own, for all tests of the session; fails at the end if it logged an error."""
    server = Server(tmp_path_factory.mktemp("bodydouble"))
    yield server
    server.stop()
    assert server.errors == [], server.log


@pytest.fixture(scope="session")
def in_process_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcessServer]:
    """A server in this process, without a socket, for all tests of the session."""
    folder = tmp_path_factory.mktemp("in-process")
    server = InProcessServer(folder, durability="process", record=os.environ.get("BODYDOUBLE_RECORD"))
    server.start()
    yield server
    server.stop()


@pytest.fixture
def server(request: pytest.FixtureRequest) -> Iterator[LoggingServer]:
    """The server of the session: in this process, unless the test is marked `process` or the option is `--server`."""
    if request.config.getoption("--server") or request.node.get_closest_marker("process"):
        yield request.getfixturevalue("process_server")
        return
    server: InProcessServer = request.getfixturevalue("in_process_server")
    with server.watched():
        yield server


@pytest.fixture
def account(server: LoggingServer) -> Iterator[Account]:
    """A fresh account with a frozen clock."""
    # In one request: a third of the requests of all tests only prepare them.
    account = Account(server, frozen_at=time.time_ns() // 1_000_000)
    yield account
    account.delete()


@pytest.fixture
def receiver(network: None, bodydouble_receiver: Receiver) -> Receiver:
    """A callback receiver that responds with 200 and no body until its behaviour is changed."""
    return bodydouble_receiver

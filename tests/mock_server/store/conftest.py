"""A server in the test's process, whose state a test can read; and where a state can be."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.vendors import load_vendors
from tests.support.in_process import InProcessServer
from tests.support.postgresql import PostgresqlServer
from tests.support.states import location_in


@pytest.fixture
def running(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path, [load_vendors()["guiji"]])
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    """A server that the test may stop. Only with `--postgresql`."""
    server = PostgresqlServer()
    yield server
    server.stop()


@pytest.fixture
def location(tmp_path: Path) -> str:
    """Where a new state can be, in the kind of database that the test run is about."""
    return location_in(tmp_path)


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[[str], InProcessServer]]:
    """Starts servers, on a state that they share or not, which end with the test."""
    servers: list[InProcessServer] = []

    def start(location: str) -> InProcessServer:
        server = InProcessServer(tmp_path, state=location)
        servers.append(server)
        return server

    yield start
    for server in servers:
        server.close()

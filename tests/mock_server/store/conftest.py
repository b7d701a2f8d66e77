"""A server in the test's process, whose state a test can read; and the databases that a state can be in."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from bodydouble.mock_server.vendors import load_vendors
from tests.support.in_process import InProcessServer
from tests.support.postgresql import PostgresqlServer


@pytest.fixture
def running(tmp_path: Path) -> Iterator[InProcessServer]:
    server = InProcessServer(tmp_path, [load_vendors()["guiji"]])
    yield server
    server.close()


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgresqlServer]:
    server = PostgresqlServer()
    yield server
    server.stop()


@pytest.fixture(params=["sqlite", "postgresql"])
def location(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Where a new state can be: in each kind of database."""
    if request.param == "sqlite":
        return str(tmp_path / "state.db")
    server: PostgresqlServer = request.getfixturevalue("postgresql")
    return server.new_database()


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

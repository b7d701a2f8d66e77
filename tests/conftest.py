"""A session's server, and for each test a fresh account on a frozen clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.support.account import Account
from tests.support.receiver import Receiver, answer
from tests.support.server import Server

# How long an example takes says more about the machine than about what is tested.
settings.register_profile("bodydouble", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bodydouble")


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A running server, shared by all tests of a session; fails at the end if it logged an error."""
    folder: Path = tmp_path_factory.mktemp("server")
    running = Server(folder)
    yield running
    running.stop()
    running.http.close()
    assert running.errors == [], running.log


@pytest.fixture
def account(server: Server) -> Account:
    """A fresh account whose clock stands still."""
    made = Account(server)
    made.freeze()
    return made


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A callback receiver that answers 200 without a body until told otherwise."""
    running = Receiver(answer(200))
    yield running
    running.close()

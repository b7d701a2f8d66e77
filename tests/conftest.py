"""A session's server, and for each test a fresh account on a frozen clock: those of the project's own plugin."""

from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings

from contracts.testing.account import Account
from contracts.testing.receiver import Receiver
from contracts.testing.server import Server

pytest_plugins = ["contracts.pytest_plugin", "pytester"]

# How long an example takes says more about the machine than about what is tested.
settings.register_profile("bodydouble", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("bodydouble")


@pytest.fixture(scope="session")
def server(bodydouble_server: Server) -> Iterator[Server]:
    """A running server, shared by all tests of a session; fails at the end if it logged an error."""
    yield bodydouble_server
    bodydouble_server.stop()
    assert bodydouble_server.errors == [], bodydouble_server.log


@pytest.fixture
def account(server: Server, bodydouble: Account) -> Account:
    """A fresh account whose clock stands still."""
    return bodydouble


@pytest.fixture
def receiver(bodydouble_receiver: Receiver) -> Receiver:
    """A callback receiver that answers 200 without a body until told otherwise."""
    return bodydouble_receiver

"""Signed-in clients: of the test's account, and of one whose clock stands at a known time."""

import pytest

from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.server import Server
from tests.support.guiji import MOMENT, Guiji


@pytest.fixture
def guiji(account: Account) -> Guiji:
    return Guiji(account)


@pytest.fixture
def dated(server: Server) -> Guiji:
    """A client whose account's clock stands at a known time."""
    return Guiji(Account(server, frozen_at=MOMENT))

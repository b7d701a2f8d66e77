"""A signed-in client of the test's account."""

import pytest

from tests.support.account import Account
from tests.support.guiji import Guiji


@pytest.fixture
def guiji(account: Account) -> Guiji:
    return Guiji(account)

"""A signed-in client of the test's account."""

import pytest

from bodydouble.testing import Account
from tests.support.softsugar import SoftSugar


@pytest.fixture
def softsugar(account: Account) -> SoftSugar:
    return SoftSugar(account)

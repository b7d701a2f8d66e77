"""A client of the test's account, whose clock stands still until the test advances it."""

import pytest

from bodydouble.testing import Account
from tests.support.acme_cloud import AcmeCloud


@pytest.fixture
def client(account: Account) -> AcmeCloud:
    return AcmeCloud(account)

"""A client of the test's account."""

import pytest

from bodydouble.testing import Account
from tests.support.huawei_metastudio import MetaStudio


@pytest.fixture
def studio(account: Account) -> MetaStudio:
    return MetaStudio(account)

"""The number of vendors' tests that need a socket."""

import pytest

from tests.support.sockets import vendor_tests
from tests.support.vendor_support import vendors

# Of each vendor, on average: sixty of the first four.
FEW = 15


def test_few_of_the_vendors_tests_need_a_socket(request: pytest.FixtureRequest) -> None:
    _, with_socket = vendor_tests(request.session.items)
    assert len(with_socket) < FEW * len(vendors())

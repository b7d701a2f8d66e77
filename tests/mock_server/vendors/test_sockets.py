"""The number of vendors' tests that need a socket."""

import pytest

from tests.support.sockets import vendor_tests


def test_fewer_than_sixty_of_the_vendors_tests_need_a_socket(request: pytest.FixtureRequest) -> None:
    _, with_socket = vendor_tests(request.session.items)
    assert len(with_socket) < 60

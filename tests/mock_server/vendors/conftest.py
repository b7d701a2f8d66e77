"""The vendors' tests use no socket, unless they are marked."""

from collections.abc import Iterator

import pytest

from tests.support.sockets import needs_socket, no_sockets


@pytest.fixture(autouse=True)
def without_sockets(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fail a test that uses a socket without a mark; with `--server` or `--postgresql`, all may."""
    option = request.config.getoption
    if option("--server") or option("--postgresql") or needs_socket(request.node):
        yield
        return
    with no_sockets():
        yield

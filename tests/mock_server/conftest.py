"""A test of the mock server leaves nothing behind that could disturb a later one."""

import threading
import time
from collections.abc import Iterator

import pytest

from tests.support.in_process import server_threads

# Seconds for threads that are just ending.
GRACE = 2.0


@pytest.fixture(autouse=True)
def no_threads_left() -> Iterator[None]:
    """Require that every thread that a test has started ends with it."""
    before = set(threading.enumerate())
    yield
    deadline = time.monotonic() + GRACE
    started = set(threading.enumerate()) - before - server_threads
    for thread in started:
        thread.join(max(0.0, deadline - time.monotonic()))
    assert [thread.name for thread in started if thread.is_alive()] == [], "the test has left threads behind"

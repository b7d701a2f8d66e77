"""The callback receiver of the plugin and of the tests."""

import socket
import threading
from contextlib import ExitStack

import pytest

from bodydouble.mock_server.testing.http import HttpClient
from bodydouble.mock_server.testing.receiver import WAIT, Receiver


def test_the_receiver_declares_that_it_closes_the_connection(receiver: Receiver) -> None:
    base, _, path = receiver.url.rpartition("/")
    http = HttpClient(base)
    reply = http.post(f"/{path}", {"id": 1})
    assert (reply.status, reply.headers["connection"]) == (200, "close")
    assert receiver.wait_for(1)[0].json == {"id": 1}
    http.close()


@pytest.mark.wall_clock
def test_simultaneous_callbacks_are_accepted_at_once(receiver: Receiver) -> None:
    base, _, _ = receiver.url.rpartition("/")
    address = ("127.0.0.1", int(base.rpartition(":")[2]))
    accepting = threading.Event()
    # The only thread that accepts connections is blocked by the first.
    receiver._server.verify_request = lambda *_: accepting.wait(WAIT)  # type: ignore[method-assign]
    with ExitStack() as connections:
        for _ in range(60):
            connections.enter_context(socket.create_connection(address, timeout=0.9))
        accepting.set()

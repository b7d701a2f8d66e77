"""Connections are kept, and no request is sent twice unless the receiver cannot have read it."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator

import pytest

from bodydouble.mock_server.delivery import connections as module
from bodydouble.mock_server.delivery import http
from bodydouble.mock_server.delivery.connections import Connection, Connections
from bodydouble.mock_server.delivery.destination_policy import Destination
from bodydouble.mock_server.delivery.http import HttpExchange

RESPONSE = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"
LONG_TIMEOUT = 20.0
# What a receiver does with the request of a number on the connection of a number; False ends the connection.
Act = Callable[[socket.socket, int, int], bool]


class Counting:
    """A receiver that counts its connections and requests."""

    def __init__(self, act: Act) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.destination = Destination("http", ("127.0.0.1",), self._socket.getsockname()[1], "h", "h", "/")
        self.requests: list[int] = []
        # Released for each connection that it has closed.
        self.closed = threading.Semaphore(0)
        self._act = act
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            for number in range(100):
                connection, _ = self._socket.accept()
                with connection, contextlib.suppress(OSError):
                    self._serve(connection, number)
                self.closed.release()

    def _serve(self, connection: socket.socket, number: int) -> None:
        count = 0
        while connection.recv(65_536):
            self.requests.append(number)
            count += 1
            if not self._act(connection, number, count):
                return

    def close(self) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        self._thread.join(10)


@pytest.fixture
def connections() -> Iterator[Connections]:
    pool = Connections()
    pool.start()
    yield pool
    pool.stop()


def send(connections: Connections | None, receiver: Counting, times: int) -> list[HttpExchange]:
    return [
        http.send(receiver.destination, "POST", "/", {"Host": "h"}, b"{}", LONG_TIMEOUT, connections)
        for _ in range(times)
    ]


def responding(connection: socket.socket, *_: int) -> bool:
    connection.sendall(RESPONSE)
    return True


def test_requests_go_over_one_connection(connections: Connections) -> None:
    receiver = Counting(responding)
    exchanges = send(connections, receiver, 3)
    connections.stop()
    receiver.close()
    assert [(exchange.status, exchange.body) for exchange in exchanges] == [(200, b"{}")] * 3
    assert receiver.requests == [0, 0, 0]


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\n{}",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{} and more",
    ],
    ids=["says so", "old", "unasked bytes"],
)
def test_a_connection_is_not_kept_if_the_response_forbids_it(connections: Connections, response: bytes) -> None:
    def respond(connection: socket.socket, *_: int) -> bool:
        connection.sendall(response)
        return True

    receiver = Counting(respond)
    send(connections, receiver, 2)
    receiver.close()
    assert receiver.requests == [0, 1]


@pytest.mark.parametrize("noticed", [True, False], ids=["before the next request", "while it is on its way"])
def test_a_receiver_that_closes_without_a_word_gets_every_request_once(
    connections: Connections, monkeypatch: pytest.MonkeyPatch, noticed: bool
) -> None:
    def respond_and_close(connection: socket.socket, *_: int) -> bool:
        return not responding(connection)

    receiver = Counting(respond_and_close)
    is_silent = Connection.is_silent

    def after_the_end(connection: Connection) -> bool:
        assert receiver.closed.acquire(timeout=10)
        return is_silent(connection) if noticed else True

    monkeypatch.setattr(Connection, "is_silent", after_the_end)
    exchanges = send(connections, receiver, 5)
    receiver.close()
    assert [exchange.failure for exchange in exchanges] == [None] * 5
    assert receiver.requests == list(range(5))


def test_a_request_that_a_receiver_has_read_is_not_sent_again(
    connections: Connections, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_RESET_WAIT", 0.02)

    def fail_the_second(connection: socket.socket, number: int, count: int) -> bool:
        return count == 1 and responding(connection)

    receiver = Counting(fail_the_second)
    exchanges = send(connections, receiver, 2)
    receiver.close()
    assert [exchange.failure for exchange in exchanges] == [None, "connection"]
    assert receiver.requests == [0, 0]


def test_idle_connections_are_closed(connections: Connections) -> None:
    receiver = Counting(responding)
    send(connections, receiver, 1)
    connections.close_idle(0)
    send(connections, receiver, 1)
    connections.stop()
    receiver.close()
    assert receiver.requests == [0, 1]

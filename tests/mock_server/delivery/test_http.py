"""One exchange with receivers of every kind, over real sockets."""

import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Protocol

import pytest

from bodydouble.mock_server.delivery import http
from bodydouble.mock_server.delivery.destination_policy import Destination
from bodydouble.mock_server.delivery.http import HttpExchange
from bodydouble.mock_server.delivery.http_messages import MAX_RESPONSE_BYTES

TIMEOUT = 0.3
# The timeout where none is expected, however busy the machine is.
LONG_TIMEOUT = 20.0
# How much later than its timeout an exchange may end on a busy machine, in milliseconds.
TOLERANCE = 2_000
TLS_HANDSHAKE = b"\x16"


class Listener:
    """Accepts one connection and acts on it."""

    def __init__(self, act: Callable[[socket.socket], None]) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.port = self._socket.getsockname()[1]
        self.request = b""
        self._act = act
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def _run(self) -> None:
        with contextlib.suppress(OSError):
            # The client may have closed the connection, as the tests require.
            connection, _ = self._socket.accept()
            with connection:
                while part := connection.recv(65_536):
                    self.request += part
                    if b"}" in part or part.startswith(TLS_HANDSHAKE):
                        break
                self._act(connection)

    def close(self) -> None:
        self._socket.close()
        self._thread.join(10)
        assert not self._thread.is_alive()


class Send(Protocol):
    """The type of the fixture `send`."""

    def __call__(self, act: Callable[[socket.socket], None], timeout: float = LONG_TIMEOUT) -> HttpExchange: ...


@pytest.fixture
def send() -> Iterator[Send]:
    """Send a request to a listener with the behaviour of the test."""
    listeners = []

    def exchange(act: Callable[[socket.socket], None], timeout: float = LONG_TIMEOUT) -> HttpExchange:
        listener = Listener(act)
        listeners.append(listener)
        destination = Destination("http", ("127.0.0.1",), listener.port, "127.0.0.1", "127.0.0.1", "/")
        return http.send(destination, "POST", "/path?q=1", {"Host": "host.example"}, b"{}", timeout)

    yield exchange
    for listener in listeners:
        listener.close()


def responding(content: bytes) -> Callable[[socket.socket], None]:
    return lambda connection: connection.sendall(content)


def dripping(beginning: bytes, drop: bytes) -> Callable[[socket.socket], None]:
    """Keep sending for longer than any timeout."""

    def act(connection: socket.socket) -> None:
        connection.sendall(beginning)
        if not drop:
            connection.recv(1)
            return
        for _ in range(200):
            time.sleep(0.02)
            connection.sendall(drop)

    return act


def assert_timed_out(exchange: HttpExchange) -> None:
    assert exchange.failure == "timeout", exchange
    assert exchange.error == "no whole response within 0.3 s"
    assert TIMEOUT * 1000 - 20 <= exchange.duration < TIMEOUT * 1000 + TOLERANCE


def test_a_complete_response_is_returned(send: Send) -> None:
    exchange = send(responding(b"HTTP/1.1 202 Fine\r\nX-Name: value\r\nContent-Length: 5\r\n\r\nhello, and more"))
    assert (exchange.status, exchange.body, exchange.failure, exchange.error) == (202, b"hello", None, None)
    assert exchange.headers["x-name"] == "value"


def test_the_request_is_sent_with_its_method_headers_and_body() -> None:
    listener = Listener(responding(b"HTTP/1.1 204 None\r\n\r\n"))
    destination = Destination("http", ("127.0.0.1",), listener.port, "127.0.0.1", "127.0.0.1", "/")
    http.send(destination, "PUT", "/p?q=1", {"Host": "host.example", "X-Signature": "s"}, b'{"a":1}', LONG_TIMEOUT)
    listener.close()
    head, _, body = listener.request.partition(b"\r\n\r\n")
    assert head.startswith(b"PUT /p?q=1 HTTP/1.1\r\n")
    assert head.lower().count(b"host: ") == 1
    assert b"X-Signature: s" in head
    assert b"Content-Length: 7" in head
    assert body == b'{"a":1}'


def test_a_chunked_or_connection_terminated_response_is_read_completely(send: Send) -> None:
    chunks = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n"
    assert send(responding(chunks)).body == b"abcde"
    assert send(responding(b"HTTP/1.0 200 OK\r\n\r\nabcde")).body == b"abcde"


def test_a_redirect_is_not_followed(send: Send) -> None:
    exchange = send(responding(b"HTTP/1.1 302 Found\r\nLocation: http://192.0.2.1/\r\nContent-Length: 0\r\n\r\n"))
    assert (exchange.status, exchange.failure) == (302, None)


def test_a_refused_connection_is_a_connection_failure() -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        port = closed.getsockname()[1]
    destination = Destination("http", ("127.0.0.1",), port, "127.0.0.1", "127.0.0.1", "/")
    exchange = http.send(destination, "POST", "/", {}, b"{}", LONG_TIMEOUT)
    assert (exchange.status, exchange.failure) == (None, "connection")
    assert "refused" in (exchange.error or "")


@pytest.mark.parametrize("first", ["::1", "127.0.0.2"])
def test_every_address_of_a_receiver_is_tried(first: str) -> None:
    listener = Listener(responding(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
    destination = Destination("http", (first, "127.0.0.1"), listener.port, "localhost", "localhost", "/")
    exchange = http.send(destination, "POST", "/", {}, b"{}", LONG_TIMEOUT)
    listener.close()
    assert (exchange.status, exchange.failure) == (200, None)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"SSH-2.0-OpenSSH_9.0\r\n",
        b"HTTP/1.1 abc\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 200 + b"\r\n",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n",
    ],
    ids=["nothing", "other protocol", "no status", "many headers", "long header", "cut off", "bad chunk"],
)
def test_an_invalid_response_is_a_connection_failure(send: Send, content: bytes) -> None:
    exchange = send(responding(content))
    assert exchange.failure == "connection", exchange
    assert exchange.error


def test_an_endless_response_is_truncated_at_the_limit(send: Send) -> None:
    def act(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            connection.sendall(b"x" * 65_536)

    exchange = send(act)
    assert (exchange.status, exchange.failure) == (200, "too-large")
    assert exchange.body == b"x" * MAX_RESPONSE_BYTES
    assert exchange.duration < LONG_TIMEOUT * 1000, "it was not waited for"


def test_a_response_of_exactly_the_maximum_size_is_accepted(send: Send) -> None:
    exchange = send(responding(b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * MAX_RESPONSE_BYTES))
    assert (exchange.failure, len(exchange.body)) == (None, MAX_RESPONSE_BYTES)


@pytest.mark.wall_clock
@pytest.mark.parametrize(
    ("beginning", "drop"),
    [
        (b"", b""),
        (b"", b"H"),
        (b"HTTP/1.1 200 OK\r\n", b"X"),
        (b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 100 Continue\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", b"x"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1\r\nx\r\n"),
        (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"code":"0"', b" "),
        (b'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n{"code":"0"}', b""),
    ],
    ids=["silence", "status", "header", "interim", "length", "chunks", "open end", "whole, but open"],
)
def test_a_receiver_that_is_too_slow_times_out_at_any_part_of_its_response(
    send: Send, beginning: bytes, drop: bytes
) -> None:
    assert_timed_out(send(dripping(beginning, drop), TIMEOUT))


@pytest.mark.parametrize(
    ("name", "value"), [("X-Name", "line\r\nbreak"), ("X-Name", "名"), ("X Name", "v")], ids=["break", "text", "name"]
)
def test_an_invalid_request_header_is_a_connection_failure(name: str, value: str) -> None:
    listener = Listener(lambda connection: None)
    destination = Destination("http", ("127.0.0.1",), listener.port, "127.0.0.1", "127.0.0.1", "/")
    exchange = http.send(destination, "POST", "/", {name: value}, b"{}", LONG_TIMEOUT)
    listener.close()
    assert exchange.failure == "connection"


def test_a_receiver_that_does_not_speak_tls_is_a_connection_failure(send: Send) -> None:
    listener = Listener(responding(b"HTTP/1.1 400 Bad Request\r\n\r\n"))
    destination = Destination("https", ("127.0.0.1",), listener.port, "127.0.0.1", "127.0.0.1", "/")
    exchange = http.send(destination, "POST", "/", {}, b"{}", LONG_TIMEOUT)
    listener.close()
    assert (exchange.status, exchange.failure) == (None, "connection")
    assert "SSL" in (exchange.error or "")

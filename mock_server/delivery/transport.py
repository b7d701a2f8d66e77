"""One HTTP exchange with a callback receiver: bounded in time and size, no redirects."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError

from mock_server.clock import ticks
from mock_server.delivery.guard import Destination

# What is kept of an answer, in bytes; a receiver has nothing longer to say.
LONGEST_ANSWER = 20_000


@dataclass(frozen=True, slots=True)
class Exchange:
    """What came of sending one request.

    Attributes:
        status: HTTP status, or None when no answer came.
        headers: of the answer, names in lower case.
        body: of the answer, cut at a limit.
        duration: milliseconds.
        failure: `timeout`, `connection` or `too-large`; None when a whole answer came.
        error: the same in words.
    """

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    duration: float
    failure: str | None = None
    error: str | None = None


def send(
    destination: Destination, method: str, target: str, headers: Mapping[str, str], body: bytes, timeout: float
) -> Exchange:
    """Send a request and read its answer.

    Args:
        target: path and query, which a signature may have extended.
        timeout: seconds for the whole exchange, however slowly the receiver answers.
    """
    started = ticks()
    status, answered, received = None, {}, b""
    failure = error = None
    connection = _connection(destination, timeout)
    with _deadline(connection, timeout) as expired:
        try:
            connection.connect()
            connection.request(method, target, body=body, headers=dict(headers), preload_content=False)
            response = connection.getresponse()
            status = response.status
            answered = {name.lower(): value for name, value in response.headers.items()}
            received = response.read(LONGEST_ANSWER + 1, decode_content=False)
            if expired.is_set():
                # An answer without a length ends where the connection does, also when we end it.
                raise TimeoutError
            if len(received) > LONGEST_ANSWER:
                failure, error = "too-large", f"the answer is longer than {LONGEST_ANSWER} bytes"
        except (HTTPError, OSError, http.client.HTTPException, ValueError) as problem:
            if expired.is_set() or isinstance(problem, TimeoutError) or "timed out" in str(problem):
                failure, error = "timeout", f"no whole answer within {timeout:g} s"
            else:
                failure, error = "connection", f"{type(problem).__name__}: {problem}"
    duration = round((ticks() - started) * 1000, 3)
    return Exchange(status, answered, received[:LONGEST_ANSWER], duration, failure, error)


def _connection(destination: Destination, timeout: float) -> HTTPConnection:
    if destination.scheme == "https":
        return HTTPSConnection(
            destination.address,
            destination.port,
            timeout=timeout,
            server_hostname=destination.host,
            assert_hostname=destination.host,
        )
    return HTTPConnection(destination.address, destination.port, timeout=timeout)


@contextlib.contextmanager
def _deadline(connection: HTTPConnection, timeout: float) -> Iterator[threading.Event]:
    # Socket timeouts bound each wait, not their sum: a receiver that sends a byte a second would keep a worker.
    expired = threading.Event()

    def expire() -> None:
        expired.set()
        if connection.sock is not None:
            with contextlib.suppress(OSError):
                connection.sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(timeout, expire)
    timer.daemon = True
    timer.start()
    try:
        yield expired
    finally:
        timer.cancel()
        connection.close()

"""One HTTP exchange with a callback receiver: bounded in time and size, no redirects."""

import contextlib
import http.client
import socket
import threading
from collections.abc import Mapping
from dataclasses import dataclass

from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import HTTPError, NewConnectionError
from urllib3.response import BaseHTTPResponse

from bodydouble.contracts.core.tls import certificate_problem
from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.delivery.destination_policy import Destination
from bodydouble.mock_server.delivery.receiver_tls import ReceiverTls

# How much of a response is recorded, in bytes. Acknowledgements are short.
MAX_RESPONSE_BYTES = 20_000


@dataclass(frozen=True, slots=True)
class HttpExchange:
    """The result of sending one request.

    Attributes:
        status: HTTP status, or None when no response came.
        headers: of the response, names in lower case.
        body: of the response, cut at a limit.
        duration: milliseconds.
        failure: `timeout`, `connection` or `too-large`; None when a whole response came.
        error: the same as text.
    """

    status: int | None
    headers: Mapping[str, str]
    body: bytes
    duration: float
    failure: str | None = None
    error: str | None = None


def send(
    destination: Destination,
    method: str,
    target: str,
    headers: Mapping[str, str],
    body: bytes,
    timeout: float,
    tls: ReceiverTls | None = None,
) -> HttpExchange:
    """Send a request and read its response.

    Args:
        target: path and query, which a signature may have extended.
        timeout: seconds for the whole exchange, however slowly the receiver responds.
        tls: which certificates are trusted; None for the system's.
    """
    started = monotonic()
    status, response_headers, received = None, {}, b""
    failure = error = None
    with _Deadline(timeout) as deadline:
        try:
            connection = _connect(destination, timeout, deadline, tls or ReceiverTls())
            connection.request(method, target, body=body, headers=dict(headers), preload_content=False)
            response = connection.getresponse()
            status = response.status
            response_headers = {name.lower(): value for name, value in response.headers.items()}
            received = _read(response)
            if deadline.expired:
                # A response without a length ends where the connection does, also when we end it.
                raise TimeoutError
            if len(received) > MAX_RESPONSE_BYTES:
                failure, error = "too-large", f"the response is longer than {MAX_RESPONSE_BYTES} bytes"
        except (HTTPError, OSError, http.client.HTTPException, ValueError) as problem:
            if deadline.expired or isinstance(problem, TimeoutError) or "timed out" in str(problem):
                failure, error = "timeout", f"no whole response within {timeout:g} s"
            else:
                failure, error = "connection", _complaint(problem)
    duration = round((monotonic() - started) * 1000, 3)
    return HttpExchange(status, response_headers, received[:MAX_RESPONSE_BYTES], duration, failure, error)


def _complaint(problem: Exception) -> str:
    about_tls = certificate_problem(problem)
    if about_tls is None:
        return f"{type(problem).__name__}: {problem}"
    return f"{about_tls} (--callback-ca FILE trusts further certificates, --callback-insecure any on loopback)"


def _connect(destination: Destination, timeout: float, deadline: "_Deadline", tls: ReceiverTls) -> HTTPConnection:
    # `localhost` often means ::1 first, where a receiver that listens on 127.0.0.1 only does not hear anything.
    *others, last = destination.addresses
    for address in others:
        with contextlib.suppress(NewConnectionError):
            return _connect_to(address, destination, timeout, deadline, tls)
    return _connect_to(last, destination, timeout, deadline, tls)


def _connect_to(
    address: str, destination: Destination, timeout: float, deadline: "_Deadline", tls: ReceiverTls
) -> HTTPConnection:
    connection = _connection(address, destination, timeout, tls)
    deadline.watch(connection)
    connection.connect()
    deadline.keep_socket()
    if deadline.expired:
        raise TimeoutError
    return connection


def _connection(address: str, destination: Destination, timeout: float, tls: ReceiverTls) -> HTTPConnection:
    if destination.scheme == "https":
        context = tls.context_for(address)
        return HTTPSConnection(
            address,
            destination.port,
            timeout=timeout,
            server_hostname=destination.host,
            assert_hostname=None if context.check_hostname else False,
            ssl_context=context,
            cert_reqs=context.verify_mode,
        )
    return HTTPConnection(address, destination.port, timeout=timeout)


def _read(response: BaseHTTPResponse) -> bytes:
    # Only a further read distinguishes a truncated response from a complete one.
    received = b""
    while len(received) <= MAX_RESPONSE_BYTES:
        part = response.read(MAX_RESPONSE_BYTES + 1 - len(received), decode_content=False)
        if not part:
            break
        received += part
    return received


class _Deadline:
    """Ends an exchange that takes too long.

    Socket timeouts bound each wait, not their sum: a receiver that sends a byte a second would keep a worker.
    """

    def __init__(self, timeout: float) -> None:
        self.expired = False
        self._connection: HTTPConnection | None = None
        self._socket: socket.socket | None = None
        self._timer = threading.Timer(timeout, self._expire)
        self._timer.daemon = True

    def watch(self, connection: HTTPConnection) -> None:
        """Watch a connection from now on, in place of one that failed."""
        self._close()
        self._connection = connection

    def keep_socket(self) -> None:
        """Remember the socket, which the connection forgets when a response goes on until the connection ends."""
        self._socket = self._connection.sock if self._connection is not None else None

    def _expire(self) -> None:
        self.expired = True
        connected = self._socket or (self._connection.sock if self._connection is not None else None)
        if connected is not None:
            with contextlib.suppress(OSError):
                connected.shutdown(socket.SHUT_RDWR)

    def __enter__(self) -> "_Deadline":
        self._timer.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._timer.cancel()
        self._close()

    def _close(self) -> None:
        if self._connection is not None:
            self._connection.close()

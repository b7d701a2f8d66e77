"""An endpoint that keeps requests to the byte, and sends responses to the byte; and a client that does the same."""

import contextlib
import socket
import ssl
import threading
from collections.abc import Callable
from types import TracebackType
from typing import Self

TIMEOUT = 20


class RawEndpoint:
    """An endpoint on loopback; a context manager.

    Args:
        respond: makes the bytes of a response from those of a request; then the connection is closed.
        tls: with which it speaks TLS; None for plain HTTP.

    Attributes:
        requests: as they came.
        base_url: scheme, host and port.
    """

    def __init__(self, respond: Callable[[bytes], bytes], tls: ssl.SSLContext | None = None) -> None:
        self.requests: list[bytes] = []
        self._respond, self._tls = respond, tls
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = self._listening.getsockname()[1]
        self.base_url = f"{'http' if tls is None else 'https'}://127.0.0.1:{self.port}"
        self._thread = threading.Thread(target=self._serve, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # Wakes the thread, which waits for a connection.
        self._listening.shutdown(socket.SHUT_RDWR)
        self._listening.close()
        self._thread.join(TIMEOUT)

    @property
    def first_lines(self) -> list[bytes]:
        """The request lines."""
        return [request.partition(b"\r\n")[0] for request in self.requests]

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            with connection:
                connection.settimeout(TIMEOUT)
                # A client that does not trust the certificate goes away.
                with contextlib.suppress(OSError):
                    self._exchange(connection)

    def _exchange(self, connection: socket.socket) -> None:
        if self._tls is None:
            self._respond_on(connection)
            return
        with self._tls.wrap_socket(connection, server_side=True) as encrypted:
            self._respond_on(encrypted)

    def _respond_on(self, connection: socket.socket) -> None:
        request = _read(connection)
        self.requests.append(request)
        connection.sendall(self._respond(request))
        connection.shutdown(socket.SHUT_WR)


def _read(connection: socket.socket) -> bytes:
    data = b""
    while b"\r\n\r\n" not in data:
        data += connection.recv(65536)
    head, _, body = data.partition(b"\r\n\r\n")
    lengths = [line.partition(b":")[2] for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")]
    while lengths and len(body) < int(lengths[0]):
        body += connection.recv(65536)
    return head + b"\r\n\r\n" + body


def response(body: bytes = b"", *headers: str, status: str = "200 OK") -> bytes:
    """The bytes of a response with a JSON body."""
    lines = [f"HTTP/1.1 {status}", "Content-Type: application/json", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


def exchange(base_url: str, request: bytes) -> bytes:
    """Send bytes, and read until the server closes the connection."""
    host, _, port = base_url.removeprefix("http://").partition(":")
    with socket.create_connection((host, int(port)), timeout=TIMEOUT) as connection:
        connection.sendall(request)
        return b"".join(iter(lambda: connection.recv(65536), b""))

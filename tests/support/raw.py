"""Requests byte by byte, which an HTTP client would not send."""

import http.client
import socket

from bodydouble.mock_server.testing.http import TIMEOUT, HttpResponse
from bodydouble.mock_server.testing.server import Server


def exchange(server: Server, request: bytes, *more: bytes, ends: bool = False) -> HttpResponse:
    """Send bytes on a new connection, and read the response.

    Args:
        more: each sent once something has come back for what was sent before.
        ends: close the sending side, even if the request declares a longer body.
    """
    with socket.create_connection(("127.0.0.1", server.port), TIMEOUT) as connection:
        connection.sendall(request)
        for part in more:
            connection.recv(65_536)
            connection.sendall(part)
        if ends:
            connection.shutdown(socket.SHUT_WR)
        response = http.client.HTTPResponse(connection)
        response.begin()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return HttpResponse(response.status, headers, response.read())


def request(method: str, target: str, headers: dict[str, str], body: bytes = b"") -> bytes:
    """The bytes of a request."""
    lines = [f"{method} {target} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items())]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(body: bytes, size: int) -> bytes:
    """A body in the chunked transfer coding."""
    parts = [body[start : start + size] for start in range(0, len(body), size)]
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in parts) + b"0\r\n\r\n"

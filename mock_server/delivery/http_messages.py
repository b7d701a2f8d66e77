"""The bytes of a request, and a response out of bytes.

Nearly all receivers respond with a short head and a body of a stated length, which takes a few lines to read. Whatever
else a response may be (interim, chunked, without a length, broken) is left to the standard library.
"""

import http.client
import io
import re
import socket
from collections.abc import Mapping
from dataclasses import field
from typing import cast

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.delivery.connections import Connection, Deadline

# How much of a response is recorded, in bytes. Acknowledgements are short.
MAX_RESPONSE_BYTES = 20_000
# Of a head that is read here.
_MAX_HEAD = 8_192
_END_OF_HEAD = b"\r\n\r\n"
_STATUS_LINE = re.compile(rb"HTTP/1\.1 ([2-5][0-9]{2})(?: [^\r\n]*)?")
_HEADER = re.compile(rb"([!#$%&'*+.^_`|~0-9A-Za-z-]+):[ \t]*([^\r\n\x00]*)")
_FIELD_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")
_NOT_IN_A_LINE = re.compile(r"[\r\n\x00]")
_NO_BODY = frozenset({204, 304})


@dataclass(slots=True)
class ReceivedResponse:
    """What has been received of a response; all of it when `read_response` has returned.

    Attributes:
        status: None before it is known.
        headers: names in lower case.
        body: somewhat more than the limit at most.
        has_begun: whether a byte of it has come.
        may_continue: whether another request may go over the connection.
    """

    status: int | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""
    has_begun: bool = False
    may_continue: bool = False

    @property
    def is_too_large(self) -> bool:
        """Whether the body is longer than what is recorded."""
        return len(self.body) > MAX_RESPONSE_BYTES


def request(method: str, target: str, headers: Mapping[str, str], body: bytes) -> bytes:
    """The bytes of a request.

    Raises:
        ValueError: the target, or a header's name or value cannot be sent.
    """
    lines = [f"{method} {target} HTTP/1.1", "Accept-Encoding: identity", f"Content-Length: {len(body)}"]
    for name, value in headers.items():
        if _FIELD_NAME.fullmatch(name) is None:
            raise ValueError(f"invalid name of a header: {name!r}")
        lines.append(f"{name}: {value}")
    if any(map(_NOT_IN_A_LINE.search, lines)):
        raise ValueError("the target or the value of a header has a line break or NUL")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def read_response(connection: Connection, response: ReceivedResponse, deadline: Deadline) -> None:
    """Read a response, of which at most somewhat more than the limit is kept.

    Raises:
        TimeoutError: it is not complete in time.
        OSError, http.client.HTTPException: it is broken, or the connection is.
    """
    received = _receive_head(connection, response, deadline)
    head, _, rest = received.partition(_END_OF_HEAD)
    length = _read_usual_head(head, response) if len(head) < len(received) else None
    if length is None:
        _read_with_library(connection, response, deadline, received)
        return
    while len(rest) < min(length, MAX_RESPONSE_BYTES + 1):
        part = connection.receive(deadline)
        if not part:
            raise http.client.IncompleteRead(rest, length - len(rest))
        rest += part
    response.body = rest[:length]
    response.may_continue = len(rest) == length and "close" not in response.headers.get("connection", "").lower()


def _receive_head(connection: Connection, response: ReceivedResponse, deadline: Deadline) -> bytes:
    received = connection.receive(deadline)
    response.has_begun = bool(received)
    if not received:
        raise http.client.RemoteDisconnected("the receiver closed the connection without a response")
    while _END_OF_HEAD not in received and len(received) < _MAX_HEAD:
        part = connection.receive(deadline)
        if not part:
            break
        received += part
    return received


def _read_usual_head(head: bytes, response: ReceivedResponse) -> int | None:
    # The length of the body; None when the response is not one of the usual form.
    first, *lines = head.split(b"\r\n")
    status = _STATUS_LINE.fullmatch(first)
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            return None
        name, value = header[1].decode("latin-1").lower(), header[2].rstrip(b" \t").decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    if status is None or len(lines) > 50 or "transfer-encoding" in headers:
        return None
    number, length = int(status[1]), headers.get("content-length", "")
    if number not in _NO_BODY and (not length.isascii() or not length.isdigit()):
        return None
    response.status, response.headers = number, headers
    return 0 if number in _NO_BODY else int(length)


class _Replay(io.RawIOBase):
    """Reads what has been received already, and then the connection."""

    def __init__(self, received: bytes, connection: Connection, deadline: Deadline) -> None:
        self._received, self._connection, self._deadline = received, connection, deadline

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: memoryview) -> int:  # type: ignore[override]
        part = self._received[: len(buffer)] or self._connection.receive(self._deadline, len(buffer))
        self._received = self._received[len(part) :]
        buffer[: len(part)] = part
        return len(part)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(self)


def _read_with_library(connection: Connection, response: ReceivedResponse, deadline: Deadline, received: bytes) -> None:
    replay = cast("socket.socket", _Replay(received, connection, deadline))
    reader = http.client.HTTPResponse(replay)
    reader.begin()
    response.status = reader.status
    response.headers = {name.lower(): value for name, value in reader.headers.items()}
    body = b""
    # Only a further read distinguishes a truncated response from a complete one.
    while len(body) <= MAX_RESPONSE_BYTES:
        part = reader.read(MAX_RESPONSE_BYTES + 1 - len(body))
        if not part:
            break
        body += part
    if reader.length and len(body) <= MAX_RESPONSE_BYTES:
        raise http.client.IncompleteRead(body, reader.length)
    response.body = body

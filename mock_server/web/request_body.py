"""Reads the body of a request completely, or not at all."""

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.web.body_watchdog import BODY_READS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PART = 65_536
_EXHAUSTED = "too many clients do not send the bodies that they have declared"
_SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
# The variable of a request's environment that says that its body was too large, and is still to come.
_UNREAD = "bodydouble.unread_body"
# How much of a rejected body is read, in bytes and seconds, so that a client which sends all of it first sees why.
_MAX_DRAINED = 64 * 1024 * 1024
_MAX_DRAINING = 30.0


class UnreadableBody(Exception):
    """The body of a request cannot be read; the message says why."""


class IncompleteBody(UnreadableBody):
    """The connection ended before the whole body was there."""


class BodyTooLarge(UnreadableBody):
    """The body is larger than allowed."""


class BodiesExhausted(UnreadableBody):
    """Too many clients do not send the bodies that they have declared."""


def request_body(environ: "WSGIEnvironment", max_bytes: int) -> bytes:
    """The body of a request, with any transfer encoding.

    Raises:
        BodyTooLarge: it is larger than allowed.
        IncompleteBody: the client did not send all of it.
        BodiesExhausted: too many clients do not send the bodies that they have declared.
    """
    if "HTTP_TRANSFER_ENCODING" in environ:
        body = _whole_body(environ, max_bytes)
        if environ["REQUEST_METHOD"] not in _SAFE_METHODS:
            _require_whole(environ, body)
        return body
    if "CONTENT_LENGTH" not in environ and environ.get("SERVER_PROTOCOL") == "HTTP/2":
        # There is no transfer encoding in HTTP/2; a body ends with its stream.
        return _whole_body(environ, max_bytes)
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if length and BODY_READS.exhausted():
        raise BodiesExhausted(_EXHAUSTED)
    if length > max_bytes:
        # A client that waits for leave to send the body does not send it.
        environ[_UNREAD] = length if "HTTP_EXPECT" not in environ else 0
        raise BodyTooLarge(f"more than {max_bytes} bytes")
    return _sized_body(environ, length)


def _sized_body(environ: "WSGIEnvironment", length: int) -> bytes:
    body, stream = bytearray(), environ["wsgi.input"]
    # The server below reads no further than the declared length.
    while len(body) < length and (part := BODY_READS.read(lambda: stream.read(_PART))):
        body += part
    # A truncated body ends like any other, but a part of it is not what the client meant to send.
    if len(body) < length:
        raise IncompleteBody(f"body: incomplete: got {len(body)} bytes, expected {length}")
    return bytes(body)


def _require_whole(environ: "WSGIEnvironment", body: bytes) -> None:
    """Refuse an empty chunked body, because one that breaks off looks the same.

    Raises:
        IncompleteBody: it is one.
    """
    if not body and "HTTP_TRANSFER_ENCODING" in environ:
        raise IncompleteBody("body: incomplete: its chunks are empty, malformed, or end before the last one")


def _whole_body(environ: "WSGIEnvironment", max_bytes: int) -> bytes:
    # Read at once, because only then the server below tells a body that breaks off from one that ends: it returns
    # nothing for it, instead of the part that has arrived.
    if BODY_READS.exhausted():
        raise BodiesExhausted(_EXHAUSTED)
    stream = environ["wsgi.input"]
    body: bytes = BODY_READS.read(stream.read)
    if len(body) > max_bytes:
        raise BodyTooLarge(f"more than {max_bytes} bytes")
    return body


def draining(environ: "WSGIEnvironment", chunks: Iterable[bytes]) -> Iterable[bytes]:
    """The chunks of a response, followed by the reading of the body that was rejected for its size.

    Many clients send all of a body before they look at the response. If the server closed the connection meanwhile,
    they would report that instead of the response.
    """
    length = environ.get(_UNREAD, 0)
    return _drained(environ, chunks) if 0 < length <= _MAX_DRAINED else chunks


def _drained(environ: "WSGIEnvironment", chunks: Iterable[bytes]) -> Iterator[bytes]:
    try:
        yield from chunks
    finally:
        getattr(chunks, "close", lambda: None)()
    stream, end = environ["wsgi.input"], monotonic() + _MAX_DRAINING
    while BODY_READS.read(lambda: stream.read(_PART)) and monotonic() < end:
        """Nothing is kept."""

"""Reads a request as it was on the wire: its body completely, or not at all."""

from flask import current_app, request
from werkzeug.exceptions import BadRequest

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.mock_server.web.body_watchdog import BODY_READS
from bodydouble.mock_server.web.wsgi import read_request

_PART = 65_536


class IncompleteBody(BadRequest):
    """The connection ended before the whole body was there."""


def request_body() -> bytes:
    """The body of the request that Flask is handling, with any transfer encoding.

    Raises:
        RequestEntityTooLarge: it is larger than allowed.
        IncompleteBody: the client did not send all of it.
    """
    environ = request.environ
    in_chunks = "HTTP_TRANSFER_ENCODING" in environ
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not in_chunks and not length:
        return b""
    # One read takes a short body in; the streams that guard against long ones cost more than all of its parsing.
    short = not in_chunks and length <= min(_PART, current_app.config["MAX_CONTENT_LENGTH"])
    stream = environ["wsgi.input"] if short else request.stream
    body = b""
    # In chunks, the last and empty part is what makes Werkzeug complain of a body that is too large.
    while (in_chunks or len(body) < length) and (part := BODY_READS.read(lambda: stream.read(_PART))):
        body += part
    # A truncated body ends like any other, but a part of it is not what the client meant to send.
    if not in_chunks and len(body) < length:
        raise IncompleteBody(f"body: incomplete: got {len(body)} bytes, expected {length}")
    return body


def wire_request(*, with_body: bool = True) -> WireRequest:
    """The request that Flask is handling, as it was on the wire.

    Raises:
        RequestEntityTooLarge: its body is larger than allowed.
        IncompleteBody: the client did not send all of it.
    """
    return read_request(request.environ, request_body() if with_body else b"")

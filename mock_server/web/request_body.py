"""Reads the body of a request completely, or not at all."""

from typing import TYPE_CHECKING

from werkzeug.exceptions import BadRequest
from werkzeug.wsgi import get_input_stream

from bodydouble.mock_server.web.body_watchdog import BODY_READS

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

_PART = 65_536


class IncompleteBody(BadRequest):
    """The connection ended before the whole body was there."""


def request_body(environ: "WSGIEnvironment", max_bytes: int) -> bytes:
    """The body of a request, with any transfer encoding.

    Raises:
        RequestEntityTooLarge: it is larger than allowed.
        IncompleteBody: the client did not send all of it.
    """
    in_chunks = "HTTP_TRANSFER_ENCODING" in environ
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not in_chunks and not length:
        return b""
    # One read takes a short body in; the streams that guard against long ones cost more than all of its parsing.
    short = not in_chunks and length <= min(_PART, max_bytes)
    stream = environ["wsgi.input"] if short else get_input_stream(environ, max_content_length=max_bytes)
    body = b""
    # In chunks, the last and empty part is what makes Werkzeug complain of a body that is too large.
    while (in_chunks or len(body) < length) and (part := BODY_READS.read(lambda: stream.read(_PART))):
        body += part
    # A truncated body ends like any other, but a part of it is not what the client meant to send.
    if not in_chunks and len(body) < length:
        raise IncompleteBody(f"body: incomplete: got {len(body)} bytes, expected {length}")
    return body

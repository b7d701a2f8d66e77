"""From a WSGI environment to a request as it was on the wire, and from a response to WSGI."""

import functools
from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import quote

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.mock_server.vendor_api.response import Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

_PRINTABLE = "".join(map(chr, range(33, 127)))
_STATUS_LINES = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}


@functools.lru_cache(maxsize=1024)
def _header_name(key: str) -> str:
    return key.removeprefix("HTTP_").replace("_", "-").lower()


def read_request(environ: "WSGIEnvironment", body: bytes) -> WireRequest:
    """The request that an environment describes, with a body that was read from it."""
    headers = {_header_name(key): value for key, value in environ.items() if key.startswith("HTTP_")}
    for key, name in (("CONTENT_TYPE", "content-type"), ("CONTENT_LENGTH", "content-length")):
        if environ.get(key):
            headers[name] = environ[key]
    path = environ.get("RAW_URI") or environ.get("REQUEST_URI") or quote(environ["PATH_INFO"].encode("latin-1"))
    query = _percent_encoded(environ.get("QUERY_STRING", ""))
    return WireRequest(environ["REQUEST_METHOD"], path.partition("?")[0], query, headers, body)


def _percent_encoded(text: str) -> str:
    # Bytes beyond ASCII, which a client should have encoded, come as the characters of their numbers.
    return text if text.isascii() else quote(text.encode("latin-1", "replace"), safe=_PRINTABLE)


def decoded_path(environ: "WSGIEnvironment") -> str:
    """The percent-decoded path; bytes that are not UTF-8 become U+FFFD."""
    path: str = environ["PATH_INFO"]
    return path if path.isascii() else path.encode("latin-1").decode(errors="replace")


def send_response(
    environ: "WSGIEnvironment", start_response: "StartResponse", response: Response, body: bytes
) -> Iterable[bytes]:
    """Respond with an encoded body, or with none.

    As a list, which a server sends at once: it asks an iterator for one chunk after the other.
    """
    headers = list(response.headers.items())
    if body:
        headers.append(("Content-Type", response.media_type))
    if response.status != HTTPStatus.NO_CONTENT:
        headers.append(("Content-Length", str(len(body))))
    start_response(_STATUS_LINES.get(response.status) or f"{response.status} Unknown", headers)
    return [body] if body and environ["REQUEST_METHOD"] != "HEAD" else []

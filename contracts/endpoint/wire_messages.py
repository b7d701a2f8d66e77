"""Requests and responses of the library `requests`, as they are on the wire."""

from urllib.parse import urlsplit

import requests

from bodydouble.contracts.core.wire import WireRequest, WireResponse


def wire_request(prepared: requests.PreparedRequest) -> WireRequest:
    """The request that `requests` has sent, or is about to send."""
    url = urlsplit(prepared.url or "")
    return WireRequest(
        method=(prepared.method or "").upper(),
        path=str(url.path) or "/",
        query=str(url.query),
        headers={"host": str(url.netloc), **{name.lower(): _text(value) for name, value in prepared.headers.items()}},
        body=sent_body(prepared),
    )


def sent_body(prepared: requests.PreparedRequest) -> bytes:
    """The body that `requests` has sent, or is about to send.

    Raises:
        TypeError: the body is not in memory as a whole.
    """
    body = prepared.body or b""
    if not isinstance(body, bytes | str):
        raise TypeError(f"a body of type {type(body).__name__} is sent piece by piece")
    return body.encode() if isinstance(body, str) else body


def wire_response(response: requests.Response) -> WireResponse:
    """The response that `requests` has received."""
    headers = {name.lower(): text for name, text in response.headers.items()}
    return WireResponse(response.status_code, headers, response.content or b"")


def _text(value: str | bytes) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else value

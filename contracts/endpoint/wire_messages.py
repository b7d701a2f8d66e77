"""Requests and responses of the library `requests`, as they are on the wire."""

from urllib.parse import urlsplit

import requests

from bodydouble.contracts.core.wire import WireRequest, WireResponse


def base_url_of(url: str) -> str:
    """A URL that the paths of a contract can follow: as `requests` writes it, without a slash at the end.

    A URL that cannot be sent to stays as it is.
    """
    try:
        parts = urlsplit(requests.Request("GET", url).prepare().url or "")
    except (requests.RequestException, ValueError):
        return url.rstrip("/")
    if parts.query or parts.fragment:
        return url
    return f"{parts.scheme}://{parts.netloc}{parts.path.rstrip('/')}"


def base_path_of(base_url: str) -> str:
    """The path that is put in front of every path of a contract; empty if there is none."""
    return urlsplit(base_url).path.rstrip("/")


def wire_request(prepared: requests.PreparedRequest, base_path: str = "") -> WireRequest:
    """The request that `requests` has sent, or is about to send, with the path that the contract knows.

    Args:
        base_path: what stands in front of it on the wire, because the endpoint is below a path.
    """
    url = urlsplit(prepared.url or "")
    path = str(url.path)
    if path == base_path or path.startswith(f"{base_path}/"):
        path = path.removeprefix(base_path)
    return WireRequest(
        method=(prepared.method or "").upper(),
        path=path or "/",
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

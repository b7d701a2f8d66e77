"""From a WSGI environment to a request as it was on the wire."""

import functools
from typing import TYPE_CHECKING
from urllib.parse import quote

from bodydouble.contracts.core.wire import WireRequest

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment


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
    return WireRequest(
        method=environ["REQUEST_METHOD"],
        path=path.partition("?")[0],
        query=environ.get("QUERY_STRING", ""),
        headers=headers,
        body=body,
    )

"""HTTP without a socket: the usual client calls a WSGI application in this process."""

import io
import sys
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote_to_bytes

from urllib3.util import parse_url

from bodydouble.mock_server.testing.http import HttpClient, HttpResponse

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication, WSGIEnvironment

# Without a port, so that no server can be reached by mistake.
BASE_URL = "http://localhost"
# The methods for which a client declares an empty body.
_WITH_LENGTH = ("POST", "PUT", "PATCH")


class WsgiClient(HttpClient):
    """Sends requests to an application as the usual client sends them to a server, and returns the same responses.

    Args:
        application: may be called by several threads at a time.
    """

    def __init__(self, application: "WSGIApplication") -> None:
        super().__init__(BASE_URL)
        self._application = application

    def exchange(self, method: str, url: str, headers: dict[str, str], body: bytes | None) -> HttpResponse:
        """Call the application, in this thread."""
        started: list[tuple[str, list[tuple[str, str]]]] = []

        def start_response(status: str, headers: list[tuple[str, str]], *_: Any) -> Any:
            started.append((status, headers))

        chunks = self._application(_environment(method, url, headers, body), start_response)
        try:
            content = b"".join(chunks)
        finally:
            getattr(chunks, "close", lambda: None)()
        status, response = started[-1]
        content = b"" if method == "HEAD" else content
        return HttpResponse(int(status[:3]), {name.lower(): value for name, value in response}, content)


def _environment(method: str, url: str, headers: dict[str, str], body: bytes | None) -> "WSGIEnvironment":
    """The environment that a server would build for a request."""
    # The usual client encodes and normalises URLs in the same way.
    address = parse_url(url)
    path, _, query = address.request_uri.partition("?")
    sent = {"host": address.netloc or "", "accept-encoding": "identity", "user-agent": "tests"}
    sent.update({name.lower(): value for name, value in headers.items()})
    if body is not None or method in _WITH_LENGTH:
        sent.setdefault("content-length", str(len(body or b"")))
    return {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": unquote_to_bytes(path).decode("latin-1"),
        "QUERY_STRING": query,
        "SERVER_NAME": "localhost",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body or b""),
        "wsgi.errors": sys.stderr,
        "wsgi.input_terminated": True,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        **{_variable(name): value for name, value in sent.items()},
    }


def _variable(name: str) -> str:
    variable = name.upper().replace("-", "_")
    return variable if name in ("content-type", "content-length") else f"HTTP_{variable}"

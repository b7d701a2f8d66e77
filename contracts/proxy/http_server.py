"""An HTTP server for a WSGI application that needs requests as they came, to the byte."""

import json
import logging
import re
import socket
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import get_input_stream

from bodydouble.contracts.core.wire import JSON

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

logger = logging.getLogger(__name__)

# Seconds after which the server notices that it is to stop.
POLL_INTERVAL = 0.05
# Set by the request handler: the headers as they came, with their order, duplicates and spelling; and the target.
_HEADERS, _TARGET = "bodydouble.headers", "bodydouble.target"
_ABSOLUTE = re.compile(r"https?://(?:[^/?#@]*@)?(?P<authority>[^/?#]*)(?P<rest>.*)", re.IGNORECASE)
_BEYOND_ASCII = re.compile(r"[\x80-\xff]")


class BodyUnusable(ValueError):
    """A request's body is too long, or not complete.

    Attributes:
        status: of the response to it, code and reason.
    """

    def __init__(self, status: str, message: str) -> None:
        super().__init__(message)
        self.status = status


@dataclass(frozen=True, slots=True)
class ReceivedHead:
    """A request without its body.

    Attributes:
        method: as it came.
        target: path and query as they came, each byte as the character of its number.
        headers: as they came, with their order, duplicates and spelling; `Host` is that of an absolute target.
    """

    method: str
    target: str
    headers: list[tuple[str, str]]

    @classmethod
    def of(cls, environ: "WSGIEnvironment") -> "ReceivedHead":
        """The head of a request. A target in absolute form, as a forward proxy gets it, becomes a path."""
        target, headers = str(environ[_TARGET]), list(environ[_HEADERS])
        absolute = _ABSOLUTE.fullmatch(target)
        if absolute is not None:
            rest = absolute["rest"]
            target = rest if rest.startswith("/") else f"/{rest}"
            # RFC 9112, 3.2.2: the field Host is ignored.
            headers = [("Host", absolute["authority"]), *(pair for pair in headers if pair[0].lower() != "host")]
        return cls(environ["REQUEST_METHOD"], target, headers)

    @property
    def path(self) -> str:
        """The path, percent-encoded where it has bytes beyond ASCII."""
        return _ascii(self.target.partition("?")[0])

    @property
    def query(self) -> str:
        """The query, percent-encoded where it has bytes beyond ASCII."""
        return _ascii(self.target.partition("?")[2])

    @property
    def by_name(self) -> dict[str, str]:
        """The headers, with names in lower case; values of one name are joined."""
        return by_name(self.headers)


def by_name(headers: list[tuple[str, str]]) -> dict[str, str]:
    """Headers with names in lower case; values of one name are joined."""
    joined: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        joined[lower] = f"{joined[lower]}, {value}" if lower in joined else value
    return joined


def read_body(environ: "WSGIEnvironment", limit: int) -> bytes:
    """The body of a request, as it came.

    Args:
        limit: bytes that it may have.

    Raises:
        BodyUnusable: it is longer, or not complete.
    """
    try:
        return get_input_stream(environ, max_content_length=limit).read()
    except HTTPException as error:
        message = f"a request may have at most {limit} bytes, and must be complete"
        raise BodyUnusable(f"{error.code} {error.name}", message) from error


def json_response(start_response: "StartResponse", status: str, content: Any) -> list[bytes]:
    """A response of the server itself."""
    body = json.dumps(content, ensure_ascii=False, indent=2).encode("utf-8", "replace") + b"\n"
    start_response(status, [("Content-Type", JSON), ("Content-Length", str(len(body)))])
    return [body]


def _ascii(text: str) -> str:
    return _BEYOND_ASCII.sub(lambda match: f"%{ord(match[0]):02X}", text)


class _Handler(WSGIRequestHandler):
    # So that a response without a length is chunked, and its end differs from an interrupted connection.
    protocol_version = "HTTP/1.1"
    raw_requestline: bytes

    def parse_request(self) -> bool:
        # http.server splits the line at every character that it takes for a space (the byte A0, for instance), and
        # shortens slashes. It may, but in a copy.
        words = self.raw_requestline.split()
        self._target = words[1].decode("latin-1") if len(words) > 1 else ""
        self.raw_requestline = _ascii(self.raw_requestline.decode("latin-1")).encode()
        parsed = super().parse_request()
        # The target may be no URL that werkzeug can read, and nobody reads it there.
        self.path = "/"
        if parsed and self.request_version < "HTTP/1.1":
            self._speak_http_1_0()
        return parsed

    def _speak_http_1_0(self) -> None:
        # RFC 9112, 6.1, and RFC 9110, 10.1.1: no chunks and no `100 Continue` for this client; the end is the close.
        self.protocol_version = "HTTP/1.0"
        self.close_connection = True
        del self.headers["Expect"]

    def handle_expect_100(self) -> bool:
        # werkzeug sends it.
        return True

    def make_environ(self) -> "WSGIEnvironment":
        environ = super().make_environ()
        environ[_HEADERS] = self.headers.items()
        environ[_TARGET] = self._target
        return environ

    def send_response(self, code: int, message: str | None = None) -> None:
        # Without the headers Server and Date of this server: the endpoint's own are forwarded.
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: Any) -> None:
        # The request line may contain secrets.
        logger.log(logging.ERROR if type == "error" else logging.DEBUG, "proxy: %s", type)


class ListeningServer:
    """Serves an application, each request in a thread of its own.

    Args:
        listening: the socket; may be closed when this returns.
        application: gets requests whose head `ReceivedHead.of` reads.

    Attributes:
        port: that it listens on.
    """

    def __init__(self, listening: socket.socket, application: "WSGIApplication") -> None:
        host, self.port = listening.getsockname()[:2]
        self._server = make_server(
            host, self.port, application, threaded=True, request_handler=_Handler, fd=listening.fileno()
        )
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_INTERVAL,), name="proxy", daemon=True
        )

    def start(self) -> None:
        """Serve requests from now on."""
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


def listen(host: str, port: int) -> socket.socket:
    """A socket that listens; opened apart, because werkzeug ends the process when the address is in use.

    Raises:
        OSError: the address is in use.
    """
    return socket.create_server((host, port), family=socket.AF_INET6 if ":" in host else socket.AF_INET)


def url_of(host: str, port: int) -> str:
    """The base URL of a server that listens on a host and a port."""
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"

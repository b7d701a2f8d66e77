"""A proxy between a client and an endpoint: forwards unchanged, validates both directions, detects drift, records.

with Proxy(contract, "https://vendor.example", har=Path("traffic.har")) as proxy:
    ...                      # the client sends its requests to proxy.base_url
    proxy.report().drift     # the differences between the endpoint and the contract
"""

import io
import json
import logging
import socket
import threading
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import urllib3
from werkzeug.exceptions import HTTPException
from werkzeug.serving import WSGIRequestHandler, make_server
from werkzeug.wsgi import get_input_stream

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import JSON, WireRequest, WireResponse, media_type
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.passive_laws import RequestStart
from bodydouble.contracts.proxy.drift_report import DriftLog, DriftReport
from bodydouble.contracts.proxy.har import HarWriter
from bodydouble.contracts.proxy.upstream import Upstream, UpstreamError, UpstreamResponse
from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange, is_text

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

logger = logging.getLogger(__name__)

RESERVED = "/_proxy/"
# Bytes of a request's body; a longer request is rejected, because it could be neither validated nor recorded.
MAX_REQUEST = 32 * 1024 * 1024
# Bytes of a response that are kept for validation; a longer response is forwarded without validation.
MAX_RESPONSE = 8 * 1024 * 1024
TIMEOUT = 60.0
# Seconds after which the server notices that it is to stop.
POLL_INTERVAL = 0.05
# Set by the request handler: the headers as they came, with their order, duplicates and spelling.
HEADERS = "bodydouble.headers"


class ProxyApplication:
    """The WSGI application.

    Args:
        contract: both directions are validated against it.
        upstream: requests are forwarded to it.
        har: exchanges are recorded in it; None for no recording.
    """

    def __init__(self, contract: Contract, upstream: Upstream, har: HarWriter | None = None) -> None:
        self.log = DriftLog(contract, FieldRedactor(contract.sensitive).query(upstream.base_url))
        self._upstream, self._har = upstream, har

    def __call__(self, environ: "WSGIEnvironment", start_response: "StartResponse") -> Iterable[bytes]:
        """Respond to a request with the endpoint's response."""
        target = str(environ.get("REQUEST_URI") or environ["PATH_INFO"])
        if target.startswith(RESERVED):
            return self._own(environ, target.partition("?")[0], start_response)
        started, monotonic = datetime.fromtimestamp(clock.now(), UTC), clock.monotonic()
        headers = _headers(environ)
        try:
            body = get_input_stream(environ, max_content_length=MAX_REQUEST).read()
        except HTTPException as error:
            message = f"a request may have at most {MAX_REQUEST} bytes, and must be complete"
            return _json(start_response, f"{error.code} {error.name}", {"error": "bodyUnusable", "message": message})
        path, _, query = target.partition("?")
        request = WireRequest(environ["REQUEST_METHOD"], path, query, _by_name(headers), body)
        start = self._begin(request)
        try:
            response = self._upstream.send(request.method, target, headers, body)
        except UpstreamError as error:
            seconds = clock.monotonic() - monotonic
            self.examine(RecordedExchange(request, None, started, seconds, failure=str(error)), start)
            return self._unreachable(start_response, error)
        start_response(f"{response.status} {response.reason or '-'}", list(response.headers))
        return _Relay(self, request, response, started, monotonic, start)

    def _unreachable(self, start_response: "StartResponse", error: UpstreamError) -> Iterable[bytes]:
        status = "504 Gateway Timeout" if error.timed_out else "502 Bad Gateway"
        message = f"no response from {self.log.report().upstream}: {error}"
        return _json(start_response, status, {"error": "upstreamUnreachable", "message": message})

    def _own(self, environ: "WSGIEnvironment", path: str, start_response: "StartResponse") -> Iterable[bytes]:
        if path == RESERVED + "drift" and environ["REQUEST_METHOD"] in ("GET", "HEAD"):
            return _json(start_response, "200 OK", self.log.report().as_json())
        message = (
            f"the proxy itself serves only GET {RESERVED}drift; it forwards every path that is not below {RESERVED}"
        )
        return _json(start_response, "404 Not Found", {"error": "notFound", "message": message})

    def _begin(self, request: WireRequest) -> RequestStart | None:
        # An error here must not cost the client its response.
        try:
            return self.log.begin(request)
        except Exception:
            logger.exception("%s %s could not be read", request.method, request.path)
            return None

    def examine(self, exchange: RecordedExchange, start: RequestStart | None) -> None:
        """Validate and record an exchange."""
        # An error here must not cost the client its response.
        try:
            self.log.add(exchange, start)
            if self._har is not None:
                self._har.add(exchange)
        except Exception:
            logger.exception("%s %s could not be examined", exchange.request.method, exchange.request.path)


class _Relay:
    """Forwards the body of a response as it comes; keeps what can be validated, and has it examined at the end."""

    def __init__(
        self,
        proxy: ProxyApplication,
        request: WireRequest,
        response: UpstreamResponse,
        started: datetime,
        monotonic: float,
        start: RequestStart | None,
    ) -> None:
        self._proxy, self._request, self._response = proxy, request, response
        self._started, self._monotonic, self._start = started, monotonic, start
        self._headers = _by_name(list(response.headers))
        self._keeping = is_text(media_type(self._headers)) and request.method != "HEAD"
        self._body: list[bytes] = []
        self._size = 0
        self._examined = False

    def __iter__(self) -> Iterator[bytes]:
        length = self._headers.get("content-length")
        try:
            for chunk in self._response.chunks():
                self._keep(chunk)
                if str(self._size) == length:
                    # Before the client gets the last byte: the report that it requests next is then complete.
                    self._examine(ended=True)
                yield chunk
        except UpstreamError as error:
            self._examine(ended=False, failure=str(error))
            # The response has begun: only a closed connection can tell the client.
            raise ConnectionAbortedError(str(error)) from error
        self._examine(ended=True)

    def _keep(self, chunk: bytes) -> None:
        self._size += len(chunk)
        self._keeping = self._keeping and self._size <= MAX_RESPONSE
        if self._keeping:
            self._body.append(chunk)
        else:
            self._body.clear()

    def close(self) -> None:
        """The response is complete, or the client has gone."""
        self._response.close()
        self._examine(ended=False)

    def _examine(self, *, ended: bool, failure: str = "") -> None:
        if self._examined:
            return
        self._examined = True
        body, undecodable = None, False
        if self._keeping:
            try:
                body = _decoded(b"".join(self._body), self._headers.get("content-encoding", ""))
            except urllib3.exceptions.HTTPError:
                undecodable = ended
        self._proxy.examine(
            RecordedExchange(
                self._request,
                WireResponse(self._response.status, self._headers, body or b""),
                self._started,
                clock.monotonic() - self._monotonic,
                whole=ended and body is not None,
                size=self._size,
                failure=failure,
                undecodable=undecodable,
            ),
            self._start,
        )


def _decoded(body: bytes, encoding: str) -> bytes | None:
    """A body without its content encoding; None if it becomes too long.

    Raises:
        urllib3.exceptions.HTTPError: it has another encoding.
    """
    if not encoding or encoding == "identity":
        return body
    response = urllib3.HTTPResponse(
        io.BytesIO(body), {"content-encoding": encoding}, preload_content=False, decode_content=True
    )
    decoded = response.read(MAX_RESPONSE + 1)
    return decoded if len(decoded) <= MAX_RESPONSE else None


def _headers(environ: "WSGIEnvironment") -> list[tuple[str, str]]:
    headers: list[tuple[str, str]] = environ[HEADERS]
    return headers


def _by_name(headers: list[tuple[str, str]]) -> dict[str, str]:
    by_name: dict[str, str] = {}
    for name, value in headers:
        lower = name.lower()
        by_name[lower] = f"{by_name[lower]}, {value}" if lower in by_name else value
    return by_name


def _json(start_response: "StartResponse", status: str, content: Any) -> list[bytes]:
    body = json.dumps(content, ensure_ascii=False, indent=2).encode() + b"\n"
    start_response(status, [("Content-Type", JSON), ("Content-Length", str(len(body)))])
    return [body]


class _Handler(WSGIRequestHandler):
    # So that a response without a length is chunked, and its end differs from an interrupted connection.
    protocol_version = "HTTP/1.1"

    def make_environ(self) -> "WSGIEnvironment":
        environ = super().make_environ()
        environ[HEADERS] = self.headers.items()
        return environ

    def send_response(self, code: int, message: str | None = None) -> None:
        # Without the headers Server and Date of this server: the endpoint's own are forwarded.
        self.send_response_only(code, message)

    def log(self, type: str, message: str, *args: Any) -> None:
        # The request line may contain secrets.
        logger.log(logging.ERROR if type == "error" else logging.DEBUG, "proxy: %s", type)


class Proxy:
    """A running proxy; a context manager.

    Args:
        contract: both directions are validated against it.
        upstream: the endpoint's base URL.
        host, port: to listen on; port 0 for any free port.
        har: file for the recording, replaced if it exists.
        keep_host: send the client's `Host` header, which its signature may cover, instead of the endpoint's own.
        timeout: seconds to wait for a connection to the endpoint, and for each part of its response.
        verify: whether the endpoint's certificate is verified.

    Attributes:
        base_url: for the client, in place of the endpoint's.

    Raises:
        OSError: the address is in use, or the file cannot be written.
        ValueError: the upstream is not a URL of http or https.
    """

    def __init__(
        self,
        contract: Contract,
        upstream: str,
        *,
        host: str = "127.0.0.1",
        port: int = 0,
        har: Path | None = None,
        keep_host: bool = True,
        timeout: float = TIMEOUT,
        verify: bool = True,
    ) -> None:
        self._upstream = Upstream(upstream, timeout=timeout, keep_host=keep_host, verify=verify)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        # Opened here, because werkzeug ends the process when the address is in use.
        with socket.create_server((host, port), family=family) as listening:
            self._har = None if har is None else HarWriter(har, contract, self._upstream.base_url)
            self._application = ProxyApplication(contract, self._upstream, self._har)
            self._server = make_server(
                host, port, self._application, threaded=True, request_handler=_Handler, fd=listening.fileno()
            )
        shown = f"[{host}]" if ":" in host else host
        self.base_url = f"http://{shown}:{self._server.port}"
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(POLL_INTERVAL,), name="proxy", daemon=True
        )

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def report(self) -> DriftReport:
        """The report so far."""
        return self._application.log.report()

    @property
    def unrecorded(self) -> int:
        """Number of exchanges that were not recorded, because the recording was full."""
        return 0 if self._har is None else self._har.dropped

    def close(self) -> None:
        """Stop listening, and finish the recording."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._upstream.close()
        if self._har is not None:
            self._har.close()

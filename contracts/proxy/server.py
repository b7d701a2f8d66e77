"""A proxy between a client and an endpoint: forwards unchanged, validates both directions, detects drift, records.

with Proxy(contract, "https://vendor.example", har=Path("traffic.har")) as proxy:
    ...                      # the client sends its requests to proxy.base_url
    proxy.report().drift     # the differences between the endpoint and the contract
"""

import logging
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest, WireResponse, media_type
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.model.passive_laws import RequestStart
from bodydouble.contracts.proxy.body_decoding import NOT_KEPT, DecodedBody, decoded_body
from bodydouble.contracts.proxy.drift_report import DriftLog, DriftReport
from bodydouble.contracts.proxy.har import HarWriter
from bodydouble.contracts.proxy.http_server import (
    BodyUnusable,
    ListeningServer,
    ReceivedHead,
    by_name,
    json_response,
    listen,
    read_body,
    url_of,
)
from bodydouble.contracts.proxy.unsupported import rejection
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


@dataclass(frozen=True, slots=True)
class _Forwarded:
    """A request that is about to be forwarded.

    Attributes:
        request: its body free of any content coding.
        body: the request's body, decoded.
        size: bytes of the body on the wire.
    """

    request: WireRequest
    body: DecodedBody
    size: int
    started: datetime
    monotonic: float

    def exchange(self, response: WireResponse | None, body: DecodedBody, **attributes: Any) -> RecordedExchange:
        """The exchange, now that the response, or the lack of it, is known."""
        return RecordedExchange(
            self.request,
            response,
            self.started,
            clock.monotonic() - self.monotonic,
            request_whole=self.body.whole,
            request_size=self.size,
            request_undecodable=self.body.corrupt,
            undecodable=body.corrupt,
            unknown_codings=tuple(coding for coding in (self.body.unknown, body.unknown) if coding),
            **attributes,
        )


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
        head = ReceivedHead.of(environ)
        if head.target.startswith(RESERVED):
            return self._own(head, start_response)
        rejected = rejection(head, start_response)
        if rejected is not None:
            return rejected
        started, monotonic = datetime.fromtimestamp(clock.now(), UTC), clock.monotonic()
        try:
            body = read_body(environ, MAX_REQUEST)
        except BodyUnusable as error:
            return json_response(start_response, error.status, {"error": "bodyUnusable", "message": str(error)})
        decoded = decoded_body(body, head.by_name, MAX_REQUEST)
        request = WireRequest(head.method, head.path, head.query, head.by_name, decoded.content)
        forwarded = _Forwarded(request, decoded, len(body), started, monotonic)
        start = self._begin(request)
        try:
            response = self._upstream.send(request.method, head.target, head.headers, body)
        except UpstreamError as error:
            self.examine(forwarded.exchange(None, DecodedBody(b""), failure=str(error)), start)
            return self._unreachable(start_response, error)
        start_response(f"{response.status} {response.reason or '-'}", list(response.headers))
        return _Relay(self, forwarded, response, start)

    def _unreachable(self, start_response: "StartResponse", error: UpstreamError) -> Iterable[bytes]:
        status = "504 Gateway Timeout" if error.timed_out else "502 Bad Gateway"
        message = f"no response from {self.log.report().upstream}: {error}"
        return json_response(start_response, status, {"error": "upstreamUnreachable", "message": message})

    def _own(self, head: ReceivedHead, start_response: "StartResponse") -> Iterable[bytes]:
        if head.path == RESERVED + "drift" and head.method in ("GET", "HEAD"):
            return json_response(start_response, "200 OK", self.log.report().as_json())
        message = (
            f"the proxy itself serves only GET {RESERVED}drift; it forwards every path that is not below {RESERVED}"
        )
        return json_response(start_response, "404 Not Found", {"error": "notFound", "message": message})

    def _begin(self, request: WireRequest) -> RequestStart | None:
        # An error here must not cost the client its response.
        try:
            return self.log.begin(request)
        except Exception:
            # Its path may hold a secret.
            logger.exception("a request (%s) could not be read", request.method)
            return None

    def examine(self, exchange: RecordedExchange, start: RequestStart | None) -> None:
        """Validate and record an exchange."""
        # An error here must not cost the client its response.
        try:
            self.log.add(exchange, start)
            if self._har is not None:
                self._har.add(exchange)
        except Exception:
            logger.exception("an exchange (%s) could not be examined", exchange.request.method)


class _Relay:
    """Forwards the body of a response as it comes; keeps what can be validated, and has it examined at the end."""

    def __init__(
        self,
        proxy: ProxyApplication,
        forwarded: _Forwarded,
        response: UpstreamResponse,
        start: RequestStart | None,
    ) -> None:
        self._proxy, self._forwarded, self._response, self._start = proxy, forwarded, response, start
        self._headers = by_name(list(response.headers))
        self._keeping = is_text(media_type(self._headers)) and forwarded.request.method != "HEAD"
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
        body = NOT_KEPT
        if self._keeping and ended:
            body = decoded_body(b"".join(self._body), self._headers, MAX_RESPONSE)
        response = WireResponse(self._response.status, self._headers, body.content)
        exchange = self._forwarded.exchange(response, body, whole=body.whole, size=self._size, failure=failure)
        self._proxy.examine(exchange, self._start)


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
        ca: file of certificates that are trusted in addition to the system's.

    Attributes:
        base_url: for the client, in place of the endpoint's.
        upstream: the endpoint's base URL, without secrets.
        through: the proxy of the environment on the way to the endpoint; empty if there is none.

    Raises:
        OSError: the address is in use, or a file cannot be read or written.
        ValueError: the upstream is not a URL of http or https, or the environment's proxy is of another kind.
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
        ca: Path | None = None,
    ) -> None:
        with listen(host, port) as listening:
            own_port = listening.getsockname()[1]
            self._upstream = Upstream(
                upstream, timeout=timeout, keep_host=keep_host, verify=verify, ca=ca, own_address=f"{host}:{own_port}"
            )
            self._har = None if har is None else HarWriter(har, contract, self._upstream.base_url)
            self._application = ProxyApplication(contract, self._upstream, self._har)
            self._server = ListeningServer(listening, self._application)
        self.base_url = url_of(host, self._server.port)
        self.upstream, self.through = self._application.log.report().upstream, self._upstream.through

    def __enter__(self) -> Self:
        self._server.start()
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
        self._server.close()
        self._upstream.close()
        if self._har is not None:
            self._har.close()

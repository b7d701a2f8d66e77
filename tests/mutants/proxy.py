"""The proxy that plants a fault: on loopback, in the process of the check."""

import socket
import time
import traceback
from collections.abc import Callable, Mapping
from http import HTTPStatus
from types import TracebackType
from typing import Self

from bodydouble.contracts.core.loopback_server import LoopbackHandler, LoopbackServer
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model.contract import Contract
from bodydouble.contracts.proxy.upstream import Upstream
from tests.mutants.exchange import Endpoint, Exchange, RawResponse

MAX_LINE = 4 * 1024 * 1024
TIMEOUT = 60.0
Plant = Callable[[Exchange], None]


class MutatingProxy:
    """Forwards all requests to the mock server, and lets a planting change their responses.

    Args:
        plant: called for every exchange.
        credentials: the account's, to sign changed requests with.

    Attributes:
        base_url: for the check.
        hits: how many responses differ from those of the mock server.
        errors: tracebacks of plantings that failed.
    """

    def __init__(self, contract: Contract, upstream: str, credentials: Mapping[str, str], plant: Plant) -> None:
        self._upstream = Upstream(upstream, timeout=TIMEOUT, keep_host=True)
        self._plant = plant
        self.endpoint = Endpoint(contract, self.forward, credentials)
        self.hits = 0
        self.errors: list[str] = []
        proxy = self

        class Handler(_Handler):
            def respond(self) -> None:
                proxy.respond(self)

        self._server = LoopbackServer(Handler)
        self.base_url = self._server.base_url

    def __enter__(self) -> Self:
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._server.stop()
        self._upstream.close()

    def forward(self, request: WireRequest) -> RawResponse:
        """The mock server's own response."""
        target = request.path + (f"?{request.query}" if request.query else "")
        response = self._upstream.send(request.method, target, list(request.headers.items()), request.body)
        body = b"".join(response.chunks())
        headers = tuple((name, value) for name, value in response.headers if name.lower() != "content-length")
        return RawResponse(response.status, headers, body)

    def respond(self, handler: "_Handler") -> None:
        """Respond to one request."""
        request = handler.wire_request()
        match = self.endpoint.match(request)
        exchange = Exchange(self.endpoint, match.operation, match.request, request, match.path_values)
        with self.endpoint.lock:
            try:
                self._plant(exchange)
            except Exception:
                # Not a fault of the mock server, and so nothing that the check should see.
                self.errors.append(traceback.format_exc())
                exchange = Exchange(self.endpoint, match.operation, match.request, request, match.path_values)
            self.hits += exchange.changed
        handler.write(exchange.response, exchange.delay, exchange.cut)


class _Handler(LoopbackHandler):
    # So that one write is one packet: the other side would wait for the second one.
    disable_nagle_algorithm = True

    def handle_one_request(self) -> None:
        # The library's own limits a request line to 64 KiB, and would respond 414.
        self.raw_requestline = self.rfile.readline(MAX_LINE)
        if not self.raw_requestline or not self.parse_request():
            self.close_connection = True
            return
        self.respond()

    def respond(self) -> None:
        raise NotImplementedError

    def wire_request(self) -> WireRequest:
        """The request as it came."""
        path, _, query = self.path.partition("?")
        headers: dict[str, str] = {}
        for name, value in self.headers.items():
            lower = name.lower()
            headers[lower] = f"{headers[lower]}, {value}" if lower in headers else value
        return WireRequest(self.command, path, query, headers, self._body())

    def _body(self) -> bytes:
        if "chunked" not in self.headers.get("Transfer-Encoding", "").lower():
            return self.read_body()
        chunks = []
        while size := int(self.rfile.readline().partition(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        self.rfile.readline()
        return b"".join(chunks)

    def write(self, response: RawResponse, delay: float, cut: int | None) -> None:
        """Send a response after some seconds, or cut the connection after some bytes of its body (-1: before it)."""
        if delay:
            time.sleep(delay)
        lines = [f"HTTP/1.1 {response.status} {_reason(response.status)}"]
        lines += [f"{name}: {value}" for name, value in response.headers]
        # A response to HEAD has no body; 204 and 304 have no length either.
        body = b"" if self.command == "HEAD" else response.body
        if response.status not in (204, 304) or body:
            lines.append(f"Content-Length: {len(response.body)}")
        head = "\r\n".join([*lines, "", ""]).encode("latin-1")
        message = head + body
        self.wfile.write(message if cut is None else message[: len(head) + cut if cut >= 0 else 0])
        if cut is not None:
            self.close_connection = True
            self.connection.shutdown(socket.SHUT_RDWR)


def _reason(status: int) -> str:
    try:
        return HTTPStatus(status).phrase
    except ValueError:
        return "Unknown"

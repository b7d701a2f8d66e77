"""A server on loopback that gives the callers of one operation the response that the explorer has chosen."""

import struct
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from socket import SHUT_RDWR, SO_LINGER, SOL_SOCKET, socket
from types import TracebackType

from bodydouble.contracts.client.response_faults import Ending, ResponseFault, Transmission, undamaged
from bodydouble.contracts.core import clock
from bodydouble.contracts.core.loopback_server import LoopbackHandler, LoopbackServer
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation, ParsedRequest
from bodydouble.contracts.model.operation_matcher import Matcher
from bodydouble.contracts.model.violation import Violation
from bodydouble.contracts.redaction.exchange import ExchangeRedactor
from bodydouble.contracts.redaction.recorded_exchange import RecordedExchange
from bodydouble.contracts.redaction.traffic import TrafficRedactor

OtherOperations = Callable[[Operation, WireRequest], WireResponse]
_NO_REQUEST = WireRequest("GET", "/", "", {}, b"")


class StubServer:
    """Responds to requests, validates and counts them; a context manager.

    Args:
        contract: whose operations the client calls.
        operation: the operation under test.
        others: responds to calls of the contract's other operations, such as the one that issues a token.
        max_requests: for one response; after so many requests, connections are closed instead.

    Attributes:
        base_url: for the client.
        requests: number of requests since the last `begin`.
        last_request: the last request for the operation under test since then.
        bad_requests: all requests that violated the contract, each with the operation (if known) and the violation.
        calls: the operations that the client has called since then, with its requests.
        whole_responses: how many whole responses of the operation under test it got since then.
        on_exhausted: called when the client sends more requests than one response allows.
        error: an error of the stub itself, or a request that it does not support.
    """

    def __init__(self, contract: Contract, operation: Operation, others: OtherOperations, max_requests: int) -> None:
        self._contract = contract
        self._operation = operation
        self._others = others
        self._max_requests = max_requests
        self._matcher = Matcher(contract)
        self._traffic = TrafficRedactor(contract)
        self._lock = threading.Lock()
        self._connections: set[socket] = set()
        self._response = WireResponse(503)
        self._fault: ResponseFault | None = None
        self._strikes = 0
        self._server = LoopbackServer(_handler(self))
        self.base_url = self._server.base_url
        self.requests = 0
        self.last_request: WireRequest | None = None
        self.calls: list[tuple[Operation, ParsedRequest]] = []
        self.whole_responses = 0
        self.bad_requests: list[tuple[Operation | None, WireRequest, Violation]] = []
        self.on_exhausted: Callable[[], None] = lambda: None
        self.error: Exception | None = None

    def __enter__(self) -> "StubServer":
        self._server.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.stop()
        with self._lock:
            for connection in self._connections:
                connection.shutdown(SHUT_RDWR)

    @property
    def exhausted(self) -> bool:
        """Whether the client sent more requests than one response allows."""
        return self.requests > self._max_requests

    @property
    def tested_requests(self) -> int:
        """How many requests the client sent for the operation under test since the last `begin`."""
        return sum(operation is self._operation for operation, _ in self.calls)

    def begin(self, response: WireResponse, fault: ResponseFault | None = None, strikes: int = 0) -> None:
        """Give this response from now on, and forget the requests so far, except their violations.

        Args:
            fault: strikes the response.
            strikes: how many times.
        """
        self._response, self._fault, self._strikes = response, fault, strikes
        self.requests, self.last_request, self.calls, self.whole_responses = 0, None, [], 0

    def redactor(self, request: WireRequest | None) -> ExchangeRedactor:
        """Takes out of texts about a request what is secret in it, and every credential that the client has used."""
        return self._traffic.of_run(_exchange(request or _NO_REQUEST, None))

    def respond(self, request: WireRequest) -> Transmission | None:
        """What is sent in response to a request; None to close the connection instead."""
        with self._lock:
            self.requests += 1
            if self.exhausted:
                self.on_exhausted()
                return None
        try:
            response = self._respond(request)
            is_tested = self.last_request is request
            # What is generated for the operation under test is no secret.
            self._traffic.remember(_exchange(request, None if is_tested else response))
            fault = self._next_fault() if is_tested else None
            if fault is None:
                return undamaged(response, has_body=request.method != "HEAD")
            return fault.transmission(response)
        except Exception as error:
            self.error = error
            return None

    def _next_fault(self) -> ResponseFault | None:
        with self._lock:
            fault = self._fault if self._strikes > 0 else None
            self._strikes -= 1
            self.whole_responses += fault is None or fault.whole
        return fault

    def _respond(self, request: WireRequest) -> WireResponse:
        match = self._matcher.match(request)
        operation = match.operation
        if operation is None:
            methods = f"{', '.join(match.allowed)} {request.path}" if match.allowed else "a path of the contract"
            violation = Violation("path", "", "operation", f"{request.method} {request.path}", methods)
            self.bad_requests.append((None, request, violation))
            return WireResponse(self._contract.conditions["unknown-path"].status)
        parsed = operation.parse(match.request, match.path_values)
        self.bad_requests += [(operation, request, violation) for violation in parsed.violations]
        self.calls.append((operation, parsed))
        if operation is not self._operation:
            return self._others(operation, request)
        self.last_request = request
        return self._response

    def opened(self, connection: socket) -> None:
        """Remember a connection, to close it at the end."""
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._connections.discard(connection)


def _exchange(request: WireRequest, response: WireResponse | None) -> RecordedExchange:
    # When it was is of no interest here.
    return RecordedExchange(request, response, datetime.min.replace(tzinfo=UTC), 0.0)


def _handler(stub: StubServer) -> type[BaseHTTPRequestHandler]:
    class Handler(LoopbackHandler):
        def setup(self) -> None:
            super().setup()
            stub.opened(self.connection)

        def finish(self) -> None:
            stub.closed(self.connection)
            super().finish()

        def respond(self) -> None:
            path, _, query = self.path.partition("?")
            headers = self.lower_headers()
            if "transfer-encoding" in headers:
                stub.error = ValueError(
                    f"{self.command} {path} has a body without Content-Length, which is not supported"
                )
                self.close_connection = True
                return
            transmission = stub.respond(WireRequest(self.command, path, query, headers, self.read_body()))
            if transmission is None:
                self.close_connection = True
                return
            self._transmit(transmission)

        def _transmit(self, transmission: Transmission) -> None:
            for number, piece in enumerate(transmission.pieces):
                if number:
                    clock.sleep(transmission.pause)
                self.wfile.write(piece)
            self.close_connection = self.close_connection or transmission.ending is not Ending.OPEN
            if transmission.ending is Ending.RESET:
                # Closed with this option, a connection is reset.
                self.connection.setsockopt(SOL_SOCKET, SO_LINGER, struct.pack("ii", 1, 0))
                self.connection.close()

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

    return Handler

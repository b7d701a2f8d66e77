"""A server on loopback that gives one operation's callers the answer that it is told to."""

import threading
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from socket import SHUT_RDWR, socket
from types import TracebackType
from typing import Any

from bodydouble.contracts.client.report import http_head
from bodydouble.contracts.core.wire import WireRequest, WireResponse
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.operation_matcher import Matcher
from bodydouble.contracts.model.violation import Violation

Others = Callable[[Operation, WireRequest], WireResponse]


class Stub:
    """Answers, validates and remembers requests.

    Args:
        contract: whose operations are called.
        operation: the one under test.
        others: answers calls of the contract's other operations, such as the one that gives out a token.
        most_requests: after so many requests on one answer, connections are closed instead.
    """

    def __init__(self, contract: Contract, operation: Operation, others: Others, most_requests: int) -> None:
        self._contract = contract
        self._operation = operation
        self._others = others
        self._most_requests = most_requests
        self._matcher = Matcher(contract)
        self._lock = threading.Lock()
        self._connections: set[socket] = set()
        self._answer = WireResponse(503)
        self._server = _Server(("127.0.0.1", 0), _handler(self))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self.base_url = f"http://127.0.0.1:{self._server.server_port}"
        self.requests = 0
        self.asked: WireRequest | None = None
        self.bad_requests: list[tuple[Operation | None, WireRequest, Violation]] = []
        self.fault: Exception | None = None

    def __enter__(self) -> "Stub":
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.shutdown()
        with self._lock:
            for connection in self._connections:
                connection.shutdown(SHUT_RDWR)
        self._server.server_close()
        self._thread.join()

    @property
    def exhausted(self) -> bool:
        """Whether more requests came than were allowed on one answer."""
        return self.requests > self._most_requests

    def begin(self, answer: WireResponse) -> None:
        """Give this answer from now on, and forget the requests so far, except how they broke the contract."""
        self._answer, self.requests, self.asked = answer, 0, None

    def respond(self, request: WireRequest) -> WireResponse | None:
        """The answer to a request; None to close the connection instead."""
        with self._lock:
            self.requests += 1
            if self.exhausted:
                return None
        try:
            return self._respond(request)
        except Exception as error:
            self.fault = error
            return None

    def _respond(self, request: WireRequest) -> WireResponse:
        match = self._matcher.match(request)
        operation = match.operation
        if operation is None:
            methods = f"{', '.join(match.allowed)} {request.path}" if match.allowed else "a path of the contract"
            violation = Violation("path", "", "operation", f"{request.method} {request.path}", methods)
            self.bad_requests.append((None, request, violation))
            return WireResponse(self._contract.conditions["unknown-path"].status)
        broken = operation.parse(match.request, match.path_values).violations
        self.bad_requests += [(operation, request, violation) for violation in broken]
        if operation is not self._operation:
            return self._others(operation, request)
        self.asked = request
        return self._answer

    def opened(self, connection: socket) -> None:
        """Take note of a connection."""
        with self._lock:
            self._connections.add(connection)

    def closed(self, connection: socket) -> None:
        """Forget a connection."""
        with self._lock:
            self._connections.discard(connection)


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # A client may ask for much at once.
    request_queue_size = 128


def _handler(stub: Stub) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def setup(self) -> None:
            super().setup()
            stub.opened(self.connection)

        def finish(self) -> None:
            stub.closed(self.connection)
            super().finish()

        def respond(self) -> None:
            path, _, query = self.path.partition("?")
            headers = {name.lower(): value for name, value in self.headers.items()}
            if "transfer-encoding" in headers:
                stub.fault = ValueError(
                    f"{self.command} {path} has a body without Content-Length, which is not supported"
                )
                self.close_connection = True
                return
            body = self.rfile.read(int(headers.get("content-length", 0)))
            response = stub.respond(WireRequest(self.command, path, query, headers, body))
            if response is None:
                self.close_connection = True
                return
            head = http_head(response).replace("\n", "\r\n").encode("latin-1")
            # In one piece: a body behind its headers would wait for them to be acknowledged.
            self.wfile.write(head + b"\r\n\r\n" + (b"" if self.command == "HEAD" else response.body))

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = respond

        def log_message(self, *_: Any) -> None:
            """Stay silent: the report says what matters."""

    return Handler

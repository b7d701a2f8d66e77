"""A callback receiver whose behaviour can be switched, and which can be waited for without sleeping."""

import json
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

WAIT = 20.0


@dataclass(frozen=True)
class ReceivedCallback:
    """One callback as it came; header names in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)


Behaviour = Callable[[BaseHTTPRequestHandler], None]


def respond(status: int, content: Any = None, headers: dict[str, str] | None = None) -> Behaviour:
    """Answer with a status, and JSON if there is content."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        if body:
            handler.send_header("Content-Type", "application/json")
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Beyond the usual five, callbacks that come at once would have to knock again after a second, or be thrown out.
    request_queue_size = 128

    def handle_error(self, request: Any, client_address: Any) -> None:
        # Whoever asked may be gone before the answer: killed by a test, for one.
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class Receiver:
    """A receiver on loopback.

    Args:
        behaviour: how it answers; may be replaced at any time.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.received: list[ReceivedCallback] = []
        self._arrived = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                receiver._take(ReceivedCallback(self.command, self.path, headers, body))
                self.close_connection = True
                receiver.behaviour(self)

            do_GET = do_PUT = do_POST

            def end_headers(self) -> None:
                # Unannounced, a client would use the connection once more, and sometimes before it sees it closed.
                self.send_header("Connection", "close")
                super().end_headers()

            def log_message(self, *_: object) -> None:
                """Stay silent: tests print what matters."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self._server.server_port}/callback"
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,), daemon=True)
        self._thread.start()

    def _take(self, received: ReceivedCallback) -> None:
        with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()

    def wait_for(self, count: int) -> list[ReceivedCallback]:
        """Wait until so many callbacks have come; all that have."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.received) >= count, WAIT), self.received
            return list(self.received)

    def close(self) -> None:
        """Stop listening."""
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

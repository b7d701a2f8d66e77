"""A callback receiver whose behaviour can be switched, and whose callbacks can be waited for without sleeping."""

import json
import threading
from collections.abc import Callable
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler
from typing import Any

from bodydouble.contracts.core.loopback_server import LoopbackHandler, LoopbackServer
from bodydouble.contracts.core.wire import JSON

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
    """The behaviour of responding with a status, and with JSON if there is content."""

    def act(handler: BaseHTTPRequestHandler) -> None:
        body = b"" if content is None else json.dumps(content).encode()
        handler.send_response(status)
        for name, value in (headers or {}).items():
            handler.send_header(name, value)
        if body:
            handler.send_header("Content-Type", JSON)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)

    return act


class Receiver:
    """A receiver on loopback.

    Args:
        behaviour: how it responds; may be replaced at any time.
    """

    def __init__(self, behaviour: Behaviour) -> None:
        self.behaviour = behaviour
        self.received: list[ReceivedCallback] = []
        self._arrived = threading.Condition()
        receiver = self

        class Handler(LoopbackHandler):
            def do_POST(self) -> None:
                body = self.read_body()
                receiver._record(ReceivedCallback(self.command, self.path, self.lower_headers(), body))
                self.close_connection = True
                receiver.behaviour(self)

            do_GET = do_PUT = do_POST

            def end_headers(self) -> None:
                # Without this header, a client could send a request on the connection before it sees that it is closed.
                self.send_header("Connection", "close")
                super().end_headers()

        self._server = LoopbackServer(Handler)
        self._server.start()
        self.url = f"{self._server.base_url}/callback"

    def _record(self, received: ReceivedCallback) -> None:
        with self._arrived:
            self.received.append(received)
            self._arrived.notify_all()

    def wait_for(self, count: int) -> list[ReceivedCallback]:
        """Wait until `count` callbacks have arrived; returns all that have."""
        with self._arrived:
            assert self._arrived.wait_for(lambda: len(self.received) >= count, WAIT), self.received
            return list(self.received)

    def close(self) -> None:
        """Stop listening."""
        self._server.stop()

"""A small HTTP server on loopback, for the testers: each connection has a thread of its own."""

import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

# Seconds after which the server notices that it is to stop.
POLL_INTERVAL = 0.01


class LoopbackServer(ThreadingHTTPServer):
    """A server on a free port of 127.0.0.1; listens from its creation, responds after `start`.

    Attributes:
        base_url: scheme, host and port.
    """

    daemon_threads = True
    # With the usual five, some of many simultaneous requests would wait for a second, or be refused.
    request_queue_size = 128

    def __init__(self, handler: type[BaseHTTPRequestHandler]) -> None:
        super().__init__(("127.0.0.1", 0), handler)
        self.base_url = f"http://127.0.0.1:{self.server_port}"
        self._thread = threading.Thread(target=self.serve_forever, args=(POLL_INTERVAL,), daemon=True)

    def start(self) -> None:
        """Serve requests from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Stop listening. Connections that are open stay open until their handlers end."""
        self.shutdown()
        self.server_close()
        self._thread.join()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Report an error of a handler, unless the client has gone."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)


class LoopbackHandler(BaseHTTPRequestHandler):
    """A handler that logs nothing: tests and reports show what matters."""

    protocol_version = "HTTP/1.1"

    def lower_headers(self) -> dict[str, str]:
        """The request's headers, with names in lower case."""
        return {name.lower(): value for name, value in self.headers.items()}

    def read_body(self) -> bytes:
        """The request's body, by its Content-Length."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def log_message(self, *_: Any) -> None:
        """Stay silent."""

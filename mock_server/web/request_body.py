"""Reading the body of a request: the whole of it or none; and noticing when clients that stop sending hold up a worker.

Granian has no limit of its own for the time that a body takes, and nothing but the client ends a thread's wait for one.
A worker whose threads all wait that way answers nobody. What is left is to replace the worker, which loses nothing: it
is handling no request, and its deliveries are taken up by others.
"""

import threading
from collections.abc import Callable

from flask import current_app, request
from werkzeug.exceptions import BadRequest

from bodydouble.mock_server.clock import monotonic

_PART = 65_536


class IncompleteBody(BadRequest):
    """The connection ended before the whole body was there."""


class Waiting:
    """Which threads of this process wait for a part of a body, and since when."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def read(self, part: Callable[[], bytes]) -> bytes:
        """Read a part, and be known to wait meanwhile."""
        thread = threading.get_ident()
        self._since[thread] = monotonic()
        try:
            return part()
        finally:
            del self._since[thread]

    def longer_than(self, seconds: float, now: float) -> int:
        """How many threads have been waiting for longer than that."""
        return sum(1 for since in list(self._since.values()) if now - since > seconds)


WAITING = Waiting()


class Watch:
    """Looks now and then whether a process still has a thread that is not waiting.

    Args:
        waiting: of the process.
        threads: how many handle requests.
        patience: seconds for which a thread may wait for a part of a body.
        held_up: called when all have waited for longer than that.
    """

    def __init__(self, waiting: Waiting, threads: int, patience: float, held_up: Callable[[], None]) -> None:
        self._waiting = waiting
        self._threads = threads
        self._patience = patience
        self._held_up = held_up
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="bodies", daemon=True).start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._patience / 10):
            if self._waiting.longer_than(self._patience, monotonic()) >= self._threads:
                self._held_up()


def request_body() -> bytes:
    """The body of the request that Flask is handling, whichever way it is sent.

    Raises:
        RequestEntityTooLarge: it is larger than allowed.
        IncompleteBody: the client did not send all of it.
    """
    environ = request.environ
    in_chunks = "HTTP_TRANSFER_ENCODING" in environ
    length = int(environ.get("CONTENT_LENGTH") or 0)
    if not in_chunks and not length:
        return b""
    # One read takes a short body in; the streams that guard against long ones cost more than all of its parsing.
    short = not in_chunks and length <= min(_PART, current_app.config["MAX_CONTENT_LENGTH"])
    stream = environ["wsgi.input"] if short else request.stream
    body = b""
    # In chunks, the last and empty part is what makes Werkzeug complain of a body that is too large.
    while (in_chunks or len(body) < length) and (part := WAITING.read(lambda: stream.read(_PART))):
        body += part
    # A body that is cut off ends like any other. To act on a part of it would be to act on what nobody asked for.
    if not in_chunks and len(body) < length:
        raise IncompleteBody(f"body: incomplete: got {len(body)} bytes, expected {length}")
    return body

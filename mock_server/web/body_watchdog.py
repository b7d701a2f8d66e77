"""Detects that clients which stopped sending keep all threads of a worker waiting.

Granian does not limit the time that a body takes, and only the client ends a thread's wait for a body. A
worker whose threads all wait that way serves no requests. The only remedy is to replace it, which loses nothing: it is
handling no request, and other workers take over its deliveries.
"""

import threading
from collections.abc import Callable

from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.delivery.turns import REQUEST_TURNS


class BodyReadTracker:
    """Which threads of this process wait for a part of a body, and since when."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}

    def read(self, part: Callable[[], bytes]) -> bytes:
        """Read a part, and count as waiting meanwhile."""
        thread = threading.get_ident()
        with REQUEST_TURNS.given_away():
            self._since[thread] = monotonic()
            try:
                return part()
            finally:
                del self._since[thread]

    def longer_than(self, seconds: float, now: float) -> int:
        """How many threads have been waiting for longer than that."""
        return sum(1 for since in list(self._since.values()) if now - since > seconds)


BODY_READS = BodyReadTracker()


class StallWatchdog:
    """Checks periodically that a process still has a thread that is not waiting.

    Args:
        waiting: of the process.
        threads: how many handle requests.
        stall_timeout: seconds for which a thread may wait for a part of a body.
        on_stall: called when all have waited for longer than that.
    """

    def __init__(
        self, waiting: BodyReadTracker, threads: int, stall_timeout: float, on_stall: Callable[[], None]
    ) -> None:
        self._waiting = waiting
        self._threads = threads
        self._stall_timeout = stall_timeout
        self._on_stall = on_stall
        self._stop = threading.Event()

    def start(self) -> None:
        """Begin to look."""
        threading.Thread(target=self._run, name="bodies", daemon=True).start()

    def stop(self) -> None:
        """Stop looking."""
        self._stop.set()

    def _run(self) -> None:
        while not self._stop.wait(self._stall_timeout / 10):
            if self._waiting.longer_than(self._stall_timeout, monotonic()) >= self._threads:
                self._on_stall()

"""Detects that clients which stopped sending keep all threads of a worker waiting.

Granian does not limit the time that a body takes, and only the client ends a thread's wait for a body. A worker whose
threads all wait that way would serve no requests, and those that queue behind them would be lost with it. So only some
of the threads may wait: further bodies are rejected, everything else is served. The only remedy for the clients that
wait is to replace the worker; other workers take over its deliveries.
"""

import threading
from collections.abc import Callable

from bodydouble.mock_server.clock import monotonic
from bodydouble.mock_server.delivery.turns import REQUEST_TURNS

# How many threads of a process may wait for bodies that do not arrive; there are more that handle requests.
MAX_WAITING = 48
# Seconds for which a further body waits for one of them to arrive.
_PATIENCE = 0.25


class BodyReadTracker:
    """Which threads of this process wait for a part of a body, and since when."""

    def __init__(self) -> None:
        self._since: dict[int, float] = {}
        self._ended, self._watchers = threading.Condition(), 0

    def read(self, part: Callable[[], bytes]) -> bytes:
        """Read a part, and count as waiting meanwhile."""
        thread = threading.get_ident()
        with REQUEST_TURNS.given_away():
            self._since[thread] = monotonic()
            try:
                return part()
            finally:
                del self._since[thread]
                # In this order: who begins to watch after the look sees that the read has ended.
                if self._watchers:
                    with self._ended:
                        self._ended.notify_all()

    def exhausted(self) -> bool:
        """Whether as many threads as may be wait for bodies, and go on to wait."""
        if len(self._since) < MAX_WAITING:
            return False
        with REQUEST_TURNS.given_away(), self._ended:
            self._watchers += 1
            try:
                return not self._ended.wait_for(lambda: len(self._since) < MAX_WAITING, _PATIENCE)
            finally:
                self._watchers -= 1

    @property
    def number(self) -> int:
        """How many threads wait now."""
        return len(self._since)

    def longer_than(self, seconds: float, now: float) -> int:
        """How many threads have been waiting for longer than that."""
        return sum(1 for since in list(self._since.values()) if now - since > seconds)


BODY_READS = BodyReadTracker()


class StallWatchdog:
    """Checks that a process still has a thread that is not waiting; often only while none has.

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
        # A thread that goes on waiting notifies nobody.
        while not self._stop.wait(self._pause()):
            if self._waiting.longer_than(self._stall_timeout, monotonic()) >= self._threads:
                self._on_stall()

    def _pause(self) -> float:
        # Those that do not wait yet cannot have waited for too long before then.
        return self._stall_timeout / (10 if self._waiting.number >= self._threads else 1)

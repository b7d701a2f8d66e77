"""What is left to do of damaged responses when their requests have ended: one thread of the process does all of it."""

import heapq
import itertools
import logging
import threading
from collections.abc import Iterator

from bodydouble.mock_server.clock import monotonic

logger = logging.getLogger(__name__)

# Seconds for which the thread waits for something to do before it ends.
_IDLE = 5.0


class Steps:
    """Goes through iterators, each of which yields the seconds until its next step."""

    def __init__(self) -> None:
        self._changed = threading.Condition()
        # Due time, a number that makes it unique, and what is to be done.
        self._due: list[tuple[float, int, Iterator[float]]] = []
        self._numbers = itertools.count()
        self._is_running = False

    def add(self, steps: Iterator[float]) -> None:
        """Begin, and go on until the iterator ends."""
        self._put(0, steps)
        with self._changed:
            if self._is_running:
                return
            self._is_running = True
        threading.Thread(target=self._run, name="faults", daemon=True).start()

    def _put(self, wait: float, steps: Iterator[float]) -> None:
        with self._changed:
            heapq.heappush(self._due, (monotonic() + wait, next(self._numbers), steps))
            self._changed.notify()

    def _run(self) -> None:
        while (steps := self._next()) is not None:
            try:
                wait = next(steps, None)
            except Exception:
                logger.exception("a damaged response ends early")
                continue
            if wait is not None:
                self._put(wait, steps)

    def _next(self) -> Iterator[float] | None:
        """Wait for what is due next; None if there has been nothing for a while."""
        with self._changed:
            while True:
                wait = self._due[0][0] - monotonic() if self._due else _IDLE
                if self._due and wait <= 0:
                    return heapq.heappop(self._due)[2]
                if not self._changed.wait(wait) and not self._due:
                    self._is_running = False
                    return None


STEPS = Steps()

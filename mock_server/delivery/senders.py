"""The threads that send callbacks: as many as are needed for the lanes, since they mostly wait for receivers."""

import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from bodydouble.mock_server.delivery.lanes import Lane

logger = logging.getLogger(__name__)

# Seconds after which a thread without work ends.
IDLE_TIMEOUT = 5.0


class Senders:
    """Threads that are started when they are needed, and end when they are not.

    Args:
        serve: called in one of them for each lane that needs a thread.
    """

    def __init__(self, serve: Callable[[Lane], None]) -> None:
        self._serve = serve
        self._queue: SimpleQueue[Lane | None] = SimpleQueue()
        self._guard = threading.Lock()
        self._threads: set[threading.Thread] = set()
        self._free = self._number = 0
        self._stopped = False

    @property
    def threads(self) -> frozenset[threading.Thread]:
        """The threads that there are now."""
        with self._guard:
            return frozenset(self._threads)

    def start(self) -> None:
        """Begin to send."""
        self._stopped, self._queue = False, SimpleQueue()

    def stop(self) -> None:
        """Begin nothing more; attempts under way go on."""
        self._stopped = True
        for _ in self.threads:
            self._queue.put(None)

    def submit(self, lane: Lane) -> None:
        """Serve a lane as soon as possible, which is at once unless the system allows no further thread.

        Raises:
            RuntimeError: the system allows no thread at all.
        """
        with self._guard:
            if self._queue.qsize() >= self._free:
                self._start_thread()
            # While no thread may end for want of work.
            self._queue.put(lane)

    def _start_thread(self) -> None:
        self._number += 1
        # Not of a pool, whose threads would keep the process from ending while a receiver hangs.
        thread = threading.Thread(target=self._run, name=f"delivery-{self._number}", daemon=True)
        try:
            thread.start()
        except RuntimeError:
            if not self._threads:
                raise
            logger.warning("no further thread can be started; callbacks wait for one of %d", len(self._threads))
        else:
            self._threads.add(thread)

    def _run(self) -> None:
        try:
            while not self._stopped and (lane := self._next()) is not None:
                self._serve_safely(lane)
        finally:
            with self._guard:
                self._threads.discard(threading.current_thread())

    def _next(self) -> Lane | None:
        with self._guard:
            self._free += 1
        try:
            lane = self._queue.get(timeout=IDLE_TIMEOUT)
        except Empty:
            return self._last()
        with self._guard:
            self._free -= 1
        return lane

    def _last(self) -> Lane | None:
        # What was submitted since, to this thread as a free one.
        with self._guard:
            self._free -= 1
            try:
                return self._queue.get_nowait()
            except Empty:
                return None

    def _serve_safely(self, lane: Lane) -> None:
        try:
            self._serve(lane)
        except BaseException:
            logger.exception("a thread could not send the callbacks to %s", lane.key[1])

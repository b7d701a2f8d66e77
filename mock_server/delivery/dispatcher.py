"""The worker threads that take due deliveries out of the outbox."""

import logging
import threading
from queue import SimpleQueue

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.delivery.deliverer import LEASE, Deliverer
from bodydouble.mock_server.store import deliveries
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.deliveries import Delivery

logger = logging.getLogger(__name__)

POLL_INTERVAL = 0.05
WORKERS = 8


class Dispatcher:
    """Looks for due deliveries and has them attempted, several at a time.

    Args:
        database: the outbox's.
        deliverer: makes the attempts.
    """

    def __init__(self, database: Database, deliverer: Deliverer) -> None:
        self._database = database
        self._deliverer = deliverer
        self._stop = threading.Event()
        self._free = threading.Semaphore(WORKERS)
        self._thread: threading.Thread | None = None
        self._claimed: SimpleQueue[Delivery | None] = SimpleQueue()

    def start(self) -> None:
        """Begin to look."""
        self._stop.clear()
        for number in range(WORKERS):
            # Not of a pool, whose threads would keep the process from ending while a receiver hangs.
            threading.Thread(target=self._work, name=f"delivery-{number}", daemon=True).start()
        self._thread = threading.Thread(target=self._run, name="dispatcher", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking. Unfinished deliveries stay in the outbox for the next worker."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()
        for _ in range(WORKERS):
            self._claimed.put(None)

    def _run(self) -> None:
        while not self._stop.wait(POLL_INTERVAL):
            try:
                self._dispatch()
            except Exception:
                logger.exception("looking for due deliveries failed")
        self._database.close()

    def _dispatch(self) -> None:
        wall = wall_ms()
        if not deliveries.any_due(self._database.read(), wall):
            return
        free = self._take_free()
        if not free:
            return
        with self._database.write() as connection:
            due = deliveries.claim_due(connection, wall, LEASE, free)
        for _ in range(free - len(due)):
            self._free.release()
        for delivery in due:
            self._claimed.put(delivery)

    def _take_free(self) -> int:
        free = 0
        while free < WORKERS and self._free.acquire(blocking=False):
            free += 1
        return free

    def _work(self) -> None:
        while (delivery := self._claimed.get()) is not None:
            if not self._stop.is_set():
                self._attempt(delivery)

    def _attempt(self, delivery: Delivery) -> None:
        try:
            self._deliverer.attempt(delivery)
        except Exception:
            logger.exception("the delivery %s could not be attempted", delivery.id)
        finally:
            self._free.release()

"""Records attempts in batches; what cannot be recorded now is recorded later."""

import logging
import threading
from collections import deque
from collections.abc import Callable, Sequence

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.delivery.records import SCHEDULED, record_all
from bodydouble.mock_server.delivery.stages import EvaluatedCallback, PreparedCallback
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.deliveries import Attempt, Delivery
from bodydouble.mock_server.store.gathering import gather

logger = logging.getLogger(__name__)

# How many attempts are recorded in one transaction, which other writers wait for.
MAX_BATCH = 128
# How many times an attempt may fail to be recorded, in a transaction of its own, before it is left to be made again.
MAX_TRIES = 60


@dataclass(slots=True)
class _Ended:
    prepared: PreparedCallback
    evaluated: EvaluatedCallback
    tries: int = 0

    @property
    def latency(self) -> float:
        exchange = self.evaluated.sent.exchange
        return 0.0 if exchange is None else exchange.duration


class Recorder:
    """Gathers attempts that have been made, and records them.

    Args:
        database: the outbox's.
        on_recorded: called with deliveries for which there is nothing more to do, and how many milliseconds the
            receiver of each took.
        on_attempt: called with each attempt that was recorded, and its delivery as it was before.
    """

    def __init__(
        self,
        database: Database,
        on_recorded: Callable[[Sequence[tuple[Delivery, float]]], None],
        on_attempt: Callable[[Delivery, Attempt], None],
    ) -> None:
        self._database = database
        self._on_recorded, self._on_attempt = on_recorded, on_attempt
        self._ended: deque[_Ended] = deque()
        self._guard = threading.Lock()
        self._batch, self._latest_size = MAX_BATCH, 1

    def add(self, prepared: PreparedCallback, evaluated: EvaluatedCallback) -> None:
        """Record an attempt soon."""
        self._ended.append(_Ended(prepared, evaluated))

    def write(self) -> None:
        """Record what has gathered; what cannot be recorded stays, and the error is raised."""
        with self._guard:
            while self._ended:
                gather(self._ended, self._latest_size, self._batch)
                self._write_batch([self._ended.popleft() for _ in range(min(self._batch, len(self._ended)))])

    def _write_batch(self, batch: list[_Ended]) -> None:
        try:
            with self._database.write() as connection:
                attempts = record_all(connection, [(ended.prepared, ended.evaluated) for ended in batch], SCHEDULED)
        except BaseException:
            self._put_back(batch)
            raise
        self._batch, self._latest_size = min(MAX_BATCH, self._batch * 2), len(batch)
        self._on_recorded([(ended.prepared.delivery, ended.latency) for ended in batch])
        for ended, attempt in zip(batch, attempts, strict=True):
            if attempt is not None:
                self._on_attempt(ended.prepared.delivery, attempt)

    def _put_back(self, batch: list[_Ended]) -> None:
        # In ever smaller batches, so that one that never can be recorded does not keep the others from it.
        self._batch = max(1, len(batch) // 2)
        if len(batch) > 1:
            self._ended.extendleft(reversed(batch))
            return
        (ended,) = batch
        ended.tries += 1
        if ended.tries < MAX_TRIES:
            self._ended.append(ended)
            return
        logger.error(
            "an attempt at the delivery %s cannot be recorded; it will be made again", ended.prepared.delivery.id
        )
        self._on_recorded([(ended.prepared.delivery, ended.latency)])

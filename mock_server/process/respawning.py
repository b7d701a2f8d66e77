"""Granian with another policy for workers that end: they are replaced, and only a series of deaths ends the server."""

import logging
import signal
from collections import deque
from typing import Any

from granian.server import Server as Granian

from bodydouble.mock_server.clock import monotonic

logger = logging.getLogger(__name__)

# How many workers may end within how many seconds. A worker that can never start reaches it soon, an
# operator or a system that kills processes for their memory does not.
MAX_DEATHS, WITHIN = 30, 60.0


class RespawningServer(Granian):  # type: ignore[misc,valid-type]
    """Granian, which would end all when one worker dies twice within five seconds."""

    def _respawn_workers(self, workers: list[int], *arguments: Any, **options: Any) -> None:
        for index in workers:
            self._say(index)
        super()._respawn_workers(workers, *arguments, **options)
        now = monotonic()
        deaths: deque[float] = self.__dict__.setdefault("deaths", deque(maxlen=MAX_DEATHS))
        deaths.extend([now] * len(workers))
        if len(deaths) < MAX_DEATHS or now - deaths[0] > WITHIN:
            # What Granian's own policy goes by.
            self.respawned_wrks.clear()
        else:
            logger.error(
                "%d workers have ended within %g s; the next one that ends, ends the server", MAX_DEATHS, WITHIN
            )

    def _say(self, index: int) -> None:
        process = self.wrks[index].inner
        logger.warning("worker %d (process %s) %s; it is replaced", index + 1, process.pid, _end(process.exitcode))


class UselessMessages(logging.Filter):
    """Drops what Granian says that this package says better, or knows."""

    _BEGINNINGS = ("Configuration allows spawning up to", "Unexpected exit from worker-")

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the message is of use."""
        return not record.getMessage().startswith(self._BEGINNINGS)


def _end(code: int | None) -> str:
    if code is None or code >= 0:
        return f"has ended with code {code}"
    return f"was ended by {signal.Signals(-code).name}"

"""Keeping the state bounded: what is old and ended is dropped."""

import logging
import threading

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.store import accounts, deliveries, nonces, resources, tasks, tokens, uploads
from bodydouble.mock_server.store.database import Database

logger = logging.getLogger(__name__)

INTERVAL = 20.0


class Housekeeper:
    """Drops old tasks, deliveries, tokens and nonces now and then.

    Args:
        database: the state.
        settings: how much is kept.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin."""
        self._stop.clear()
        self._thread = threading.Thread(target=self._run, name="housekeeper", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """End."""
        self._stop.set()
        if self._thread is not None:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.wait(INTERVAL):
            try:
                self.tidy()
            except Exception:
                logger.exception("housekeeping failed")
        self._database.close()

    def tidy(self) -> None:
        """Drop what is beyond the limits."""
        real, settings = wall_ms(), self._settings
        # Found out by reading: most accounts have nothing to drop, and a write for each would hold up everybody else.
        connection = self._database.read()
        found = tasks.with_more_than(connection, settings.kept_tasks)
        found |= resources.with_more_than(connection, settings.kept_resources)
        found |= tokens.with_expired(connection, real)
        for account_id in found:
            with self._database.write() as connection:
                account = accounts.get(connection, account_id)
                if account is not None:
                    now = account.clock.now(real)
                    tasks.forget_oldest(connection, account_id, settings.kept_tasks, now)
                    tokens.forget_expired(connection, account_id, now)
                    resources.forget_oldest(connection, account_id, settings.kept_resources)
        with self._database.write() as connection:
            deliveries.forget_oldest(connection, settings.kept_deliveries)
            nonces.forget_expired(connection, real)
            uploads.forget_oldest(connection, settings.kept_uploads)

"""Retention: bounds the state by dropping records that are old and ended."""

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.store import (
    accounts,
    deliveries,
    nonces,
    resources,
    tables,
    task_retention,
    tokens,
    uploads,
)
from bodydouble.mock_server.store.database import Database

# Seconds between two of its runs.
INTERVAL = 20.0


class RetentionService:
    """Drops old tasks, deliveries, tokens, nonces and uploads from time to time.

    Args:
        database: the state.
        settings: the limits.
    """

    def __init__(self, database: Database, settings: Settings) -> None:
        self._database = database
        self._settings = settings

    def apply(self) -> None:
        """Drop everything beyond the limits."""
        now_ms, settings = wall_ms(), self._settings
        # Read first: most accounts have nothing to drop, and a write for each of them would delay all other writers.
        connection = self._database.read()
        account_ids = task_retention.accounts_with_more_than(connection, settings.max_tasks_per_account)
        account_ids |= accounts.with_more_rows_than(connection, tables.resources, settings.max_resources_per_account)
        account_ids |= tokens.with_expired(connection, now_ms)
        for account_id in account_ids:
            while self._forget_of_account(account_id, now_ms):
                """Other writers have their turn in between."""
        with self._database.write() as connection:
            deliveries.forget_oldest(connection, settings.max_ended_deliveries)
            nonces.forget_expired(connection, now_ms)
            uploads.forget_oldest(connection, settings.max_stored_upload_bytes)

    def _forget_of_account(self, account_id: str, now_ms: int) -> bool:
        # Whether there may be more to drop.
        settings = self._settings
        with self._database.write() as connection:
            account = accounts.get(connection, account_id)
            if account is None:
                return False
            now = account.clock.now(now_ms)
            dropped = task_retention.forget_oldest(connection, account_id, settings.max_tasks_per_account, now)
            tokens.forget_expired(connection, account_id, now)
            resources.forget_oldest(connection, account_id, settings.max_resources_per_account)
        return dropped >= task_retention.MAX_AT_ONCE

"""Until when a look for due deliveries would find nothing: until the next due time, unless something changes."""

from bodydouble.mock_server.delivery.notifications import Notifications
from bodydouble.mock_server.store import due_deliveries
from bodydouble.mock_server.store.database import Changes, Database

_NEVER = 2**63
# Milliseconds for which notifications are relied on: of what is due before that, processes notify each other.
MAX_UNSEEN = 1000
# Seconds between two looks at whether another process has changed a file. Each process begins itself with what it has
# made due; this is for the processes that have ended since.
MAX_PAUSE = 2.0


class Quiet:
    """Tells a thread whether it need not look.

    Args:
        database: the outbox's.
        notifications: of a database server, which has no number of changes as a file does.
    """

    def __init__(self, database: Database, notifications: Notifications | None = None) -> None:
        self._database, self._notifications = database, notifications
        self._changes: Changes | None = None
        self._until: int | None = None

    def lasts(self, wall_ms: int) -> bool:
        """Whether nothing can be due.

        Args:
            wall_ms: epoch milliseconds of the real clock.
        """
        changes = self._database.changes() if self._notifications is None else self._notifications.changes()
        if changes is None or changes != self._changes:
            # While there are changes, the next due time would be asked for in vain.
            self._changes, self._until = changes, None
            return False
        if self._until is None:
            next_due = due_deliveries.next_due(self._database.read())
            self._until = min(_NEVER if next_due is None else next_due, self._trusted_until(wall_ms))
        if wall_ms < self._until:
            return True
        if self._notifications is not None:
            # What is due later than they tell may have been added.
            self._until = None
        return False

    def pause(self, wall_ms: int) -> float | None:
        """Seconds that it lasts, and may be relied on; None if it does not last."""
        if not self.lasts(wall_ms) or self._until is None:
            return None
        return min(MAX_PAUSE, (self._until - wall_ms) / 1000)

    def _trusted_until(self, wall_ms: int) -> int:
        return _NEVER if self._notifications is None else wall_ms + MAX_UNSEEN

"""Until when a look for due deliveries would find nothing: until the next due time, unless something changes."""

from bodydouble.mock_server.store import due_deliveries
from bodydouble.mock_server.store.database import Changes, Database

_NEVER = 2**63


class Quiet:
    """Tells a thread whether it need not look. On a file only: a database server has no number of changes.

    Args:
        database: the outbox's.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._changes: Changes | None = None
        self._until: int | None = None

    def lasts(self, wall_ms: int) -> bool:
        """Whether nothing can be due.

        Args:
            wall_ms: epoch milliseconds of the real clock.
        """
        changes = self._database.changes()
        if changes is None or changes != self._changes:
            # While there are changes, the next due time would be asked for in vain.
            self._changes, self._until = changes, None
            return False
        if self._until is None:
            next_due = due_deliveries.next_due(self._database.read())
            self._until = _NEVER if next_due is None else next_due
        return wall_ms < self._until

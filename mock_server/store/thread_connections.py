"""The open connections of threads."""

import sys
from contextlib import suppress

from sqlalchemy import Connection
from sqlalchemy.exc import SQLAlchemyError

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store.transactions import ServerTransactions, SqliteTransactions


def running_threads() -> set[int]:
    """The threads that run Python code."""
    # Code that has another thread's frame keeps its cursors, whose statements stay in progress, and ends them in a
    # thread that is not theirs. So only the keys are seen, and no thread runs meanwhile: this is one call in C.
    running: set[int] = set()
    next(map(running.update, iter(sys._current_frames, None)))
    return running


@dataclass(frozen=True, slots=True)
class Writer:
    """A connection for writing to a server.

    Attributes:
        since: how many connections had been lost before it was opened.
    """

    transactions: ServerTransactions
    since: int


@dataclass(slots=True)
class ThreadConnections:
    """The open connections of one thread.

    Attributes:
        reading_since: how many connections had been lost before it was opened.
    """

    reading: Connection | None = None
    reading_since: int = 0
    writing: SqliteTransactions | None = None

    def close(self) -> None:
        """Close them."""
        self.close_reading()
        self.close_writing()

    # A lost connection fails to close, too. It is of no use afterwards.

    def close_reading(self) -> None:
        """Close the one for reading."""
        reading, self.reading = self.reading, None
        if reading is not None:
            with suppress(SQLAlchemyError):
                reading.close()

    def close_writing(self) -> None:
        """Close the one for writing."""
        writing, self.writing = self.writing, None
        if writing is not None:
            with suppress(SQLAlchemyError):
                writing.close()

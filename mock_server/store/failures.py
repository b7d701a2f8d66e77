"""Failures of the database, in words for the person who runs the server."""

import sqlite3

from sqlalchemy.exc import DBAPIError

# SQLite's codes: busy, locked, out of memory, read-only, input and output, corrupt, full, cannot open, lock protocol,
# no database.
_FAILURES = frozenset({5, 6, 7, 8, 10, 11, 13, 14, 15, 26})
# The other bits say more exactly what happened.
_PRIMARY_CODE = 0xFF


def is_failure(error: BaseException) -> bool:
    """Whether an error says that the database itself fails (disk full, lock held, connection lost), not a mistake."""
    cause = error.orig if isinstance(error, DBAPIError) else error
    if isinstance(cause, sqlite3.Error):
        return getattr(cause, "sqlite_errorcode", 0) & _PRIMARY_CODE in _FAILURES
    # Drivers name their errors as the standard of Python's database interfaces does.
    return any(kind.__name__ in ("OperationalError", "InterfaceError") for kind in type(cause).__mro__)


def reason(error: BaseException) -> str:
    """Why the database failed, in one line, without statements and their values."""
    cause = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    lines = str(cause).strip().splitlines()
    text = lines[0] if lines else type(cause).__name__
    return f"{text} (is the disk full?)" if text == "disk I/O error" else text

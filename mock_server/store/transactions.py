"""The transactions of one thread, one after the other: on a database server, and on a file."""

import fcntl
import sqlite3
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection

from bodydouble.mock_server.store import unwritten
from bodydouble.mock_server.store.cache_version import CacheVersion
from bodydouble.mock_server.store.postgresql import ServerConnection
from bodydouble.mock_server.store.prepared_statement import note_disconnect
from bodydouble.mock_server.store.rows_ahead import gather_rows, insert_ahead, rows_ahead

_ACCOUNTS_CHANGED, _ISSUED = "accounts changed", "issued"
_WRITES = "writes"
_DELIVERIES_DUE, ON_DELIVERIES_DUE = "deliveries due", "on deliveries due"
_DELIVERIES_SOON, ON_DELIVERIES_SOON = "deliveries due soon", "on deliveries due soon"
# Seconds for which a writer waits for SQLite's lock, if another program holds it, and between two looks.
BUSY_TIMEOUT, BUSY_PAUSE = 10.0, 0.02
# How many looks it takes at least: while the machine stood still, the other program could not release its lock.
MIN_LOOKS = 100
# Another process has it; or several did the same at once, again and again, and none was let through.
_BUSY = frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_PROTOCOL})


def mark_accounts_changed(connection: Connection) -> None:
    """Note in a transaction that it changes what processes cache of accounts."""
    unwritten.write(connection)
    unwritten.forget(connection)
    connection.info[_ACCOUNTS_CHANGED] = True


def mark_issued(connection: Connection) -> None:
    """Note in a transaction that it issues a token, or the credentials of a new account."""
    connection.info[_ISSUED] = True


def mark_deliveries_due(connection: Connection) -> None:
    """Note in a transaction that deliveries are due as soon as it ends."""
    connection.info[_DELIVERIES_DUE] = True


def mark_deliveries_soon(connection: Connection) -> None:
    """Note in a transaction that deliveries may be due soon after it ends, which other processes may not know."""
    connection.info[_DELIVERIES_SOON] = True


def _committed(info: dict[Any, Any]) -> None:
    due, soon = info.pop(_DELIVERIES_DUE, False), info.pop(_DELIVERIES_SOON, False)
    if due and ON_DELIVERIES_DUE in info:
        info[ON_DELIVERIES_DUE]()
    elif soon and ON_DELIVERIES_SOON in info:
        info[ON_DELIVERIES_SOON]()


def writes(connection: Connection) -> bool:
    """Whether a connection is one of a transaction: what it reads in order to change it must not change meanwhile."""
    return _WRITES in connection.info


def write_all(connection: Connection) -> None:
    """Write what a transaction on a file has still to write."""
    unwritten.write(connection)
    insert_ahead(connection)


def forget_all(connection: Connection) -> None:
    """Know nothing of what a transaction on a file has still to write, since it is undone."""
    unwritten.forget(connection)
    rows = rows_ahead(connection)
    if rows is not None:
        rows.forget()


class ServerTransactions:
    """The transactions of one thread on a database server, one after the other.

    Args:
        connection: that is used for nothing else, and commits by itself outside of these transactions.
        server: what runs statements on it.
    """

    def __init__(self, connection: Connection, server: ServerConnection) -> None:
        connection.info[_WRITES] = True
        self.connection, self._server = connection, server
        self._info = connection.info

    def __enter__(self) -> Connection:
        unwritten.forget(self.connection)
        self._server.begin()
        return self.connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        if kind is None:
            self._commit()
        else:
            self._server.rollback()
        _committed(self._info)

    def _commit(self) -> None:
        try:
            unwritten.write(self.connection)
            self._server.commit()
        except BaseException as error:
            self._server.rollback()
            if isinstance(error, Exception):
                note_disconnect(self.connection, error)
            raise

    def close(self) -> None:
        """Close the connection."""
        self.connection.close()


class SqliteTransactions:
    """The transactions of one thread on a file, one after the other.

    SQLAlchemy's own would cost as much again as all statements of a usual one, so these begin and end on the driver's
    connection. SQLite lets one process write at a time and makes the others poll; a process that waits on a
    file lock is woken at once.

    Args:
        connection: that is used for nothing else.
        cache_version: incremented with every change of an account.
        path: the database's file.
        on_foreign_lock: called by a thread that begins to wait for another program.
    """

    def __init__(
        self,
        connection: Connection,
        cache_version: CacheVersion | None,
        path: Path,
        on_foreign_lock: Callable[[], None] = lambda: None,
    ) -> None:
        connection.info[_WRITES] = True
        # Before all else: the finalizer needs it.
        self._lock = path.with_name(f"{path.name}.lock").open("ab")
        self.connection = connection
        self._driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        # This class waits itself, so that those who wait do not wait for each other.
        self._driver.execute("PRAGMA busy_timeout = 0")
        self._on_foreign_lock = on_foreign_lock
        self._info = connection.info
        self._rows = gather_rows(connection)
        self._cache_version = cache_version

    def __enter__(self) -> Connection:
        unwritten.forget(self.connection)
        if not self._begun():
            self._on_foreign_lock()
            deadline, looks = time.monotonic() + BUSY_TIMEOUT, 0
            # SQLite tells nobody that another program has released its lock.
            while not self._begun(at_last=looks >= MIN_LOOKS and time.monotonic() > deadline):
                time.sleep(BUSY_PAUSE)
                looks += 1
        return self.connection

    def _begun(self, *, at_last: bool = False) -> bool:
        """Begin a transaction; False if another program writes, which is an error at last."""
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            # A transaction that reads first and writes later would fail if another has written in the meantime.
            self._driver.execute("BEGIN IMMEDIATE")
        except BaseException as error:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            if at_last or not _is_busy(error):
                raise
            return False
        return True

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        changed, issued = self._info.pop(_ACCOUNTS_CHANGED, False), self._info.pop(_ISSUED, False)
        try:
            if kind is None:
                self._commit()
                if (changed or issued) and self._cache_version is not None:
                    self._tell(self._cache_version, changed=changed, issued=issued)
            else:
                self._undo()
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            _committed(self._info)

    def _tell(self, cache_version: CacheVersion, *, changed: bool, issued: bool) -> None:
        if changed:
            cache_version.increment()
        if issued:
            cache_version.increment_issued()

    def _commit(self) -> None:
        try:
            write_all(self.connection)
            self._driver.execute("COMMIT")
        except BaseException:
            # SQLite leaves a transaction open that it could not commit.
            self._undo()
            raise

    def _undo(self) -> None:
        self._rows.forget()
        self._driver.rollback()

    def close(self) -> None:
        """Close the connection and the file lock."""
        try:
            self.connection.close()
        finally:
            self._lock.close()

    def __del__(self) -> None:
        # A thread may end without closing its connections.
        if hasattr(self, "_lock"):
            self._lock.close()


def _is_busy(error: BaseException) -> bool:
    # Without what SQLite adds to a code in order to say more.
    return isinstance(error, sqlite3.Error) and error.sqlite_errorcode & 0xFF in _BUSY

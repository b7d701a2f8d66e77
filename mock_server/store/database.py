"""Connections and transactions."""

import fcntl
import os
import sqlite3
import sys
import threading
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from sqlalchemy import Connection, Engine, MetaData, RootTransaction, create_engine, event
from sqlalchemy.pool import NullPool

from bodydouble.mock_server.store import tables
from bodydouble.mock_server.store.cache_version import CacheVersion

# How long a writer of another process may hold SQLite's lock before an error, in milliseconds.
BUSY_TIMEOUT = 10_000
_AUTOCOMMIT = "AUTOCOMMIT"
_SQLITE = "sqlite:///"
_ACCOUNTS_CHANGED = "accounts changed"


class Database:
    """One database, shared by threads and, through files or a server, by processes.

    Every thread keeps one connection for reading, which commits by itself, and one for writing. Connections are opened
    on first use in a process, so an instance may be created before a fork and used after it.

    Args:
        url: an SQLAlchemy URL; SQLite ones must name a file.
        cache_version: incremented by every transaction that changes an account (see `mark_accounts_changed`).
        durable: whether the file must be usable after a power cut. After the end of any process it always is.
    """

    def __init__(
        self, url: str, metadata: MetaData, cache_version: CacheVersion | None = None, *, durable: bool = True
    ) -> None:
        self.url = url
        self.cache_version = cache_version
        self._durable = durable
        self._metadata = metadata
        self._engine: Engine | None = None
        self._process = 0
        self._is_sqlite = url.startswith("sqlite")
        self._threads: dict[int, _ThreadConnections] = {}
        self._guard = threading.Lock()

    def create_tables(self) -> None:
        """Create the tables that do not exist yet."""
        with self.write() as connection:
            self._metadata.create_all(connection)

    def close(self) -> None:
        """Close this thread's connections and forget the engine; the next use opens new ones."""
        with self._guard:
            connections = self._threads.pop(threading.get_ident(), None)
        if connections is not None:
            connections.close()
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _thread_connections(self) -> "_ThreadConnections":
        with self._guard:
            if self._process != os.getpid():
                self._process, self._engine, self._threads = os.getpid(), None, {}
            thread = threading.get_ident()
            connections = self._threads.get(thread)
            if connections is None:
                connections = self._threads[thread] = self._left_over() or _ThreadConnections()
            return connections

    def _left_over(self) -> "_ThreadConnections | None":
        # The connections of a thread that runs no Python code are free: it has ended, or asks again when it continues.
        # Thread-local storage would do the same, but emptying it when one of the server's threads ends is fatal: Python
        # runs the finalizers of the connections in a thread that is no longer fit for it.
        running = sys._current_frames()
        for thread in self._threads:
            if thread not in running:
                return self._threads.pop(thread)
        return None

    def _connect(self) -> Connection:
        with self._guard:
            if self._engine is None:
                self._engine = self._make_engine()
            engine = self._engine
        return engine.connect()

    def _make_engine(self) -> Engine:
        # Connections are kept for threads, here; a pool would only limit how many threads there may be.
        if not self._is_sqlite:
            return create_engine(self.url, poolclass=NullPool)
        engine = create_engine(self.url, poolclass=NullPool, connect_args={"check_same_thread": False})
        event.listen(engine, "connect", self._configure_sqlite)
        return engine

    def _configure_sqlite(self, connection: Any, _: object) -> None:
        # The driver would begin transactions on its own, and too late; see _SqliteTransactions.
        connection.isolation_level = None
        for pragma in (
            # A transaction writes whole pages: small ones, as nearly all rows are. Holds for new files only.
            "page_size = 2048",
            f"busy_timeout = {BUSY_TIMEOUT}",
            "journal_mode = WAL",
            # In WAL mode either survives the end of any process. With NORMAL a power cut can take back the last commits
            # and do no more; for that, the disk is waited for now and then.
            f"synchronous = {'NORMAL' if self._durable else 'OFF'}",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            "wal_autocheckpoint = 16000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def read(self) -> Connection:
        """This thread's reading connection. Each statement sees what was committed before it."""
        connections = self._thread_connections()
        if connections.reading is None:
            connections.reading = self._connect().execution_options(isolation_level=_AUTOCOMMIT)
        return connections.reading

    def write(self) -> AbstractContextManager[Connection]:
        """A transaction: committed at the end of the block, rolled back on an exception.

        A thread has one at a time.
        """
        connections = self._thread_connections()
        if connections.writing is None:
            connection = self._connect()
            if self._is_sqlite:
                connection = connection.execution_options(isolation_level=_AUTOCOMMIT)
                connections.writing = _SqliteTransactions(
                    connection, self.cache_version, Path(self.url.removeprefix(_SQLITE))
                )
            else:
                connections.writing = _ServerTransactions(connection)
        return connections.writing


def mark_accounts_changed(connection: Connection) -> None:
    """Note in a transaction that it changes what processes cache of accounts."""
    connection.info[_ACCOUNTS_CHANGED] = True


@dataclass(slots=True)
class _ThreadConnections:
    """The open connections of one thread."""

    reading: Connection | None = None
    writing: "_SqliteTransactions | _ServerTransactions | None" = None

    def close(self) -> None:
        for connection in (self.reading, self.writing):
            if connection is not None:
                connection.close()


class _ServerTransactions:
    """The transactions of one thread on a database server, one after the other."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._transaction: RootTransaction | None = None

    def __enter__(self) -> Connection:
        self._transaction = self._connection.begin()
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        transaction, self._transaction = self._transaction, None
        if transaction is not None:
            transaction.commit() if kind is None else transaction.rollback()

    def close(self) -> None:
        self._connection.close()


class _SqliteTransactions:
    """The transactions of one thread on a file, one after the other.

    SQLAlchemy's own would cost as much again as all statements of a usual one, so these begin and end on the driver's
    connection. SQLite lets one process write at a time and makes the others poll; a process that waits on a
    file lock is woken at once.
    """

    def __init__(self, connection: Connection, cache_version: CacheVersion | None, path: Path) -> None:
        self._connection = connection
        self._driver = cast("sqlite3.Connection", connection.connection.driver_connection)
        self._info = connection.info
        self._cache_version = cache_version
        self._lock = path.with_name(f"{path.name}.lock").open("ab")

    def __enter__(self) -> Connection:
        fcntl.flock(self._lock, fcntl.LOCK_EX)
        try:
            # A transaction that reads first and writes later would fail if another has written in the meantime.
            self._driver.execute("BEGIN IMMEDIATE")
        except BaseException:
            fcntl.flock(self._lock, fcntl.LOCK_UN)
            raise
        return self._connection

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        changed = self._info.pop(_ACCOUNTS_CHANGED, False) if self._info else False
        try:
            if kind is None:
                self._commit()
                if changed and self._cache_version is not None:
                    self._cache_version.increment()
            else:
                self._driver.rollback()
        finally:
            fcntl.flock(self._lock, fcntl.LOCK_UN)

    def _commit(self) -> None:
        try:
            self._driver.execute("COMMIT")
        except BaseException:
            # SQLite leaves a transaction open that it could not commit.
            self._driver.rollback()
            raise

    def close(self) -> None:
        self._connection.close()
        self._lock.close()

    def __del__(self) -> None:
        # A thread may end without closing its connections.
        self._lock.close()


class State:
    """The two databases of a server: the state, and the journal, which never delays the state.

    Args:
        location: a file's path for SQLite (the journal goes beside it), or an SQLAlchemy URL for both.
        durable: whether the files must survive a power cut.
    """

    def __init__(self, location: str, *, durable: bool = True) -> None:
        if "://" in location:
            self.main = Database(location, tables.metadata)
            self.journal = Database(location, tables.journal_metadata)
        else:
            path = Path(location).absolute()
            path.parent.mkdir(parents=True, exist_ok=True)
            cache_version = CacheVersion(path.with_name(f"{path.name}.generation"))
            self.main = Database(f"sqlite:///{path}", tables.metadata, cache_version, durable=durable)
            self.journal = Database(f"sqlite:///{path}.journal", tables.journal_metadata, durable=durable)

    def create_tables(self) -> None:
        """Create the tables that do not exist yet."""
        self.main.create_tables()
        self.journal.create_tables()

    def close(self) -> None:
        """Close the connections of this thread in this process."""
        self.main.close()
        self.journal.close()

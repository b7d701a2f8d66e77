"""Connections and transactions."""

import contextlib
import fcntl
import os
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.pool import NullPool

from mock_server.store import tables
from mock_server.store.generation import Generation

# How long a writer of another process may keep SQLite's lock before an error, in milliseconds.
BUSY_TIMEOUT = 10_000
_AUTOCOMMIT = "AUTOCOMMIT"
_ACCOUNTS_CHANGED = "accounts changed"


class Database:
    """One database, shared by threads and, through files or a server, by processes.

    Every thread keeps one connection for reading, which commits by itself, and one for writing. Connections are made on
    first use in a process, so an instance may be made before a fork and used after it.

    Args:
        url: an SQLAlchemy URL; SQLite ones must name a file.
        generation: grows with every transaction that changes an account (see `mark_accounts_changed`).
    """

    def __init__(self, url: str, metadata: MetaData, generation: Generation | None = None) -> None:
        self.url = url
        self.generation = generation
        self._metadata = metadata
        self._engine: Engine | None = None
        self._process = 0
        self._is_sqlite = url.startswith("sqlite")
        self._threads: dict[int, _OfThread] = {}
        self._guard = threading.Lock()

    def create_tables(self) -> None:
        """Make the tables that are not there yet."""
        with self.write() as connection:
            self._metadata.create_all(connection)

    def close(self) -> None:
        """Close this thread's connections and forget the engine; the next use opens new ones."""
        with self._guard:
            kept = self._threads.pop(threading.get_ident(), None)
        if kept is not None:
            kept.close()
        if self._engine is not None:
            self._engine.dispose()
            self._engine = None

    def _of_thread(self) -> "_OfThread":
        with self._guard:
            if self._process != os.getpid():
                self._process, self._engine, self._threads = os.getpid(), None, {}
            thread = threading.get_ident()
            kept = self._threads.get(thread)
            if kept is None:
                kept = self._threads[thread] = self._left_over() or _OfThread()
            return kept

    def _left_over(self) -> "_OfThread | None":
        # What belongs to a thread that runs no code of Python is free: it has ended, or it asks again when it goes on.
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
        event.listen(engine, "connect", _configure_sqlite)
        event.listen(engine, "begin", _begin_immediately)
        return engine

    def read(self) -> Connection:
        """This thread's reading connection. Each statement sees what was committed before it."""
        kept = self._of_thread()
        if kept.reading is None:
            kept.reading = self._connect().execution_options(isolation_level=_AUTOCOMMIT)
        return kept.reading

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction: committed at the end of the block, rolled back on an exception."""
        kept = self._of_thread()
        if kept.writing is None:
            kept.writing = self._connect()
        connection = kept.writing
        with self._turn(kept):
            with connection.begin():
                yield connection
            if connection.info.pop(_ACCOUNTS_CHANGED, False) and self.generation is not None:
                self.generation.grow()

    @contextlib.contextmanager
    def _turn(self, kept: "_OfThread") -> Iterator[None]:
        # SQLite lets one process write at a time and makes the others poll; waiting on a file lock is woken at once.
        if not self._is_sqlite:
            yield
            return
        if kept.lock is None:
            kept.lock = _LockFile(Path(self.url.removeprefix("sqlite:///") + ".lock"))
        with kept.lock:
            yield


def mark_accounts_changed(connection: Connection) -> None:
    """Note in a transaction that it changes what processes keep of accounts."""
    connection.info[_ACCOUNTS_CHANGED] = True


@dataclass(slots=True)
class _OfThread:
    """What one thread keeps open."""

    reading: Connection | None = None
    writing: Connection | None = None
    lock: "_LockFile | None" = None

    def close(self) -> None:
        for one in (self.reading, self.writing, self.lock):
            if one is not None:
                one.close()


class _LockFile:
    def __init__(self, path: Path) -> None:
        self._file = path.open("ab")

    def __enter__(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        self._file.close()

    def __del__(self) -> None:
        # A thread may end without closing what is its own.
        self.close()


def _configure_sqlite(connection: Any, _: object) -> None:
    # The driver would open transactions by itself, and too late; see _begin_immediately.
    connection.isolation_level = None
    for pragma in (
        f"busy_timeout = {BUSY_TIMEOUT}",
        "journal_mode = WAL",
        # In WAL mode this survives the end of any process; only a power cut can take back the last commits.
        "synchronous = NORMAL",
        "foreign_keys = ON",
        "temp_store = MEMORY",
        "wal_autocheckpoint = 4000",
    ):
        connection.execute(f"PRAGMA {pragma}")


def _begin_immediately(connection: Connection) -> None:
    # A transaction that reads first and writes later would fail when another one has written in between. The event
    # also comes for connections that commit by themselves.
    if connection.get_execution_options().get("isolation_level") != _AUTOCOMMIT:
        connection.exec_driver_sql("BEGIN IMMEDIATE")


class State:
    """The two databases of a server: the state, and the journal, which never holds up the state.

    Args:
        location: a file's path for SQLite (the journal goes beside it), or an SQLAlchemy URL for both.
    """

    def __init__(self, location: str) -> None:
        if "://" in location:
            self.main = Database(location, tables.metadata)
            self.journal = Database(location, tables.journal_metadata)
        else:
            path = Path(location).absolute()
            path.parent.mkdir(parents=True, exist_ok=True)
            generation = Generation(path.with_name(f"{path.name}.generation"))
            self.main = Database(f"sqlite:///{path}", tables.metadata, generation)
            self.journal = Database(f"sqlite:///{path}.journal", tables.journal_metadata)

    def create_tables(self) -> None:
        """Make the tables that are not there yet."""
        self.main.create_tables()
        self.journal.create_tables()

    def close(self) -> None:
        """Close the connections of this thread in this process."""
        self.main.close()
        self.journal.close()

"""Connections and transactions."""

import os
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import Connection, Engine, MetaData, create_engine, event
from sqlalchemy.engine import make_url
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import NullPool

from bodydouble.mock_server.settings import Durability
from bodydouble.mock_server.store import replicas, schema_version
from bodydouble.mock_server.store.cache_version import CacheVersion
from bodydouble.mock_server.store.group_commit import AccountGroups, GroupCommit, OnWait
from bodydouble.mock_server.store.notifications import ListeningConnection
from bodydouble.mock_server.store.postgresql import Command, ServerConnection
from bodydouble.mock_server.store.postgresql import Result as ServerResult
from bodydouble.mock_server.store.prepared_statement import SERVER, required_server, run_on_server, server_of
from bodydouble.mock_server.store.rows_ahead import insert_ahead
from bodydouble.mock_server.store.shared_connection import SharedConnection, Turn
from bodydouble.mock_server.store.shared_reads import SharedReads
from bodydouble.mock_server.store.thread_connections import ThreadConnections, Writer, running_threads
from bodydouble.mock_server.store.transactions import (
    ON_DELIVERIES_DUE,
    ON_DELIVERIES_SOON,
    ServerTransactions,
    SqliteTransactions,
)

Result = TypeVar("Result")

# How long a reader waits for SQLite's lock, which it needs at the start only, before an error, in milliseconds.
BUSY_TIMEOUT = 10_000
_AUTOCOMMIT = "AUTOCOMMIT"
_SQLITE = "sqlite:///"
# After how many pages the log of committed changes is brought into the file: 4 MB, of which a power cut can take some.
_CHECKPOINT_PAGES = 2000
# PRAGMA synchronous of SQLite, and whether a commit on PostgreSQL waits for the disk.
_SYNCHRONOUS: dict[Durability, tuple[str, str]] = {
    "process": ("OFF", "off"),
    "checkpoint": ("NORMAL", "off"),
    "power": ("FULL", "on"),
}


# A connection, for which the number counts, and that number.
Changes = tuple[object, int]


class Database:
    """One database, shared by threads and, through files or a server, by processes.

    Every thread has one connection for reading, which commits by itself, and on a file one for writing, until it
    releases them; on a server, a transaction takes one of those for writing that no other thread uses. Connections are
    opened when no released one is left in a process, so an instance may be created before a fork and used after it.

    Args:
        url: an SQLAlchemy URL; SQLite ones must name a file.
        cache_version: incremented by every transaction that changes an account (see `mark_accounts_changed`).
        durability: what a power cut may cost. The end of any process costs nothing.
        name: of this server's connections to a database server.

    Attributes:
        metadata: the tables.
    """

    def __init__(
        self,
        url: str,
        metadata: MetaData,
        cache_version: CacheVersion | None = None,
        *,
        durability: Durability = "checkpoint",
        name: str = "",
    ) -> None:
        self.url, self._name = url, name
        self.cache_version, self.metadata = cache_version, metadata
        # Called after a transaction of this process has made deliveries due.
        self.on_deliveries_due: Callable[[], None] = lambda: None
        # Called after one that has made deliveries due in the next second, or may have.
        self.on_deliveries_soon: Callable[[], None] = lambda: None
        # Called by a thread that begins to wait for another program, which may take long.
        self.on_foreign_lock: Callable[[], None] = lambda: None
        self._file_synchronous, self._server_synchronous = _SYNCHRONOUS[durability]
        self._engine: Engine | None = None
        self._process, self._lost_connections = 0, 0
        self._is_sqlite = url.startswith("sqlite")
        self._threads: dict[int, ThreadConnections] = {}
        self._released: list[ThreadConnections] = []
        self._idle_writers: list[Writer] = []
        self._guard = threading.Lock()
        self._group, self._account_groups = GroupCommit(self.write), AccountGroups(self.write)
        self._shared_reads = SharedReads(self._read_together)

    @property
    def has_replicas(self) -> bool:
        """Whether processes that this one knows nothing of may use the database, on other machines, too."""
        return not self._is_sqlite

    def has_connected_replicas(self) -> bool:
        """Whether processes of other servers are connected to the database now."""
        return not self._is_sqlite and replicas.are_others_connected(self.read(), self._name)

    def create_tables(self) -> None:
        """Create the tables that do not exist yet, and bring those of an earlier version to the present one.

        Raises:
            StateError: the database is foreign, or of another version; it has not been changed.
        """
        if self._is_sqlite:
            schema_version.require_readable(self._path, self.metadata)
            with self.write() as connection:
                schema_version.create_in_file(connection, self.metadata)
        else:
            place = make_url(self.url).render_as_string(hide_password=True)
            with self.write() as connection:
                schema_version.create_on_server(connection, self.metadata, place)

    @property
    def _path(self) -> Path:
        return Path(self.url.removeprefix(_SQLITE))

    def checkpoint(self) -> None:
        """Bring what was committed into the file itself, so that a copy of the one file is complete."""
        if self._is_sqlite:
            self.read().exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").close()
            self.close()

    def close(self) -> None:
        """Close this thread's connections and the released ones, and forget the engine; the next use opens new ones."""
        self.release()
        with self._guard:
            released, self._released = self._released, []
            engine, self._engine = self._engine, None
            writers, self._idle_writers = self._idle_writers, []
        for writer in writers:
            writer.transactions.close()
        for connections in released:
            connections.close()
        if engine is not None:
            engine.dispose()

    def release(self) -> None:
        """Let the next thread that needs connections have this one's; it reads no result of theirs any more.

        A connection takes as much memory as the whole work of a request: its own schema, statements and pages. Far more
        threads handle requests than do so at once.
        """
        with self._guard:
            connections = self._threads.pop(threading.get_ident(), None)
            if connections is not None and self._process == os.getpid():
                self._released.append(connections)

    def _thread_connections(self) -> ThreadConnections:
        with self._guard:
            if self._process != os.getpid():
                self._process, self._engine, self._threads = os.getpid(), None, {}
                self._released, self._idle_writers = [], []
            thread = threading.get_ident()
            connections = self._threads.get(thread)
            if connections is None:
                connections = self._threads[thread] = self._free_connections()
            return connections

    def _free_connections(self) -> ThreadConnections:
        # The ones used last are taken first: what they have prepared is at hand, and the others stay few.
        return self._released.pop() if self._released else self._left_over() or ThreadConnections()

    def _left_over(self) -> ThreadConnections | None:
        # The connections of a thread that runs no Python code are free: it has ended, or asks again when it continues.
        # Thread-local storage would do the same, but emptying it when one of the server's threads ends is fatal: Python
        # runs the finalizers of the connections in a thread that is no longer fit for it.
        running = running_threads()
        for thread in self._threads:
            if thread not in running:
                return self._threads.pop(thread)
        return None

    def _connect(self) -> Connection:
        return self._opened_engine().connect()

    def _opened_engine(self) -> Engine:
        with self._guard:
            if self._engine is None:
                self._engine = self._make_engine()
            return self._engine

    def _make_engine(self) -> Engine:
        # Connections are kept for threads, here; a pool would only limit how many threads there may be. Errors must not
        # show the values of statements, which may be secrets.
        if self._is_sqlite:
            engine = create_engine(
                self.url, poolclass=NullPool, hide_parameters=True, connect_args={"check_same_thread": False}
            )
            event.listen(engine, "connect", self._configure_sqlite)
            event.listen(engine, "before_cursor_execute", insert_ahead)
        else:
            engine = create_engine(self.url, poolclass=NullPool, hide_parameters=True, isolation_level=_AUTOCOMMIT)
            event.listen(engine, "invalidate", self._connection_lost)
            event.listen(engine, "connect", self._configure_postgresql)
            event.listen(engine, "before_cursor_execute", _send_ahead)
        return engine

    def _connection_lost(self, _driver: object, _record: object, error: BaseException | None) -> None:
        # One that fails says that the server has gone, and with it the connections of all threads. One that is replaced
        # because of that says nothing new.
        if error is not None:
            self._lost_connections += 1

    def _configure_postgresql(self, connection: Any, record: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                f"SET synchronous_commit = {self._server_synchronous}; SET client_encoding = 'UTF8'; "
                f"SET bytea_output = 'hex'; SET application_name = '{self._name}'"
            )
        connection.commit()
        record.info[SERVER] = ServerConnection(connection)

    def _configure_sqlite(self, connection: Any, _: object) -> None:
        # The driver would begin transactions on its own, and too late; see SqliteTransactions.
        connection.isolation_level = None
        for pragma in (
            # A transaction writes whole pages: small ones, as nearly all rows are. Holds for new files only.
            "page_size = 2048",
            f"busy_timeout = {BUSY_TIMEOUT}",
            # First: a new file's change to the log would wait for the disk, which it need not where nothing else does.
            f"synchronous = {self._file_synchronous}",
            "journal_mode = WAL",
            "foreign_keys = ON",
            "temp_store = MEMORY",
            f"wal_autocheckpoint = {_CHECKPOINT_PAGES}",
        ):
            connection.execute(f"PRAGMA {pragma}")

    def read(self) -> Connection:
        """This thread's reading connection. Each statement sees what was committed before it."""
        connections = self._thread_connections()
        lost = self._lost_connections
        if connections.reading is None:
            connections.reading = self._connect().execution_options(isolation_level=_AUTOCOMMIT)
        elif connections.reading_since != lost or _is_lost(connections.reading):
            _replace(connections.reading)
        connections.reading_since = lost
        return connections.reading

    def read_shared(self, turn_of_thread: Callable[[], Turn]) -> Connection:
        """A reading connection for one request, whose rows by key come together with those that other threads read.

        Args:
            turn_of_thread: what the thread gives up while it waits for such rows, and needs for a connection of its
                own.
        """
        if self._is_sqlite:
            return self.read()
        return SharedConnection(self._opened_engine().dialect, self._shared_reads, self.read, turn_of_thread())

    def _read_together(self, commands: Sequence[Command]) -> list[ServerResult]:
        had_connection = threading.get_ident() in self._threads
        connection = self.read()
        try:
            return run_on_server(connection, required_server(connection), *commands)
        finally:
            # The next thread that does this needs it more.
            if not had_connection:
                self.release()

    def changes(self) -> Changes | None:
        """What changes with every transaction of any thread and process on a file; None on a database server.

        To compare with an earlier one of the same thread. It costs SQLite a look at memory that the processes share.
        """
        if not self._is_sqlite:
            return None
        driver = self.read().connection.driver_connection
        if driver is None:
            return None
        return driver, driver.execute("PRAGMA data_version").fetchone()[0]

    def listen(self) -> ListeningConnection:
        """A further connection to a database server, on which other processes can be heard."""
        return ListeningConnection(self._connect())

    def write(self) -> AbstractContextManager[Connection]:
        """A transaction: committed at the end of the block, rolled back on an exception.

        A thread has one at a time.
        """
        connections = self._thread_connections()
        if not self._is_sqlite:
            return self._write_on_server()
        if connections.writing is None:
            connections.writing = self._transactions_on_file()
        return connections.writing

    @contextmanager
    def _write_on_server(self) -> Iterator[Connection]:
        writer = self._writer()
        try:
            with writer.transactions as connection:
                yield connection
        finally:
            # The one used last is taken first: what it has prepared is at hand, and the others stay few.
            with self._guard:
                self._idle_writers.append(writer)

    def transact(
        self, act: Callable[[Connection], Result], on_wait: OnWait = lambda: None, account_id: str | None = None
    ) -> Result:
        """Run an action in a transaction, committed when this returns, together with those of other threads.

        Args:
            act: may run in another thread, and again from the start after what it did has been undone. An exception
                undoes what it did, and is raised here.
            on_wait: called before the thread waits for another one of its process.
            account_id: the only account that the action locks; those of one account share a transaction on a server.
        """
        if self._is_sqlite:
            return self._group.run(act, on_wait)
        if account_id is not None:
            return self._account_groups.run(account_id, act, on_wait)
        with self.write() as connection:
            return act(connection)

    def _writer(self) -> Writer:
        with self._guard:
            writer = self._idle_writers.pop() if self._idle_writers else None
        if writer is not None:
            if not _is_lost(writer.transactions.connection) and writer.since == self._lost_connections:
                return writer
            with suppress(SQLAlchemyError):
                writer.transactions.close()
        since = self._lost_connections
        connection = self._connect()
        self._note_deliveries_of(connection)
        server = server_of(connection)
        if not isinstance(server, ServerConnection):
            raise TypeError("only on a database server")
        return Writer(ServerTransactions(connection, server), since)

    def _note_deliveries_of(self, connection: Connection) -> None:
        connection.info[ON_DELIVERIES_DUE] = lambda: self.on_deliveries_due()
        connection.info[ON_DELIVERIES_SOON] = lambda: self.on_deliveries_soon()

    def _transactions_on_file(self) -> SqliteTransactions:
        connection = self._connect()
        self._note_deliveries_of(connection)
        return SqliteTransactions(
            connection.execution_options(isolation_level=_AUTOCOMMIT),
            self.cache_version,
            self._path,
            self.on_foreign_lock,
        )


def _send_ahead(connection: Connection, *_: object) -> None:
    # SQLAlchemy's statements know nothing of what waits to be sent with the next one.
    server = server_of(connection)
    if server is not None:
        run_on_server(connection, server)


def _is_lost(connection: Connection) -> bool:
    # A restart of the server costs no request that comes after it.
    return connection.invalidated or (isinstance(server := server_of(connection), ServerConnection) and server.is_lost)


def _replace(connection: Connection) -> None:
    # The object stays, since a request may have it, and connects anew with the next statement.
    connection.invalidate()
    # The transaction in which SQLAlchemy believes it to be has ended with the connection.
    connection.rollback()

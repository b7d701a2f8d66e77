"""Statements of the hot path: written with SQLAlchemy Core, turned into SQL text once, run on the driver's connection.

Building the result objects of SQLAlchemy costs several times what SQLite needs for a look-up by key. Only statements
with plain scalar parameters can be used; all others go through the connection as usual.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Executable, Insert, Table
from sqlalchemy.sql.compiler import SQLCompiler

from bodydouble.mock_server.store.postgresql import MAX_ROWS, Command, Result, Row, Server, ServerConnection
from bodydouble.mock_server.store.rows_ahead import insert_ahead, insert_rows, rows_ahead

# Where the information of a connection has its `ServerConnection`.
SERVER = "server"
# From parameters by name to the parameters of the driver.
Arrange = Callable[[Mapping[str, Any]], Sequence[Any]]


class PreparedStatement:
    """A statement that is run often.

    Args:
        statement: with `bindparam`s for its values.
        columns: of an insert, the columns that have values.
        by_key: whether it only reads few rows, by keys: on a server, those of several threads share a round trip.
    """

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None, *, by_key: bool = False) -> None:
        self._statement = statement
        self._columns, self._by_key = columns, by_key
        self._compiled: dict[str, tuple[str, Arrange]] = {}
        self._place = _place(statement)

    def first(self, connection: Connection, parameters: Mapping[str, Any]) -> Row | None:
        """The first row of the result."""
        if (server := server_of(connection)) is not None:
            rows = self._on_server(connection, server, parameters).rows
            return rows[0] if rows else None
        return cast("Row | None", self._run(connection, parameters).fetchone())

    def all(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Row]:
        """All rows of the result."""
        if (server := server_of(connection)) is not None:
            return self._on_server(connection, server, parameters).rows
        return cast("list[Row]", self._run(connection, parameters).fetchall())

    def scalar(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        """The first value of the first row, which must be there."""
        row = self.first(connection, parameters)
        if row is None:
            raise LookupError("the statement returned no row")
        return row[0]

    def count(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """How many rows the statement changed."""
        if (server := server_of(connection)) is not None:
            return self._on_server(connection, server, parameters).count
        return cast("int", self._run(connection, parameters).rowcount)

    def change(self, connection: Connection, parameters: Mapping[str, Any]) -> None:
        """Run a statement in a transaction, whose effect nobody asks for: it may run as late as the next one."""
        if (server := server_of(connection)) is not None:
            server.ahead(self._command(connection, parameters))
        else:
            self._run(connection, parameters)

    def ahead(self, connection: Connection, parameters: Mapping[str, Any], receive: Callable[[Result], None]) -> None:
        """Run a statement on a database server in the round trip of the next one, before it.

        Args:
            receive: takes the result. What it raises, the next statement raises.
        """
        required_server(connection).ahead(self._command(connection, parameters, receive))

    def behind(self, connection: Connection, parameters: Mapping[str, Any], receive: Callable[[Result], None]) -> None:
        """Run a statement as `ahead`, but after the next one."""
        required_server(connection).behind(self._command(connection, parameters, receive))

    def result(
        self, connection: Connection, parameters: Mapping[str, Any], receive: Callable[[Result], None] = lambda _: None
    ) -> "LaterResult":
        """The result, with the statement run by the time at which it is asked for.

        Args:
            receive: takes the result as soon as it is there.
        """
        later = LaterResult(connection, receive)
        if server_of(connection) is None:
            cursor = self._run(connection, parameters)
            later.receive(Result(cursor.fetchall(), cursor.rowcount))
        else:
            self.ahead(connection, parameters, later.receive)
        return later

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run an insert in a transaction for each set of parameters; it may run as late as the next statement.

        The driver releases the interpreter's lock for every statement that it runs, and other threads take turns with
        this one each time. So one statement inserts many rows.
        """
        server, (text, arrange) = server_of(connection), self._text(connection)
        values = list(map(arrange, rows))
        if server is not None:
            _insert_on_server(connection, server, text, values)
        elif (ahead := rows_ahead(connection)) is not None:
            ahead.add(connection, (self._place, text), values)
        else:
            insert_rows(connection, text, values)

    def _on_server(self, connection: Connection, server: Server, parameters: Mapping[str, Any]) -> Result:
        return run_on_server(connection, server, self._command(connection, parameters))[0]

    def _command(
        self, connection: Connection, parameters: Mapping[str, Any], receive: Callable[[Result], None] | None = None
    ) -> Command:
        text, arrange = self._text(connection)
        return Command(text, arrange(parameters), receive, is_by_key=self._by_key)

    def _run(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        text, arrange = self._text(connection)
        return _execute(connection, text, arrange(parameters))

    def _text(self, connection: Connection) -> tuple[str, Arrange]:
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            keys = list(self._columns) if self._columns is not None else None
            if server_of(connection) is not None:
                dialect = type(dialect)(paramstyle="numeric_dollar")  # type: ignore[call-arg]
            compiled = cast("SQLCompiler", self._statement.compile(dialect=dialect, column_keys=keys))  # type: ignore[attr-defined]
            self._compiled[dialect.name] = (str(compiled), _arrange(compiled))
        return self._compiled[dialect.name]


class LaterResult:
    """The result of a statement that runs with the next one, or as soon as somebody asks for it.

    Args:
        connection: that the statement runs on.
        receive: takes the result as soon as it is there.
    """

    def __init__(self, connection: Connection, receive: Callable[[Result], None]) -> None:
        self._connection, self._receive = connection, receive
        self._result: Result | None = None

    def receive(self, result: Result) -> None:
        """Take the result."""
        self._result = result
        self._receive(result)

    def get(self) -> Result:
        """The result."""
        server = server_of(self._connection)
        if self._result is None and server is not None:
            run_on_server(self._connection, server)
        if self._result is None:
            raise LookupError("the statement has not run")
        return self._result


def server_of(connection: Connection) -> Server | None:
    """What runs statements on a connection to PostgreSQL; None on a file."""
    return connection.info.get(SERVER)


def required_server(connection: Connection) -> Server:
    """What runs statements on a connection to PostgreSQL."""
    server = server_of(connection)
    if server is None:
        raise TypeError("only on a database server")
    return server


def run_on_server(connection: Connection, server: Server, *commands: Command) -> list[Result]:
    """Run statements in one round trip; a connection that turns out to be lost is replaced from then on.

    Raises:
        psycopg.Error: one of them failed.
    """
    try:
        return server.run(*commands)
    except Exception as error:
        # Another one has noted what happened to its own connections.
        if isinstance(server, ServerConnection):
            note_disconnect(connection, error)
        raise


def note_disconnect(connection: Connection, error: Exception, cursor: Any = None) -> None:
    """Let a connection be replaced if an error says that it is lost.

    SQLAlchemy learns of it only from its own statements.
    """
    dialect, driver = connection.dialect, connection.connection.dbapi_connection
    if isinstance(error, dialect.loaded_dbapi.Error) and dialect.is_disconnect(error, driver, cursor):
        connection.invalidate(error)


def _execute(connection: Connection, text: str, values: Sequence[Any]) -> Any:
    insert_ahead(connection)
    cursor = connection.connection.cursor()
    try:
        cursor.execute(text, values)
    except Exception as error:
        note_disconnect(connection, error, cursor)
        raise
    return cursor


def _place(statement: Executable) -> int:
    # The tables of texts refer to accounts alone, which are inserted at once.
    if not isinstance(statement, Insert) or not isinstance(statement.table, Table):
        return 0
    return 1 + statement.table.metadata.sorted_tables.index(statement.table)


def _insert_on_server(connection: Connection, server: Server, text: str, values: Sequence[Sequence[Any]]) -> None:
    for start in range(0, len(values), MAX_ROWS):
        for row in values[start : start + MAX_ROWS]:
            server.ahead(Command(text, row, is_row=True))
        if len(values) - start >= MAX_ROWS:
            run_on_server(connection, server)


def _arrange(compiled: SQLCompiler) -> Arrange:
    # Values that are written into the statement itself are parameters of the driver, too.
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    names = compiled.positiontup or []
    if fixed:
        return lambda parameters: [parameters[name] if name in parameters else fixed[name] for name in names]
    return lambda parameters: [parameters[name] for name in names]

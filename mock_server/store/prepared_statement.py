"""Statements of the hot path: written with SQLAlchemy Core, turned into SQL text once, run on the driver's cursor.

Building the result objects of SQLAlchemy costs several times what SQLite needs for a look-up by key. Only statements
with plain scalar parameters can be used; all others go through the connection as usual.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Connection, Executable
from sqlalchemy.sql.compiler import SQLCompiler

_VALUES = " VALUES "
_ROWS_AT_ONCE = 128
Row = tuple[Any, ...]
# From parameters by name to the parameters of the driver.
Arrange = Callable[[Mapping[str, Any]], Any]


class PreparedStatement:
    """A statement that is run often.

    Args:
        statement: with `bindparam`s for its values.
        columns: of an insert, the columns that have values.
    """

    def __init__(self, statement: Executable, columns: Sequence[str] | None = None) -> None:
        self._statement = statement
        self._columns = columns
        self._compiled: dict[str, tuple[str, Arrange]] = {}

    def first(self, connection: Connection, parameters: Mapping[str, Any]) -> Row | None:
        """The first row of the result."""
        return cast("Row | None", self._run(connection, parameters).fetchone())

    def all(self, connection: Connection, parameters: Mapping[str, Any]) -> list[Row]:
        """All rows of the result."""
        return cast("list[Row]", self._run(connection, parameters).fetchall())

    def scalar(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        """The first value of the first row, which must be there."""
        row = self.first(connection, parameters)
        if row is None:
            raise LookupError("the statement returned no row")
        return row[0]

    def count(self, connection: Connection, parameters: Mapping[str, Any]) -> int:
        """How many rows the statement changed."""
        return cast("int", self._run(connection, parameters).rowcount)

    def run_many(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run an insert for each set of parameters.

        The driver releases the interpreter's lock for every statement that it runs, and other threads take turns with
        this one each time. So one statement inserts many rows.
        """
        text, arrange = self._text(connection)
        cursor = connection.connection.cursor()
        try:
            self._insert(connection, cursor, text, rows, arrange)
        except Exception as error:
            _note_disconnect(connection, error, cursor)
            raise

    @staticmethod
    def _insert(
        connection: Connection, cursor: Any, text: str, rows: Sequence[Mapping[str, Any]], arrange: Arrange
    ) -> None:
        if not connection.dialect.positional:
            cursor.executemany(text, [arrange(row) for row in rows])
            return
        head, values, rest = text.rpartition(_VALUES)
        row, end, tail = rest.partition(")")
        for start in range(0, len(rows), _ROWS_AT_ONCE):
            block = rows[start : start + _ROWS_AT_ONCE]
            statement = head + values + ", ".join([row + end] * len(block)) + tail
            cursor.execute(statement, [value for entry in block for value in arrange(entry)])

    def _run(self, connection: Connection, parameters: Mapping[str, Any]) -> Any:
        text, arrange = self._text(connection)
        cursor = connection.connection.cursor()
        try:
            cursor.execute(text, arrange(parameters))
        except Exception as error:
            _note_disconnect(connection, error, cursor)
            raise
        return cursor

    def _text(self, connection: Connection) -> tuple[str, Arrange]:
        dialect = connection.dialect
        if dialect.name not in self._compiled:
            keys = list(self._columns) if self._columns is not None else None
            compiled = cast("SQLCompiler", self._statement.compile(dialect=dialect, column_keys=keys))  # type: ignore[attr-defined]
            self._compiled[dialect.name] = (str(compiled), _arrange(compiled))
        return self._compiled[dialect.name]


def _note_disconnect(connection: Connection, error: Exception, cursor: Any) -> None:
    # SQLAlchemy learns of it only from its own statements. A connection that is known to be lost is replaced.
    dialect, driver = connection.dialect, connection.connection.dbapi_connection
    if isinstance(error, dialect.loaded_dbapi.Error) and dialect.is_disconnect(error, driver, cursor):
        connection.invalidate(error)


def _arrange(compiled: SQLCompiler) -> Arrange:
    # Values that are written into the statement itself are parameters of the driver, too.
    fixed = {name: value for name, value in compiled.params.items() if value is not None}
    names = compiled.positiontup
    if names is None:
        return lambda parameters: {**fixed, **parameters}
    if fixed:
        return lambda parameters: [parameters[name] if name in parameters else fixed[name] for name in names]
    return lambda parameters: [parameters[name] for name in names]

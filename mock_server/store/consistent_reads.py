"""Reading a state as it was at one time, by several statements."""

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection

from bodydouble.mock_server.store.database import Database


@contextmanager
def consistent(database: Database) -> Iterator[Connection]:
    """A reading connection, all of whose statements in the block see the same state. It keeps nobody waiting."""
    connection = database.read()
    begin = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY" if database.has_replicas else "BEGIN"
    connection.exec_driver_sql(begin).close()
    try:
        yield connection
    finally:
        connection.exec_driver_sql("COMMIT").close()

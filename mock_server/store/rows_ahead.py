"""Rows that a transaction on a file is still to insert: those of one statement become one insert of many rows.

A statement of its own for each row costs several times what SQLite does for the row. The rows are inserted before any
other statement of the transaction, and before its end.
"""

from collections.abc import Iterator, Sequence
from itertools import islice

from sqlalchemy import Connection

from bodydouble.mock_server.store.insert_blocks import insert_of

# Of an insert on a file, which has a power of two: each connection keeps what it has prepared, and the memory of a
# statement grows with its rows.
MAX_ROWS_AT_ONCE = 128
# What a creation that is alone reserves has as many rows: one statement, too.
_OF_RESERVATION = 3
# How many rows wait at most.
_MAX_WAITING = 1_024
_ROWS = "rows ahead"
Values = Sequence[object]
# A statement, with its place in the order in which tables refer to each other: what is referred to comes first.
Insert = tuple[int, str]


class RowsAhead:
    """Those of one connection."""

    def __init__(self) -> None:
        self._rows: dict[Insert, list[Values]] = {}
        self._waiting = 0

    def add(self, connection: Connection, insert: Insert, rows: Sequence[Values]) -> None:
        """Insert rows with the next statement."""
        self._rows.setdefault(insert, []).extend(rows)
        self._waiting += len(rows)
        if self._waiting >= _MAX_WAITING:
            self.insert(connection)

    def insert(self, connection: Connection) -> None:
        """Insert them now."""
        if not self._waiting:
            return
        inserts = sorted(self._rows.items())
        self.forget()
        for (_, text), rows in inserts:
            insert_rows(connection, text, rows)

    def forget(self) -> None:
        """Do not insert them."""
        self._rows, self._waiting = {}, 0


def insert_rows(connection: Connection, text: str, rows: Sequence[Values]) -> None:
    """Insert rows by an insert of one."""
    driver = connection.connection.driver_connection
    for block in _blocks(rows):
        driver.execute(insert_of(text, len(block)), [value for row in block for value in row])  # type: ignore[union-attr]


def rows_ahead(connection: Connection) -> RowsAhead | None:
    """The rows that wait on a connection of transactions on a file; None on another one."""
    return connection.info.get(_ROWS)


def gather_rows(connection: Connection) -> RowsAhead:
    """Let rows wait on a connection from now on: it is one of transactions."""
    rows = connection.info[_ROWS] = RowsAhead()
    return rows


def insert_ahead(connection: Connection, *_: object) -> None:
    """Insert the rows that wait, if there are any."""
    rows = rows_ahead(connection)
    if rows is not None:
        rows.insert(connection)


def _blocks(rows: Sequence[Values]) -> Iterator[list[Values]]:
    left, following = len(rows), iter(rows)
    while left:
        size = left if left == _OF_RESERVATION else min(MAX_ROWS_AT_ONCE, 1 << (left.bit_length() - 1))
        yield list(islice(following, size))
        left -= size

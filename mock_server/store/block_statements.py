"""Prepared statements about several rows at once.

The driver releases the interpreter's lock for every statement that it runs, and other threads take turns with this one
each time. So one statement reads or changes many rows. A statement has places for a fixed number of rows, so that it is
prepared once; places that are left over repeat the last row.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, Connection, Executable, bindparam, cast, select, union_all
from sqlalchemy.sql.expression import Subquery
from sqlalchemy.types import TypeEngine

from bodydouble.mock_server.store.postgresql import Row
from bodydouble.mock_server.store.prepared_statement import PreparedStatement

# How many rows the statements have places for.
_SIZES = (1, 4, 16, 64)


class KeysStatement:
    """A statement about the rows of some keys.

    Args:
        key_type: the type of a key.
        make: makes the statement, from the keys that its `IN` has.
    """

    def __init__(self, key_type: TypeEngine[Any], make: Callable[[Sequence[BindParameter[Any]]], Executable]) -> None:
        self._key_type, self._make = key_type, make
        self._statements: dict[int, PreparedStatement] = {}

    def all(
        self, connection: Connection, keys: Sequence[object], parameters: Mapping[str, Any] | None = None
    ) -> list[Row]:
        """All rows of the results."""
        rows: list[Row] = []
        for block in _blocks(keys):
            rows += self._of(len(block)).all(connection, {**_key_values(block), **(parameters or {})})
        return rows

    def run(self, connection: Connection, keys: Sequence[object], parameters: Mapping[str, Any] | None = None) -> None:
        """Run a statement without results."""
        for block in _blocks(keys):
            self._of(len(block)).count(connection, {**_key_values(block), **(parameters or {})})

    def _of(self, size: int) -> PreparedStatement:
        if size not in self._statements:
            keys = [bindparam(f"key_{index}", type_=self._key_type) for index in range(size)]
            self._statements[size] = PreparedStatement(self._make(keys))
        return self._statements[size]


class RowsStatement:
    """A statement about rows whose values differ.

    Args:
        columns: the columns of a row, with their types.
        make: makes the statement, from a table of these columns.
    """

    def __init__(self, columns: Mapping[str, TypeEngine[Any]], make: Callable[[Subquery], Executable]) -> None:
        self._columns, self._make = columns, make
        self._statements: dict[int, PreparedStatement] = {}

    def run(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
        """Run a statement without results."""
        for block in _blocks(rows):
            self._of(len(block)).count(connection, self._values(block))

    def all(self, connection: Connection, rows: Sequence[Mapping[str, Any]]) -> list[Row]:
        """All rows of the results; a row that fills a place that is left over is there more than once."""
        results: list[Row] = []
        for block in _blocks(rows):
            results += self._of(len(block)).all(connection, self._values(block))
        return results

    def _values(self, block: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
        return {f"{name}_{index}": row[name] for index, row in enumerate(block) for name in self._columns}

    def _of(self, size: int) -> PreparedStatement:
        if size not in self._statements:
            self._statements[size] = PreparedStatement(self._make(self._table(size)))
        return self._statements[size]

    def _table(self, size: int) -> Subquery:
        rows = [
            # Without its type, PostgreSQL takes a value that stands alone for a text.
            select(
                *(
                    cast(bindparam(f"{name}_{index}", type_=kind), kind).label(name)
                    for name, kind in self._columns.items()
                )
            )
            for index in range(size)
        ]
        return (union_all(*rows) if size > 1 else rows[0]).subquery("changed")


def _key_values(block: Sequence[object]) -> dict[str, object]:
    return {f"key_{index}": key for index, key in enumerate(block)}


def _blocks(rows: Sequence[Any]) -> Iterator[Sequence[Any]]:
    for start in range(0, len(rows), _SIZES[-1]):
        block = rows[start : start + _SIZES[-1]]
        size = next(size for size in _SIZES if size >= len(block))
        yield [*block, *[block[-1]] * (size - len(block))]

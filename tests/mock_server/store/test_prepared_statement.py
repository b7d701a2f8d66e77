"""Inserts of many rows, on a file."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, insert, text

from bodydouble.mock_server.store import prepared_statement, tables
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.prepared_statement import MAX_ROWS_AT_ONCE, PreparedStatement

_COLUMNS = ["account_id", "vendor", "name", "total", "used"]
_INSERT = PreparedStatement(insert(tables.quotas), _COLUMNS)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/state.db", tables.metadata)
    opened.create_tables()
    with opened.write() as connection:
        # The rows belong to no account.
        connection.execute(text("drop table quotas"))
        connection.execute(text(f"create table quotas ({', '.join(_COLUMNS)})"))
    yield opened
    opened.close()


def rows_of(count: int) -> list[dict[str, Any]]:
    return [dict(zip(_COLUMNS, ("account", "vendor", f"{number}", number, 0), strict=True)) for number in range(count)]


@pytest.mark.parametrize("count", [0, 1, 2, 127, 128, 129, 300])
def test_all_rows_are_inserted_in_their_order(database: Database, count: int) -> None:
    with database.write() as connection:
        _INSERT.run_many(connection, rows_of(count))
        names = connection.execute(text("select name from quotas order by rowid")).scalars().all()
    assert names == [str(number) for number in range(count)]


def test_a_connection_prepares_few_statements_whatever_the_numbers_of_rows(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    texts: set[str] = set()
    execute = prepared_statement._execute

    def noting(connection: Connection, statement: str, values: Sequence[Any]) -> Any:
        texts.add(statement)
        return execute(connection, statement, values)

    monkeypatch.setattr(prepared_statement, "_execute", noting)
    with database.write() as connection:
        for count in range(2 * MAX_ROWS_AT_ONCE):
            _INSERT.run_many(connection, rows_of(count))
    assert len(texts) == MAX_ROWS_AT_ONCE.bit_length()

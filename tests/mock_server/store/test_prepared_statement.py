"""Inserts of many rows, on a file."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, func, insert, select, text

from bodydouble.mock_server.store import rows_ahead, tables
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.insert_blocks import insert_of
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.rows_ahead import MAX_ROWS_AT_ONCE

_COLUMNS = ["account_id", "vendor", "name", "total", "used"]
_INSERT = PreparedStatement(insert(tables.quotas), _COLUMNS)
_COUNT = PreparedStatement(select(func.count()).select_from(tables.quotas))


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

    def noting(statement: str, count: int) -> str:
        text = insert_of(statement, count)
        texts.add(text)
        return text

    monkeypatch.setattr(rows_ahead, "insert_of", noting)
    with database.write() as connection:
        for count in range(2 * MAX_ROWS_AT_ONCE):
            _INSERT.run_many(connection, rows_of(count))
            rows_ahead.insert_ahead(connection)
    # Powers of two, and three.
    assert len(texts) == MAX_ROWS_AT_ONCE.bit_length() + 1


def test_rows_of_one_statement_wait_for_the_next_statement_and_are_inserted_together(database: Database) -> None:
    with database.write() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        statements: list[str] = []
        driver.set_trace_callback(statements.append)
        for row in rows_of(5):
            _INSERT.run_many(connection, [row])
        assert statements == []
        assert _COUNT.scalar(connection, {}) == 5
    driver.set_trace_callback(None)
    inserts = [statement for statement in statements if statement.startswith("INSERT")]
    assert len(inserts) == 2, "of four rows, and of one"
    with database.write() as connection:
        _INSERT.run_many(connection, rows_of(3))
    assert _COUNT.scalar(database.read(), {}) == 8


def test_rows_of_an_undone_transaction_are_not_inserted(database: Database) -> None:
    def insert_and_fail(connection: Connection) -> None:
        _INSERT.run_many(connection, rows_of(3))
        raise LookupError

    with pytest.raises(LookupError):
        database.transact(insert_and_fail)
    with database.write() as connection:
        assert connection.execute(text("select count(*) from quotas")).scalar_one() == 0


def test_many_rows_do_not_wait(database: Database) -> None:
    with database.write() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        _INSERT.run_many(connection, rows_of(2_000))
        assert driver.execute("select count(*) from quotas").fetchone() == (2_000,)

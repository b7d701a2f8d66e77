"""Connections of threads and processes, and transactions."""

import gc
import sqlite3
import threading
import weakref
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, event, text
from sqlalchemy.exc import OperationalError

from bodydouble.mock_server.clock import Clock
from bodydouble.mock_server.settings import Durability
from bodydouble.mock_server.store import accounts, tables, transactions
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.transactions import MIN_LOOKS, SqliteTransactions


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/state.db", tables.metadata)
    opened.create_tables()
    with opened.write() as connection:
        connection.execute(text("create table numbers (number integer)"))
    yield opened
    opened.close()


def count(connection: Connection) -> int:
    return int(connection.execute(text("select count(*) from numbers")).scalar_one())


def add(connection: Connection) -> None:
    connection.execute(text("insert into numbers values (1)"))


def in_a_thread(act: Callable[[], None]) -> None:
    thread = threading.Thread(target=act)
    thread.start()
    thread.join()


def test_committed_data_is_visible_to_every_thread_at_once(database: Database) -> None:
    seen: list[int] = []
    for _ in range(3):
        with database.write() as connection:
            add(connection)
        in_a_thread(lambda: seen.append(count(database.read())))
    assert seen == [1, 2, 3]
    assert count(database.read()) == 3


def test_a_transaction_is_rolled_back_on_an_error_and_the_next_transaction_works(database: Database) -> None:
    def add_and_fail() -> None:
        with database.write() as connection:
            add(connection)
            connection.execute(text("insert into no_such_table values (1)"))

    with pytest.raises(OperationalError, match="no such table"):
        add_and_fail()
    assert count(database.read()) == 0
    with database.write() as connection:
        add(connection)
    assert count(database.read()) == 1


def test_a_failed_commit_is_rolled_back_and_the_next_transaction_works(database: Database) -> None:
    def add_a_quota_without_account() -> None:
        with database.write() as connection:
            connection.execute(text("pragma defer_foreign_keys = on"))
            add(connection)
            connection.execute(text("insert into quotas values ('nobody', 'vendor', 'name', 1, 0)"))

    with pytest.raises(sqlite3.IntegrityError, match="FOREIGN KEY"):
        add_a_quota_without_account()
    assert count(database.read()) == 0
    with database.write() as connection:
        add(connection)
    assert count(database.read()) == 1


def test_a_reader_does_not_wait_for_a_writer_and_sees_no_uncommitted_data(database: Database) -> None:
    seen: list[int] = []
    with database.write() as connection:
        add(connection)
        in_a_thread(lambda: seen.append(count(database.read())))
    assert seen == [0]


def test_writers_take_turns(database: Database) -> None:
    def increase(_: int) -> None:
        with database.write() as connection:
            number = count(connection)
            add(connection)
            assert count(connection) == number + 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(increase, range(200)))
    assert count(database.read()) == 200


def test_a_look_for_ended_threads_keeps_nothing_that_a_running_thread_works_with(database: Database) -> None:
    # A cursor that outlives its function has a statement in progress, and is freed in any thread.
    class Cursor:
        pass

    used: list[weakref.ref[Cursor]] = []
    seen: list[int] = []
    started, may_end = threading.Event(), threading.Event()

    def work() -> None:
        cursor = Cursor()
        used.append(weakref.ref(cursor))
        started.set()
        may_end.wait()

    worker = threading.Thread(target=work)
    worker.start()
    started.wait()
    gc.disable()
    try:
        for _ in range(2):
            in_a_thread(lambda: seen.append(count(database.read())))
        may_end.set()
        worker.join()
        assert used[0]() is None
    finally:
        gc.enable()


def test_short_lived_threads_leave_no_connections_open(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[object] = []
    connect = sqlite3.connect

    def counting(*arguments: Any, **named: Any) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*arguments, **named)
        opened.append(connection)
        return connection

    monkeypatch.setattr(sqlite3, "connect", counting)
    monkeypatch.setattr(sqlite3.dbapi2, "connect", counting)

    def use() -> None:
        count(database.read())
        with database.write() as connection:
            add(connection)

    for _ in range(50):
        in_a_thread(use)
    gc.collect()
    assert count(database.read()) == 50
    assert len(opened) <= 4, "a thread reuses the connections of an ended thread"


def test_concurrent_threads_never_share_a_connection(database: Database) -> None:
    together = threading.Barrier(6)

    def use(_: int) -> int:
        connection = database.read()
        together.wait(10)
        return id(connection)

    with ThreadPoolExecutor(6) as pool:
        assert len(set(pool.map(use, range(6)))) == 6


def test_released_connections_are_those_of_the_next_thread(database: Database) -> None:
    used: list[tuple[int, int]] = []
    waiting = threading.Event()
    with ThreadPoolExecutor(6) as pool:
        for _ in range(6):
            done = threading.Event()

            def use(done: threading.Event = done) -> None:
                reading = database.read()
                with database.write() as writing:
                    add(writing)
                used.append((id(reading), id(writing)))
                database.release()
                done.set()
                # The thread stays: what it has released is not what an ended one has left.
                waiting.wait(10)

            pool.submit(use)
            assert done.wait(10)
        waiting.set()
    assert len(used) == 6
    assert len(set(used)) == 1
    assert count(database.read()) == 6


def test_a_thread_that_has_released_its_connections_gets_others_while_they_are_in_use(database: Database) -> None:
    mine = database.read()
    database.release()
    seen: list[int] = []
    ready, may_end = threading.Event(), threading.Event()

    def use() -> None:
        seen.append(id(database.read()))
        ready.set()
        may_end.wait(10)

    thread = threading.Thread(target=use)
    thread.start()
    assert ready.wait(10)
    assert seen == [id(mine)]
    assert database.read() is not mine
    may_end.set()
    thread.join()


def test_a_release_of_nothing_and_a_second_one_change_nothing(database: Database) -> None:
    database.release()
    first = database.read()
    database.release()
    database.release()
    assert database.read() is first


def test_a_closed_database_opens_again(database: Database) -> None:
    with database.write() as connection:
        add(connection)
    database.close()
    assert count(database.read()) == 1


def test_locking_an_account_leaves_no_statement_open(database: Database) -> None:
    # Another thread that asks for the frames of all threads may keep a cursor alive for a while.
    cursors: list[Any] = []
    with database.write() as connection:
        values: dict[str, Any] = {
            "seed": 1,
            "clock": Clock(0, None),
            "pace": 1,
            "last_number": 1,
            "settings": {},
            "callback_clock": "real",
        }
        accounts.create(connection, "test", **values, wall_ms=0)
    with database.write() as connection:
        event.listen(connection.engine, "after_cursor_execute", lambda _, cursor, *rest: cursors.append(cursor))
        accounts.lock(connection, "test")

    def add_number() -> None:
        with database.write() as connection:
            add(connection)

    in_a_thread(add_number)
    with database.write() as connection:
        assert count(connection) == 1


@pytest.mark.parametrize(("durability", "synchronous"), [("process", 0), ("checkpoint", 1), ("power", 2)])
def test_the_disk_is_waited_for_as_the_durability_says(
    tmp_path: Path, durability: Durability, synchronous: int
) -> None:
    opened = Database(f"sqlite:///{tmp_path}/durable.db", tables.metadata, durability=durability)
    with opened.write() as connection:
        assert connection.execute(text("PRAGMA synchronous")).scalar_one() == synchronous
        # 4 MB; a power cut can take back what the log holds.
        pages = connection.execute(text("PRAGMA wal_autocheckpoint")).scalar_one()
        assert pages * connection.execute(text("PRAGMA page_size")).scalar_one() <= 4 * 1024 * 1024
    opened.close()


def test_an_error_of_the_database_shows_no_values_of_a_statement(database: Database) -> None:
    with pytest.raises(OperationalError) as raised:
        database.read().execute(text("select * from no_such_table where token = :token"), {"token": "s3cr3t"})
    assert "s3cr3t" not in str(raised.value)


def test_a_writer_looks_often_before_it_gives_up_waiting_for_another_program(
    database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # As on a machine that stood still: the time is over with the first look.
    monkeypatch.setattr(transactions, "BUSY_TIMEOUT", -1.0)
    monkeypatch.setattr(transactions, "BUSY_PAUSE", 0.0)
    other = sqlite3.connect(tmp_path / "state.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    looks: list[object] = []
    begun = SqliteTransactions._begun

    def look(writer: SqliteTransactions, *, at_last: bool = False) -> bool:
        looks.append(at_last)
        if len(looks) == MIN_LOOKS:
            other.execute("ROLLBACK")
        return begun(writer, at_last=at_last)

    monkeypatch.setattr(SqliteTransactions, "_begun", look)
    with database.write() as connection:
        add(connection)
    assert looks == [False] * MIN_LOOKS
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(sqlite3.OperationalError, match="locked"), database.write():
        pass
    assert looks.count(True) == 1
    other.close()

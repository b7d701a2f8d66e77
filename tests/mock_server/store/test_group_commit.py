"""Transactions of several threads that are committed together."""

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import OperationalError

from bodydouble.mock_server.clock import Clock
from bodydouble.mock_server.store import accounts, gathering, quotas, reservations, tables
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from tests.support.times import SAMPLE_TIME

_INSERT_NUMBER = PreparedStatement(text("insert into numbers (number) VALUES (:number)"))


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{tmp_path}/state.db", tables.metadata)
    opened.create_tables()
    with opened.write() as connection:
        connection.execute(text("create table numbers (number integer primary key)"))
    yield opened
    opened.close()


def numbers(database: Database) -> list[int]:
    return list(database.read().execute(text("select number from numbers order by number")).scalars())


def adding(number: int) -> Callable[[Connection], int]:
    def act(connection: Connection) -> int:
        connection.execute(text("insert into numbers values (:number)"), {"number": number})
        return number

    return act


def commits_of(database: Database) -> int:
    """How many transactions have been committed to the file; each increases the number for other connections."""
    return int(database.read().execute(text("pragma data_version")).scalar_one())


class Group:
    """Threads whose work gathers while another transaction is open."""

    def __init__(self, database: Database, acts: list[Callable[[Connection], int]]) -> None:
        self._waiting = threading.Semaphore(0)
        self.pool = ThreadPoolExecutor(len(acts))
        with database.write():
            self.results: list[Future[int]] = [
                self.pool.submit(database.transact, act, self._waiting.release) for act in acts
            ]
            # The first one waits for the lock of the file, all others for the first.
            for _ in acts[1:]:
                assert self._waiting.acquire(timeout=10)
        self.pool.shutdown()


def test_what_gathers_is_committed_at_once_and_each_thread_gets_its_own_result(database: Database) -> None:
    before = commits_of(database)
    group = Group(database, [adding(number) for number in range(20)])
    assert [result.result() for result in group.results] == list(range(20))
    assert numbers(database) == list(range(20))
    # At most two: the transaction in which they gathered, and theirs.
    assert commits_of(database) - before <= 2


def test_an_error_undoes_only_the_work_of_its_own_thread(database: Database) -> None:
    def add_and_fail(connection: Connection) -> int:
        adding(100)(connection)
        raise LookupError("no such thing")

    group = Group(database, [adding(1), add_and_fail, adding(2), add_and_fail, adding(3)])
    assert [type(result.exception()) for result in group.results] == [
        type(None), LookupError, type(None), LookupError, type(None)
    ]  # fmt: skip
    assert numbers(database) == [1, 2, 3]


@pytest.mark.parametrize("place", [0, 2])
def test_nobody_is_told_of_a_success_that_was_not_committed(database: Database, place: int) -> None:
    def break_the_commit(connection: Connection) -> int:
        connection.execute(text("pragma defer_foreign_keys = on"))
        connection.execute(text("insert into quotas values ('nobody', 'vendor', 'name', 1, 0)"))
        return 0

    acts = [adding(1), adding(2), adding(3)]
    acts.insert(place, break_the_commit)
    group = Group(database, acts)
    assert {type(result.exception()) for result in group.results} == {sqlite3.IntegrityError}
    assert numbers(database) == []
    assert database.transact(adding(7)) == 7
    assert numbers(database) == [7]


def test_a_rollback_of_everything_fails_everybody(database: Database) -> None:
    def lose_the_transaction(connection: Connection) -> int:
        # As SQLite does by itself when the disk is full.
        connection.exec_driver_sql("rollback")
        raise OperationalError("insert", {}, sqlite3.OperationalError("database or disk is full"))

    group = Group(database, [adding(1), adding(2), lose_the_transaction, adding(3)])
    assert {type(result.exception()) for result in group.results} == {OperationalError}
    assert numbers(database) == []
    assert database.transact(adding(7)) == 7


def test_a_single_thread_does_not_wait_and_its_error_undoes_its_work(database: Database) -> None:
    def add_and_fail(connection: Connection) -> int:
        adding(1)(connection)
        raise LookupError("no such thing")

    def wait() -> None:
        raise AssertionError("nobody else is there")

    with pytest.raises(LookupError):
        database.transact(add_and_fail, wait)
    assert database.transact(adding(2), wait) == 2
    assert numbers(database) == [2]


def test_those_that_come_before_it_begins_are_committed_with_it(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    waiting, followers = threading.Semaphore(0), list(range(1, 6))

    def let_one_come() -> None:
        if followers:
            results.append(pool.submit(database.transact, adding(followers.pop(0)), waiting.release))
            assert waiting.acquire(timeout=10)

    before = commits_of(database)
    with ThreadPoolExecutor(5) as pool:
        results: list[Future[int]] = []
        monkeypatch.setattr(os, "sched_yield", let_one_come)
        monkeypatch.setattr(gathering, "MAX_SECONDS", 10)
        assert database.transact(adding(0)) == 0
    assert [result.result() for result in results] == [1, 2, 3, 4, 5]
    assert numbers(database) == [0, 1, 2, 3, 4, 5]
    assert commits_of(database) - before == 1


def test_it_does_not_wait_for_ever_for_those_that_come(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    looks = []

    def look() -> None:
        looks.append(1)
        time.sleep(0.001)

    monkeypatch.setattr(os, "sched_yield", look)
    monkeypatch.setattr(gathering, "LOOKS", 1_000)
    database.transact(adding(0))
    assert len(looks) == 1, "nobody else was there"
    Group(database, [adding(number) for number in range(1, 4)])
    assert len(looks) < 100


def test_every_thread_sees_what_those_before_it_did(database: Database) -> None:
    def add_the_next(connection: Connection) -> int:
        count = int(connection.execute(text("select count(*) from numbers")).scalar_one())
        return adding(count)(connection)

    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: database.transact(add_the_next), range(300)))
    assert sorted(results) == numbers(database) == list(range(300))


@pytest.fixture
def account(database: Database) -> str:
    with database.write() as connection:
        accounts.create(connection, "a", seed=1, clock=Clock(), pace=1, last_number=0, settings={}, wall_ms=SAMPLE_TIME)
        quotas.create(connection, "a", {"vendor": {"seconds": 10}})
    return "a"


def creating(account: str, amount: int = 1, fail: bool = False) -> Callable[[Connection], int]:
    def act(connection: Connection) -> int:
        assert accounts.get(connection, account) is not None
        is_consumed = quotas.consume_soon(connection, account, "vendor", "seconds", amount)
        number = accounts.next_number(connection, account)
        reservations.add(connection, account, "vendor", SAMPLE_TIME, {"seconds": amount})
        _INSERT_NUMBER.run_many(connection, [{"number": number}])
        if fail or not is_consumed():
            raise LookupError("no such thing")
        return number

    return act


def stored(database: Database) -> tuple[list[int], int, int, int]:
    """Numbers, the last number of the account, what is taken of its quota, and what is reserved of it."""
    connection = database.read()
    last = int(connection.execute(text("select last_number from accounts")).scalar_one())
    taken = int(connection.execute(text("select taken from quotas")).scalar_one())
    reserved = reservations.after(connection, "a", "vendor", SAMPLE_TIME - 1)
    return numbers(database), last, taken, reserved.get("seconds", 0)


def test_what_members_share_is_written_once(database: Database, account: str) -> None:
    statements: list[str] = []

    def watch(connection: Connection) -> int:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(lambda statement: statements.append(statement.split()[0].upper()))
        return 0

    group = Group(database, [watch, *(creating(account) for _ in range(8))])
    assert [result.result() for result in group.results] == [0, *range(1, 9)]
    assert stored(database) == (list(range(1, 9)), 8, 8, 8)
    # The account; the quota twice, the last number, the three rows of the reservation, the eight numbers.
    assert statements.count("SELECT") == 1
    assert statements.count("UPDATE") == 3
    assert statements.count("INSERT") == 2
    assert "SAVEPOINT" not in statements


def test_what_a_failed_member_shares_with_others_is_undone(database: Database, account: str) -> None:
    acts = [
        creating(account),
        creating(account, fail=True),
        creating(account, 2),
        creating(account, 8),
        creating(account),
    ]
    group = Group(database, acts)
    assert [type(result.exception()) for result in group.results] == [
        type(None), LookupError, type(None), LookupError, type(None)
    ]  # fmt: skip
    assert stored(database) == ([1, 2, 3], 3, 4, 4)


def test_a_row_that_is_refused_at_the_end_fails_only_its_member(database: Database, account: str) -> None:
    def insert_again(connection: Connection) -> int:
        creating(account)(connection)
        # Only when it is inserted, it is refused.
        _INSERT_NUMBER.run_many(connection, [{"number": 100}, {"number": 100}])
        return 0

    group = Group(database, [creating(account), insert_again, creating(account)])
    assert [type(result.exception()) for result in group.results] == [
        type(None), sqlite3.IntegrityError, type(None)
    ]  # fmt: skip
    assert stored(database) == ([1, 2], 2, 2, 2)

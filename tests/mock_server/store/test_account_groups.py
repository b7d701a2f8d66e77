"""Transactions of several threads on one account of a database server, which are committed together."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Connection, bindparam, insert, text

from bodydouble.mock_server.clock import Clock
from bodydouble.mock_server.store import accounts
from bodydouble.mock_server.store.postgresql import Command, Result
from bodydouble.mock_server.store.prepared_statement import PreparedStatement, server_of
from bodydouble.mock_server.store.state import State
from bodydouble.mock_server.store.tables import quotas
from tests.support.postgresql import PostgresqlServer
from tests.support.times import SAMPLE_TIME

# What an action returns: a number, and for some the transaction.
Returned = tuple[float, str]
Act = Callable[[Connection], Returned]
_QUOTA = PreparedStatement(
    insert(quotas).values(account_id="a", vendor="vendor", name=bindparam("quota"), total=1, taken=0)
)


@pytest.fixture
def state(postgresql: PostgresqlServer) -> Iterator[State]:
    state = State(postgresql.new_database())
    state.create_tables()
    with state.main.write() as connection:
        for name in ("a", "b"):
            accounts.create(
                connection, name, seed=1, clock=Clock(), pace=1, last_number=0, settings={}, wall_ms=SAMPLE_TIME
            )
    yield state
    state.close()


def at_once(state: State, acts: list[Act], account_id: str = "a") -> list[Future[Returned]]:
    """Run actions that gather while the test has locked their account."""
    waiting = threading.Semaphore(0)
    with ThreadPoolExecutor(len(acts)) as pool, state.main.write() as connection:
        accounts.lock(connection, account_id)
        results = [pool.submit(state.main.transact, act, waiting.release, account_id) for act in acts]
        for _ in acts[1:]:
            assert waiting.acquire(timeout=10)
    return results


def numbered(connection: Connection) -> Returned:
    assert accounts.get(connection, "a") is not None
    number = accounts.next_number(connection, "a")
    _QUOTA.change(connection, {"quota": f"quota-{number}"})
    return number, str(connection.execute(text("select pg_current_xact_id()")).scalar_one())


def failing(connection: Connection) -> Returned:
    numbered(connection)
    raise LookupError("no such thing")


def failing_late(connection: Connection) -> Returned:
    accounts.get(connection, "a")
    for _ in range(2):
        # Sent with whatever comes next, of this action or of another one.
        _QUOTA.change(connection, {"quota": "twice"})
    return 0, ""


def stored(state: State) -> tuple[int, list[str]]:
    connection = state.main.read()
    last = connection.execute(text("select last_number from accounts where id = 'a'")).scalar_one()
    return last, list(connection.execute(text("select name from quotas order by name")).scalars())


def test_what_gathers_is_committed_at_once_and_each_thread_gets_its_own_result(state: State) -> None:
    results = [result.result() for result in at_once(state, [numbered] * 9)]
    assert sorted(number for number, _ in results) == list(range(1, 10))
    assert len({transaction for _, transaction in results}) == 1
    assert stored(state) == (9, [f"quota-{number}" for number in range(1, 10)])


@pytest.mark.parametrize(("bad", "error"), [(failing, LookupError), (failing_late, psycopg.IntegrityError)])
@pytest.mark.parametrize("place", [0, 2, 4])
def test_an_error_undoes_only_the_work_of_its_own_thread(
    state: State, bad: Act, error: type[Exception], place: int
) -> None:
    acts: list[Act] = [numbered] * 4
    acts.insert(place, bad)
    results = at_once(state, acts)
    failed = [result.exception() for result in results]
    assert isinstance(failed.pop(place), error)
    assert failed == [None] * 4
    assert stored(state) == (4, [f"quota-{number}" for number in range(1, 5)])


def test_one_alone_does_not_wait_and_its_error_undoes_its_work(state: State) -> None:
    with pytest.raises(LookupError):
        state.main.transact(failing, pytest.fail, "a")
    assert state.main.transact(numbered, pytest.fail, "a")[0] == 1
    assert stored(state) == (1, ["quota-1"])


def test_a_lost_connection_fails_everybody_and_nobody_is_told_of_a_success(
    state: State, postgresql: PostgresqlServer
) -> None:
    def lose(connection: Connection) -> Returned:
        postgresql.end_connections()
        return numbered(connection)

    results = at_once(state, [numbered, lose, numbered])
    assert all(result.exception() is not None for result in results)
    assert stored(state) == (0, [])
    assert state.main.transact(numbered, account_id="a")[0] == 1


def test_a_change_of_the_account_is_seen_by_those_after_it(state: State) -> None:
    def set_pace(connection: Connection) -> Returned:
        account = accounts.get(connection, "a")
        assert account is not None
        accounts.next_number(connection, "a")
        accounts.set_pace(connection, "a", account.pace + 1)
        return account.pace, ""

    assert sorted(result.result()[0] for result in at_once(state, [set_pace] * 4)) == [1, 2, 3, 4]
    assert stored(state)[0] == 4


def test_nothing_is_committed_if_a_result_that_was_sent_ahead_is_refused(state: State) -> None:
    def refuse(result: Result) -> None:
        raise LookupError

    def act(connection: Connection) -> None:
        server = server_of(connection)
        assert server is not None
        _QUOTA.change(connection, {"quota": "refused"})
        server.ahead(Command("SELECT 1", (), refuse))

    with pytest.raises(LookupError):
        state.main.transact(act)
    assert stored(state) == (0, [])


def test_threads_that_write_one_after_the_other_share_a_connection(state: State) -> None:
    backends: set[int] = set()

    def note(connection: Connection) -> None:
        backends.add(connection.execute(text("select pg_backend_pid()")).scalar_one())

    for _ in range(5):
        with ThreadPoolExecutor(1) as pool:
            pool.submit(state.main.transact, note).result()
    assert len(backends) == 1

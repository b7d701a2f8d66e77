"""What is only so on PostgreSQL: round trips, and what a process remembers of credentials that another may change."""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from functools import partial
from typing import Any

import psycopg
import pytest
from sqlalchemy import Connection, bindparam, select, text

from bodydouble.mock_server.clock import Clock
from bodydouble.mock_server.delivery.turns import REQUEST_TURNS
from bodydouble.mock_server.store import accounts, quotas, shared_reads, task_ids, tokens
from bodydouble.mock_server.store.journal import Entry
from bodydouble.mock_server.store.postgresql import Command, ServerConnection
from bodydouble.mock_server.store.prepared_statement import PreparedStatement, server_of
from bodydouble.mock_server.store.schema_version import StateError
from bodydouble.mock_server.store.state import State
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import WAIT
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.postgresql import PostgresqlServer
from tests.support.times import SAMPLE_TIME

Start = Callable[[str], InProcessServer]


@pytest.fixture
def state(postgresql: PostgresqlServer) -> Iterator[State]:
    state = State(postgresql.new_database())
    state.create_tables()
    yield state
    state.close()


@pytest.fixture
def trips(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many statements each round trip has."""
    counts: list[int] = []
    exchange = ServerConnection._exchange

    def count(self: ServerConnection, prepared: Any) -> Any:
        counts.append(len(prepared))
        return exchange(self, prepared)

    monkeypatch.setattr(ServerConnection, "_exchange", count)
    return counts


def server(connection: Connection) -> ServerConnection:
    server = server_of(connection)
    assert isinstance(server, ServerConnection)
    return server


def test_usual_requests_need_few_round_trips(postgresql: PostgresqlServer, start: Start, trips: list[int]) -> None:
    guiji = Guiji(Account(start(postgresql.new_database()), frozen_at=SAMPLE_TIME))
    video = guiji.synthesise()
    trips.clear()
    assert guiji.send("GET", f"/openapi/video/v2/get/{video}").json["success"]
    assert len(trips) == 1
    trips.clear()
    guiji.synthesise()
    assert len(trips) == 3


def test_many_entries_of_the_journal_need_as_few_round_trips_as_one(
    postgresql: PostgresqlServer, start: Start, trips: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start(postgresql.new_database())
    guiji, journal = Guiji(Account(running)), running.services.journal
    written: list[list[int]] = []
    for count in (1, 30):
        monkeypatch.setattr(journal, "on_pending", lambda: None)
        journal.flush()
        for _ in range(count):
            guiji.send("GET", "/openapi/video/v2/get/1")
        trips.clear()
        journal.flush()
        written.append(trips[:])
    (single, many) = written
    assert len(single) == len(many)
    assert len(many) <= 6


def test_what_any_replica_has_issued_is_not_in_the_journal_of_another(
    postgresql: PostgresqlServer, start: Start
) -> None:
    location = postgresql.new_database()
    issuer, other = start(location), start(location)
    account, journal = Account(issuer).id, other.services.journal
    for number in range(3):
        token = f"4d186321c1a7f0f354b297e8914ab24{number}"
        # A line that was seen before, and held no issued value at that time.
        entry = Entry("guiji", "GET", f"/x/{token}", "", {}, b"", 0, account, "getVideo")
        journal.add(entry)
        journal.flush()
        with issuer.services.state.main.write() as connection:
            tokens.add(connection, account, "guiji", token, 10**14)
        journal.add(entry)
        journal.flush()
        before, after = (row["path"] for row in journal.search(account_id=account)[-2:])
        assert token in before
        assert token not in after


def test_creations_that_gather_need_as_few_round_trips_as_one(
    postgresql: PostgresqlServer, start: Start, trips: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    running = start(postgresql.new_database())
    state, guiji, waiting = running.services.state.main, Guiji(Account(running)), threading.Semaphore(0)
    guiji.synthesise()
    (before,) = (taken for _, taken in quotas.read(state.read(), guiji.account.id, "guiji").values() if taken)
    monkeypatch.setattr(REQUEST_TURNS, "give_up", waiting.release)
    with ThreadPoolExecutor(16) as pool:
        with state.write() as connection:
            accounts.lock(connection, guiji.account.id)
            trips.clear()
            videos = [pool.submit(guiji.synthesise) for _ in range(16)]
            for _ in videos[1:]:
                assert waiting.acquire(timeout=10)
        numbers = {video.result() for video in videos}
    # Three, and the end of the test's transaction.
    assert len(trips) == 4
    assert sum(trips) <= 20
    assert len(numbers) == 16
    (after,) = (taken for _, taken in quotas.read(state.read(), guiji.account.id, "guiji").values() if taken)
    assert after == 17 * before


def test_reads_that_gather_share_a_round_trip_and_a_connection(
    postgresql: PostgresqlServer, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shared_reads, "PATIENCE", WAIT)
    running = start(postgresql.new_database())
    guiji, waiting = Guiji(Account(running)), threading.Semaphore(0)
    videos = [guiji.synthesise() for _ in range(2)]
    held, trips, exchange = threading.Event(), list[tuple[ServerConnection, int]](), ServerConnection._exchange

    def exchange_when_all_wait(self: ServerConnection, prepared: Any) -> Any:
        trips.append((self, len(prepared)))
        assert held.wait(WAIT)
        return exchange(self, prepared)

    monkeypatch.setattr(ServerConnection, "_exchange", exchange_when_all_wait)
    monkeypatch.setattr(REQUEST_TURNS, "has_one", lambda: True)
    monkeypatch.setattr(REQUEST_TURNS, "give_up", waiting.release)
    with ThreadPoolExecutor(16) as pool:
        paths = [f"/openapi/video/v2/get/{video}" for video in videos * 8]
        shown = [pool.submit(guiji.send, "GET", path) for path in paths]
        for _ in shown:
            assert waiting.acquire(timeout=WAIT)
        held.set()
        assert [future.result().json["data"]["id"] for future in shown] == videos * 8
    assert len({id(connection) for connection, _ in trips}) == 1
    # The first reads alone. The others prove one token, and read two videos.
    assert [count for _, count in trips] == [2, 3]


def test_ids_of_tasks_are_unique_on_all_connections(state: State) -> None:
    taken: list[int | None] = []

    def take(connection: Connection) -> None:
        for _ in range(task_ids.BLOCK_SIZE + 1):
            taken.append(task_ids.next_id(connection))

    with state.main.write() as connection:
        take(connection)
        state.main.close()
        with state.main.write() as other:
            take(other)
            other.execute(text("SELECT nextval('tasks_id_seq')"))
            take(connection)
    assert None not in taken
    assert len(set(taken)) == len(taken)


def test_what_is_written_at_the_end_is_read_before_it(state: State) -> None:
    with state.main.write() as connection:
        accounts.create(connection, "a", seed=1, clock=Clock(), pace=1, last_number=0, settings={}, wall_ms=SAMPLE_TIME)
        quotas.create(connection, "a", {"guiji": {"q": 10}})
    with state.main.write() as connection:
        for taken in (3, 6):
            assert quotas.consume(connection, "a", "guiji", "q", 3)
            assert quotas.read(connection, "a", "guiji") == {"q": (10, taken)}
        assert not quotas.consume(connection, "a", "guiji", "q", 5)
        quotas.adjust(connection, "a", "guiji", "q", -1)
        quotas.set_total(connection, "a", "guiji", "q", 11)
        assert quotas.consume(connection, "a", "guiji", "q", 6)
        assert not quotas.consume(connection, "a", "guiji", "q", 1)
    assert quotas.read(state.main.read(), "a", "guiji") == {"q": (11, 11)}


def test_what_changes_at_one_replica_holds_for_the_next_request_at_another(
    postgresql: PostgresqlServer, start: Start
) -> None:
    location = postgresql.new_database()
    here, there = start(location), start(location)
    account = Account(here, frozen_at=SAMPLE_TIME)
    guiji = Guiji(account)
    video = guiji.synthesise()
    show = partial(there.http.get, f"/openapi/video/v2/get/{video}?access_token={guiji.token}")
    states = set()
    for _ in range(6):
        states.add(show().json["data"]["synthesisStatus"])
        account.advance(60)
        expected = guiji.send("GET", f"/openapi/video/v2/get/{video}").json["data"]["synthesisStatus"]
        assert show().json["data"]["synthesisStatus"] == expected
    assert len(states) > 1
    account.control("POST", "/reset")
    assert show().json["code"] == "40002", "the token is of the time before the reset"
    account.delete()
    assert show().json["code"] == "40002"


def test_a_request_with_a_nonce_is_accepted_though_its_account_has_changed(
    postgresql: PostgresqlServer, start: Start
) -> None:
    location = postgresql.new_database()
    here, there = start(location), start(location)
    account = Account(here, frozen_at=SAMPLE_TIME)
    client = AliyunAvatar(account)
    client.submit()
    for number in range(1, 4):
        Account.settings(_at(there, account), "aliyun-avatar", concurrent_videos=number + 5)
        assert client.submit()


def _at(server: InProcessServer, account: Account) -> Account:
    other = Account.__new__(Account)
    other.__dict__.update(account.__dict__)
    other.server, other.http = server, server.http
    return other


def test_values_of_all_types_are_what_they_were(state: State) -> None:
    connection = state.main.read()
    values = ["ä\n%", 2**62, -1, 0.1, True, False, b"\x00\xff\\", None]
    kinds = ("text", "bigint", "integer", "float8", "boolean", "boolean", "bytea", "text")
    statement = f"SELECT {', '.join(f'${number}::{kind}' for number, kind in enumerate(kinds, 1))}, 12::numeric"
    assert server(connection).run(Command(statement, values))[0].rows == [(*values, 12)]
    with pytest.raises(psycopg.DataError, match="NUL"):
        server(connection).run(Command(statement, ["a\x00b", *values[1:]]))
    with pytest.raises(KeyError):
        server(connection).run(Command("SELECT now()"))


def test_what_the_driver_prepares_and_forgets_does_not_concern_our_statements(state: State) -> None:
    with state.main.write() as connection:
        command = Command("SELECT 7")
        assert server(connection).run(command)[0].rows == [(7,)]
        # The driver prepares what comes often. At the next DROP it would have the server forget all that is prepared.
        for _ in range(8):
            connection.execute(text("SELECT 1"))
        connection.exec_driver_sql("CREATE TABLE passing (id integer)")
        connection.exec_driver_sql("DROP TABLE passing")
        connection.execute(text("SELECT 1"))
        assert server(connection).run(command)[0].rows == [(7,)]


def test_a_failed_statement_undoes_its_transaction_and_the_connection_goes_on(state: State) -> None:
    def fail() -> None:
        with state.main.write() as connection:
            server(connection).ahead(Command("CREATE TABLE temporary_table (id integer)"))
            server(connection).ahead(Command("SELECT 1 / $1::integer", [0]))
            server(connection).run(Command("SELECT 1"))

    with pytest.raises(psycopg.errors.DivisionByZero):
        fail()
    with state.main.write() as connection:
        assert connection.scalar(text("SELECT to_regclass('temporary_table')")) is None


def test_a_transaction_that_had_failed_is_not_reported_as_committed(state: State) -> None:
    def hide_a_failure() -> None:
        with state.main.write() as connection, suppress(psycopg.errors.DivisionByZero):
            server(connection).run(Command("SELECT 1 / $1::integer", [0]))

    with pytest.raises(RuntimeError, match="rolled back"):
        hide_a_failure()


def test_statements_that_go_ahead_are_seen_by_those_after_them(state: State) -> None:
    with state.main.write() as connection:
        accounts.create(connection, "a", seed=1, clock=Clock(), pace=1, last_number=5, settings={}, wall_ms=SAMPLE_TIME)
        accounts.add_credentials(connection, "a", {"guiji": ("key", {"secret": "s"})})
        assert accounts.by_key(connection, "guiji", "key") is not None
        assert accounts.get(connection, "a") is not None
        numbers = [accounts.next_number(connection, "a") for _ in range(3)]
    with state.main.write() as connection:
        assert [*numbers, accounts.next_number(connection, "a")] == [6, 7, 8, 9]
        accounts.get(connection, "a")
        assert accounts.next_number(connection, "a") == 10


def test_a_reader_of_the_journal_waits_only_for_replicas_that_are_connected(
    postgresql: PostgresqlServer, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    location = postgresql.new_database()
    here = start(location)
    journal = here.services.journal
    waits: list[float] = []
    monkeypatch.setattr(journal._stop, "wait", waits.append)
    here.http.get("/openapi/video/v2/get/1?access_token=nobody")
    journal.catch_up()
    assert not waits
    assert [entry["path"] for entry in journal.search(account_id=None)] == ["/openapi/video/v2/get/1"]
    other = State(location)
    # Whatever it has read: a request that it serves begins so.
    other.main.read()
    journal.catch_up()
    assert len(waits) == 1
    other.close()
    # The server learns of the end of a connection some time after its client.
    for _ in range(1000):
        waits.clear()
        journal.catch_up()
        if not waits:
            break
    assert not waits


def test_only_known_databases_are_used() -> None:
    with pytest.raises(StateError, match="mysql:// is not supported"):
        State("mysql://nobody@127.0.0.1/none")


def test_both_forms_of_the_url_are_understood(postgresql: PostgresqlServer) -> None:
    location = postgresql.new_database().replace("postgresql+psycopg://", "postgresql://")
    state = State(location)
    state.create_tables()
    assert (
        PreparedStatement(select(bindparam("a", type_=accounts.COLUMNS[0].type))).scalar(
            state.main.read(), {"a": "text"}
        )
        == "text"
    )
    state.close()

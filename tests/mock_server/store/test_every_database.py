"""The state is the same in a file of SQLite and on PostgreSQL, also under concurrent changes and after a loss."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import pytest
from psycopg import DatabaseError
from sqlalchemy import inspect, select, text

from bodydouble.mock_server.clock import Clock, wall_ms
from bodydouble.mock_server.delivery.leases import LEASE
from bodydouble.mock_server.store import accounts, deliveries, quotas, tables, tasks
from bodydouble.mock_server.store.schema_version import StateError
from bodydouble.mock_server.store.state import State
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.aliyun_avatar import APP, AliyunAvatar
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.huawei_metastudio import MetaStudio
from tests.support.in_process import InProcessServer
from tests.support.postgresql import PostgresqlServer
from tests.support.times import SAMPLE_TIME

Start = Callable[[str], InProcessServer]
ROUNDS = 12


def at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Do things in threads at the same time; their results."""
    with ThreadPoolExecutor(len(acts)) as pool:
        return [future.result() for future in [pool.submit(act) for act in acts]]


def taken(server: InProcessServer, account: Account, vendor: str) -> dict[str, int]:
    read = quotas.read(server.services.state.main.read(), account.id, vendor)
    return {name: amount for name, (_, amount) in read.items()}


def test_concurrent_changes_of_different_settings_all_take_effect(location: str, start: Start) -> None:
    account = Account(start(location), frozen_at=SAMPLE_TIME)
    for number in range(1, ROUNDS):
        at_once(
            partial(account.settings, "softsugar", auth_key=f"key-{number}"),
            partial(account.settings, "aliyun-avatar", concurrency=number),
            partial(account.settings, "aliyun-avatar", concurrent_videos=number),
        )
        settings = account.describe()["settings"]
        assert settings["softsugar"]["auth_key"] == f"key-{number}"
        assert settings["aliyun-avatar"]["concurrency"] == settings["aliyun-avatar"]["concurrent_videos"] == number


def test_a_video_is_cancelled_for_one_of_several_clients_and_refunded_once(location: str, start: Start) -> None:
    server = start(location)
    client = AliyunAvatar(Account(server, frozen_at=SAMPLE_TIME))
    for _ in range(ROUNDS):
        cancel = partial(client.data, "CancelVideoTask", App={"AppId": APP}, TaskUuid=client.submit())
        assert sorted(shown["IsCancel"] for shown in at_once(cancel, cancel, cancel)) == [False, False, True]
    assert set(taken(server, client.account, "aliyun-avatar").values()) == {0}


def test_a_video_that_several_operators_fail_is_refunded_once(location: str, start: Start) -> None:
    server = start(location)
    guiji = Guiji(Account(server, frozen_at=SAMPLE_TIME))
    before = taken(server, guiji.account, "guiji")
    for _ in range(ROUNDS):
        task = guiji.account.task(guiji.synthesise())
        fail = partial(guiji.account.control, "POST", f"/tasks/{task['id']}/fail", {})
        at_once(fail, fail, fail)
    assert taken(server, guiji.account, "guiji") == before


def test_servers_that_start_at_once_on_an_empty_database_all_start(postgresql: PostgresqlServer, start: Start) -> None:
    for _ in range(2):
        location = postgresql.new_database()
        for server in at_once(*[partial(start, location)] * 3):
            assert server.http.get("/_mock/accounts").json == {"accounts": ["default"]}


def test_the_server_recovers_when_its_connections_are_lost(postgresql: PostgresqlServer, start: Start) -> None:
    guiji = Guiji(Account(start(postgresql.new_database()), frozen_at=SAMPLE_TIME))
    read = partial(guiji.send, "GET", "/openapi/user/v2/get")
    assert at_once(read, read, read)[0].json["success"]
    guiji.speak()
    postgresql.end_connections()
    # None of the threads' connections is left, and no request meets a lost one.
    assert read().json["success"]
    assert all(response.json["success"] for response in at_once(read, read, read))
    assert guiji.speak()


def test_a_connection_that_is_lost_in_a_transaction_is_replaced(postgresql: PostgresqlServer) -> None:
    state = State(postgresql.new_database())
    state.create_tables()

    def lose() -> None:
        with state.main.write() as connection:
            postgresql.end_connections()
            accounts.get(connection, "a")

    with pytest.raises(DatabaseError, match="terminating connection"):
        lose()
    with state.main.write() as connection:
        accounts.create(
            connection,
            "a",
            seed=1,
            clock=Clock(),
            pace=1,
            last_number=1,
            settings={},
            callback_clock="real",
            wall_ms=SAMPLE_TIME,
        )
    assert accounts.all_ids(state.main.read()) == ["a"]
    state.close()


def test_a_request_goes_on_with_its_connection_when_the_one_below_is_replaced(postgresql: PostgresqlServer) -> None:
    state = State(postgresql.new_database())
    state.create_tables()
    reading = state.main.read()

    def lose() -> None:
        with state.main.write() as connection:
            postgresql.end_connections()
            accounts.get(connection, "a")

    for _ in range(3):
        # Known to SQLAlchemy, which begins a transaction of its own.
        assert reading.execute(select(tables.accounts.c.id)).all() == []
        with pytest.raises(DatabaseError, match="terminating connection"):
            lose()
        # As what the request calls does.
        assert accounts.all_ids(state.main.read()) == []
        assert accounts.all_ids(reading) == []
    state.close()


def test_replicas_read_each_others_journal_entries_at_once(postgresql: PostgresqlServer, start: Start) -> None:
    location = postgresql.new_database()
    reader, writer = start(location), start(location)
    writer.start()
    guiji = Guiji(Account(writer, frozen_at=SAMPLE_TIME))
    for count in range(1, 6):
        guiji.send("GET", "/openapi/user/v2/get")
        entries = reader.http.get(f"/_mock/accounts/{guiji.account.id}/journal").json["entries"]
        assert [entry["path"] for entry in entries].count("/openapi/user/v2/get") == count
    writer.stop()


def test_a_database_of_another_version_is_refused_on_a_server_too(postgresql: PostgresqlServer) -> None:
    location = postgresql.new_database()
    state = State(location)
    state.create_tables()
    with state.main.write() as connection:
        connection.execute(text("update bodydouble_versions set version = 99"))
    with pytest.raises(StateError, match="has version 99 of the stored form, and this Bodydouble reads version"):
        state.create_tables()
    state.close()


def test_tables_of_another_program_are_refused_on_a_server_and_nothing_is_added(postgresql: PostgresqlServer) -> None:
    state = State(postgresql.new_database())
    with state.main.write() as connection:
        connection.execute(text("create table accounts (number integer)"))
    with pytest.raises(StateError, match=r"tables of another program, .*: accounts"):
        state.create_tables()
    assert inspect(state.main.read()).get_table_names() == ["accounts"]
    state.close()


def test_a_change_that_waits_for_its_turn_uses_the_time_and_the_account_of_its_turn(
    location: str, start: Start
) -> None:
    server = start(location)
    client = AliyunAvatar(Account(server, frozen_at=SAMPLE_TIME))
    uuid = client.submit()
    with ThreadPoolExecutor(1) as pool:
        with server.services.state.main.write() as connection:
            account = accounts.get(connection, client.account.id)
            assert account is not None
            cancelled = pool.submit(client.data, "CancelVideoTask", App={"AppId": APP}, TaskUuid=uuid)
            # Long enough for the request to arrive and to wait.
            with pytest.raises(TimeoutError):
                cancelled.result(0.5)
            accounts.set_clock(connection, account.id, Clock(0, SAMPLE_TIME + 24 * 3600 * 1000))
        assert cancelled.result()["IsCancel"] is False


def test_renewing_leases_waits_for_the_writer_of_an_account_and_is_no_deadlock(location: str, start: Start) -> None:
    server = start(location)
    guiji = Guiji(Account(server, frozen_at=SAMPLE_TIME))
    guiji.speak(callbackUrl="http://127.0.0.1:9/")
    (account, delivery) = (guiji.account.id, guiji.account.deliveries()[0]["id"])
    leases, database, until = server.services.deliverer.leases, server.services.state.main, wall_ms() + LEASE
    with database.write() as connection:
        deliveries.set_advancing(connection, account, until)
        deliveries.lease_all(connection, [delivery], until)
    with leases.account(account), leases.delivery(delivery), ThreadPoolExecutor(1) as pool:
        with database.write() as connection:
            accounts.lock(connection, account)
            renewed = pool.submit(leases.renew)
            # Long enough for it to wait.
            with pytest.raises(TimeoutError):
                renewed.result(0.5)
            deliveries.lease_all(connection, [delivery], 0)
        renewed.result()
    assert database.read().scalar(select(tables.deliveries.c.leased_until_real)) == 0, "its lease had ended"


def test_a_token_from_before_a_reset_stays_refused(location: str, start: Start) -> None:
    guiji = Guiji(Account(start(location), frozen_at=SAMPLE_TIME))
    old = {guiji.token}
    for _ in range(3):
        guiji.account.control("POST", "/reset")
        assert guiji.rejection("GET", "/openapi/user/v2/get")[0] == "40002"
        token = guiji.sign_in().json["data"]["access_token"]
        assert token not in old
        assert guiji.rejection("GET", "/openapi/user/v2/get")[0] == "40002", "signing in does not revive the old one"
        old.add(token)
        guiji.token = token
        assert guiji.send("GET", "/openapi/user/v2/get").json["success"]


def test_videos_in_work_are_counted_by_an_index_and_those_that_ended_are_not(location: str, start: Start) -> None:
    client = AliyunAvatar(Account(start(location), frozen_at=SAMPLE_TIME))
    client.account.settings("aliyun-avatar", concurrent_videos=2)
    first, second = client.submit(), client.submit()
    assert (
        "2 videos wait or are being made" in client.content("SubmitTextTo2DAvatarVideoTask", another(client))["Message"]
    )
    client.account.act(first, "fail")
    third = client.submit()
    client.account.hold(second)
    client.account.advance(3600)
    assert client.task(third)["Status"] != client.task(second)["Status"]
    client.submit()
    assert client.content("SubmitTextTo2DAvatarVideoTask", another(client))["Success"] is False
    client.account.finish(second)
    client.submit()


def another(client: AliyunAvatar) -> dict[str, Any]:
    return client.of_tenant({"App": {"AppId": APP}, "Title": "Video", "Text": "你好。"})


def test_lists_and_creates_read_no_more_tasks_than_they_show(
    location: str, start: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = start(location)
    studio = MetaStudio(Account(server, frozen_at=SAMPLE_TIME))
    tenant = AliyunAvatar(Account(server, frozen_at=SAMPLE_TIME))
    jobs = [studio.create() for _ in range(8)]
    tenant.account.settings("aliyun-avatar", concurrent_videos=100)
    for _ in range(8):
        tenant.submit()
    read: list[object] = []
    of_row = tasks.of_row
    monkeypatch.setattr(tasks, "of_row", lambda row: read.append(row) or of_row(row))  # type: ignore[func-returns-value]
    assert studio.jobs(limit=3, offset=2) == jobs[2:5]
    assert len(read) == 3
    read.clear()
    tenant.submit()
    assert len(read) <= 1
    assert studio.jobs(limit=3, offset=2, sort_dir="asc") == jobs[2:5], "as the list that is sorted in Python"
    studio.account.advance(32 * 24 * 3600)
    assert studio.jobs() == [], "a list without times is of the last month"


def test_attempts_are_recorded_with_what_was_sent(location: str, start: Start, receiver: Receiver) -> None:
    guiji = Guiji(Account(start(location), frozen_at=SAMPLE_TIME))
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(60)
    (delivery,) = guiji.account.deliveries()
    assert delivery["state"] == "delivered"
    assert [attempt["request_body"].encode() for attempt in delivery["attempts"]] == [receiver.received[0].body]

"""The stored records are bounded: the oldest that nothing waits for are dropped."""

import logging
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from bodydouble.contracts.redaction.fields import FieldRedactor
from bodydouble.mock_server.delivery.background import Background
from bodydouble.mock_server.services import clocks
from bodydouble.mock_server.services.retention import RetentionService
from bodydouble.mock_server.settings import Settings
from bodydouble.mock_server.store import database, deliveries, journal, nonces, tables, task_retention, tokens
from bodydouble.mock_server.store.journal import Entry, Journal
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME


@pytest.fixture
def guiji(running: InProcessServer) -> Guiji:
    return Guiji(Account(running, frozen_at=SAMPLE_TIME))


def numbers(guiji: Guiji) -> list[int]:
    return [int(task["key"]) for task in guiji.account.tasks()]


def forget_tasks(running: InProcessServer, guiji: Guiji, keep: int) -> int:
    now = guiji.account.now()
    with running.services.state.main.write() as connection:
        return task_retention.forget_oldest(connection, guiji.account.id, keep, now)


def test_the_oldest_ended_tasks_are_dropped(guiji: Guiji, running: InProcessServer) -> None:
    audios = [guiji.speak() for _ in range(5)]
    guiji.account.advance(10)
    assert forget_tasks(running, guiji, 5) == 0
    assert forget_tasks(running, guiji, 3) == 2
    assert numbers(guiji) == audios[:1:-1]
    assert guiji.rejection("GET", f"/openapi/speaker/v2/tts/{audios[0]}")[0] == "40001"


def test_an_old_task_in_progress_is_retained(guiji: Guiji, running: InProcessServer) -> None:
    first, second = guiji.speak(), guiji.speak()
    guiji.account.act(second, "finish")
    third = guiji.speak()
    assert forget_tasks(running, guiji, 1) == 1
    assert numbers(guiji) == [third, first]


def test_a_task_with_a_pending_callback_is_retained(guiji: Guiji, running: InProcessServer, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    first = guiji.speak(callbackUrl=receiver.url)
    guiji.account.act(first, "finish")
    second = guiji.speak()
    guiji.account.act(second, "finish")
    assert forget_tasks(running, guiji, 0) == 1
    assert numbers(guiji) == [first]
    guiji.account.advance(0)
    assert len(receiver.received) == 1
    assert forget_tasks(running, guiji, 0) == 1


def test_the_limit_on_tasks_applies_to_each_account_on_its_own(guiji: Guiji, running: InProcessServer) -> None:
    other = Guiji(Account(running, frozen_at=SAMPLE_TIME))
    first = other.speak()
    for _ in range(5):
        guiji.speak()
    guiji.account.advance(10)
    other.account.advance(10)
    forget_tasks(running, guiji, 1)
    assert len(numbers(guiji)) == 1
    assert numbers(other) == [first]


def forget_deliveries(running: InProcessServer, keep: int) -> int:
    with running.services.state.main.write() as connection:
        return deliveries.forget_oldest(connection, keep)


def test_the_deliveries_that_ended_first_are_dropped_regardless_of_the_accounts_clocks(
    guiji: Guiji, running: InProcessServer, receiver: Receiver
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    future = Guiji(Account(running, frozen_at=SAMPLE_TIME + 10**12))
    for client in (future, guiji, guiji, guiji):
        client.speak(callbackUrl=receiver.url)
        client.account.advance(1)
    pending = guiji.speak(callbackUrl=receiver.url)
    assert forget_deliveries(running, 4) == 0
    assert forget_deliveries(running, 3) == 1
    assert future.account.deliveries() == []
    assert forget_deliveries(running, 1) == 2
    assert [delivery["state"] for delivery in guiji.account.deliveries()] == ["delivered", "pending"]
    assert forget_deliveries(running, 0) == 1
    assert guiji.account.deliveries()[0]["task"] == guiji.account.task(pending)["id"]


def test_no_more_simultaneous_deliveries_are_dropped_than_needed(
    guiji: Guiji, running: InProcessServer, receiver: Receiver
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    for _ in range(5):
        guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(1)
    assert forget_deliveries(running, 2) == 3
    assert len(guiji.account.deliveries()) == 2


def test_retention_enforces_the_limits_of_the_settings(
    guiji: Guiji, running: InProcessServer, receiver: Receiver
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    for _ in range(4):
        guiji.speak(callbackUrl=receiver.url)
    guiji.account.advance(10)
    main = running.services.state.main
    with main.write() as connection:
        nonces.use(connection, "guiji", "key", "nonce", 5)
    RetentionService(main, Settings(state="", max_tasks_per_account=2, max_ended_deliveries=1)).apply()
    assert len(guiji.account.tasks()) == 2
    assert len(guiji.account.deliveries()) == 1
    with main.write() as connection:
        assert nonces.use(connection, "guiji", "key", "nonce", 5), "the nonce is forgotten"


def test_retention_writes_nothing_when_there_is_nothing_to_drop(guiji: Guiji, running: InProcessServer) -> None:
    main, written = running.services.state.main, []
    guiji.speak()

    def note(connection: object, cursor: object, statement: str, *_: object) -> None:
        if statement.startswith(("DELETE", "UPDATE", "INSERT")):
            written.append(statement.split()[2])

    with main.write() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", note)
    RetentionService(main, Settings(state="")).apply()
    assert {"tasks", "tokens", "resources"}.isdisjoint(written)
    RetentionService(main, Settings(state="", max_tasks_per_account=0)).apply()
    event.remove(engine, "before_cursor_execute", note)
    assert {"tasks", "tokens", "resources"} <= set(written)


def test_an_expired_token_is_remembered_for_a_week_and_then_unknown(guiji: Guiji, running: InProcessServer) -> None:
    keeper = RetentionService(running.services.state.main, Settings(state=""))
    guiji.account.advance(2 * 3600 + tokens.EXPIRED_RETENTION / 1000)
    keeper.apply()
    assert guiji.rejection("GET", "/openapi/user/v2/get")[0] == "40003"
    guiji.account.advance(0.001)
    keeper.apply()
    assert guiji.rejection("GET", "/openapi/user/v2/get")[0] == "40002"


@pytest.fixture
def stored_journal(tmp_path: Path) -> Iterator[Journal]:
    storage = database.Database(f"sqlite:///{tmp_path}/journal.db", tables.journal_metadata)
    storage.create_tables()
    yield Journal(storage, {"guiji": FieldRedactor(["secret"])})
    storage.close()


def entry(path: str = "/", body: bytes = b"") -> Entry:
    return Entry("guiji", "POST", path, "", {}, body, wall_ms=0, account_id="a")


def paths(journal: Journal) -> list[str]:
    return [entry["path"] for entry in journal.search(account_id="a", limit=100_000)]


def test_the_journal_keeps_the_newest_entries(stored_journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MAX_ENTRIES", 10)
    monkeypatch.setattr(journal, "TRIM_EVERY", 5)
    for number in range(33):
        stored_journal.add(entry(f"/{number}"))
        stored_journal.flush()
    assert paths(stored_journal)[-10:] == [f"/{number}" for number in range(23, 33)]
    assert len(paths(stored_journal)) < 10 + 5


def test_a_request_that_exceeds_the_pending_limit_flushes_the_journal(
    stored_journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MAX_PENDING_ENTRIES", 10)
    for number in range(25):
        stored_journal.add(entry(f"/{number}"))
    assert len(paths(stored_journal)) == 22
    stored_journal.flush()
    assert paths(stored_journal) == [f"/{number}" for number in range(25)]


def test_no_entry_is_lost_during_concurrent_writes(stored_journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journal, "MAX_PENDING_ENTRIES", 50)
    writing = Background().thread("journal", stored_journal.flush, 0.0005)
    writing.start()

    def add_many(name: str) -> None:
        for number in range(1000):
            stored_journal.add(entry(f"/{name}/{number}"))

    threads = [threading.Thread(target=add_many, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    writing.stop()
    stored_journal.stop()
    assert len(set(paths(stored_journal))) == 4000


def test_the_journal_survives_a_disk_that_is_full_for_a_while(
    stored_journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    failed = threading.Event()
    write = database.Database.write

    def no_space(self: Any) -> Any:
        failed.set()
        raise OSError("No space left on device")

    writing = Background().thread("journal", stored_journal.flush, 0.001)
    monkeypatch.setattr(database.Database, "write", no_space)
    with caplog.at_level(logging.ERROR):
        writing.start()
        stored_journal.add(entry("/lost"))
        assert failed.wait(10)
        monkeypatch.setattr(database.Database, "write", write)
        stored_journal.add(entry("/kept"))
        writing.stop()
        stored_journal.stop()
    assert paths(stored_journal)[-1:] == ["/kept"]
    assert "journal entries are lost" in caplog.text


def broken(journal: Journal, count: list[int]) -> Any:
    """Stands for `Database.write` while a journal cannot use its database; servers in this process use others."""
    write = database.Database.write

    def fail(self: Any) -> Any:
        if self is not journal._database:
            return write(self)
        count.append(1)
        error = sqlite3.OperationalError("database or disk is full")
        error.sqlite_errorcode = sqlite3.SQLITE_FULL
        raise error

    return fail


def test_entries_are_kept_in_their_order_while_the_database_cannot_be_used_and_counted_beyond_the_bound(
    stored_journal: Journal, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    lost: list[int] = []
    stored_journal.on_lost = lost.append
    monkeypatch.setattr(journal, "MAX_KEPT_ENTRIES", 4)
    monkeypatch.setattr(journal, "MAX_KEPT_BYTES", 1_000)
    write = database.Database.write
    tries: list[int] = []
    monkeypatch.setattr(database.Database, "write", broken(stored_journal, tries))
    for number in range(7):
        stored_journal.add(entry(f"/{number}"))
        with pytest.raises(sqlite3.OperationalError):
            stored_journal.flush()
    assert len(tries) == 7
    assert sum(lost) == 3
    assert "1 journal entries are lost" in caplog.text
    monkeypatch.setattr(database.Database, "write", write)
    stored_journal.add(entry("/after"))
    stored_journal.flush()
    assert paths(stored_journal) == ["/3", "/4", "/5", "/6", "/after"]
    monkeypatch.setattr(database.Database, "write", broken(stored_journal, tries))
    for number in range(3):
        stored_journal.add(entry(f"/large/{number}", b"x" * 400))
    with pytest.raises(sqlite3.OperationalError):
        stored_journal.flush()
    assert sum(lost) == 4
    stored_journal.stop()
    assert sum(lost) == 6, "what cannot be written at the end is lost"
    assert len(paths(stored_journal)) == 5


def test_while_the_database_cannot_be_used_few_requests_try_to_write(
    stored_journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    tries: list[int] = []
    monkeypatch.setattr(database.Database, "write", broken(stored_journal, tries))
    for number in range(journal.MAX_PENDING_ENTRIES + 3 * (journal.MAX_PENDING_ENTRIES - journal.MAX_KEPT_ENTRIES)):
        stored_journal.add(entry(f"/{number}"))
    assert len(tries) == 3


def test_a_flush_waits_for_entries_that_are_being_written(
    stored_journal: Journal, monkeypatch: pytest.MonkeyPatch
) -> None:
    writing, go_on = threading.Event(), threading.Event()
    write = database.Database.write

    def slowly(self: Any) -> Any:
        writing.set()
        assert go_on.wait(10)
        return write(self)

    monkeypatch.setattr(database.Database, "write", slowly)
    stored_journal.add(entry("/1"))
    first = threading.Thread(target=stored_journal.flush)
    first.start()
    assert writing.wait(10)
    second = threading.Thread(target=stored_journal.catch_up)
    second.start()
    second.join(0.05)
    assert second.is_alive()
    go_on.set()
    first.join()
    second.join()
    assert paths(stored_journal) == ["/1"]


def test_long_bodies_are_truncated_without_revealing_a_secret_at_the_cut(stored_journal: Journal) -> None:
    padding = b"x" * (journal.MAX_BODY_LENGTH - 30)
    stored_journal.add(entry("/1", b'{"padding":"' + padding + b'","secret":"' + b"s3cr3t" * 5000 + b'"}'))
    stored_journal.add(entry("/2", b"{" + b" " * (journal.MAX_BODY_LENGTH - 30) + b'"secret":"' + b"s3cr3t" * 5000))
    stored_journal.flush()
    bodies = [entry["request_body"] for entry in stored_journal.search(account_id="a")]
    assert all("s3cr3t" not in body for body in bodies)
    assert all(len(body) <= journal.MAX_BODY_LENGTH for body in bodies)


def test_every_part_of_an_entry_is_limited(stored_journal: Journal) -> None:
    headers = {"x-long": "v" * 100_000, **{f"x-{number}": "v" for number in range(1000)}}
    query = "secret=" + "s3cr3t" * 10_000 + "&name=" + "v" * 100_000
    stored_journal.add(Entry("guiji", "GET", "/" + "p" * 100_000, query, headers, b"", wall_ms=0, account_id="a"))
    stored_journal.flush()
    (recorded,) = stored_journal.search(account_id="a")
    texts = (recorded["path"], recorded["query"], recorded["request_headers"]["x-long"])
    assert {len(text) for text in texts} == {journal.MAX_FIELD_LENGTH}
    assert len(recorded["request_headers"]) == journal.MAX_HEADERS
    assert "s3cr3t" not in recorded["query"]


def test_a_binary_body_is_recorded_readably(stored_journal: Journal) -> None:
    stored_journal.add(entry("/", b"\xff\x00\xe5\xa3\xb0"))
    stored_journal.flush()
    assert stored_journal.search(account_id="a")[0]["request_body"] == "\\xff\\x00声"


def test_the_journal_is_bounded_over_many_short_sessions_on_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(journal, "MAX_ENTRIES", 10)
    monkeypatch.setattr(journal, "TRIM_EVERY", 5)
    for session in range(8):
        storage = database.Database(f"sqlite:///{tmp_path}/journal.db", tables.journal_metadata)
        storage.create_tables()
        stored = Journal(storage, {"guiji": FieldRedactor(["secret"])})
        for number in range(4):
            stored.add(entry(f"/{session}/{number}"))
            stored.flush()
        assert len(paths(stored)) < 10 + 5
        storage.close()


def test_an_advance_stops_at_its_limit_of_deliveries_and_the_next_one_lists_the_rest(
    running: InProcessServer, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    guiji = Guiji(Account(running, frozen_at=SAMPLE_TIME))
    for _ in range(3):
        guiji.speak(callbackUrl=receiver.url)
        guiji.synthesise(callbackUrl=receiver.url)
    monkeypatch.setattr(clocks, "MAX_DELIVERIES", 4)
    stopped = guiji.account.control("POST", "/clock/advance", {"seconds": 100})
    assert stopped.status == 409
    # Audios are ready after one second, videos after five.
    assert f"it stands at {SAMPLE_TIME + 5000} after 4 deliveries" in stopped.body.decode()
    assert guiji.account.now() == SAMPLE_TIME + 5000
    happened = guiji.account.advance(95)
    assert [event["callback"] for event in happened if event["type"] == "delivery"] == ["videoResult"] * 2
    assert guiji.account.now() == SAMPLE_TIME + 100_000

"""A file says whose it is and of which version: what cannot be read is refused, unchanged, in one line."""

import hashlib
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from bodydouble.mock_server.store import schema_version, tables, triggers
from bodydouble.mock_server.store.schema_version import StateError
from bodydouble.mock_server.store.state import State

# Of the tables and triggers of VERSION. Another digest needs another version and a migration.
DIGEST = "521649bcbea89109"


def pragma(path: Path, name: str) -> int:
    connection = sqlite3.connect(path)
    try:
        return int(connection.execute(f"PRAGMA {name}").fetchone()[0])
    finally:
        connection.close()


def start(path: Path) -> None:
    state = State(str(path))
    try:
        state.create_tables()
        state.checkpoint()
    finally:
        state.close()


def execute(path: Path, *statements: str) -> None:
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


def folder(path: Path) -> dict[str, bytes]:
    return {entry.name: entry.read_bytes() for entry in path.iterdir()}


def test_the_files_say_whose_they_are_and_of_which_version(tmp_path: Path) -> None:
    start(tmp_path / "s.db")
    journal = tmp_path / "s.db.journal"
    assert pragma(tmp_path / "s.db", "application_id").to_bytes(4) == b"BDst"
    assert pragma(journal, "application_id").to_bytes(4) == b"BDjr"
    assert pragma(journal, "user_version") == pragma(tmp_path / "s.db", "user_version") == schema_version.VERSION


def test_an_own_file_is_used_again(tmp_path: Path) -> None:
    start(tmp_path / "s.db")
    start(tmp_path / "s.db")


@pytest.mark.parametrize(
    "statements",
    [
        pytest.param(["create table notes (text text)"], id="tables of other names"),
        pytest.param(["create table accounts (number integer)"], id="a table of the same name"),
        pytest.param(["pragma application_id = 1196444487"], id="only an application id"),
        pytest.param(["pragma user_version = 9"], id="only a version"),
        pytest.param(["create view notes as select 1"], id="only a view"),
        pytest.param(["create view accounts as select 1"], id="a view of the name of a table"),
        pytest.param(["pragma journal_mode = wal", "create table notes (text text)"], id="with a log"),
    ],
)
def test_a_file_of_another_program_is_refused_and_not_changed(tmp_path: Path, statements: list[str]) -> None:
    path = tmp_path / "s.db"
    execute(path, *statements)
    before = folder(tmp_path)
    with pytest.raises(StateError, match=r"s\.db belongs to another program; it has not been changed"):
        start(path)
    assert folder(tmp_path) == before


def test_a_foreign_file_in_the_place_of_the_journal_is_named_as_such(tmp_path: Path) -> None:
    start(tmp_path / "s.db")
    (tmp_path / "s.db.journal").unlink()
    execute(tmp_path / "s.db.journal", "create table notes (text text)")
    with pytest.raises(StateError, match=r"^the journal cannot be used: .*s\.db\.journal belongs to another program"):
        start(tmp_path / "s.db")


def test_a_journal_is_no_state(tmp_path: Path) -> None:
    start(tmp_path / "s.db")
    with pytest.raises(StateError, match="belongs to another program"):
        start(tmp_path / "s.db.journal")


def test_a_state_of_the_time_before_versions_is_refused_as_such(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    start(path)
    execute(path, "pragma application_id = 0", "pragma user_version = 0")
    with pytest.raises(StateError, match="is of an earlier Bodydouble, without a version"):
        start(path)


@pytest.mark.parametrize("version", [0, schema_version.VERSION + 1, 99])
def test_a_file_of_another_version_is_refused_and_not_changed(tmp_path: Path, version: int) -> None:
    path = tmp_path / "s.db"
    start(path)
    execute(path, f"pragma user_version = {version}")
    before = folder(tmp_path)
    with pytest.raises(StateError, match=f"has version {version} of the stored form, and this Bodydouble reads"):
        start(path)
    assert folder(tmp_path) == before


def migrated(path: Path, monkeypatch: pytest.MonkeyPatch, step: Callable[[Connection], None]) -> None:
    start(path)
    monkeypatch.setattr(schema_version, "MIGRATIONS", {schema_version.VERSION: step})
    monkeypatch.setattr(schema_version, "VERSION", schema_version.VERSION + 1)
    start(path)


def test_a_file_of_an_earlier_version_is_migrated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.db"
    earlier = schema_version.VERSION

    def add_column(connection: Connection) -> None:
        if connection.scalar(text("select count(*) from sqlite_master where name = 'accounts'")):
            connection.execute(text("alter table accounts add column colour text"))

    migrated(path, monkeypatch, add_column)
    assert pragma(path, "user_version") == earlier + 1
    execute(path, "update accounts set colour = 'red'")


def test_a_migration_that_fails_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "s.db"
    earlier = schema_version.VERSION

    def fail(connection: Connection) -> None:
        connection.execute(text("drop table attempts"))
        connection.execute(text("select * from no_such_table"))

    with pytest.raises(StateError, match="the state cannot be used: no such table"):
        migrated(path, monkeypatch, fail)
    assert pragma(path, "user_version") == earlier
    execute(path, "select * from attempts")


@pytest.mark.parametrize("name", ["s.db", "s.db.journal"])
@pytest.mark.parametrize("content", [b"garbage" * 100, b"text", b"x"], ids=["long", "short", "a byte"])
def test_garbage_is_refused_by_the_name_of_its_file(tmp_path: Path, name: str, content: bytes) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(StateError, match=f"cannot be used: .*{name}: file is not a database"):
        start(tmp_path / "s.db")
    assert (tmp_path / name).read_bytes() == content


def test_an_empty_file_is_a_new_state(tmp_path: Path) -> None:
    (tmp_path / "s.db").touch()
    start(tmp_path / "s.db")


def test_a_copy_of_the_one_file_is_complete_after_an_orderly_end(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    state = State(str(path))
    state.create_tables()
    with state.main.write() as connection:
        connection.execute(text("insert into nonces values ('guiji', 'key', 'nonce', 1)"))
    state.checkpoint()
    assert not (tmp_path / "s.db-wal").exists()
    (tmp_path / "copy.db").write_bytes(path.read_bytes())
    copied = State(str(tmp_path / "copy.db"))
    assert copied.main.read().execute(text("select count(*) from nonces")).scalar_one() == 1
    copied.close()
    state.close()


def test_a_change_of_the_tables_changes_the_version() -> None:
    parts = [
        str(CreateTable(table).compile(dialect=sqlite.dialect()))
        + "".join(sorted(str(CreateIndex(index).compile(dialect=sqlite.dialect())) for index in table.indexes))
        for metadata in (tables.metadata, tables.journal_metadata)
        for table in metadata.sorted_tables
    ]
    parts += [statement for each in triggers.statements("sqlite").values() for statement in each]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()[:16]
    assert digest == DIGEST, "increment schema_version.VERSION, add a migration, and record the new digest here"


@pytest.mark.parametrize(
    "change",
    [
        "alter table accounts add column colour text",
        "alter table attempts add column colour text",
    ],
)
def test_a_file_whose_tables_are_not_of_its_version_is_refused_and_not_changed(tmp_path: Path, change: str) -> None:
    path = tmp_path / "s.db"
    start(path)
    execute(path, change)
    before = folder(tmp_path)
    with pytest.raises(
        StateError,
        match=f"says that it has version {schema_version.VERSION} of the stored form, but its tables are others: ",
    ):
        start(path)
    assert folder(tmp_path) == before


def test_a_file_with_a_second_name_is_refused_under_both(tmp_path: Path) -> None:
    start(tmp_path / "s.db")
    (tmp_path / "same.db").hardlink_to(tmp_path / "s.db")
    for name in ("s.db", "same.db"):
        with pytest.raises(StateError, match=rf"{name} has further names \(hard links\)"):
            start(tmp_path / name)


@pytest.mark.parametrize("suffix", ["-wal", "-shm", "-journal"])
def test_what_sqlite_keeps_beside_a_state_is_no_state(tmp_path: Path, suffix: str) -> None:
    start(tmp_path / "s.db")
    with pytest.raises(StateError, match=rf"s\.db{suffix} belongs to .*s\.db$"):
        start(tmp_path / f"s.db{suffix}")
    start(tmp_path / f"other{suffix}")


def test_what_is_no_file_is_refused_as_such(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("folder", "pipe"):
        with pytest.raises(StateError, match=f"{name} is not a file"):
            start(tmp_path / name)


@pytest.mark.parametrize("url", ["sqlite://", "sqlite:///s.db", "sqlite+pysqlite:////tmp/s.db"])
def test_a_url_of_sqlite_is_refused(url: str) -> None:
    with pytest.raises(StateError, match="--state takes the path of a file"):
        State(url)


def test_triggers_are_created_with_the_tables_only(tmp_path: Path) -> None:
    path = tmp_path / "s.db"
    start(path)
    connection = sqlite3.connect(path)
    before = connection.execute("pragma schema_version").fetchone()
    count = connection.execute("select count(*) from sqlite_master where type = 'trigger'").fetchone()
    connection.close()
    start(path)
    assert (pragma(path, "schema_version"),) == before
    assert count == (len(triggers.statements("sqlite")),)


def test_a_new_file_is_not_asked_for_each_table(tmp_path: Path) -> None:
    statements: list[str] = []
    state = State(str(tmp_path / "s.db"))
    with state.main.write() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(statements.append)
        schema_version.create_in_file(connection, tables.metadata)
        schema_version.create_in_file(connection, tables.metadata)
        driver.set_trace_callback(None)
    state.close()
    end_of_first = next(number for number, statement in enumerate(statements) if "user_version =" in statement)
    asked = ["table_info" in statement for statement in statements]
    assert not any(asked[:end_of_first])
    assert any(asked[end_of_first:])

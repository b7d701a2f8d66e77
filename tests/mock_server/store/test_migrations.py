"""A state of an earlier version, with what requests have stored, is brought to the present version."""

import copy
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, create_engine, inspect, text

from bodydouble.mock_server.store import attempts, migrations, reservations, tables
from bodydouble.mock_server.store import triggers as schema_triggers
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.aliyun_avatar import AliyunAvatar
from tests.support.guiji import ACKNOWLEDGEMENT, VOICES, Guiji
from tests.support.huawei_metastudio import MetaStudio, scene
from tests.support.in_process import InProcessServer
from tests.support.softsugar import VIDEO
from tests.support.times import SAMPLE_TIME

APPLICATION = 0x42447374
TABLES = Path(__file__).with_name("version_1.sql").read_text()
# SQLite's types, as PostgreSQL has them.
TYPES = {
    "id INTEGER NOT NULL": "id BIGSERIAL NOT NULL",
    "task_id INTEGER": "task_id BIGINT",
    "BLOB": "BYTEA",
    "WITHOUT ROWID": "",
    "FLOAT": "DOUBLE PRECISION",
}


def traffic(account: Account, receiver: Receiver) -> None:
    """Tasks of all vendors: settled, at work, deleted and failed; scripts; deliveries that were attempted or wait."""
    guiji, huawei = Guiji(account), MetaStudio(account)
    guiji.speak(callbackUrl=receiver.url)
    guiji.synthesise()
    guiji.clone(sex=1)
    guiji.clone(sex=2)
    for index in range(4):
        AliyunAvatar(account).submit()
        orientation = "VERTICAL" if index % 2 else "LANDSCAPE"
        body = {"script_name": f"Script {index}", "view_mode": orientation, "shoot_scripts": [scene()]}
        huawei.data("POST", "/digital-human-video-scripts", body)
    account.add_tasks("softsugar", "task", {"algoType": VIDEO}, count=3)
    huawei.create()
    account.advance(3600)
    guiji.speak(callbackUrl=receiver.url)
    guiji.synthesise()
    AliyunAvatar(account).submit()


def stored(connection: Connection, table: str, columns: str = "*") -> list[tuple[Any, ...]]:
    rows = connection.exec_driver_sql(f"SELECT {columns} FROM {table}").fetchall()
    return sorted(map(tuple, rows), key=repr)


def at(server: InProcessServer, account: Account) -> Account:
    """An account that a server has from another one."""
    same = copy.copy(account)
    same.server, same.http = server, server.http
    return same


def shown(server: InProcessServer, account: Account) -> list[Any]:
    """What lists and quotas show, of each vendor."""
    same = at(server, account)
    huawei, aliyun = MetaStudio(same), AliyunAvatar(same)
    return [
        Guiji(same).page("/openapi/video/v2/pageList"),
        Guiji(same).benefits(),
        *(Guiji(same).page(VOICES, sex=sex) for sex in (1, 2)),
        aliyun.tasks(),
        aliyun.tasks(Status=3),
        huawei.data("GET", "/digital-human-video-scripts", query={"view_mode": "VERTICAL"}),
        huawei.data("GET", "/digital-human-video-scripts"),
        huawei.data("GET", "/digital-human-video-scripts", query={"name": "pt 2"}),
        huawei.data("GET", "/digital-assets", query={"name": "duct"}),
        huawei.data("GET", "/digital-assets", query={"asset_state": "ACTIVED"}),
        huawei.data("GET", "/digital-human-videos", query={"state": "SUCCEED"}),
        same.tasks(),
        [delivery["id"] for delivery in same.deliveries()],
    ]


# Of version 2, a table of counts that a trigger maintained.
COUNTS = """CREATE TABLE task_blocks (
    account_id TEXT NOT NULL, vendor TEXT, kind TEXT, state TEXT, category TEXT, block BIGINT, count BIGINT,
    min_from BIGINT, max_from BIGINT, min_until BIGINT, max_until BIGINT,
    PRIMARY KEY (account_id, vendor, kind, state, category, block))"""
FUNCTION = """CREATE FUNCTION task_added() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN UPDATE task_blocks SET count = 1; RETURN NULL; END $$"""
TRIGGERS = {
    "sqlite": "CREATE TRIGGER task_added AFTER INSERT ON tasks BEGIN UPDATE task_blocks SET count = 1; END",
    "postgresql": "CREATE TRIGGER task_added AFTER INSERT ON tasks FOR EACH ROW EXECUTE FUNCTION task_added()",
}


# Since this version, the triggers are the present ones.
SAME_TRIGGERS = 6


@contextmanager
def earlier_form(location: str, version: int, *steps: int) -> Iterator[Connection]:
    """A transaction that brings a state to a version by steps of the migration, with a trigger of that time."""
    on_server = "://" in location
    database = Database(location if on_server else f"sqlite:///{location}", tables.metadata)
    with database.write() as connection:
        for step in steps:
            migrations.MIGRATIONS[step](connection)
        yield connection
        if on_server:
            connection.exec_driver_sql(f"UPDATE bodydouble_versions SET version = {version}")
        else:
            connection.exec_driver_sql(f"PRAGMA user_version = {version}")
        if version >= SAME_TRIGGERS:
            schema_triggers.create(connection)
        else:
            connection.exec_driver_sql(TRIGGERS[connection.dialect.name])
    database.close()


def as_version_2(source: Connection, location: str) -> None:
    """Write what a state holds into one of version 2."""
    as_version_1(source, location)
    with earlier_form(location, 2, 1) as connection:
        connection.exec_driver_sql(COUNTS)
        if "://" in location:
            connection.exec_driver_sql(FUNCTION)


def as_version_3(source: Connection, location: str) -> None:
    """Write what a state holds into one of version 3."""
    as_version_2(source, location)
    with earlier_form(location, 3, 2):
        """Nothing else belongs to it."""


def as_version_4(source: Connection, location: str) -> None:
    """Write what a state holds into one of version 4."""
    as_version_3(source, location)
    with earlier_form(location, 4, 3):
        """Nothing else belongs to it."""


def as_version_5(source: Connection, location: str) -> None:
    """Write what a state holds into one of version 5, whose counts were of other blocks."""
    as_version_3(source, location)
    with earlier_form(location, 5, 3, 4) as connection:
        connection.exec_driver_sql("UPDATE tasks SET category = NULL WHERE kind = 'voiceClone'")
        connection.exec_driver_sql("UPDATE task_phases SET category = '' WHERE kind = 'voiceClone'")
        connection.exec_driver_sql(
            "INSERT INTO task_blocks SELECT id, 'guiji', 'video', 0, '', 1, '', 9, 0, 0, 0, 0 FROM accounts"
        )


def as_version_6(source: Connection, location: str) -> None:
    """Write what a state holds into one of version 6, whose accounts had identifiers of their own only."""
    as_version_3(source, location)
    with earlier_form(location, 6, 3, 4, 5):
        """Nothing else belongs to it."""


def as_version_1(source: Connection, location: str) -> None:
    """Write what a state holds into one of version 1."""
    on_server = "://" in location
    engine = create_engine(location if on_server else f"sqlite:///{location}")
    statements = TABLES
    for of_sqlite, of_server in TYPES.items() if on_server else ():
        statements = statements.replace(of_sqlite, of_server)
    with engine.begin() as connection:
        for statement in filter(str.strip, statements.split(";")):
            connection.exec_driver_sql(statement)
        for name in inspect(connection).get_table_names():
            _copy(source, connection, name)
        if on_server:
            connection.exec_driver_sql("CREATE TABLE bodydouble_versions (part TEXT PRIMARY KEY, version INTEGER)")
            connection.exec_driver_sql("INSERT INTO bodydouble_versions VALUES ('state', 1), ('journal', 1)")
            for name in ("tasks", "resources", "attempts"):
                connection.exec_driver_sql(f"SELECT setval('{name}_id_seq', 1000000)")
        else:
            connection.exec_driver_sql(f"PRAGMA application_id = {APPLICATION}")
            connection.exec_driver_sql("PRAGMA user_version = 1")
    engine.dispose()


def _copy(source: Connection, target: Connection, table: str) -> None:
    columns = [column["name"] for column in inspect(target).get_columns(table)]
    names = ", ".join(f'"{name}"' for name in columns)
    places = ", ".join(f":{name}" for name in columns)
    for row in source.exec_driver_sql(f'SELECT {names} FROM "{table}" ').mappings().fetchall():
        target.execute(text(f'INSERT INTO "{table}" ({names}) VALUES ({places})'), dict(row))


def form(connection: Connection) -> dict[str, Any]:
    """Columns and indexes, as the database has them."""
    inspector = inspect(connection)
    return {
        name: (
            {column["name"]: (str(column["type"]), column["nullable"]) for column in inspector.get_columns(name)},
            sorted(
                (str(index["name"]), index["column_names"], "where" in str(index.get("dialect_options")))
                for index in inspector.get_indexes(name)
            ),
        )
        for name in tables.metadata.tables
    }


def triggers(connection: Connection) -> list[tuple[Any, ...]]:
    if connection.dialect.name == "sqlite":
        return stored(connection, "sqlite_master WHERE type = 'trigger'", "name, sql")
    return stored(connection, "pg_trigger WHERE NOT tgisinternal", "tgname, pg_get_triggerdef(oid)")


@pytest.fixture
def filled(
    location: str, start: Callable[[str], InProcessServer], receiver: Receiver
) -> tuple[InProcessServer, Account]:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    server = start(location)
    account = Account(server, frozen_at=SAMPLE_TIME)
    traffic(account, receiver)
    return server, account


@pytest.fixture
def migrated_location(request: pytest.FixtureRequest, location: str, tmp_path: Path) -> str:
    if "://" in location:
        return str(request.getfixturevalue("postgresql").new_database())
    return str(tmp_path / "earlier.db")


@pytest.mark.parametrize("write", [as_version_1, as_version_2, as_version_3, as_version_4, as_version_5, as_version_6])
def test_a_state_of_an_earlier_version_is_migrated_with_all_that_it_holds(
    write: Callable[[Connection, str], None],
    migrated_location: str,
    start: Callable[[str], InProcessServer],
    filled: tuple[InProcessServer, Account],
) -> None:
    server, account = filled
    with server.services.state.main.write() as before:
        write(before, migrated_location)
    migrated = start(migrated_location)
    with server.services.state.main.write() as before, migrated.services.state.main.write() as after:
        assert form(after) == form(before)
        assert triggers(after) == triggers(before)
        # More phases than are listed by state are derived, of all kinds.
        for name in ("task_blocks", "task_phases"):
            assert set(stored(before, name)) <= set(stored(after, name))
        keys = "account_id, vendor, kind, category, block, count"
        # That of the script with which an account begins is derived, too.
        assert set() < set(stored(before, "search_parts")) <= set(stored(after, "search_parts"))
        assert stored(after, "resource_blocks", keys) == stored(before, "resource_blocks", keys) != []
        steps = stored(after, "deliveries", "id, step")
        assert steps == stored(before, "deliveries", "id, step")
        assert any(step for _, step in steps)
        for vendor in ("guiji", "aliyun-avatar"):
            now = SAMPLE_TIME + 3600_000
            left = reservations.after(after, account.id, vendor, now)
            assert left == reservations.after(before, account.id, vendor, now)
        recorded = attempts.between(after, account.id, 0, SAMPLE_TIME * 2)
        assert recorded == attempts.between(before, account.id, 0, SAMPLE_TIME * 2) != []
    assert shown(migrated, account) == shown(server, account)


def test_a_migrated_state_counts_what_comes_after(
    migrated_location: str,
    start: Callable[[str], InProcessServer],
    filled: tuple[InProcessServer, Account],
) -> None:
    server, account = filled
    with server.services.state.main.write() as before:
        as_version_1(before, migrated_location)
    migrated = start(migrated_location)
    guiji = Guiji(at(migrated, account))
    total = guiji.page("/openapi/video/v2/pageList")["totalRecord"]
    guiji.synthesise()
    assert guiji.page("/openapi/video/v2/pageList")["totalRecord"] == total + 1

"""The version of the stored form: what is foreign, or of a version that cannot be read, is refused and not changed.

A SQLite file says in its header whose it is (`application_id`) and of which version (`user_version`). A database server
has a table for that.
"""

import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Column, Connection, Integer, MetaData, Table, Text, insert, inspect, select, text, update

from bodydouble.mock_server.store import table_statements, triggers
from bodydouble.mock_server.store.migrations import MIGRATIONS

# Of the tables and triggers of both parts. A change of them increments it, and comes with a migration.
VERSION = 7
# Servers that start at the same time on an empty database take turns; the number means nothing.
_START_LOCK = 4_771_340_201
# Tables by which a state of the time before there were versions is recognised.
_UNVERSIONED = {"accounts", "credentials", "deliveries"}, {"journal"}
# How a SQLite file begins, and how the names of files end that SQLite has beside one.
_MAGIC = b"SQLite format 3\0"
_OF_ANOTHER_FILE = ("-wal", "-shm", "-journal")

versions_metadata = MetaData()
versions = Table(
    "bodydouble_versions",
    versions_metadata,
    Column("part", Text, primary_key=True),
    Column("version", Integer, nullable=False),
)


class StateError(ValueError):
    """The state cannot be used; the message says which part of it, and why, in one line."""


def require_readable(path: Path, metadata: MetaData) -> None:
    """Require that a SQLite file is missing, empty, or of a version that can be read; it is not changed.

    Args:
        metadata: of the part that the file should be; `info` has its name and its application id.

    Raises:
        StateError: the file is foreign, or of another version.
    """
    _require_one_file(path)
    if not path.exists() or (not path.stat().st_size and not _log_of(path).exists()):
        return
    # Without a log beside it, the file is read as it stands: no other file appears beside a foreign one.
    mode = "mode=ro" if _log_of(path).exists() else "immutable=1"
    try:
        if path.stat().st_size and not _begins_like_sqlite(path):
            # SQLite takes a file of one byte for an empty one, and overwrites it.
            raise sqlite3.DatabaseError("file is not a database")
        connection = sqlite3.connect(f"{path.as_uri()}?{mode}", uri=True)
        try:
            application, version = _pragma(connection, "application_id"), _pragma(connection, "user_version")
            names = {name for (name,) in connection.execute("select name from sqlite_master")}
            misshapen = _misshapen(connection, metadata, names)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StateError(f"the state cannot be used: {path}: {error}") from error
    _require_own(str(path), metadata, application, version, names)
    if version == VERSION and misshapen:
        raise StateError(
            f"the {metadata.info['part']} cannot be used: {path} says that it has version {version} of the stored "
            f"form, but its tables are others: {', '.join(misshapen)}"
        )


def _require_one_file(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise StateError(f"the state cannot be used: {path} is not a file")
    if path.exists() and path.stat().st_nlink > 1:
        # The lock of the state, and SQLite's log, belong to a name.
        raise StateError(
            f"the state cannot be used: {path} has further names (hard links), under which it may be in use"
        )
    for suffix in _OF_ANOTHER_FILE:
        owner = path.with_name(path.name.removesuffix(suffix))
        if owner != path and owner.exists():
            raise StateError(f"the state cannot be used: {path} belongs to {owner}")


def _begins_like_sqlite(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(len(_MAGIC)) == _MAGIC


def _misshapen(connection: sqlite3.Connection, metadata: MetaData, names: set[str]) -> list[str]:
    # Of the tables that are there; missing ones are created.
    def columns(table: str) -> set[str]:
        return {row[1] for row in connection.execute(f'PRAGMA table_info("{table}")')}

    return sorted(
        table.name
        for table in metadata.tables.values()
        if table.name in names and columns(table.name) != {*table.columns.keys()}
    )


def _log_of(path: Path) -> Path:
    return path.with_name(f"{path.name}-wal")


def _pragma(connection: sqlite3.Connection, name: str) -> int:
    return int(connection.execute(f"PRAGMA {name}").fetchone()[0])


def _require_own(place: str, metadata: MetaData, application: int, version: int, names: set[str]) -> None:
    part, expected = metadata.info["part"], metadata.info["application_id"]
    if application == expected:
        _require_known(place, part, version)
    elif application == 0 and any(known <= names for known in _UNVERSIONED):
        raise StateError(
            f"the {part} cannot be used: {place} is of an earlier Bodydouble, without a version of its form"
        )
    elif application != 0 or version != 0 or names:
        raise StateError(f"the {part} cannot be used: {place} belongs to another program; it has not been changed")


def _require_known(place: str, part: str, version: int) -> None:
    if version > VERSION or not all(step in MIGRATIONS for step in range(version, VERSION)):
        raise StateError(
            f"the {part} cannot be used: {place} has version {version} of the stored form, "
            f"and this Bodydouble reads version {VERSION}"
        )


def create_in_file(connection: Connection, metadata: MetaData) -> None:
    """Create or migrate the tables of a SQLite file, in the transaction of the connection."""
    is_new = not _scalar(connection, "PRAGMA application_id")
    if not is_new:
        _migrate(connection, _scalar(connection, "PRAGMA user_version"))
        _create(connection, metadata)
    else:
        _create_in_new_file(connection, metadata.info["part"])
    connection.execute(text(f"PRAGMA application_id = {metadata.info['application_id']}"))
    connection.execute(text(f"PRAGMA user_version = {VERSION}"))


def create_on_server(connection: Connection, metadata: MetaData, place: str) -> None:
    """Create or migrate the tables of a database server, in the transaction of the connection.

    Args:
        place: names the database in messages.

    Raises:
        StateError: the database has tables of these names that are foreign, or of another version.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _START_LOCK})
    versions_metadata.create_all(connection)
    part = metadata.info["part"]
    version = connection.scalar(select(versions.c.version).where(versions.c.part == part))
    if version is None:
        clashes = sorted(set(inspect(connection).get_table_names()) & set(metadata.tables))
        if clashes:
            raise StateError(
                f"the {part} cannot be used: {place} has tables of another program, or of an earlier Bodydouble: "
                + ", ".join(clashes)
            )
        connection.execute(insert(versions).values(part=part, version=VERSION))
    else:
        _require_known(place, part, version)
        _migrate(connection, version)
        connection.execute(update(versions).where(versions.c.part == part).values(version=VERSION))
    _create(connection, metadata)


def _create(connection: Connection, metadata: MetaData) -> None:
    metadata.create_all(connection)
    if metadata.info["part"] == "state":
        triggers.create(connection)


def _create_in_new_file(connection: Connection, part: str) -> None:
    for statement in table_statements.statements(part):
        connection.exec_driver_sql(statement)
    if part == "state":
        triggers.create(connection)


def _migrate(connection: Connection, version: int) -> None:
    for step in range(version, VERSION):
        MIGRATIONS[step](connection)


def _scalar(connection: Connection, statement: str) -> Any:
    return connection.exec_driver_sql(statement).scalar_one()

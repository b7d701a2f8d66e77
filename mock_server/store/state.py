"""The two databases of a server."""

import sqlite3
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from bodydouble.mock_server.settings import Durability
from bodydouble.mock_server.store import replicas, schema_version, tables
from bodydouble.mock_server.store.cache_version import CacheVersion
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.failures import reason


class State:
    """The two databases of a server: the state, and the journal, which never delays the state.

    Args:
        location: a file's path for SQLite (the journal goes beside it), or `postgresql://` and so on for both.
        durability: what a power cut may cost.

    Raises:
        StateError: a file is foreign, or of another version; it has not been changed. Or the URL is SQLite's.
    """

    def __init__(self, location: str, durability: Durability = "checkpoint") -> None:
        if "://" in location and location.startswith("sqlite"):
            # Under a URL, two servers would not notice each other.
            raise schema_version.StateError("the state cannot be used: for SQLite, --state takes the path of a file")
        if "://" in location:
            location, name = _server_url(location), replicas.new_name()
            self.main = Database(location, tables.metadata, durability=durability, name=name)
            self.journal = Database(location, tables.journal_metadata, durability=_of_journal(durability), name=name)
            return
        path = Path(location).absolute()
        journal_path = path.with_name(f"{path.name}.journal")
        schema_version.require_readable(path, tables.metadata)
        schema_version.require_readable(journal_path, tables.journal_metadata)
        path.parent.mkdir(parents=True, exist_ok=True)
        cache_version = CacheVersion(path.with_name(f"{path.name}.generation"))
        self.main = Database(f"sqlite:///{path}", tables.metadata, cache_version, durability=durability)
        self.journal = Database(
            f"sqlite:///{journal_path}", tables.journal_metadata, durability=_of_journal(durability)
        )

    def create_tables(self) -> None:
        """Create the tables that do not exist yet, and bring those of an earlier version to the present one.

        Raises:
            StateError: a database cannot be used.
        """
        for database in (self.main, self.journal):
            try:
                database.create_tables()
            except (SQLAlchemyError, sqlite3.Error) as error:
                part = database.metadata.info["part"]
                raise schema_version.StateError(f"the {part} cannot be used: {reason(error)}") from error

    def checkpoint(self) -> None:
        """Bring all that was committed into the files themselves. At the end, when no other process uses them."""
        self.main.checkpoint()
        self.journal.checkpoint()

    def release(self) -> None:
        """Let the next thread that needs connections have those of this thread, which reads no result any more."""
        self.main.release()
        self.journal.release()

    def close(self) -> None:
        """Close the connections of this thread, and the released ones, in this process."""
        self.main.close()
        self.journal.close()


def _server_url(url: str) -> str:
    scheme, _, rest = url.partition("://")
    if scheme not in ("postgresql", "postgres", "postgresql+psycopg"):
        raise schema_version.StateError(
            f"the state cannot be used: {scheme}:// is not supported: name a file, or postgresql://USER@HOST/NAME"
        )
    return f"postgresql+psycopg://{rest}"


def _of_journal(durability: Durability) -> Durability:
    # The journal is written after the response anyway: to wait for the disk would guarantee nothing.
    return "checkpoint" if durability == "power" else durability

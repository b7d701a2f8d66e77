"""Where the states of the tests' servers are: in files of SQLite, or on PostgreSQL under `--postgresql`."""

from collections import deque
from functools import cache
from pathlib import Path

from bodydouble.mock_server.store.state import State
from tests.support.postgresql import PostgresqlServer

# How many of the latest databases are kept in any case; a test uses few. Each takes 10 MB.
_MAX_KEPT = 30
_NEW_DATABASES: list["NewDatabases"] = []


class NewDatabases:
    """A database for each folder, as a file in it would be, with the tables already in it.

    Attributes:
        location: of the database of a folder, as a URL.
    """

    def __init__(self) -> None:
        self._server: PostgresqlServer | None = None
        self.location = cache(self._new)
        self._template = cache(self._new_template)
        self._latest: deque[str] = deque()

    @property
    def server(self) -> PostgresqlServer:
        """The server that has them, started when the first one is needed."""
        if self._server is None:
            self._server = PostgresqlServer()
        return self._server

    def _new_template(self) -> str:
        location = self.server.new_database()
        state = State(location)
        state.create_tables()
        state.close()
        return location

    def _new(self, _: Path) -> str:
        location = self.server.new_database(self._template())
        self._latest.append(location)
        if len(self._latest) > _MAX_KEPT:
            # What is still in use stays until the end.
            self.server.drop_database(self._latest.popleft())
        return location

    def stop(self) -> None:
        """End the server."""
        if self._server is not None:
            self._server.stop()


def use_postgresql() -> NewDatabases:
    """Put states on PostgreSQL from now on, of which there is one server for all tests of a process."""
    databases = NewDatabases()
    _NEW_DATABASES.append(databases)
    return databases


def location_in(folder: Path) -> str:
    """Where the state of a folder is."""
    return _NEW_DATABASES[-1].location(folder) if _NEW_DATABASES else str(folder / "state.db")

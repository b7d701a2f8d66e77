"""The connection of a request that only reads: rows by key come with those of other threads, all else from its own."""

from collections.abc import Callable, Sequence
from typing import Any, Protocol

from sqlalchemy import Connection, Dialect

from bodydouble.mock_server.store.postgresql import Command, Result, Server
from bodydouble.mock_server.store.prepared_statement import SERVER, required_server, run_on_server
from bodydouble.mock_server.store.shared_reads import SharedReads


class Turn(Protocol):
    """What a thread has while it works."""

    def give_up(self) -> None:
        """Let another thread have it."""

    def take(self) -> None:
        """Wait for it again, if it was given up."""


class SharedConnection(Connection):
    """Connects, for the thread that uses it, with the first statement that is not shared.

    Args:
        dialect: the database's.
        reads: runs what is shared.
        own: the thread's own connection, which there are few of.
        turn: given up before the thread waits for a shared read, and taken before it uses its own connection.
    """

    # What SQLAlchemy's would do is to connect.
    def __init__(self, dialect: Dialect, reads: SharedReads, own: Callable[[], Connection], turn: Turn) -> None:
        self.dialect = dialect
        self._own, self._turn = own, turn
        self._server = _SharedServer(reads, self._run_alone, turn)
        self._information: dict[Any, Any] = {SERVER: self._server}

    @property
    def info(self) -> dict[Any, Any]:
        """What is known of it, until the end of the request."""
        return self._information

    def _connected(self) -> Connection:
        """The thread's own connection, with what is to be sent with the next statement."""
        self._turn.take()
        connection = self._own()
        server = required_server(connection)
        ahead, behind = self._server.take()
        for command in ahead:
            server.ahead(command)
        for command in behind:
            server.behind(command)
        return connection

    def _run_alone(self, commands: Sequence[Command]) -> list[Result]:
        connection = self._connected()
        return run_on_server(connection, required_server(connection), *commands)

    def execute(self, *args: Any, **options: Any) -> Any:
        """Run a statement on the thread's own connection."""
        return self._connected().execute(*args, **options)

    def scalars(self, *args: Any, **options: Any) -> Any:
        """The first column of a statement's result."""
        return self._connected().scalars(*args, **options)

    def scalar(self, *args: Any, **options: Any) -> Any:
        """The first value of a statement's result."""
        return self._connected().scalar(*args, **options)

    def exec_driver_sql(self, *args: Any, **options: Any) -> Any:
        """Run a text on the thread's own connection."""
        return self._connected().exec_driver_sql(*args, **options)


class _SharedServer(Server):
    """What runs the prepared statements of one request."""

    def __init__(self, reads: SharedReads, run_alone: Callable[[Sequence[Command]], list[Result]], turn: Turn) -> None:
        super().__init__()
        self._reads, self._run_alone, self._turn = reads, run_alone, turn

    def take(self) -> tuple[list[Command], list[Command]]:
        """What was to be sent with the next command, before and after it, and is not any more."""
        ahead, behind = self._ahead, self._behind
        self.forget_ahead()
        return ahead, behind

    def run(self, *commands: Command) -> list[Result]:
        """Run statements in the order in which they are passed; their results.

        Raises:
            psycopg.Error: one of them failed.
        """
        together = [*self._ahead, *commands, *self._behind]
        if not all(command.is_by_key for command in together):
            return self._run_alone(commands)
        ahead, _ = self.take()
        results = self._reads.run(together, self._turn.give_up)
        for command, result in zip(together, results, strict=True):
            if command.receive is not None:
                command.receive(result)
        return results[len(ahead) : len(ahead) + len(commands)]

"""Notifications on a database server, as far as this server needs them: that deliveries are due, or soon will be."""

from sqlalchemy import Connection

# Of one database; its processes are those of replicas on one state.
_CHANNEL = b"bodydouble_deliveries"
_COMMAND_OK = 1


class ListeningConnection:
    """A connection that receives the notifications of all processes from now on.

    Args:
        connection: that is used for nothing else, outside transactions.

    Raises:
        psycopg.Error: it is lost.
    """

    def __init__(self, connection: Connection) -> None:
        self._owner = connection
        driver = connection.connection.driver_connection
        if driver is None:
            raise TypeError("only an open connection can listen")
        self._connection = driver.pgconn
        self._run(b"LISTEN " + _CHANNEL)

    def fileno(self) -> int:
        """What is readable when a notification has come, or the connection has ended."""
        return int(self._connection.socket)

    def notify(self) -> None:
        """Notify all processes that listen."""
        self._run(b"NOTIFY " + _CHANNEL)

    def receive(self) -> bool:
        """Whether another process has notified this one since the last call."""
        self._connection.consume_input()
        is_notified = False
        while (notification := self._connection.notifies()) is not None:
            is_notified = is_notified or notification.be_pid != self._connection.backend_pid
        return is_notified

    def close(self) -> None:
        """End the connection."""
        # Lost or not, nobody else can use it.
        self._owner.invalidate()
        self._owner.close()

    def _run(self, statement: bytes) -> None:
        result = self._connection.exec_(statement)
        if result.status != _COMMAND_OK:
            from psycopg import OperationalError

            raise OperationalError(self._connection.get_error_message())

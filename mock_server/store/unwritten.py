"""What a transaction knows of rows that nobody else can change, and has yet to write of them.

Several creations of one transaction change the same few rows: the last number of an account, quotas, sums. So each of
these is written once, before the transaction ends or reads it. A transaction begins without any of it.
"""

from typing import Protocol, TypeVar

from sqlalchemy import Connection

_UNWRITTEN = "unwritten"


class Unwritten(Protocol):
    """What is to be written of one kind of rows."""

    def write(self, connection: Connection) -> None:
        """Write it with the next statement, if it has not been written."""


Kind = TypeVar("Kind", bound=Unwritten)


def of(connection: Connection, kind: type[Kind]) -> Kind:
    """What the transaction knows of one kind of rows."""
    known: dict[type[Unwritten], Unwritten] = connection.info.setdefault(_UNWRITTEN, {})
    entry = known.get(kind)
    if not isinstance(entry, kind):
        entry = known[kind] = kind()
    return entry


def write(connection: Connection) -> None:
    """Write all of it with the next statement."""
    for entry in connection.info.get(_UNWRITTEN, {}).values():
        entry.write(connection)


def forget(connection: Connection) -> None:
    """Read it again when it is needed, since the transaction is to change it by other means, or begins."""
    connection.info.pop(_UNWRITTEN, None)

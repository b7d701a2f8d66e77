"""Ids of tasks, known before the insert, so that it can be written together with others.

On a database server, each connection takes them from the sequence in blocks. Ids that a process has taken when it ends
are skipped. On a file, nobody else writes during a transaction: they follow the last one. They are unique, and say
nothing of the order: that is what an account's numbers are for.
"""

from sqlalchemy import BigInteger, Connection, Text, cast, func, select

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store import unwritten
from bodydouble.mock_server.store.aggregates import Lines
from bodydouble.mock_server.store.prepared_statement import PreparedStatement, server_of
from bodydouble.mock_server.store.rows_ahead import insert_ahead
from bodydouble.mock_server.store.tables import tasks

_SEQUENCE = "tasks_id_seq"
BLOCK_SIZE = 64
_IDS = "task ids"
_NEXT = select(cast(func.nextval(_SEQUENCE, type_=BigInteger), Text).label("id")).select_from(
    func.generate_series(1, BLOCK_SIZE).alias("numbers")
)
_TAKE = PreparedStatement(select(Lines(_NEXT.subquery("ids").c.id)))
_LAST = PreparedStatement(select(func.coalesce(func.max(tasks.c.id), 0)))


@dataclass(slots=True)
class _LastId:
    """The last id that a transaction on a file knows of."""

    number: int | None = None

    def write(self, connection: Connection) -> None:
        """It is written with the task."""

    def next(self, connection: Connection) -> int:
        """The id that follows it."""
        self.number = 1 + (int(_LAST.scalar(connection, {})) if self.number is None else self.number)
        return self.number


def next_id(connection: Connection) -> int:
    """An id that no other task has."""
    if server_of(connection) is None:
        return unwritten.of(connection, _LastId).next(connection)
    ids: list[int] = connection.info.setdefault(_IDS, [])
    if not ids:
        ids += sorted(map(int, _TAKE.scalar(connection, {}).splitlines()), reverse=True)
    return ids.pop()


def let_database_choose(connection: Connection) -> None:
    """Prepare for an insert of tasks without ids: on a file, those that have one come before it."""
    if server_of(connection) is None:
        insert_ahead(connection)
        unwritten.of(connection, _LastId).number = None

"""Ids of tasks on a database server: each connection takes them from the sequence in blocks.

An insert whose id is known needs no round trip of its own. Ids that a process has taken when it ends are skipped.
They are unique, and say nothing of the order: that is what an account's numbers are for.
"""

from sqlalchemy import BigInteger, Connection, Text, cast, func, select

from bodydouble.mock_server.store.aggregates import Lines
from bodydouble.mock_server.store.prepared_statement import PreparedStatement, server_of

_SEQUENCE = "tasks_id_seq"
BLOCK_SIZE = 64
_IDS = "task ids"
_NEXT = select(cast(func.nextval(_SEQUENCE, type_=BigInteger), Text).label("id")).select_from(
    func.generate_series(1, BLOCK_SIZE).alias("numbers")
)
_TAKE = PreparedStatement(select(Lines(_NEXT.subquery("ids").c.id)))


def next_id(connection: Connection) -> int | None:
    """An id that no other task has; None on a file, which chooses it itself."""
    if server_of(connection) is None:
        return None
    ids: list[int] = connection.info.setdefault(_IDS, [])
    if not ids:
        ids += sorted(map(int, _TAKE.scalar(connection, {}).splitlines()), reverse=True)
    return ids.pop()

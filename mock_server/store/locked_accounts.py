"""The accounts that a transaction on a database server has locked: nobody else can change what it has read of them.

Several creations of one transaction need one round trip for the account, and one statement for the last number.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, bindparam, update

from bodydouble.mock_server.store.prepared_statement import PreparedStatement, server_of
from bodydouble.mock_server.store.tables import accounts

_LOCKED = "locked accounts"
_SET_NUMBER = PreparedStatement(
    update(accounts).where(accounts.c.id == bindparam("account")).values(last_number=bindparam("number"))
)


@dataclass(slots=True)
class LockedAccount:
    """An account as the transaction has read or changed it.

    Attributes:
        row: its columns.
        last_number: the last number that has been used.
        stored_number: the last number that is in the database.
    """

    row: Sequence[Any]
    last_number: int
    stored_number: int


def remember(connection: Connection, account_id: str, row: Sequence[Any], last_number: int) -> None:
    """Remember, on a database server, what a transaction has read of an account and locked."""
    if server_of(connection) is not None:
        connection.info.setdefault(_LOCKED, {})[account_id] = LockedAccount(row, last_number, last_number)


def recall(connection: Connection, account_id: str) -> LockedAccount | None:
    """What the transaction knows of an account, which is still true."""
    locked: LockedAccount | None = connection.info.get(_LOCKED, {}).get(account_id)
    return locked


def write_numbers(connection: Connection) -> None:
    """Store the numbers that have been used, with the next statement."""
    for account_id, locked in connection.info.get(_LOCKED, {}).items():
        if locked.last_number != locked.stored_number:
            _SET_NUMBER.change(connection, {"account": account_id, "number": locked.last_number})
            locked.stored_number = locked.last_number


def forget(connection: Connection) -> None:
    """Read accounts again when they are needed, since the transaction is to change one, or has ended."""
    connection.info.pop(_LOCKED, None)

"""The accounts that a transaction has locked: nobody else can change what it has read of them.

Several creations of one transaction need one look-up of the account, and one statement for the last number.
"""

from collections.abc import Sequence
from dataclasses import field
from typing import Any

from sqlalchemy import Connection, bindparam, update

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store import unwritten
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import accounts

_SET_NUMBER = PreparedStatement(
    update(accounts).where(accounts.c.id == bindparam("account")).values(last_number=bindparam("number"))
)


@dataclass(slots=True)
class LockedAccount:
    """An account as the transaction has read or changed it.

    Attributes:
        account: its value.
        last_number: the last number that has been used.
        stored_number: the last number that is in the database.
    """

    account: Any
    last_number: int
    stored_number: int


# The parameters of a look-up of credentials, and the row that it returned.
Proof = tuple[tuple[Any, ...], Sequence[Any]]


@dataclass(slots=True)
class _LockedAccounts:
    """Those of one transaction.

    Attributes:
        proved: look-ups of credentials, and the rows that they returned behind a lock of the account: nobody can
            change them.
    """

    by_id: dict[str, LockedAccount] = field(default_factory=dict)
    proved: set[Proof] = field(default_factory=set)

    def write(self, connection: Connection) -> None:
        """Store the numbers that have been used."""
        for account_id, locked in self.by_id.items():
            if locked.last_number != locked.stored_number:
                _SET_NUMBER.change(connection, {"account": account_id, "number": locked.last_number})
                locked.stored_number = locked.last_number


def remember(connection: Connection, account_id: str, account: object, last_number: int) -> None:
    """Remember what a transaction has read of an account and locked."""
    locked = LockedAccount(account, last_number, last_number)
    unwritten.of(connection, _LockedAccounts).by_id[account_id] = locked


def recall(connection: Connection, account_id: str) -> LockedAccount | None:
    """What the transaction knows of an account, which is still true."""
    return unwritten.of(connection, _LockedAccounts).by_id.get(account_id)


def remember_proof(connection: Connection, proof: Proof) -> None:
    """Remember that a row of credentials was current when their account had been locked."""
    unwritten.of(connection, _LockedAccounts).proved.add(proof)


def is_proved(connection: Connection, account_id: str, proof: Proof) -> bool:
    """Whether a row of an account's credentials is current until the transaction ends."""
    locked = unwritten.of(connection, _LockedAccounts)
    return account_id in locked.by_id and proof in locked.proved

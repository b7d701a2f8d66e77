"""Issued tokens."""

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, insert, select

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store import accounts as account_store
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import account_now, accounts, tokens
from bodydouble.mock_server.store.transactions import mark_issued

ACCESS, REFRESH = "access", "refresh"
# How long an expired token is still distinguished from an unknown token, in milliseconds of the account's clock.
EXPIRED_RETENTION = 7 * 24 * 3600 * 1000


@dataclass(frozen=True, slots=True)
class Token:
    """An issued token and its account.

    Attributes:
        purpose: `access` or `refresh`.
        expires_at: on the account's clock.
    """

    account: Account
    vendor: str
    purpose: str
    expires_at: int


BY_TOKEN = PreparedStatement(
    select(*account_store.COLUMNS, tokens.c.vendor, tokens.c.purpose, tokens.c.expires_at)
    .join(tokens, tokens.c.account_id == accounts.c.id)
    .where(tokens.c.token == bindparam("token")),
    by_key=True,
)


def add(
    connection: Connection, account_id: str, vendor: str, token: str, expires_at: int, purpose: str = ACCESS
) -> None:
    """Record an issued token."""
    mark_issued(connection)
    connection.execute(
        insert(tokens),
        {"account_id": account_id, "vendor": vendor, "token": token, "expires_at": expires_at, "purpose": purpose},
    )


def replace(connection: Connection, account_id: str, issued: Sequence[Mapping[str, Any]]) -> None:
    """Record tokens, which no other account has, in the place of all that an account has."""
    mark_issued(connection)
    connection.execute(delete(tokens).where(tokens.c.account_id == account_id))
    if issued:
        connection.execute(insert(tokens), [{**token, "account_id": account_id} for token in issued])


def get(connection: Connection, token: str) -> Token | None:
    """The token of a text, expired or not."""
    row = BY_TOKEN.first(connection, {"token": token})
    return None if row is None else from_row(row)


def from_row(row: Sequence[Any]) -> Token:
    """The token of a row of BY_TOKEN."""
    return Token(account_store.from_row(row), *row[len(account_store.COLUMNS) :])


def with_expired(connection: Connection, wall_ms: int) -> set[str]:
    """The accounts that have tokens to forget.

    Args:
        wall_ms: epoch milliseconds of the real clock.
    """
    statement = (
        select(tokens.c.account_id)
        .join(accounts, accounts.c.id == tokens.c.account_id)
        .where(tokens.c.expires_at < account_now(wall_ms) - EXPIRED_RETENTION)
        .distinct()
    )
    return set(connection.execute(statement).scalars())


def forget_expired(connection: Connection, account_id: str, now: int) -> None:
    """Drop an account's tokens that expired long ago."""
    connection.execute(
        delete(tokens).where(tokens.c.account_id == account_id, tokens.c.expires_at < now - EXPIRED_RETENTION)
    )

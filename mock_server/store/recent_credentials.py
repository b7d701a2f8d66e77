"""Credentials as a process saw them last, on a database server: used at once, and proved current before they count.

Other machines may change an account at any time. So the look-up of the credentials is repeated in the very round trip
of the first statement of a request, and the rows are compared: what was used before the proof is given up when they
differ.
"""

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store import accounts, locked_accounts, tokens
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.postgresql import Result, Row
from bodydouble.mock_server.store.prepared_statement import PreparedStatement, server_of
from bodydouble.mock_server.store.tokens import Token
from bodydouble.mock_server.store.transactions import writes

# Of each kind, in a process. Beyond them, it begins anew.
MAX_ENTRIES = 10_000
Known = TypeVar("Known")


class OutdatedCredentialsError(Exception):
    """The credentials, or their account, are no longer as they were used: the request has had no effect so far."""


@dataclass(frozen=True, slots=True)
class _Use:
    """A look-up that was spared, and the row that it returned the last time."""

    statement: PreparedStatement
    parameters: Mapping[str, Any]
    row: Row

    @property
    def proof(self) -> locked_accounts.Proof:
        """What stands for it in a transaction that has repeated it."""
        return tuple(self.parameters.values()), self.row

    @property
    def account_id(self) -> str:
        """Whose credentials they are: all such rows begin with the account's columns."""
        return str(self.row[0])


class RecentRows(Generic[Known]):
    """The rows of one look-up, by its parameters.

    Args:
        statement: the look-up.
        read: what a row stands for.
    """

    def __init__(self, statement: PreparedStatement, read: Callable[[Row], Known]) -> None:
        self._statement, self._read = statement, read
        self._rows: dict[tuple[Any, ...], tuple[Row, Known]] = {}

    def recall(self, parameters: Mapping[str, Any], uses: list[_Use]) -> Known | None:
        """What the parameters stood for, which is to be proved by the uses; None if it is not known."""
        entry = self._rows.get(tuple(parameters.values()))
        if entry is None:
            return None
        row, known = entry
        uses.append(_Use(self._statement, parameters, row))
        return known

    def look_up(self, connection: Connection, parameters: Mapping[str, Any]) -> Known | None:
        """What the parameters stand for now."""
        row = self._statement.first(connection, parameters)
        if row is None:
            return None
        if len(self._rows) >= MAX_ENTRIES:
            self._rows = {}
        known = self._read(row)
        self._rows[tuple(parameters.values())] = row, known
        return known


class RecentCredentials:
    """What one process knows of credentials.

    Args:
        database: the state, on a database server.
    """

    def __init__(self, database: Database) -> None:
        self.database = database
        self.tokens: RecentRows[Token] = RecentRows(tokens.BY_TOKEN, tokens.from_row)
        self.keys: RecentRows[tuple[Account, dict[str, str]]] = RecentRows(accounts.BY_KEY, accounts.with_credentials)


class UnprovedCredentials:
    """The look-ups of one request, which may return what is outdated by now, until it is proved.

    Args:
        recent: what the process knows.
    """

    def __init__(self, recent: RecentCredentials) -> None:
        self._recent = recent
        self._uses: list[_Use] = []
        self._reading: Connection | None = None

    def token(self, text: str) -> Token | None:
        """The token of a text, expired or not."""
        return self._find(self._recent.tokens, {"token": text})

    def by_key(self, vendor: str, key: str) -> tuple[Account, dict[str, str]] | None:
        """The account, and its credentials, that a key of a vendor stands for."""
        return self._find(self._recent.keys, {"of_vendor": vendor, "of_key": key})

    def _find(self, rows: RecentRows[Known], parameters: Mapping[str, Any]) -> Known | None:
        known = rows.recall(parameters, self._uses)
        return rows.look_up(self._recent.database.read(), parameters) if known is None else known

    def prove_with_next(self, connection: Connection) -> None:
        """Repeat the look-ups with the next statement; it raises OutdatedCredentialsError if they return other rows.

        In a transaction, the next statement is the one that locks the account. What is proved behind it stays true
        until the end, for all requests that share the transaction.
        """
        self._reading = None if writes(connection) else connection
        for use in list(self._uses):
            if not writes(connection):
                use.statement.ahead(connection, use.parameters, partial(self._compare, use))
            elif locked_accounts.is_proved(connection, use.account_id, use.proof):
                self._uses.remove(use)
            else:
                use.statement.behind(connection, use.parameters, partial(self._compare_locked, connection, use))

    def _compare_locked(self, connection: Connection, use: _Use, result: Result) -> None:
        self._compare(use, result)
        locked_accounts.remember_proof(connection, use.proof)

    def prove(self) -> None:
        """Repeat the look-ups that have not been repeated with a statement.

        Raises:
            OutdatedCredentialsError: they return other rows.
        """
        if not self._uses:
            return
        self.end()
        connection = self._reading or self._recent.database.read()
        for use in list(self._uses):
            self._compare(use, Result(use.statement.all(connection, use.parameters), 1))

    def end(self) -> None:
        """Repeat nothing any more: there was no further statement."""
        server = None if self._reading is None else server_of(self._reading)
        if self._uses and server is not None:
            server.forget_ahead()

    def _compare(self, use: _Use, result: Result) -> None:
        if result.rows != [use.row]:
            raise OutdatedCredentialsError
        self._uses.remove(use)

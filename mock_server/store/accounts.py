"""Accounts: the unit of isolation. One set of credentials for every vendor, one clock, one pace."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import orjson
from sqlalchemy import Connection, Table, bindparam, delete, func, insert, select, text, update

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.clock import Clock
from bodydouble.mock_server.engine.identifiers import AccountIdentifiers
from bodydouble.mock_server.engine.plans import Tempo
from bodydouble.mock_server.store import locked_accounts
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import accounts, credentials
from bodydouble.mock_server.store.transactions import (
    mark_accounts_changed,
    mark_deliveries_soon,
    mark_issued,
    writes,
)

DEFAULT_ACCOUNT = "default"
# Which clock a callback's signature shows.
REAL_CLOCK, ACCOUNT_CLOCK = "real", "account"


@dataclass(frozen=True, slots=True)
class Account:
    """One account.

    Attributes:
        seed: from which its identifiers and arbitrary values are derived.
        pace: how many times faster than the vendors its tasks run.
        settings: by vendor, what a person would set in the vendor's console (callback URL, keys, switches).
        scenario_count: how many scenarios it has; 0 saves the look-up.
        created_at: when it was created, epoch milliseconds on its own clock.
        callback_clock: `real` or `account`: the clock of the timestamps and signatures of its callbacks.
        resets: how often it was reset, or restored from a snapshot.
        origin: of which account it continues the identifiers, if it was restored from another account's snapshot.
    """

    id: str
    seed: int
    clock: Clock
    pace: float
    settings: Mapping[str, Mapping[str, Any]]
    scenario_count: int
    created_at: int
    callback_clock: str = REAL_CLOCK
    resets: int = 0
    origin: AccountIdentifiers | None = None

    @property
    def tempo(self) -> Tempo:
        """How fast its tasks run."""
        return Tempo(self.pace)

    def token_parts(self, *parts: str | int) -> tuple[str | int, ...]:
        """What a token is made from: other identifiers are the same after a reset, but no token from before it."""
        return (*parts, "reset", self.resets) if self.resets else parts

    @property
    def identifiers(self) -> AccountIdentifiers:
        """What identifiers and arbitrary values of its tasks come from."""
        return self.origin or self.own_identifiers

    @property
    def own_identifiers(self) -> AccountIdentifiers:
        """What its names come from, and all that no other account of the server may have: tokens, deliveries."""
        return AccountIdentifiers(self.seed, self.id)


COLUMNS = (
    accounts.c.id,
    accounts.c.seed,
    accounts.c.clock_offset,
    accounts.c.clock_frozen_at,
    accounts.c.pace,
    accounts.c.settings,
    accounts.c.scenario_count,
    accounts.c.created_at,
    accounts.c.callback_clock,
    accounts.c.resets,
    accounts.c.origin_id,
    accounts.c.origin_seed,
)
_BY_ID = PreparedStatement(select(*COLUMNS).where(accounts.c.id == bindparam("account")), by_key=True)
# Other writers of the account wait, but not what merely refers to it.
_BY_ID_LOCKED = PreparedStatement(
    select(*COLUMNS, accounts.c.last_number)
    .where(accounts.c.id == bindparam("account"))
    .with_for_update(key_share=True)
)
_CREATE = PreparedStatement(
    text(
        "INSERT INTO accounts (id, seed, created_real, created_at, clock_offset, clock_frozen_at, "
        "advancing_until_real, pace, last_number, scenario_count, settings, callback_clock, resets) "
        "VALUES (:id, :seed, :created_real, :created_at, :clock_offset, :clock_frozen_at, "
        "0, :pace, :last_number, 0, :settings, :callback_clock, :resets) "
        "ON CONFLICT DO NOTHING"
    )
)
_LOCK = PreparedStatement(
    select(accounts.c.id).where(accounts.c.id == bindparam("account")).with_for_update(key_share=True)
)
BY_KEY = PreparedStatement(
    select(*COLUMNS, credentials.c.content)
    .join(credentials, credentials.c.account_id == accounts.c.id)
    .where(credentials.c.vendor == bindparam("of_vendor"), credentials.c.key == bindparam("of_key")),
    by_key=True,
)
_ADD_CREDENTIALS = PreparedStatement(insert(credentials), ["account_id", "vendor", "key", "content"])
_CREDENTIALS_OF = PreparedStatement(
    select(credentials.c.vendor, credentials.c.content).where(credentials.c.account_id == bindparam("account"))
)
_NEXT_NUMBER = PreparedStatement(
    update(accounts)
    .where(accounts.c.id == bindparam("account"))
    .values(last_number=accounts.c.last_number + 1)
    .returning(accounts.c.last_number)
)


def from_row(row: Sequence[Any]) -> Account:
    """The account of a row that begins with COLUMNS."""
    origin = None if row[10] is None else AccountIdentifiers(row[11], row[10])
    of_account = (row[0], row[1], Clock(row[2], row[3]), row[4], orjson.loads(row[5]))
    return Account(*of_account, row[6], row[7], row[8], row[9], origin)


def get(connection: Connection, account_id: str) -> Account | None:
    """The account of an id. In a transaction, other writers of the account wait until its end.

    So what a transaction then reads of an account, its tasks and its clock stays true until the transaction ends.
    """
    if "\x00" in account_id:
        return None
    if not writes(connection):
        row = _BY_ID.first(connection, {"account": account_id})
        return None if row is None else from_row(row)
    locked = locked_accounts.recall(connection, account_id)
    if locked is not None:
        return cast("Account", locked.account)
    row = _BY_ID_LOCKED.first(connection, {"account": account_id})
    if row is None:
        return None
    account = from_row(row)
    locked_accounts.remember(connection, account_id, account, row[len(COLUMNS)])
    return account


def all_ids(connection: Connection) -> list[str]:
    """The ids of all accounts, in alphabetical order."""
    return list(connection.scalars(select(accounts.c.id).order_by(accounts.c.id)))


def create(
    connection: Connection,
    account_id: str,
    *,
    seed: int,
    clock: Clock,
    pace: float,
    last_number: int,
    settings: Mapping[str, Mapping[str, Any]],
    callback_clock: str = REAL_CLOCK,
    wall_ms: int,
    resets: int = 0,
) -> bool:
    """Record a new account; False if there is one of that id."""
    mark_issued(connection)
    values = {
        "id": account_id,
        "seed": seed,
        "created_real": wall_ms,
        "created_at": clock.now(wall_ms),
        "clock_offset": clock.offset,
        "clock_frozen_at": clock.frozen_at,
        "pace": pace,
        "last_number": last_number,
        "settings": orjson.dumps(settings).decode(),
        "callback_clock": callback_clock,
        "resets": resets,
    }
    return bool(_CREATE.count(connection, values))


def remove(connection: Connection, account_id: str) -> bool:
    """Delete an account with everything that belongs to it; whether it existed."""
    mark_accounts_changed(connection)
    return bool(connection.execute(delete(accounts).where(accounts.c.id == account_id)).rowcount)


def set_clock(connection: Connection, account_id: str, clock: Clock) -> None:
    """Record an account's clock."""
    mark_accounts_changed(connection)
    mark_deliveries_soon(connection)
    connection.execute(
        update(accounts)
        .where(accounts.c.id == account_id)
        .values(clock_offset=clock.offset, clock_frozen_at=clock.frozen_at)
    )


def set_pace(connection: Connection, account_id: str, pace: float) -> None:
    """Record an account's pace, for plans that are created from now on."""
    mark_accounts_changed(connection)
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(pace=pace))


def set_callback_clock(connection: Connection, account_id: str, callback_clock: str) -> None:
    """Record which clock signs an account's callbacks, for attempts from now on."""
    mark_accounts_changed(connection)
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(callback_clock=callback_clock))


def set_settings(connection: Connection, account_id: str, settings: Mapping[str, Mapping[str, Any]]) -> None:
    """Record an account's settings."""
    mark_accounts_changed(connection)
    connection.execute(
        update(accounts).where(accounts.c.id == account_id).values(settings=orjson.dumps(settings).decode())
    )


def lock(connection: Connection, account_id: str) -> None:
    """Block other writers of an account, so that a count of now stays true until this transaction ends."""
    if locked_accounts.recall(connection, account_id) is not None:
        return
    # Read to its end: SQLite keeps the snapshot of a statement that is not finished, and the connection could not
    # write afterwards.
    _LOCK.all(connection, {"account": account_id})


def next_number(connection: Connection, account_id: str) -> int:
    """A number that is new in the account, from which wire identifiers are derived."""
    locked = locked_accounts.recall(connection, account_id)
    if locked is None:
        return int(_NEXT_NUMBER.scalar(connection, {"account": account_id}))
    locked.last_number += 1
    return locked.last_number


def add_credentials(
    connection: Connection, account_id: str, credentials_of: Mapping[str, tuple[str, Mapping[str, str]]]
) -> None:
    """Record the credentials of an account.

    Args:
        credentials_of: by vendor, the part of them that a request names (an application id, an access key), and all.
    """
    mark_issued(connection)
    rows = [
        {"account_id": account_id, "vendor": vendor, "key": key, "content": orjson.dumps(content).decode()}
        for vendor, (key, content) in credentials_of.items()
    ]
    _ADD_CREDENTIALS.run_many(connection, rows)


def credentials_of(connection: Connection, account_id: str) -> dict[str, dict[str, str]]:
    """All credentials of an account, by vendor."""
    rows = _CREDENTIALS_OF.all(connection, {"account": account_id})
    return {vendor: orjson.loads(content) for vendor, content in rows}


def by_key(connection: Connection, vendor: str, key: str) -> tuple[Account, dict[str, str]] | None:
    """The account, and its credentials, that a key of a vendor stands for."""
    row = BY_KEY.first(connection, {"of_vendor": vendor, "of_key": key})
    return None if row is None else with_credentials(row)


def with_credentials(row: Sequence[Any]) -> tuple[Account, dict[str, str]]:
    """The account, and its credentials, of a row of BY_KEY."""
    return from_row(row), orjson.loads(row[len(COLUMNS)])


def with_more_rows_than(connection: Connection, table: Table, keep: int) -> set[str]:
    """The ids of the accounts that have more rows than a limit in a table with the column `account_id`."""
    statement = select(table.c.account_id).group_by(table.c.account_id).having(func.count() > keep)
    return set(connection.execute(statement).scalars())

"""Quotas: what an account may still use of a vendor."""

from collections.abc import Callable, Mapping
from dataclasses import field

from sqlalchemy import Connection, bindparam, insert, select, update

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store import unwritten
from bodydouble.mock_server.store.postgresql import Result
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import quotas

_OF_NAME = update(quotas).where(
    quotas.c.account_id == bindparam("account"),
    quotas.c.vendor == bindparam("of_vendor"),
    quotas.c.name == bindparam("quota"),
)
_CONSUMED = _OF_NAME.where(quotas.c.total - quotas.c.taken >= bindparam("amount")).values(
    taken=quotas.c.taken + bindparam("amount")
)
_CONSUME_AND_READ = PreparedStatement(_CONSUMED.returning(quotas.c.total, quotas.c.taken))
_SET_TAKEN = PreparedStatement(_OF_NAME.values(taken=bindparam("amount")))
_CREATE = PreparedStatement(insert(quotas), ["account_id", "vendor", "name", "total", "taken"])
# PostgreSQL moves a row that changes; without an order, a vendor's answer would name its quotas in another one.
_READ = PreparedStatement(
    select(quotas.c.name, quotas.c.total, quotas.c.taken)
    .where(quotas.c.account_id == bindparam("account"), quotas.c.vendor == bindparam("of_vendor"))
    .order_by(quotas.c.name)
)


# Account, vendor and name.
Key = tuple[str, str, str]


@dataclass(slots=True)
class _Quota:
    """A quota of which a transaction has consumed something, so that nobody else can change it.

    Attributes:
        stored: what has been taken as far as the database knows.
    """

    total: int
    taken: int
    stored: int

    def consume(self, amount: int) -> bool:
        """Use some of it; False if less is left."""
        if self.total - self.taken < amount:
            return False
        self.taken += amount
        return True


@dataclass(slots=True)
class _Quotas:
    """Those of one transaction."""

    by_key: dict[Key, _Quota] = field(default_factory=dict)

    def write(self, connection: Connection) -> None:
        """Store what has been taken."""
        for key, quota in self.by_key.items():
            if quota.taken != quota.stored:
                _SET_TAKEN.change(connection, _parameters(*key, quota.taken))
                quota.stored = quota.taken

    def forget(self, connection: Connection) -> None:
        """Store what has been taken, and know nothing."""
        self.write(connection)
        self.by_key = {}


class _Consumption:
    """A statement that consumes some of a quota, on a database server with the next one.

    Args:
        key: the quota's.
    """

    def __init__(self, connection: Connection, key: Key, amount: int) -> None:
        self._connection, self._key = connection, key
        self._later = _CONSUME_AND_READ.result(connection, _parameters(*key, amount), self._remember)

    def _remember(self, result: Result) -> None:
        for total, taken in result.rows:
            unwritten.of(self._connection, _Quotas).by_key[self._key] = _Quota(total, taken, taken)

    def is_done(self) -> bool:
        """Whether there was as much."""
        return bool(self._later.get().rows)


def _parameters(account_id: str, vendor: str, name: str, amount: int) -> dict[str, object]:
    return {"account": account_id, "of_vendor": vendor, "quota": name, "amount": amount}


def create(connection: Connection, account_id: str, totals: Mapping[str, Mapping[str, int]]) -> None:
    """Record the quotas of a new account.

    Args:
        totals: by vendor, the total of each quota.
    """
    rows = [
        {"account_id": account_id, "vendor": vendor, "name": name, "total": total, "taken": 0}
        for vendor, quotas_of_vendor in totals.items()
        for name, total in quotas_of_vendor.items()
    ]
    _CREATE.run_many(connection, rows)


def consume(connection: Connection, account_id: str, vendor: str, name: str, amount: int) -> bool:
    """Use some of a quota.

    Returns:
        False, with the quota unchanged, when less than the amount is left.

    Raises:
        LookupError: the account has no such quota.
    """
    return consume_soon(connection, account_id, vendor, name, amount)()


def consume_soon(connection: Connection, account_id: str, vendor: str, name: str, amount: int) -> Callable[[], bool]:
    """The same as `consume`, by the time at which its result is asked for; the statements after it need not wait."""
    is_done = _consumption(connection, (account_id, vendor, name), amount)

    def is_consumed() -> bool:
        if is_done():
            return True
        if name not in read(connection, account_id, vendor):
            raise LookupError(f"{vendor} has no quota {name!r}")
        return False

    return is_consumed


def _consumption(connection: Connection, key: Key, amount: int) -> Callable[[], bool]:
    quota = unwritten.of(connection, _Quotas).by_key.get(key)
    if quota is None:
        return _Consumption(connection, key, amount).is_done
    is_done = quota.consume(amount)
    return lambda: is_done


def adjust(connection: Connection, account_id: str, vendor: str, name: str, amount: int) -> None:
    """Use some of a quota, or give it back, even beyond its total: for decisions of an operator, not of a client."""
    unwritten.of(connection, _Quotas).forget(connection)
    statement = (
        update(quotas)
        .where(quotas.c.account_id == account_id, quotas.c.vendor == vendor, quotas.c.name == name)
        .values(taken=quotas.c.taken + amount)
    )
    connection.execute(statement)


def read(connection: Connection, account_id: str, vendor: str) -> dict[str, tuple[int, int]]:
    """Total and taken amount of every quota, by name."""
    unwritten.of(connection, _Quotas).write(connection)
    rows = _READ.all(connection, {"account": account_id, "of_vendor": vendor})
    return {name: (total, taken) for name, total, taken in rows}


def set_total(connection: Connection, account_id: str, vendor: str, name: str, total: int) -> bool:
    """Change a quota's total; whether there is one of that name."""
    unwritten.of(connection, _Quotas).forget(connection)
    statement = (
        update(quotas)
        .where(quotas.c.account_id == account_id, quotas.c.vendor == vendor, quotas.c.name == name)
        .values(total=total)
    )
    return bool(connection.execute(statement).rowcount)

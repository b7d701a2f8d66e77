"""Quotas: what an account may still use of a vendor."""

from collections.abc import Callable, Mapping

from sqlalchemy import Connection, bindparam, insert, select, update

from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import quotas

_CONSUME = PreparedStatement(
    update(quotas)
    .where(
        quotas.c.account_id == bindparam("account"),
        quotas.c.vendor == bindparam("of_vendor"),
        quotas.c.name == bindparam("quota"),
        quotas.c.total - quotas.c.taken >= bindparam("amount"),
    )
    .values(taken=quotas.c.taken + bindparam("amount"))
)
_CREATE = PreparedStatement(insert(quotas), ["account_id", "vendor", "name", "total", "taken"])
_READ = PreparedStatement(
    select(quotas.c.name, quotas.c.total, quotas.c.taken).where(
        quotas.c.account_id == bindparam("account"), quotas.c.vendor == bindparam("of_vendor")
    )
)


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
    parameters = {"account": account_id, "of_vendor": vendor, "quota": name, "amount": amount}
    later = _CONSUME.result(connection, parameters)

    def is_consumed() -> bool:
        if later.get().count:
            return True
        if name not in read(connection, account_id, vendor):
            raise LookupError(f"{vendor} has no quota {name!r}")
        return False

    return is_consumed


def adjust(connection: Connection, account_id: str, vendor: str, name: str, amount: int) -> None:
    """Use some of a quota, or give it back, even beyond its total: for decisions of an operator, not of a client."""
    statement = (
        update(quotas)
        .where(quotas.c.account_id == account_id, quotas.c.vendor == vendor, quotas.c.name == name)
        .values(taken=quotas.c.taken + amount)
    )
    connection.execute(statement)


def read(connection: Connection, account_id: str, vendor: str) -> dict[str, tuple[int, int]]:
    """Total and taken amount of every quota, by name."""
    rows = _READ.all(connection, {"account": account_id, "of_vendor": vendor})
    return {name: (total, taken) for name, total, taken in rows}


def set_total(connection: Connection, account_id: str, vendor: str, name: str, total: int) -> bool:
    """Change a quota's total; whether there is one of that name."""
    statement = (
        update(quotas)
        .where(quotas.c.account_id == account_id, quotas.c.vendor == vendor, quotas.c.name == name)
        .values(total=total)
    )
    return bool(connection.execute(statement).rowcount)

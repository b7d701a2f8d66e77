"""What tasks reserve of quotas until they are charged: running totals by the time of the charge, on three levels.

What is charged after a time is the sum of few rows: the rest of its unit of the finest level, the rest of the units of
the next one, and so on.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import field
from typing import Any

from sqlalchemy import Connection, Select, and_, bindparam, delete, func, select, text, union_all

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.mock_server.store import unwritten
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import reservations

# A unit of a level has 1,024 of the level below: about a second, and about 17 minutes.
_SHIFT, _LEVELS = 10, 3
_ADD = text(
    "INSERT INTO reservations (account_id, vendor, level, bucket, quota, amount) "
    "VALUES (:account_id, :vendor, :level, :bucket, :quota, :amount) "
    "ON CONFLICT (account_id, vendor, level, bucket, quota) "
    "DO UPDATE SET amount = reservations.amount + excluded.amount"
)
_INSERT = PreparedStatement(_ADD)
_FORGET = PreparedStatement(
    delete(reservations).where(
        reservations.c.account_id == bindparam("account"),
        reservations.c.vendor == bindparam("of_vendor"),
        reservations.c.level == bindparam("of_level"),
        reservations.c.bucket <= bindparam("passed"),
    )
)


def _after(level: int) -> Select[tuple[str, int]]:
    conditions = [
        reservations.c.account_id == bindparam("account"),
        reservations.c.vendor == bindparam("of_vendor"),
        reservations.c.level == level,
        reservations.c.bucket > bindparam(f"after_{level}"),
    ]
    if level < _LEVELS - 1:
        conditions.append(reservations.c.bucket < bindparam(f"before_{level}"))
    return select(reservations.c.quota, reservations.c.amount).where(and_(*conditions))


_PARTS = union_all(*map(_after, range(_LEVELS))).subquery()
_SUM = PreparedStatement(select(_PARTS.c.quota, func.sum(_PARTS.c.amount)).group_by(_PARTS.c.quota))


# Account, vendor, level, bucket and quota.
Key = tuple[str, str, int, int, str]


@dataclass(slots=True)
class _Sums:
    """What a transaction adds to the rows, which begin with the same columns."""

    amounts: Counter[Key] = field(default_factory=Counter)

    def write(self, connection: Connection) -> None:
        """Add it."""
        _INSERT.run_many(connection, [_row(key, amount) for key, amount in sorted(self.amounts.items())])
        self.amounts.clear()


def _row(key: Key, amount: int) -> dict[str, Any]:
    account_id, vendor, level, bucket, quota = key
    of_account = {"account_id": account_id, "vendor": vendor}
    return {**of_account, "level": level, "bucket": bucket, "quota": quota, "amount": amount}


def add(connection: Connection, account_id: str, vendor: str, charged_at: int, amounts: Mapping[str, int]) -> None:
    """Reserve amounts of quotas until a time; negative amounts take reservations back."""
    sums = unwritten.of(connection, _Sums).amounts
    for level in range(_LEVELS):
        bucket = charged_at >> (_SHIFT * level)
        for quota, amount in amounts.items():
            sums[account_id, vendor, level, bucket, quota] += amount


def after(connection: Connection, account_id: str, vendor: str, now: int) -> dict[str, int]:
    """What is charged after a time, by quota."""
    unwritten.of(connection, _Sums).write(connection)
    times: dict[str, int] = {}
    for level in range(_LEVELS):
        times[f"after_{level}"] = now >> (_SHIFT * level)
        times[f"before_{level}"] = ((now >> (_SHIFT * (level + 1))) + 1) << _SHIFT
    rows = _SUM.all(connection, {"account": account_id, "of_vendor": vendor, **times})
    return {quota: int(amount) for quota, amount in rows}


def forget_passed(connection: Connection, account_id: str, vendor: str, now: int) -> None:
    """Drop what was charged by a time: an account's clock never goes back."""
    for level in range(_LEVELS):
        passed = (now >> (_SHIFT * level)) - (1 if level else 0)
        _FORGET.change(connection, {"account": account_id, "of_vendor": vendor, "of_level": level, "passed": passed})

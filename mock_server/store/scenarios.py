"""Scenarios: the outcome of the next calls of an operation, or of the tasks that they create."""

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, or_, select, update

from bodydouble.mock_server.store.accounts import lock
from bodydouble.mock_server.store.tables import accounts, scenarios
from bodydouble.mock_server.store.transactions import mark_accounts_changed


@dataclass(frozen=True, slots=True)
class Scenario:
    """One scenario.

    Attributes:
        operation: the operationId whose calls it is for.
        task_name: only for tasks of this name; None for all tasks.
        outcome: an outcome of the lifecycle, or `stuck`, or `slow`; None for an error case instead.
        reason: shown where the vendor shows a reason of failure.
        error: name of the error case of the response; None for an outcome instead.
        remaining: how many further calls it is for; None for all.
    """

    id: int
    vendor: str
    operation: str
    task_name: str | None
    outcome: str | None
    reason: str | None
    error: str | None
    remaining: int | None


_COLUMNS = (
    scenarios.c.id,
    scenarios.c.vendor,
    scenarios.c.operation,
    scenarios.c.task_name,
    scenarios.c.outcome,
    scenarios.c.reason,
    scenarios.c.error,
    scenarios.c.remaining,
)


def add(
    connection: Connection,
    account_id: str,
    *,
    vendor: str,
    operation: str,
    task_name: str | None,
    outcome: str | None,
    reason: str | None,
    error: str | None,
    remaining: int | None,
) -> Scenario:
    """Record a scenario."""
    values = {
        "vendor": vendor,
        "operation": operation,
        "task_name": task_name,
        "outcome": outcome,
        "reason": reason,
        "error": error,
        "remaining": remaining,
    }
    statement = insert(scenarios).values(account_id=account_id, **values).returning(scenarios.c.id)
    scenario_id = connection.execute(statement).scalar_one()
    _count(connection, account_id)
    return Scenario(scenario_id, vendor, operation, task_name, outcome, reason, error, remaining)


def every(connection: Connection, account_id: str) -> list[Scenario]:
    """All scenarios of an account, oldest first."""
    statement = select(*_COLUMNS).where(scenarios.c.account_id == account_id).order_by(scenarios.c.id)
    return [Scenario(*row) for row in connection.execute(statement)]


def clear(connection: Connection, account_id: str) -> None:
    """Forget all scenarios of an account."""
    connection.execute(delete(scenarios).where(scenarios.c.account_id == account_id))
    _count(connection, account_id)


def remove(connection: Connection, account_id: str, scenario_id: int) -> bool:
    """Forget one scenario; whether there was one of that id."""
    statement = delete(scenarios).where(scenarios.c.account_id == account_id, scenarios.c.id == scenario_id)
    was_there = bool(connection.execute(statement).rowcount)
    _count(connection, account_id)
    return was_there


def consume(
    connection: Connection, account_id: str, vendor: str, operation: str, *, error: bool, task_name: str | None = None
) -> Scenario | None:
    """Use the oldest scenario that fits a call.

    Args:
        error: True for a scenario with an error case, False for one with an outcome.
        task_name: the name of the task that the call creates.
    """
    # In the order of all other writers: first the account, then what belongs to it.
    lock(connection, account_id)
    has_effect = scenarios.c.error.is_not(None) if error else scenarios.c.outcome.is_not(None)
    statement = (
        select(*_COLUMNS)
        .where(
            scenarios.c.account_id == account_id,
            scenarios.c.vendor == vendor,
            scenarios.c.operation == operation,
            or_(scenarios.c.task_name.is_(None), scenarios.c.task_name == task_name),
            has_effect,
        )
        .order_by(scenarios.c.id)
        .limit(1)
    )
    row = connection.execute(statement).first()
    if row is None:
        return None
    scenario = Scenario(*row)
    if scenario.remaining is not None:
        if scenario.remaining > 1:
            decrement = update(scenarios).where(scenarios.c.id == scenario.id)
            connection.execute(decrement.values(remaining=scenarios.c.remaining - 1))
        else:
            remove(connection, account_id, scenario.id)
    return scenario


def _count(connection: Connection, account_id: str) -> None:
    mark_accounts_changed(connection)
    count = select(func.count()).where(scenarios.c.account_id == account_id).scalar_subquery()
    connection.execute(update(accounts).where(accounts.c.id == account_id).values(scenario_count=count))

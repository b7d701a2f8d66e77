"""Reserving what the success of a task costs."""

from collections.abc import Callable, Mapping

from bodydouble.mock_server.services.task_context import QuotaExceeded, TaskContext
from bodydouble.mock_server.store import quotas, reservations
from bodydouble.mock_server.store.tasks import Task


def move_reservation(context: TaskContext, task: Task, before: int | None, after: int | None) -> None:
    """Move a task's reservation from the time at which it was to be charged to another one; None for never."""
    if before == after:
        return
    for charged_at, sign in ((before, -1), (after, 1)):
        if charged_at is not None:
            amounts = {name: sign * amount for name, amount in task.runtime.reserved.items()}
            reservations.add(context.connection, task.account_id, task.vendor, charged_at, amounts)


def reserve(context: TaskContext, amounts: Mapping[str, int]) -> Callable[[], None]:
    """Reserve amounts; returns what raises QuotaExceeded unless all were there."""
    connection, account_id, vendor = context.connection, context.account.id, context.vendor
    results = {
        name: quotas.consume_soon(connection, account_id, vendor, name, amount) for name, amount in amounts.items()
    }

    def require() -> None:
        for name, is_consumed in results.items():
            if not is_consumed():
                raise QuotaExceeded(f"{name}: {amounts[name]} needed, less than that left")

    return require

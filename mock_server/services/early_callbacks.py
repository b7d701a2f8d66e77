"""Callbacks that a fault sends before their transition."""

from dataclasses import replace

from bodydouble.mock_server.engine.faults import Target
from bodydouble.mock_server.services.task_context import TaskContext
from bodydouble.mock_server.store import scenarios
from bodydouble.mock_server.store.deliveries import Delivery
from bodydouble.mock_server.store.delivery_faults import EventFaults, total_ms
from bodydouble.mock_server.store.scenarios import Call


def with_early(context: TaskContext, delivery: Delivery, task_name: str) -> Delivery:
    """A planned delivery, due before its event if a fault says so; not before now."""
    if not context.account.scenario_count or delivery.due_at <= context.now:
        return delivery
    call = Call(delivery.account_id, delivery.vendor, delivery.callback, context.now, task_name)
    struck = scenarios.strike(context.connection, call, Target.PLANNED_CALLBACK)
    if not struck:
        return delivery
    due_at = max(context.now, delivery.due_at - total_ms(struck, "early"))
    return replace(delivery, due_at=due_at, faults=EventFaults(tuple(struck)).text())

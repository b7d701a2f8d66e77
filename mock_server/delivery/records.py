"""What becomes of a delivery by an attempt: its next state, its next attempt, and the record."""

from collections.abc import Iterable, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from bodydouble.mock_server.delivery.stages import EvaluatedCallback, PreparedCallback
from bodydouble.mock_server.engine.retry_delay import next_delay
from bodydouble.mock_server.store import accounts, attempts, deliveries, tasks
from bodydouble.mock_server.store.deliveries import DELIVERED, FAILED, PENDING, REFUSED, Attempt, Delivery

SCHEDULED, MANUAL = "scheduled", "manual"
# What a task's callback_state becomes; a pending one stays 0.
_CALLBACK_STATES = {DELIVERED: 1, FAILED: 2, REFUSED: 2}


def record_all(
    connection: Connection, ended: Sequence[tuple[PreparedCallback, EvaluatedCallback]], trigger: str
) -> list[Attempt | None]:
    """Record attempts, with a few statements for all of them; None for those of deleted deliveries."""
    # In the order of all other writers: first the accounts, then their deliveries and tasks.
    for account_id in sorted({prepared.delivery.account_id for prepared, _ in ended}):
        accounts.lock(connection, account_id)
    current = deliveries.current(connection, [prepared.delivery for prepared, _ in ended])
    recorded: list[tuple[Delivery, Attempt] | None] = []
    for prepared, evaluated in ended:
        delivery = current.get(prepared.delivery.id)
        if delivery is None:
            recorded.append(None)
            continue
        after, attempt = _attempted(connection, delivery, prepared, evaluated, trigger)
        current[delivery.id] = after
        recorded.append((after, attempt))
    deliveries.record_all(connection, [entry for entry in recorded if entry is not None])
    _set_callback_states(connection, current.values())
    return [None if entry is None else entry[1] for entry in recorded]


def _attempted(
    connection: Connection, delivery: Delivery, prepared: PreparedCallback, evaluated: EvaluatedCallback, trigger: str
) -> tuple[Delivery, Attempt]:
    delay = _delay(connection, delivery, evaluated) if trigger == SCHEDULED else None
    attempt = evaluated.attempt(delivery.attempts + 1, trigger, delay)
    if prepared.faults:
        attempt = replace(attempt, faults=[fault.described() for fault in prepared.faults])
    after = replace(
        delivery,
        state=_state_after(delivery, attempt),
        attempts=attempt.number,
        due_at=delivery.due_at if attempt.next_attempt_at is None else attempt.next_attempt_at,
        # What every attempt sends; the first one fixes it.
        body=prepared.payload if delivery.body is None else delivery.body,
    )
    return after, attempt


def _delay(connection: Connection, delivery: Delivery, evaluated: EvaluatedCallback) -> int | None:
    if evaluated.outcome in (DELIVERED, REFUSED):
        return None
    number = attempts.count(connection, delivery.id, SCHEDULED)
    return next_delay(evaluated.sent.signed.callback.delivery, number + 1, evaluated.failure, delivery.id)


def _state_after(delivery: Delivery, attempt: Attempt) -> str:
    # Two workers may have attempted it, if a lease ran out; once delivered, it stays delivered.
    if DELIVERED in (attempt.outcome, delivery.state):
        return DELIVERED
    if attempt.trigger == MANUAL:
        return delivery.state
    if attempt.outcome == REFUSED:
        return REFUSED
    return FAILED if attempt.next_attempt_at is None else PENDING


def _set_callback_states(connection: Connection, changed: Iterable[Delivery]) -> None:
    by_state: dict[int, list[int]] = {}
    for delivery in changed:
        if delivery.task_id is not None and delivery.state in _CALLBACK_STATES:
            by_state.setdefault(_CALLBACK_STATES[delivery.state], []).append(delivery.task_id)
    for state, task_ids in by_state.items():
        tasks.set_callback_state(connection, state, *task_ids)

"""What happens while a clock moves: transitions of tasks and attempts at deliveries, listed a part at a time."""

import heapq
import re
from collections.abc import Callable, Iterable, Iterator
from typing import Any

from bodydouble.contracts.core.late_dataclass import dataclass
from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.mock_server.store import attempts as stored_attempts
from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.store.database import Database
from bodydouble.mock_server.store.deliveries import Attempt, Delivery

# How many events one response lists.
MAX_EVENTS = 1_000
_TRANSITION, _DELIVERY = 0, 1
_CURSOR = re.compile(r"([0-9]{1,14})\.(?:0\.([0-9]{1,18})|1\.([0-9]{1,9})-([0-9a-f-]{1,54}))\.([0-9]{1,9})", re.ASCII)
# Time, type, and what distinguishes events of one type at one time: a task's number and the step of its plan, or the
# step that a delivery reports, its id and the number of the attempt.
Position = tuple[int, int, int, int] | tuple[int, int, int, str, int]


@dataclass(frozen=True, slots=True)
class ClockEvents:
    """What happened.

    Attributes:
        events: the first of it in the order of the account's time, as the control plane shows it.
        transitions, deliveries: how many there are in all.
        following: a cursor behind the last event listed; None if all are listed.
    """

    events: list[dict[str, Any]]
    transitions: int
    deliveries: int
    following: str | None


def position_of(cursor: str) -> Position:
    """The position that a cursor stands for.

    Raises:
        ValueError: it is none.
    """
    match = _CURSOR.fullmatch(cursor)
    if match is None:
        raise ValueError(f"no cursor: {cursor}")
    at, number, step, delivery_id, index = match.groups()
    if number is not None:
        return int(at), _TRANSITION, int(number), int(index)
    return int(at), _DELIVERY, int(step), delivery_id, int(index)


def after_time(at: int) -> Position:
    """The position behind everything that happened until a time."""
    return at, _DELIVERY + 1, 0, 0


def collect(
    database: Database,
    lifecycle: Callable[[str, str], Lifecycle],
    account_id: str,
    after: Position,
    until: int,
    attempts: Iterable[tuple[Delivery, Attempt]] | None,
) -> ClockEvents:
    """List what happened to an account.

    Args:
        lifecycle: of a vendor's kind of task.
        after: where the list begins.
        until: epoch milliseconds on the account's clock.
        attempts: those that this advance has brought about; None to read all that were.
    """
    connection = database.read()
    if attempts is None:
        between = stored_attempts.between(connection, account_id, after[0], until)
        attempts = [entry for entry in between if _of_attempt(*entry) > after]
    attempted = {_of_attempt(*entry): entry for entry in attempts}
    entered = dict(_transitions(tasks.unsettled(connection, account_id, after[0] - 1), after, until))
    first = heapq.nsmallest(MAX_EVENTS, [*entered, *attempted])
    is_whole = len(first) == len(entered) + len(attempted)
    return ClockEvents(
        [
            _attempt_json(*attempted[position])
            if position in attempted
            else _transition_json(position, *entered[position], lifecycle)
            for position in first
        ],
        len(entered),
        len(attempted),
        None if is_whole else _cursor(first[-1]),
    )


def _cursor(position: Position) -> str:
    at, of_type, *others, index = position
    return f"{at}.{of_type}.{'-'.join(map(str, others))}.{index}"


def _transitions(
    changing: Iterable[tasks.Unsettled], after: Position, until: int
) -> Iterator[tuple[Position, tuple[tasks.Unsettled, str]]]:
    for task in changing:
        for index, (at, state) in enumerate(task[4]):
            if after[0] <= at <= until and (position := (at, _TRANSITION, task[0], index)) > after:
                yield position, (task, state)


def _of_attempt(delivery: Delivery, attempt: Attempt) -> Position:
    return attempt.at, _DELIVERY, delivery.step, delivery.id, attempt.number


def _transition_json(
    position: Position, task: tasks.Unsettled, state: str, lifecycle: Callable[[str, str], Lifecycle]
) -> dict[str, Any]:
    _, key, vendor, kind, _ = task
    return {
        "type": "transition",
        "at": position[0],
        "vendor": vendor,
        "kind": kind,
        "key": key,
        "state": state,
        "code": lifecycle(vendor, kind).states[state].code,
    }


def _attempt_json(delivery: Delivery, attempt: Attempt) -> dict[str, Any]:
    return {
        "type": "delivery",
        "at": attempt.at,
        "vendor": delivery.vendor,
        "callback": delivery.callback,
        "delivery": delivery.id,
        "attempt": attempt.number,
        "outcome": attempt.outcome,
        "status": attempt.status,
        "error": attempt.error,
        "next_attempt_at": attempt.next_attempt_at,
    }

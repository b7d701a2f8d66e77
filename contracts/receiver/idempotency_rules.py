"""Each event takes effect once, and none moves a task backwards.

Before the probe is read, one more event about a task of its own is sent and waited for: a receiver that puts callbacks
into a queue has then processed everything before it.
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.receiver.context import (
    NotApplicable,
    Rule,
    RuleViolation,
    RunContext,
    require_acknowledgement,
)
from bodydouble.contracts.receiver.probe import Processed
from bodydouble.contracts.receiver.sender import CallbackExchange
from bodydouble.contracts.receiver.state_notifications import StateNotification, state_notifications

COPIES = 6
# Milliseconds between an event and a later one.
STEP = 60_000


def _require_notifications(context: RunContext) -> tuple[StateNotification, ...]:
    states = state_notifications(context.contract, context.callback)
    if not states:
        raise NotApplicable("the callback notifies of no state of a task")
    return states


def _now() -> int:
    return clock.now_in_milliseconds()


def _settled(context: RunContext, before: Processed, expected: int) -> Processed:
    """The probe's state after one more event, which counts among the expected effects, was processed."""
    marker = context.payloads.example(context.callback)
    require_acknowledgement(context.sender.send(context.callback, marker, "a callback about another task"))
    place = context.callback.event.task
    task = None if place is None else str(lookup(marker, place))

    def arrived(processed: Processed) -> bool:
        return processed.count - before.count >= expected and (task is None or task in processed.tasks)

    return context.wait(arrived)


def _unrepeatable(context: RunContext) -> Any:
    """A payload that can only arrive twice because it is a duplicate."""
    callback = context.callback
    own = [state for state in state_notifications(context.contract, callback) if state.callback.id == callback.id]
    if callback.event.id is not None or callback.event.time is not None:
        return context.payloads.notifying(own[0], None, _now()) if own else context.payloads.example(callback)
    _require_notifications(context)
    for state in own:
        if not state.may_lead_to(state):
            return context.payloads.notifying(state, None, _now())
    raise NotApplicable("a task may enter each state again, and nothing in the payload tells that from a duplicate")


def _require_one_effect(context: RunContext, exchanges: list[CallbackExchange], before: Processed) -> None:
    for exchange in exchanges:
        require_acknowledgement(exchange)
    effects = _settled(context, before, 2).count - before.count - 1
    if effects < 1 and context.callback.event.task is None:
        raise NotApplicable("the callback is about no task, and the receiver counts no effect of it")
    if effects < 1:
        raise RuleViolation("the probe counts no effect of the callback", exchanges[0])
    if effects > 1:
        raise RuleViolation(f"{len(exchanges)} copies of one callback had {effects} effects", *exchanges)


def _duplicates(context: RunContext) -> str:
    before, payload = context.require_probe()(), _unrepeatable(context)
    titles = ("a callback", "the same callback again, as a repeated delivery")
    exchanges = [context.sender.send(context.callback, payload, title) for title in titles]
    _require_one_effect(context, exchanges, before)
    return "a callback and its repetition had one effect"


def _simultaneous_duplicates(context: RunContext) -> str:
    before, payload = context.require_probe()(), _unrepeatable(context)
    titles = [f"copy {number} of {COPIES}, sent at the same time" for number in range(1, COPIES + 1)]
    with ThreadPoolExecutor(COPIES) as pool:
        exchanges = list(pool.map(lambda title: context.sender.send(context.callback, payload, title), titles))
    _require_one_effect(context, exchanges, before)
    return f"{COPIES} copies that came at the same time had one effect"


def _pairs(context: RunContext) -> Iterator[tuple[StateNotification, StateNotification, bool]]:
    """The state that must stay, the state that must not replace it, and whether that one really came earlier."""
    for current, stale in itertools.permutations(_require_notifications(context), 2):
        if context.callback.id not in (current.callback.id, stale.callback.id) or current.looks_like(stale):
            continue
        dated = current.callback.event.time is not None and stale.callback.event.time is not None
        came_before, may_follow = stale.may_lead_to(current), current.may_lead_to(stale)
        if came_before and (dated or not may_follow):
            yield current, stale, True
        elif not came_before and not may_follow:
            yield current, stale, False


def _require_order(context: RunContext, *, came_before: bool) -> str:
    context.require_probe()
    pairs = [(current, stale) for current, stale, before in _pairs(context) if before is came_before]
    tried = []
    for current, stale in pairs:
        _require_unchanged(context, current, stale, came_before)
        tried.append(f"{current.state} stays when {stale.state} arrives")
    return "; ".join(tried)


def _require_unchanged(
    context: RunContext, current: StateNotification, stale: StateNotification, came_before: bool
) -> None:
    now = _now()
    first = context.payloads.notifying(current, None, now)
    task = _task(first, current)
    second = context.payloads.notifying(stale, task, now - STEP)
    before = context.require_probe()()
    sent = [context.sender.send(current.callback, first, f"{current.callback.id}: {current.state}")]
    require_acknowledgement(sent[0])
    state = _state_after(context, str(task), before, 2, sent)
    before = context.require_probe()()
    kind = "an older" if came_before else "a contradicting"
    sent.append(context.sender.send(stale.callback, second, f"{kind} {stale.callback.id}: {stale.state}"))
    require_acknowledgement(sent[1])
    changed = _state_after(context, str(task), before, 1, sent)
    if changed != state:
        raise RuleViolation(
            f"the task was {current.state} ({state!r}), and {kind} event moved it to {changed!r}", *sent
        )
    if came_before:
        _require_progress(context, stale, current, state)


def _require_progress(context: RunContext, first: StateNotification, then: StateNotification, state: Any) -> None:
    """A receiver that ignores the second event of every task keeps the order, but never gets to the end."""
    now, before = _now(), context.require_probe()()
    older = context.payloads.notifying(first, None, now - STEP)
    task = _task(older, first)
    newer = context.payloads.notifying(then, task, now)
    sent = [
        require_acknowledgement(context.sender.send(event.callback, payload, f"{event.callback.id}: {event.state}"))
        for event, payload in ((first, older), (then, newer))
    ]
    reached = _state_after(context, str(task), before, 3, sent)
    if reached != state:
        raise RuleViolation(
            f"in the right order, the task stays {reached!r} and does not become {then.state} ({state!r})", *sent
        )


def _task(payload: Any, notification: StateNotification) -> Any:
    assert notification.callback.event.task is not None
    return lookup(payload, notification.callback.event.task)


def _state_after(context: RunContext, task: str, before: Processed, expected: int, sent: list[CallbackExchange]) -> Any:
    processed = _settled(context, before, expected)
    if task not in processed.tasks:
        raise RuleViolation(f"the probe does not show the task {task}", *sent)
    return processed.tasks[task]


def _reordered(context: RunContext) -> str:
    tried = _require_order(context, came_before=True)
    if not tried:
        raise NotApplicable(
            "no state that callbacks notify of comes before another one, or nothing tells which event is older"
        )
    return tried


def _contradicting(context: RunContext) -> str:
    tried = _require_order(context, came_before=False)
    if not tried:
        raise NotApplicable("no state that callbacks notify of contradicts another one: each may follow the other")
    return tried


def _event(context: RunContext) -> str:
    return f"{context.callback.pointer}/x-event"


def _lifecycle(context: RunContext) -> str:
    states = state_notifications(context.contract, context.callback)
    return f"#/x-lifecycles/{states[0].lifecycle.name}" if states else _event(context)


RULES = (
    Rule(
        "processes-duplicates-once",
        "A repeated callback is acknowledged, and has no second effect.",
        _event,
        _duplicates,
    ),
    Rule(
        "processes-simultaneous-duplicates-once",
        "Nor have copies that arrive at the same time.",
        _event,
        _simultaneous_duplicates,
    ),
    Rule(
        "keeps-order",
        "An event that is overtaken by a later one does not move the task backwards.",
        _lifecycle,
        _reordered,
    ),
    Rule(
        "keeps-ends",
        "A late event that contradicts the end of a task does not change it: the first end stays.",
        _lifecycle,
        _contradicting,
    ),
)

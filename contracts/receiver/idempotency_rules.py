"""Each event takes effect once, and none moves a task backwards.

The probe is read when the receiver is quiet, see `effects`.
"""

import itertools
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.model.violation import short_json
from bodydouble.contracts.receiver.context import (
    EffectViolation,
    NotApplicable,
    Rule,
    RuleViolation,
    RunContext,
    require_acknowledgement,
)
from bodydouble.contracts.receiver.effects import Condition
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


def _require_one_effect(context: RunContext, send: Callable[[Any], list[CallbackExchange]]) -> None:
    effects, payload = context.require_effects(), _unrepeatable(context)
    before = effects.settled()
    exchanges = send(payload)
    for exchange in exchanges:
        require_acknowledgement(exchange)
    # The marker's effect is one of them.
    count = effects.settled(lambda state: state.count > before.count + 1).count - before.count - 1
    if count < 1 and context.callback.event.task is None:
        raise NotApplicable("the callback is about no task, and the receiver counts no effect of it")
    if count < 1:
        raise RuleViolation("the probe counts no effect of the callback", exchanges[0])
    if count > 1:
        raise EffectViolation(f"{len(exchanges)} copies of one callback had {count} effects", *exchanges)


def _duplicates(context: RunContext) -> str:
    titles = ("a callback", "the same callback again, as a repeated delivery")

    def send(payload: Any) -> list[CallbackExchange]:
        return [context.sender.send(context.callback, payload, title) for title in titles]

    context.confirmed(lambda: _require_one_effect(context, send))
    return "a callback and its repetition had one effect"


def _simultaneous_duplicates(context: RunContext) -> str:
    titles = [f"copy {number} of {COPIES}, sent at the same time" for number in range(1, COPIES + 1)]

    def send(payload: Any) -> list[CallbackExchange]:
        with ThreadPoolExecutor(COPIES) as pool:
            return list(pool.map(lambda title: context.sender.send(context.callback, payload, title), titles))

    context.confirmed(lambda: _require_one_effect(context, send), by_chance=True)
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
    context.require_effects()
    pairs = [(current, stale) for current, stale, before in _pairs(context) if before is came_before]
    tried = []
    for current, stale in pairs:
        context.confirmed(partial(_require_unchanged, context, current, stale, came_before))
        tried.append(f"{current.state} stays when {stale.state} arrives")
    return "; ".join(tried)


def _require_unchanged(
    context: RunContext, current: StateNotification, stale: StateNotification, came_before: bool
) -> None:
    now = _now()
    first = context.payloads.notifying(current, None, now)
    task = _task(first, current)
    second = context.payloads.notifying(stale, task, now - STEP)
    sent = [context.sender.send(current.callback, first, f"{current.callback.id}: {current.state}")]
    require_acknowledgement(sent[0])
    state = _state_of(context, str(task), sent)
    kind = "an older" if came_before else "a contradicting"
    sent.append(context.sender.send(stale.callback, second, f"{kind} {stale.callback.id}: {stale.state}"))
    require_acknowledgement(sent[1])
    changed = _state_of(context, str(task), sent)
    if changed != state:
        before = f"{current.state} ({short_json(state)})"
        raise EffectViolation(f"the task was {before}, and {kind} event moved it to {short_json(changed)}", *sent)
    if came_before:
        _require_progress(context, stale, current, state)


def _require_progress(context: RunContext, first: StateNotification, then: StateNotification, state: Any) -> None:
    """A receiver that ignores the second event of every task keeps the order, but never gets to the end."""
    now = _now()
    older = context.payloads.notifying(first, None, now - STEP)
    task = str(_task(older, first))
    newer = context.payloads.notifying(then, _task(older, first), now)
    sent = [
        require_acknowledgement(context.sender.send(event.callback, payload, f"{event.callback.id}: {event.state}"))
        for event, payload in ((first, older), (then, newer))
    ]
    reached = _state_of(context, task, sent, lambda processed: processed.tasks.get(task) == state)
    if reached != state:
        expected = f"{then.state} ({short_json(state)})"
        raise RuleViolation(
            f"in the right order, the task stays {short_json(reached)} and does not become {expected}", *sent
        )


def _task(payload: Any, notification: StateNotification) -> Any:
    assert notification.callback.event.task is not None
    return lookup(payload, notification.callback.event.task)


def _state_of(
    context: RunContext, task: str, sent: list[CallbackExchange], expected: Condition = lambda processed: True
) -> Any:
    tasks = context.require_effects().settled(lambda state: task in state.tasks and expected(state)).tasks
    if task not in tasks:
        raise RuleViolation(f"the probe does not show the task {task}", *sent)
    return tasks[task]


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

"""Each event takes effect once, and none moves a task backwards.

Every look at the probe comes after a further event, of a task of its own, has shown up: a receiver that takes callbacks
into a queue has then worked off what came before.
"""

import itertools
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.json_pointer import lookup
from bodydouble.contracts.receiver.context import Broken, NotApplicable, Promise, Session, acknowledged
from bodydouble.contracts.receiver.probe import Processed
from bodydouble.contracts.receiver.sender import CallbackExchange
from bodydouble.contracts.receiver.state_notifications import StateNotification, state_notifications

AT_ONCE = 6
# Milliseconds between what comes first and what comes later.
STEP = 60_000


def _announced(session: Session) -> tuple[StateNotification, ...]:
    found = state_notifications(session.contract, session.callback)
    if not found:
        raise NotApplicable("the callback notifies of no state of a task")
    return found


def _now() -> int:
    return clock.now_in_milliseconds()


def _settled(session: Session, before: Processed, expected: int) -> Processed:
    """The probe's answer after one more event, which is among the expected effects, was processed."""
    marker = session.payloads.example(session.callback)
    acknowledged(session.courier.send(session.callback, marker, "a callback about another task"))
    place = session.callback.event.task
    task = None if place is None else str(lookup(marker, place))

    def arrived(found: Processed) -> bool:
        return found.count - before.count >= expected and (task is None or task in found.tasks)

    return session.wait(arrived)


def _unrepeatable(session: Session) -> Any:
    """A payload that can only be sent twice because it is a duplicate."""
    callback = session.callback
    if callback.event.id is not None or callback.event.time is not None:
        own = [one for one in state_notifications(session.contract, callback) if one.callback.id == callback.id]
        return session.payloads.announcing(own[0], None, _now()) if own else session.payloads.example(callback)
    for one in _announced(session):
        if one.callback.id == callback.id and not one.may_lead_to(one):
            return session.payloads.announcing(one, None, _now())
    raise NotApplicable("a task may enter each state again, and nothing in the payload tells that from a duplicate")


def _once(session: Session, exchanges: list[CallbackExchange], before: Processed) -> None:
    for exchange in exchanges:
        acknowledged(exchange)
    effects = _settled(session, before, 2).count - before.count - 1
    if effects < 1 and session.callback.event.task is None:
        raise NotApplicable("the callback is about no task, and the receiver counts no effect of it")
    if effects < 1:
        raise Broken("the probe counts no effect of the callback", exchanges[0])
    if effects > 1:
        raise Broken(f"{len(exchanges)} copies of one callback had {effects} effects", *exchanges)


def _duplicates(session: Session) -> str:
    before, payload = session.probed()(), _unrepeatable(session)
    titles = ("a callback", "the same callback again, as a repeated delivery")
    _once(session, [session.courier.send(session.callback, payload, title) for title in titles], before)
    return "a callback and its repetition had one effect"


def _at_once(session: Session) -> str:
    before, payload = session.probed()(), _unrepeatable(session)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        sending = [
            pool.submit(session.courier.send, session.callback, payload, f"copy {number} of {AT_ONCE}, sent at once")
            for number in range(1, AT_ONCE + 1)
        ]
        exchanges = [one.result() for one in sending]
    _once(session, exchanges, before)
    return f"{AT_ONCE} copies that came at once had one effect"


def _pairs(session: Session) -> Iterator[tuple[StateNotification, StateNotification, bool]]:
    """What must stay, what must not change it, and whether that really came earlier."""
    for stays, stale in itertools.permutations(_announced(session), 2):
        if session.callback.id not in (stays.callback.id, stale.callback.id) or stays.looks_like(stale):
            continue
        dated = stays.callback.event.time is not None and stale.callback.event.time is not None
        came_before, may_follow = stale.may_lead_to(stays), stays.may_lead_to(stale)
        if came_before and (dated or not may_follow):
            yield stays, stale, True
        elif not came_before and not may_follow:
            yield stays, stale, False


def _hold_order(session: Session, came_before: bool) -> str:
    session.probed()
    pairs = [(stays, stale) for stays, stale, before in _pairs(session) if before is came_before]
    tried = []
    for stays, stale in pairs:
        _stays(session, stays, stale, came_before)
        tried.append(f"{stays.state} stays when {stale.state} arrives")
    return "; ".join(tried)


def _stays(session: Session, stays: StateNotification, stale: StateNotification, came_before: bool) -> None:
    moment = _now()
    first = session.payloads.announcing(stays, None, moment)
    task = _task(first, stays)
    second = session.payloads.announcing(stale, task, moment - STEP)
    before = session.probed()()
    sent = [session.courier.send(stays.callback, first, f"{stays.callback.id}: {stays.state}")]
    acknowledged(sent[0])
    state = _state_after(session, str(task), before, 2, sent)
    before = session.probed()()
    kind = "an older" if came_before else "a contradicting"
    sent.append(session.courier.send(stale.callback, second, f"{kind} {stale.callback.id}: {stale.state}"))
    acknowledged(sent[1])
    found = _state_after(session, str(task), before, 1, sent)
    if found != state:
        raise Broken(f"the task was {stays.state} ({state!r}), and {kind} event moved it to {found!r}", *sent)
    if came_before:
        _moves(session, stale, stays, state)


def _moves(session: Session, first: StateNotification, then: StateNotification, state: Any) -> None:
    """Whoever takes no second event of a task keeps the order, but never gets to the end."""
    moment, before = _now(), session.probed()()
    older = session.payloads.announcing(first, None, moment - STEP)
    task = _task(older, first)
    newer = session.payloads.announcing(then, task, moment)
    sent = [
        acknowledged(session.courier.send(one.callback, payload, f"{one.callback.id}: {one.state}"))
        for one, payload in ((first, older), (then, newer))
    ]
    found = _state_after(session, str(task), before, 3, sent)
    if found != state:
        raise Broken(
            f"in the right order, the task stays {found!r} and does not become {then.state} ({state!r})", *sent
        )


def _task(payload: Any, announcement: StateNotification) -> Any:
    assert announcement.callback.event.task is not None
    return lookup(payload, announcement.callback.event.task)


def _state_after(session: Session, task: str, before: Processed, expected: int, sent: list[CallbackExchange]) -> Any:
    found = _settled(session, before, expected)
    if task not in found.tasks:
        raise Broken(f"the probe does not show the task {task}", *sent)
    return found.tasks[task]


def _reordered(session: Session) -> str:
    tried = _hold_order(session, came_before=True)
    if not tried:
        raise NotApplicable("no announced state comes before another one, or nothing tells which event is older")
    return tried


def _late(session: Session) -> str:
    tried = _hold_order(session, came_before=False)
    if not tried:
        raise NotApplicable("no announced state contradicts another one: each may follow the other")
    return tried


def _event(session: Session) -> str:
    return f"{session.callback.pointer}/x-event"


def _lifecycle(session: Session) -> str:
    found = state_notifications(session.contract, session.callback)
    return f"#/x-lifecycles/{found[0].lifecycle.name}" if found else _event(session)


PROMISES = (
    Promise(
        "processes-duplicates-once",
        "A repeated callback is acknowledged, and has no second effect.",
        _event,
        _duplicates,
    ),
    Promise(
        "processes-simultaneous-duplicates-once", "Nor have copies that arrive at the same time.", _event, _at_once
    ),
    Promise(
        "keeps-order",
        "An event that is overtaken by a later one does not move the task backwards.",
        _lifecycle,
        _reordered,
    ),
    Promise(
        "keeps-ends",
        "A late event that contradicts the end of a task does not change it: the first end stays.",
        _lifecycle,
        _late,
    ),
)

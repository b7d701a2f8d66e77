"""Watches what was created: observed states move only along the declared edges, and an end is an end.

Every create that has succeeded is repeated, if the budget allows, so that its task is seen from its first state on;
else the task that exists is watched. All are read in turns, along the links of the specification, until they have ended
or the time is up.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import requests

from contracts.contract import Contract, Operation
from contracts.json_text import JsonTextError, parse
from contracts.lifecycles import Lifecycle
from contracts.links import Exchange, Link, follow, links
from contracts.messages import WireRequest, WireResponse
from contracts.outcomes import classify
from contracts.traffic import BudgetSpent

CHECK = "LifecycleIsKept"
# How often a state that has been called the end is read once more.
READS_AFTER_THE_END = 3
Call = Callable[[Operation, WireRequest], WireResponse]


@dataclass(frozen=True, slots=True)
class Seen:
    """A state as it was read, some seconds after the watch began."""

    seconds: float
    code: int | str
    state: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A change of state that the lifecycle does not know, with the read that showed it."""

    message: str
    exchange: Exchange


@dataclass(frozen=True, slots=True)
class Watched:
    """What became of one created task or resource.

    Attributes:
        operation: the operation that created it.
        reader: the operation that its state was read with.
        seen: its states, each once in a row.
        reads: how many times it was read.
        ended: whether it has reached a terminal state.
        note: why it was not watched to its end, or the empty string.
    """

    operation: str
    lifecycle: str
    reader: str
    seen: tuple[Seen, ...]
    reads: int
    ended: bool
    note: str
    broken: Broken | None = None


@dataclass(slots=True)
class _Watch:
    created: Exchange
    lifecycle: Lifecycle
    reader: Operation
    request: WireRequest
    seen: list[Seen] = field(default_factory=list)
    reads: int = 0
    reads_after_end: int = 0
    note: str = ""
    broken: Broken | None = None

    @property
    def ended(self) -> bool:
        return bool(self.seen) and self.lifecycle.states.get(self.seen[-1].state, None) in _ends(self.lifecycle)

    @property
    def rests(self) -> bool:
        """Whether no work goes on in the last state, so that it should not change by itself."""
        if not self.seen:
            return False
        edges = (edge for edge in self.lifecycle.edges if edge.source == self.seen[-1].state)
        return not any(edge.after is not None and edge.paced for edge in edges)

    @property
    def over(self) -> bool:
        return bool(self.note) or self.broken is not None or self.reads_after_end >= READS_AFTER_THE_END


def watch(
    contract: Contract, created: Iterable[Exchange], call: Call, seconds: float, interval: float
) -> tuple[Watched, ...]:
    """Watch what was created.

    Args:
        created: creates that have succeeded.
        call: signs and sends a request.
        seconds: how long in all.
        interval: seconds between two reads of the same task.
    """
    started = time.monotonic()
    watches = [
        one for exchange in created if (one := _watch(contract, _repeated(contract, exchange, call))) is not None
    ]
    while any(not one.over for one in watches):
        for one in watches:
            if not one.over:
                _read(contract, one, call, time.monotonic() - started)
        if time.monotonic() - started + interval > seconds:
            break
        if any(not one.over for one in watches):
            time.sleep(interval)
    return tuple(_result(one, seconds) for one in watches)


def readers(contract: Contract, operation: Operation) -> tuple[Link, ...]:
    """The links from a create to what reads the state of the same lifecycle; single reads before lists."""
    if operation.role is None or operation.role.role != "create":
        return ()
    found: list[tuple[int, Link]] = []
    for link in links(contract, operation):
        role = contract.operations[link.target].role
        if role is not None and role.lifecycle is operation.role.lifecycle and role.role in ("get", "list"):
            found.append((("get", "list").index(role.role), link))
    return tuple(link for _, link in sorted(found, key=lambda entry: entry[0]))


def _repeated(contract: Contract, exchange: Exchange, call: Call) -> Exchange:
    try:
        answer = call(exchange.operation, exchange.request)
    except (BudgetSpent, requests.RequestException):
        return exchange
    if classify(contract, answer).failed:
        return exchange
    return Exchange(exchange.operation, exchange.request, answer)


def _watch(contract: Contract, created: Exchange) -> _Watch | None:
    role = created.operation.role
    for link in readers(contract, created.operation):
        request = follow(contract, link, created)
        if request is not None and role is not None:
            return _Watch(created, role.lifecycle, contract.operations[link.target], request)
    return None


def _read(contract: Contract, one: _Watch, call: Call, seconds: float) -> None:
    try:
        answer = call(one.reader, one.request)
    except BudgetSpent:
        one.note = "the budget is spent"
        return
    except requests.RequestException as error:
        one.note = f"no answer: {type(error).__name__}"
        return
    outcome = classify(contract, answer)
    if outcome.answers("throttled") or outcome.answers("unavailable"):
        return
    one.reads += 1
    if outcome.failed:
        one.note = f"can no longer be read: {outcome.name}"
        return
    code = _state(one, answer)
    if code is None:
        one.note = f"the answer does not show {one.lifecycle.field}"
        return
    before = one.seen[-1].code if one.seen else one.lifecycle.states[one.lifecycle.initial].code
    if one.rests:
        one.reads_after_end += 1
    if code == before and one.seen:
        return
    message = _objection(one, before, code)
    name = next((state.name for state in one.lifecycle.states.values() if state.code == code), "")
    one.seen.append(Seen(round(seconds, 2), code, name))
    if message:
        one.broken = Broken(message, Exchange(one.reader, one.request, answer))


def _objection(one: _Watch, before: int | str, code: int | str) -> str:
    field, names = one.lifecycle.field, {state.code: state.name for state in one.lifecycle.states.values()}
    if code not in names:
        return f"{field} is {code!r}, which the lifecycle {one.lifecycle.name} does not have"
    change = f"{field} went from {before!r} ({names[before]}) to {code!r} ({names[code]})"
    if one.ended:
        return f"{change}, although {names[before]} is an end, and nothing was asked of it"
    if not one.lifecycle.allows(before, code):
        return f"{change}, which no edges of the lifecycle {one.lifecycle.name} lead to"
    return ""


def _ends(lifecycle: Lifecycle) -> tuple[object, ...]:
    return tuple(state for state in lifecycle.states.values() if state.terminal)


def _state(one: _Watch, answer: WireResponse) -> int | str | None:
    try:
        content = parse(answer.body)
        identities = _identities(parse(one.created.response.body))
    except JsonTextError:
        return None
    holders = [entry for entry in _objects(content) if _is_code(entry.get(one.lifecycle.field))]
    # A list may show others, too: the one that is meant says so with an identifier that the create gave out.
    own = [entry for entry in holders if any(str(value) in identities for value in entry.values())]
    listed = one.reader.role is not None and one.reader.role.role == "list"
    found: int | str | None = next((entry[one.lifecycle.field] for entry in own or ([] if listed else holders)), None)
    return found


def _is_code(value: Any) -> bool:
    return isinstance(value, int | str) and not isinstance(value, bool)


def _identities(content: Any) -> set[str]:
    return {
        str(value)
        for entry in _objects(content)
        if entry is not content
        for value in entry.values()
        if _is_code(value) and str(value)
    } or {str(value) for value in content.values() if _is_code(value)}


def _objects(content: Any) -> Iterator[dict[str, Any]]:
    level = [content]
    while level:
        yield from (entry for entry in level if isinstance(entry, dict))
        level = [
            item
            for entry in level
            for item in (entry.values() if isinstance(entry, dict) else entry if isinstance(entry, list) else ())
        ]


def _result(one: _Watch, seconds: float) -> Watched:
    note = one.note
    if not note and not one.rests:
        note = f"still on its way after {seconds:g} s"
    return Watched(
        one.created.operation.id,
        one.lifecycle.name,
        one.reader.id,
        tuple(one.seen),
        one.reads,
        one.ended,
        note,
        one.broken,
    )

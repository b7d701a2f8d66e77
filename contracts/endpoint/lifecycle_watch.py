"""Watches what was created: observed states move only along the declared edges, and an end is an end.

Every create that has succeeded is repeated, if the budget allows, so that its task is seen from its first state on;
else the task that exists is watched. All are read in turns until no more work goes on in them or the time is up. What
ends only when it is told to (a live instance, an upload) is told to in the end, where that costs nothing.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

import requests

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.report import LifecycleResult, LifecycleViolation, ObservedState
from bodydouble.contracts.endpoint.state_reader import Read, Sight, readers, reads, sight
from bodydouble.contracts.endpoint.transport import BudgetSpent
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.lifecycle import Edge, Lifecycle
from bodydouble.contracts.model.links import follow

# How often a state that nothing leads out of by itself is read once more.
READS_AFTER_THE_END = 3
# What may be asked of a task so that it ends.
_ENDING = ("cancel", "confirm")
# Signs and sends a request; the exchange holds it as it was sent.
Call = Callable[[Operation, WireRequest], OperationExchange]


@dataclass(slots=True)
class _Watch:
    created: OperationExchange
    lifecycle: Lifecycle
    fresh: bool
    ways: list[Read]
    seen: list[ObservedState] = field(default_factory=list)
    possible: frozenset[str] = frozenset()
    asked_for: frozenset[str] = frozenset()
    asked: str = ""
    reads: int = 0
    reads_at_rest: int = 0
    note: str = ""
    violation: LifecycleViolation | None = None

    @property
    def ended(self) -> bool:
        return bool(self.possible) and all(self.lifecycle.states[name].terminal for name in self.possible)

    @property
    def rests(self) -> bool:
        """Whether no work goes on in the last state, so that it should not change by itself."""
        edges = (edge for edge in self.lifecycle.edges if edge.source in self.possible)
        return bool(self.possible) and not any(edge.after is not None and edge.paced for edge in edges)

    @property
    def over(self) -> bool:
        done = self.reads_at_rest >= READS_AFTER_THE_END and not self.asked_for
        return bool(self.note) or self.violation is not None or done


def watch(
    contract: Contract,
    operations: Iterable[Operation],
    created: Mapping[str, OperationExchange],
    call: Call,
    seconds: float,
    interval: float,
) -> tuple[LifecycleResult, ...]:
    """Watch what was created.

    Args:
        operations: those whose creates should have been seen; what cannot be watched is named with the reason.
        created: by operationId, creates that have succeeded.
        call: signs and sends a request.
        seconds: how long in all.
        interval: seconds between two reads of the same task.
    """
    started = clock.monotonic()
    entries: list[_Watch | LifecycleResult] = []
    for operation in operations:
        if operation.role is not None and operation.role.role == "create":
            entries.append(_entry(contract, operation, operation.role.lifecycle, created.get(operation.id), call))
    watches = [one for one in entries if isinstance(one, _Watch)]
    while any(not one.over for one in watches):
        for one in watches:
            if not one.over:
                _read(one, call, clock.monotonic() - started)
            if one.reads_at_rest == READS_AFTER_THE_END and not one.ended and not one.asked and not one.violation:
                _end(contract, one, call)
        if clock.monotonic() - started + interval > seconds:
            break
        if any(not one.over for one in watches):
            clock.sleep(interval)
    return tuple(_result(one, seconds) if isinstance(one, _Watch) else one for one in entries)


def watchable(operation: Operation, contract: Contract) -> bool:
    """Whether an operation creates something whose state some operation shows."""
    role = operation.role
    return role is not None and role.role == "create" and bool(readers(contract, role.lifecycle))


def _entry(
    contract: Contract, operation: Operation, lifecycle: Lifecycle, created: OperationExchange | None, call: Call
) -> _Watch | LifecycleResult:
    note = ""
    if not readers(contract, lifecycle):
        note = f"not watched: no operation shows the state of a {lifecycle.name} (its field: {lifecycle.field})"
    elif created is None:
        note = "not watched: no request of it has succeeded"
    else:
        exchange = _repeated(created, call)
        ways = list(reads(contract, exchange))
        if ways:
            return _Watch(exchange, lifecycle, exchange is not created, ways)
        note = "not watched: its answer names nothing that could be read"
    return LifecycleResult(operation.id, lifecycle.name, "", (), 0, ended=False, note=note)


def _repeated(exchange: OperationExchange, call: Call) -> OperationExchange:
    try:
        again = call(exchange.operation, exchange.request)
    except (BudgetSpent, requests.RequestException):
        return exchange
    return exchange if again.response_class.failed else again


def _read(one: _Watch, call: Call, seconds: float) -> None:
    way = one.ways[0]
    try:
        exchange = call(way.operation, way.request)
    except BudgetSpent:
        one.note = "the budget is spent"
        return
    except requests.RequestException as error:
        one.note = f"no answer: {type(error).__name__}"
        return
    outcome = exchange.response_class
    if outcome.answers("throttled") or outcome.answers("unavailable"):
        return
    one.reads += 1
    found = None if outcome.failed else sight(one.lifecycle, way, exchange.response)
    if found is None:
        if len(one.ways) > 1 and not one.seen:
            # Another read may show it.
            del one.ways[0]
        elif outcome.failed:
            one.note = f"can no longer be read: {outcome.name}"
        else:
            one.note = f"{way.operation.id} does not show {one.lifecycle.field}"
        return
    if one.rests:
        one.reads_at_rest += 1
    _take(one, found, seconds, exchange)


def _take(one: _Watch, found: Sight, seconds: float, exchange: OperationExchange) -> None:
    lifecycle = one.lifecycle
    # Whoever made the request that is watched may have done more to its task before.
    before = one.possible or frozenset({lifecycle.initial})
    alone = one.fresh or bool(one.possible)
    following = lifecycle.reachable(before, alone=alone) | lifecycle.reachable(one.asked_for, alone=True)
    possible = following & found.names
    if not one.seen or str(one.seen[-1].code) != str(found.code) or (one.possible and not one.possible & possible):
        one.seen.append(ObservedState(round(seconds, 2), found.code, _names(possible or found.names)))
    if not possible:
        one.violation = LifecycleViolation(_objection(one, before, found), exchange)
        return
    if possible & lifecycle.reachable(one.asked_for):
        one.asked_for = frozenset()
        one.reads_at_rest = 0
    one.possible = possible


def _objection(one: _Watch, before: frozenset[str], found: Sight) -> str:
    field_name, lifecycle = one.lifecycle.field, one.lifecycle
    if not found.names:
        return f"{field_name} is {found.code!r}, which the lifecycle {lifecycle.name} does not have"
    code = one.seen[-2].code if len(one.seen) > 1 else lifecycle.states[lifecycle.initial].code
    change = f"{field_name} went from {code!r} ({_names(before)}) to {found.code!r} ({_names(found.names)})"
    if one.ended:
        return f"{change}, although {_names(before)} is an end, and nothing was asked of it"
    if lifecycle.reachable(before) & found.names:
        return f"{change}, which takes an operation that was not asked for"
    return f"{change}, which no edges of the lifecycle {lifecycle.name} lead to"


def _end(contract: Contract, one: _Watch, call: Call) -> None:
    """Ask for the end of what does not end by itself, where that is free and along the declared edges."""
    for link in one.created.operation.links:
        operation = contract.operations[link.target]
        edges = [edge for edge in one.lifecycle.edges if edge.source in one.possible and edge.by == operation.id]
        if not _may_ask(one.lifecycle, operation, edges) or (operation.request_body is not None and link.body is None):
            continue
        request = follow(contract, link, one.created)
        if request is None:
            continue
        one.asked = operation.id
        try:
            exchange = call(operation, request)
        except (BudgetSpent, requests.RequestException):
            return
        if not exchange.response_class.failed:
            one.asked_for = frozenset(edge.target for edge in edges)
        return


def _may_ask(lifecycle: Lifecycle, operation: Operation, edges: list[Edge]) -> bool:
    role = operation.role.role if operation.role is not None else ""
    ends = bool(edges) and all(lifecycle.states[edge.target].terminal for edge in edges)
    return role in _ENDING and operation.cost == "free" and ends


def _names(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))


def _result(one: _Watch, seconds: float) -> LifecycleResult:
    note, violation = one.note, one.violation
    if not note and violation is None:
        if one.asked_for:
            note = f"{one.asked} was answered as a success, but {_names(one.possible)} stayed for {seconds:g} s"
        elif not one.rests:
            note = f"still on its way after {seconds:g} s"
        elif not one.ended:
            note = f"rests in {_names(one.possible)}, which is no end"
    return LifecycleResult(
        one.created.operation.id,
        one.lifecycle.name,
        one.ways[0].operation.id,
        tuple(one.seen),
        one.reads,
        one.ended,
        note,
        one.asked,
        violation,
    )

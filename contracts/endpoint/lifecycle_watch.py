"""Watches what was created: observed states move only along the declared edges, and a terminal state is final.

Every create that has succeeded is repeated, if the budget allows, so that its task is seen from its first state on;
else the task that exists is watched. All are polled in turn until their work has ended or the time is up. A task
that ends only on request (a live instance, an upload) is ended by its operation at the end, if that is free.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

import requests

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws import progress
from bodydouble.contracts.endpoint.laws.progress import Stay
from bodydouble.contracts.endpoint.laws.results import LawResult
from bodydouble.contracts.endpoint.report import LifecycleResult, LifecycleViolation, ObservedState
from bodydouble.contracts.endpoint.state_reader import (
    StateObservation,
    StateRequest,
    observe_state,
    readers,
    state_requests,
)
from bodydouble.contracts.endpoint.transport import BudgetSpent
from bodydouble.contracts.model.contract import Contract, Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law
from bodydouble.contracts.model.lifecycle import Edge, Lifecycle
from bodydouble.contracts.model.links import follow
from bodydouble.contracts.model.violation import short_json

# How often a state without an outgoing timed edge is read once more.
READS_AFTER_THE_END = 3
# The roles of operations that end a task.
_ENDING_ROLES = ("cancel", "confirm")
# Signs and sends a request; the exchange holds it as it was sent.
Call = Callable[[Operation, WireRequest], OperationExchange]


Outcome = LawViolation | LawResult


def _nothing(created: OperationExchange, states: frozenset[str]) -> list[LawViolation]:
    return []


@dataclass(frozen=True, slots=True)
class WatchLaws:
    """The laws that are tested while tasks are watched.

    Attributes:
        add: takes what was tested, and what is violated.
        pace: how many times faster than the vendor's the endpoint works; None if it is not known.
        probe: calls what must be rejected in the states that a task may be in, and returns what was not.
    """

    add: Callable[[Iterable[Outcome]], object]
    pace: float | None = None
    probe: Callable[[OperationExchange, frozenset[str]], Iterable[LawViolation]] = _nothing


@dataclass(slots=True)
class _Watch:
    """A task or resource that is being watched.

    Attributes:
        created: the create, with its response.
        is_new: whether it was created for the watch, so that nothing else has been done to it.
        candidates: requests that may show its state, the best first.
        began: when its create was called for the watch, by the monotonic clock.
        states: those that it was seen in.
        possible: the states that it may be in now; several, where the wire does not tell them apart.
        requested: the states that `ended_by` was called for, until one of them is seen.
        ended_by: the operation that was called to end it; empty for none.
        stay: how long it has been in the last state.
        since: when that was seen first.
        pace: at least so many times faster than the vendor's it has worked; None if it has not moved yet.
    """

    created: OperationExchange
    lifecycle: Lifecycle
    is_new: bool
    candidates: list[StateRequest]
    began: float
    states: list[ObservedState] = field(default_factory=list)
    possible: frozenset[str] = frozenset()
    requested: frozenset[str] = frozenset()
    ended_by: str = ""
    reads: int = 0
    reads_at_rest: int = 0
    note: str = ""
    violation: LifecycleViolation | None = None
    stay: Stay | None = None
    since: float = 0.0
    pace: float | None = None

    @property
    def ended(self) -> bool:
        return bool(self.possible) and all(self.lifecycle.states[name].terminal for name in self.possible)

    @property
    def rests(self) -> bool:
        """Whether no work goes on in the last state, so that it should not change by itself."""
        edges = (edge for edge in self.lifecycle.edges if edge.source in self.possible)
        return bool(self.possible) and not any(edge.after is not None and edge.paced for edge in edges)

    @property
    def is_over(self) -> bool:
        done = self.reads_at_rest >= READS_AFTER_THE_END and not self.requested
        return bool(self.note) or self.violation is not None or done

    @property
    def waits_for_an_end(self) -> bool:
        """Whether it would stay as it is, unless an operation is called that ends it."""
        rested = self.reads_at_rest == READS_AFTER_THE_END and self.violation is None
        return rested and not self.ended and not self.ended_by


def watch(
    contract: Contract,
    operations: Iterable[Operation],
    created: Mapping[str, OperationExchange],
    call: Call,
    seconds: float,
    interval: float,
    laws: WatchLaws | None = None,
) -> tuple[LifecycleResult, ...]:
    """Watch what was created.

    Args:
        operations: those whose creates should have been seen; what cannot be watched is named with the reason.
        created: by operationId, creates that have succeeded.
        call: signs and sends a request.
        seconds: how long in all.
        interval: seconds between two reads of the same task.
        laws: those that are tested on the way; None for none.
    """
    started = clock.monotonic()
    entries = [
        _entry(contract, operation, operation.role.lifecycle, created.get(operation.id), call)
        for operation in operations
        if operation.role is not None and operation.role.role == "create"
    ]
    watches = [entry for entry in entries if isinstance(entry, _Watch)]
    while not all(entry.is_over for entry in watches):
        _read_all(contract, watches, call, started)
        if laws is not None:
            _test(watches, laws)
        if clock.monotonic() - started + interval > seconds:
            break
        if not all(entry.is_over for entry in watches):
            clock.sleep(interval)
    results = tuple(_result(entry, seconds) if isinstance(entry, _Watch) else entry for entry in entries)
    if laws is not None:
        stays = {entry.created.operation.id: entry.stay for entry in watches}
        laws.add(_progress(contract, results, stays, _pace(watches, laws)))
    return results


def _test(watches: Iterable[_Watch], laws: WatchLaws) -> None:
    pace = _pace(watches, laws)
    for watch in watches:
        if watch.is_over or watch.stay is None:
            continue
        violations = list(laws.probe(watch.created, watch.possible)) if watch.stay.reads == 1 else []
        late = progress.stuck(watch.stay, pace) if pace is not None and not watch.rests else None
        violations += [late] if late is not None else []
        if violations:
            laws.add(violations)
            # Whatever follows would follow from this.
            watch.note = f"violates {violations[0].law.value}: {violations[0].message}"


def _pace(watches: Iterable[_Watch], laws: WatchLaws) -> float | None:
    if laws.pace is not None:
        return laws.pace
    return progress.measured_pace(watch.pace for watch in watches if watch.pace is not None)


def _progress(
    contract: Contract, results: Iterable[LifecycleResult], stays: Mapping[str, Stay | None], pace: float | None
) -> Iterator[LawResult]:
    for result in results:
        if contract.operations[result.operation].declares(Law.PROGRESS):
            yield progress.outcome(result.operation, stays.get(result.operation), result.note, pace)


def watchable(operation: Operation, contract: Contract) -> bool:
    """Whether an operation creates something whose state some operation shows."""
    role = operation.role
    return role is not None and is_create(operation) and bool(readers(contract, role.lifecycle))


def is_create(operation: Operation) -> bool:
    """Whether an operation creates something that has a lifecycle."""
    return operation.role is not None and operation.role.role == "create"


def _entry(
    contract: Contract, operation: Operation, lifecycle: Lifecycle, created: OperationExchange | None, call: Call
) -> _Watch | LifecycleResult:
    if not readers(contract, lifecycle):
        note = f"not watched: no operation shows the state of a {lifecycle.name} (its field: {lifecycle.field})"
    elif created is None:
        note = "not watched: no request to it has succeeded"
    else:
        began = clock.monotonic()
        exchange = _repeated(created, call)
        candidates = list(state_requests(contract, exchange))
        if candidates:
            return _Watch(exchange, lifecycle, exchange is not created, candidates, began)
        note = "not watched: its response names nothing that could be read"
    return LifecycleResult(operation.id, lifecycle.name, "", (), 0, ended=False, note=note)


def _repeated(exchange: OperationExchange, call: Call) -> OperationExchange:
    try:
        again = call(exchange.operation, exchange.request)
    except (BudgetSpent, requests.RequestException):
        return exchange
    return exchange if again.response_class.failed else again


def _read_all(contract: Contract, watches: Iterable[_Watch], call: Call, started: float) -> None:
    for watch in watches:
        if not watch.is_over:
            _read(watch, call, started)
        if watch.waits_for_an_end:
            _end(contract, watch, call)


def _read(watch: _Watch, call: Call, started: float) -> None:
    candidate = watch.candidates[0]
    seconds = clock.monotonic() - started
    try:
        exchange = call(candidate.operation, candidate.request)
    except BudgetSpent:
        watch.note = "the budget is spent"
        return
    except requests.RequestException as error:
        watch.note = f"no response: {type(error).__name__}"
        return
    response_class = exchange.response_class
    if response_class.reports("throttled") or response_class.reports("unavailable"):
        return
    watch.reads += 1
    observation = None if response_class.failed else observe_state(watch.lifecycle, candidate, exchange.response)
    if observation is None:
        _note_unseen(watch, exchange)
        return
    if watch.rests:
        watch.reads_at_rest += 1
    _record(watch, observation, seconds, exchange)


def _note_unseen(watch: _Watch, exchange: OperationExchange) -> None:
    if len(watch.candidates) > 1 and not watch.states:
        # Another request may show the state.
        del watch.candidates[0]
    elif exchange.response_class.failed:
        watch.note = f"can no longer be read: {exchange.response_class.name}"
    else:
        watch.note = f"{exchange.operation.id} does not show {watch.lifecycle.field}"


def _record(watch: _Watch, observation: StateObservation, seconds: float, exchange: OperationExchange) -> None:
    lifecycle = watch.lifecycle
    before = watch.possible or frozenset({lifecycle.initial})
    # If the task was not created for the watch, the client that created it may have done more to it before.
    alone = watch.is_new or bool(watch.possible)
    following = lifecycle.reachable(before, alone=alone) | lifecycle.reachable(watch.requested, alone=True)
    possible = following & observation.names
    if _is_change(watch, observation, possible):
        names = _joined(possible or observation.names)
        watch.states.append(ObservedState(round(seconds, 2), observation.code, names))
    if not possible:
        watch.violation = LifecycleViolation(_objection(watch, before, observation), exchange)
        return
    _note_stay(watch, possible, exchange)
    if possible & lifecycle.reachable(watch.requested):
        watch.requested = frozenset()
        watch.reads_at_rest = 0
    watch.possible = possible


def _note_stay(watch: _Watch, possible: frozenset[str], exchange: OperationExchange) -> None:
    now, before = clock.monotonic(), watch.stay
    if before is None or before.states != possible:
        watch.since = now
    reads = 1 if before is None or before.states != possible else before.reads + 1
    watch.stay = Stay(watch.created, watch.lifecycle, possible, now - watch.since, reads, exchange)
    if watch.is_new and not watch.ended_by:
        observed = progress.observed_pace(watch.lifecycle, possible, now - watch.began)
        watch.pace = max(filter(None, (watch.pace, observed)), default=None)


def _is_change(watch: _Watch, observation: StateObservation, possible: frozenset[str]) -> bool:
    if not watch.states or str(watch.states[-1].code) != str(observation.code):
        return True
    return bool(watch.possible) and watch.possible.isdisjoint(possible)


def _objection(watch: _Watch, before: frozenset[str], observation: StateObservation) -> str:
    name, lifecycle = watch.lifecycle.field, watch.lifecycle
    if observation.mismatch:
        return f"{observation.mismatch}, where {name} is {short_json(observation.code)}"
    if not observation.names:
        return f"{name} is {short_json(observation.code)}, which the lifecycle {lifecycle.name} does not have"
    code = watch.states[-2].code if len(watch.states) > 1 else lifecycle.states[lifecycle.initial].code
    after = f"{short_json(observation.code)} ({_joined(observation.names)})"
    change = f"{name} went from {short_json(code)} ({_joined(before)}) to {after}"
    if watch.ended:
        return f"{change}, although {_joined(before)} is terminal, and no operation was called"
    if lifecycle.reachable(before) & observation.names:
        return f"{change}, which takes an operation that was not called"
    return f"{change}, which no edges of the lifecycle {lifecycle.name} lead to"


def _end(contract: Contract, watch: _Watch, call: Call) -> None:
    """End what does not end by itself, where that is free and along the declared edges."""
    for link in watch.created.operation.links:
        operation = contract.operations[link.target]
        edges = [edge for edge in watch.lifecycle.edges if edge.source in watch.possible and edge.by == operation.id]
        if not _ends(watch.lifecycle, operation, edges) or (operation.request_body is not None and link.body is None):
            continue
        request = follow(contract, link, watch.created)
        if request is None:
            continue
        watch.ended_by = operation.id
        try:
            exchange = call(operation, request)
        except (BudgetSpent, requests.RequestException):
            return
        if not exchange.response_class.failed:
            watch.requested = frozenset(edge.target for edge in edges)
        return


def _ends(lifecycle: Lifecycle, operation: Operation, edges: list[Edge]) -> bool:
    role = operation.role.role if operation.role is not None else ""
    leads_to_ends = bool(edges) and all(lifecycle.states[edge.target].terminal for edge in edges)
    return role in _ENDING_ROLES and operation.cost == "free" and leads_to_ends


def _joined(names: Iterable[str]) -> str:
    return " or ".join(sorted(names))


def _result(watch: _Watch, seconds: float) -> LifecycleResult:
    return LifecycleResult(
        watch.created.operation.id,
        watch.lifecycle.name,
        watch.candidates[0].operation.id,
        tuple(watch.states),
        watch.reads,
        watch.ended,
        watch.note or _last_note(watch, seconds),
        watch.ended_by,
        watch.violation,
    )


def _last_note(watch: _Watch, seconds: float) -> str:
    if watch.violation is not None:
        return ""
    if watch.requested:
        return f"{watch.ended_by} succeeded, but the state stayed {_joined(watch.possible)} for {seconds:g} s"
    if not watch.rests:
        return f"still in progress after {seconds:g} s"
    return "" if watch.ended else f"rests in {_joined(watch.possible)}, which is not terminal"

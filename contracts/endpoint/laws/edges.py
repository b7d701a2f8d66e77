"""Operations that take edges of a lifecycle: refused where no edge leaves the state, accepted where one does."""

from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import requests

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.json_pointer import value_at
from bodydouble.contracts.endpoint.laws import progress
from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.laws.own_records import (
    as_record,
    fresh_or_known,
    lifecycle_of,
    own_records,
    read_state,
)
from bodydouble.contracts.endpoint.laws.record_requests import request_about, shown_record, unknown_id
from bodydouble.contracts.endpoint.laws.results import not_tested, was_tested
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OperationLaws
from bodydouble.contracts.model.lifecycle import Lifecycle

# How often the state is read until it shows what an operation has done.
_READS = 5
_MAX_RECORDS = 4
_NO_RECORD = "nothing of this run could be acted on"


@dataclass(frozen=True, slots=True)
class Attempt:
    """A call of an operation on a record, between two reads of its state.

    Attributes:
        before: the names of the states that the record may have been in; read, or known from what was done before.
        seen: the read that showed them; None if they are known otherwise.
        call: the call.
        after: the names of the states that a read has shown then; None if nothing shows them.
        seen_after: that read.
    """

    record: OwnRecord
    lifecycle: Lifecycle
    before: frozenset[str]
    seen: OperationExchange | None
    call: OperationExchange
    after: frozenset[str] | None
    seen_after: OperationExchange | None

    @property
    def exchanges(self) -> tuple[OperationExchange, ...]:
        """What shows it, in order; the create first."""
        steps = (self.record.created, self.seen, self.seen_after, self.call)
        return tuple(step for step in steps if step is not None)

    def allows(self, state: str) -> bool:
        """Whether an edge leaves a state by the operation."""
        operation, created = self.call.operation, self.record.created.operation.laws
        if created is not None and operation.id in created.inapplicable:
            return False
        return self.lifecycle.edge_by(state, operation.id) is not None

    def may_stay(self, state: str) -> bool:
        """Whether the operation may succeed in a state and leave it as it is."""
        laws = self.call.operation.laws
        if laws is None:
            return False
        targets = {edge.target for edge in self.lifecycle.edges if edge.by == self.call.operation.id}
        return state in laws.edges.stays or (laws.edges.may_stay and state in targets)

    @property
    def targets(self) -> frozenset[str]:
        """The states that the operation may have led to, and what follows by itself."""
        sources = self.lifecycle.reachable(self.before, alone=True)
        edges = (edge for edge in self.lifecycle.edges if edge.source in sources)
        taken = {edge.target for edge in edges if edge.by == self.call.operation.id}
        return self.lifecycle.reachable(taken, alone=True)

    @property
    def possible(self) -> frozenset[str]:
        """The states that the record may have been in when the operation was called."""
        forward = self.lifecycle.reachable(self.before, alone=True)
        if not self.after or forward.isdisjoint(self.after):
            return forward
        return frozenset(
            state for state in forward if not self.lifecycle.reachable([state], alone=True).isdisjoint(self.after)
        )


def attempt(
    context: LawContext, operation: Operation, record: OwnRecord, known: frozenset[str] | None = None
) -> Attempt | None:
    """Call an operation on a record; None if no request to it can be made, or its state is not known.

    Args:
        known: the states that it may be in; None for reading them first.

    Raises:
        BudgetSpent: the operation is metered, and the budget is spent.
        requests.RequestException: there was no response.
    """
    laws, lifecycle = operation.laws, lifecycle_of(context, record)
    if laws is None or laws.target is None or lifecycle is None:
        return None
    request = request_about(context, operation, laws.target, record, _target_ids(context, laws, record))
    read = read_state(context, record) if known is None and request is not None else None
    before = known if known is not None else read.names if read is not None else frozenset()
    if request is None or not before:
        return None
    call = context.call(operation, request)
    after = read_state(context, record)
    return Attempt(
        record,
        lifecycle,
        before,
        None if read is None else read.exchange,
        call,
        None if after is None else after.names,
        None if after is None else after.exchange,
    )


def states_of(context: LawContext, record: OwnRecord) -> frozenset[str]:
    """The states that a record may be in, as a read shows them now; empty if nothing shows them."""
    read = read_state(context, record)
    return frozenset() if read is None else read.names


def objections(context: LawContext, tried: Attempt) -> Iterator[LawViolation]:
    """What an attempt violates."""
    call, possible = tried.call, tried.possible
    laws = call.operation.laws
    if laws is None:
        return
    states = " or ".join(f'"{name}"' for name in sorted(tried.before))
    if call.rejected:
        if laws.edges.may_refuse is None and possible and all(map(tried.allows, possible)):
            message = f"is rejected in the state {states} as {call.response_class.name!r}, although an edge leaves it"
            yield _violation(tried, message)
        elif tried.after and tried.lifecycle.reachable(tried.before, alone=True).isdisjoint(tried.after):
            yield _violation(
                tried, f"is rejected in the state {states}, and yet the state becomes {_names(tried.after)}"
            )
    elif not any(tried.allows(state) or tried.may_stay(state) for state in possible):
        yield _violation(tried, f"succeeds in the state {states}, which no edge leaves by it")
    elif tried.after is not None:
        yield from _unmoved(context, tried, states)


def _unmoved(context: LawContext, tried: Attempt, states: str) -> Iterator[LawViolation]:
    after = tried.after or frozenset()
    for _ in range(_READS):
        if not after.isdisjoint(tried.targets) or any(map(tried.may_stay, tried.possible)):
            return
        clock.sleep(context.options.poll_interval)
        again = read_state(context, tried.record)
        after = again.names if again is not None else after
    yield _violation(tried, f"succeeds in the state {states}, but afterwards the state is {_names(after)}")


def _stays(context: LawContext, tried: Attempt) -> Iterator[LawViolation]:
    """Follow the work that goes on after an attempt, where no create has begun it, so that nothing else watches it."""
    laws, pace = tried.call.operation.laws, context.options.pace
    watched = laws is None or any(context.of_resource(laws.resource, "create"))
    if watched or pace is None or not tried.after:
        return
    allowed = progress.limit(tried.lifecycle, tried.after, pace)
    if allowed is None or allowed > context.options.poll:
        return
    began, reads, states = clock.monotonic(), 0, tried.after
    while clock.monotonic() - began < allowed or reads < progress.MIN_READS:
        clock.sleep(context.options.poll_interval)
        read = read_state(context, tried.record)
        if read is None or read.names.isdisjoint(states):
            return
        reads += 1
    yield _violation(tried, f"is called, and the state is still {_names(states)} after {allowed:.1f} s")


def _violation(tried: Attempt, message: str) -> LawViolation:
    return LawViolation(Law.EDGES, tried.call.operation.id, message, tried.exchanges)


def _names(states: Iterable[str]) -> str:
    return " or ".join(f'"{name}"' for name in sorted(states)) or '"unknown"'


def check_early(context: LawContext, operation: Operation) -> Outcomes:
    """Call an operation in the first state, twice, where an edge leaves it; else in the state that there is."""
    laws = operation.laws
    if laws is None or laws.target is None:
        return
    yield from _unknown(context, operation)
    for record, known in _subjects(context, operation, laws):
        first = attempt(context, operation, record, known)
        if first is None:
            continue
        yield was_tested(operation.id, Law.EDGES)
        yield from objections(context, first)
        yield from _stays(context, first)
        if first.call.rejected or first.call.operation is not operation:
            continue
        again = attempt(context, operation, record, None if first.after is not None else first.targets)
        if again is not None:
            yield from objections(context, again)


def _subjects(
    context: LawContext, operation: Operation, laws: OperationLaws
) -> Iterator[tuple[OwnRecord, frozenset[str] | None]]:
    for create, create_laws in context.of_resource(laws.resource, "create"):
        role = create.role
        if role is None or create_laws.created is None or create is operation:
            continue
        lifecycle = role.lifecycle
        if lifecycle.edge_by(lifecycle.initial, operation.id) and operation.id not in create_laws.inapplicable:
            records, is_new = fresh_or_known(context, create, 1)
            yield from ((record, frozenset({lifecycle.initial}) if is_new else None) for record in records)
            return
    yield from ((record, None) for record in own_records(context, laws.resource)[-1:])


def probe_working(context: LawContext, created: OperationExchange, states: frozenset[str]) -> list[LawViolation]:
    """Call what must be rejected in the states that a created task may be in now, and in all that follow by themselves.

    Each violation was seen twice. Without a response, or beyond the budget, there is none.
    """
    record = as_record(created)
    lifecycle = lifecycle_of(context, record) if record is not None else None
    if record is None or lifecycle is None:
        return []
    following = lifecycle.reachable(states, alone=True)
    violations: list[LawViolation] = []
    for operation, laws in context.of_resource(record.resource, "act", "update", "delete"):
        acts = operation.id in context.operations and operation.cost == "free" and Law.EDGES in laws.declared
        if acts and not any(lifecycle.edge_by(state, operation.id) for state in following):
            with suppress(requests.RequestException):
                violations += _seen_twice(context, operation, record, states)
    return violations


def _seen_twice(
    context: LawContext, operation: Operation, record: OwnRecord, states: frozenset[str]
) -> list[LawViolation]:
    first = attempt(context, operation, record, states)
    suspected = [] if first is None else list(objections(context, first))
    again = attempt(context, operation, record) if suspected else None
    return suspected if again is not None and any(objections(context, again)) else []


def check_late(context: LawContext, operation: Operation) -> Outcomes:
    """Call an operation on what has ended, or rests, or goes on: in whatever state it is."""
    laws = operation.laws
    if laws is None or laws.target is None:
        return
    records = _latest_of_each_create(own_records(context, laws.resource))
    for record in records[:_MAX_RECORDS]:
        tried = attempt(context, operation, record)
        if tried is not None:
            yield was_tested(operation.id, Law.EDGES)
            yield from objections(context, tried)
            yield from _stays(context, tried)
    if not records:
        yield not_tested(operation.id, Law.EDGES, _NO_RECORD)


def _latest_of_each_create(records: list[OwnRecord]) -> list[OwnRecord]:
    """The records, in an order in which those of different creates take turns, the latest first."""
    by_create: dict[str, list[OwnRecord]] = {}
    for record in reversed(records):
        by_create.setdefault(record.created.operation.id, []).append(record)
    turns = max(map(len, by_create.values()), default=0)
    return [of_create[turn] for turn in range(turns) for of_create in by_create.values() if turn < len(of_create)]


def _unknown(context: LawContext, operation: Operation) -> Outcomes:
    laws = operation.laws
    records = own_records(context, laws.resource) if laws is not None else []
    if laws is None or laws.target is None or not records:
        return
    exchange = call_unknown(context, operation, laws, records[-1])
    if exchange is not None:
        yield was_tested(operation.id, Law.EDGES)
        if not exchange.rejected:
            yield LawViolation(Law.EDGES, operation.id, "succeeds for an identifier that nothing has", (exchange,))


def call_unknown(
    context: LawContext, operation: Operation, laws: OperationLaws, record: OwnRecord
) -> OperationExchange | None:
    """Call an operation for an identifier that nothing has; None if that cannot be made sure of.

    Raises:
        BudgetSpent: the operation is metered, and the budget is spent.
        requests.RequestException: there was no response.
    """
    known = [*(_target_ids(context, laws, record) or ()), record.id][0]
    identifier = unknown_id(str(known))
    for read, read_laws in context.of_resource(laws.resource, "read"):
        if read_laws.records is None or read_laws.records.asked is None or laws.target_id is not None:
            continue
        request = request_about(context, read, read_laws.records.asked, record, [identifier])
        if request is not None and shown_record(context.call(read, request), identifier) is not None:
            # Somebody else's.
            return None
    request = request_about(context, operation, laws.target or "", record, [identifier])
    return None if request is None else context.call(operation, request)


def _target_ids(context: LawContext, laws: OperationLaws, record: OwnRecord) -> list[Any] | None:
    """The identifiers by which an operation means a record; None for the one by which it is read."""
    if laws.target_id is None:
        return None
    for read, read_laws in context.of_resource(record.resource, "read"):
        if read_laws.records is None or read_laws.records.asked is None:
            continue
        request = request_about(context, read, read_laws.records.asked, record)
        shown = shown_record(context.call(read, request), record.id) if request is not None else None
        value = None if shown is None else value_at(shown, laws.target_id)
        if value is not None:
            return [value]
    return None


EDGES_EARLY = ActiveLaw(frozenset({Law.EDGES}), check_early)
EDGES_LATE = ActiveLaw(frozenset({Law.EDGES}), check_late, after_watch=True)

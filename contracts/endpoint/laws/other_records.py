"""Records of another resource that a create makes, or removes, under identifiers that its caller chooses."""

from collections.abc import Iterator
from dataclasses import replace

from bodydouble.contracts.core import clock
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.laws.kept_values import new_variant
from bodydouble.contracts.endpoint.laws.own_records import (
    as_record,
    create_request,
    lifecycle_of,
    read_state,
)
from bodydouble.contracts.endpoint.laws.record_requests import is_valid, read_request
from bodydouble.contracts.endpoint.laws.results import was_tested
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OtherRecords
from bodydouble.contracts.model.record_ids import shown_ids
from bodydouble.contracts.model.request_changes import parsed

# Servers refuse long request lines.
_MAX_LENGTH = 100


def check_made(context: LawContext, operation: Operation) -> Outcomes:
    """Make something under a new identifier, and read it."""
    others = _others(operation)
    creation = None if others is None or others.removed_in is not None else _made(context, operation, others)
    if creation is None or others is None:
        return
    for exchange in _reads(context, others, *creation):
        yield was_tested(operation.id, Law.CREATED_SHOWN)
        if creation[1] not in shown_ids(exchange):
            message = f"has made {creation[1]!r}, and {exchange.operation.id} does not show it"
            yield LawViolation(Law.CREATED_SHOWN, operation.id, message, (creation[0].created, exchange))


def check_removed(context: LawContext, operation: Operation) -> Outcomes:
    """Remove what the run has made under a new identifier, wait until that is done, and read it."""
    others = _others(operation)
    if others is None or others.removed_in is None:
        return
    creation = _removable(context, others)
    if creation is None or not any(creation[1] in shown_ids(read) for read in _reads(context, others, *creation)):
        return
    removal = _naming(context, operation, others, creation[1])
    record = None if removal is None else _created(context, operation, removal)
    if record is None or not _comes_to(context, record, {others.removed_in}):
        return
    for exchange in _reads(context, others, *creation):
        yield was_tested(operation.id, Law.CREATED_SHOWN)
        if creation[1] in shown_ids(exchange):
            message = f"has removed {creation[1]!r}, and {exchange.operation.id} still shows it"
            yield LawViolation(
                Law.CREATED_SHOWN, operation.id, message, (creation[0].created, record.created, exchange)
            )


def _others(operation: Operation) -> OtherRecords | None:
    return None if operation.laws is None else operation.laws.others


def _made(context: LawContext, operation: Operation, others: OtherRecords) -> tuple[OwnRecord, str] | None:
    """A new record of a create, with the new identifier under which it has made another one."""
    identifier = f"made-{new_variant(context.chance)}"
    request = _naming(context, operation, others, identifier)
    record = None if request is None else _created(context, operation, request)
    return None if record is None else (record, identifier)


def _naming(context: LawContext, operation: Operation, others: OtherRecords, identifier: str) -> WireRequest | None:
    """A request of a create for one identifier; None if none can be made."""
    request = create_request(context, operation)
    content = None if request is None else parsed(operation, request)
    named = () if content is None else others.ids_of(content)
    if request is None or not named or not named[0].isascii() or len(named[0]) > _MAX_LENGTH:
        return None
    # As bytes, since it may stand inside JSON text.
    changed = replace(request, body=request.body.replace(named[0].encode(), identifier.encode()))
    content = parsed(operation, changed)
    is_named = content is not None and identifier in others.ids_of(content)
    return changed if is_named and is_valid(operation, changed) else None


def _created(context: LawContext, operation: Operation, request: WireRequest) -> OwnRecord | None:
    if operation.id not in context.operations or not context.affords(operation.id, 1):
        return None
    exchange = context.call(operation, request)
    return None if exchange.rejected else as_record(exchange)


def _removable(context: LawContext, others: OtherRecords) -> tuple[OwnRecord, str] | None:
    """What the run has made and is done with, and the work that has made it."""
    for making in context.operations.values():
        own = _others(making)
        if own is None or own.resource != others.resource or own.removed_in is not None:
            continue
        creation = _made(context, making, own)
        lifecycle = None if creation is None else lifecycle_of(context, creation[0])
        if creation is not None and lifecycle is not None:
            ends = {name for name in lifecycle.states if lifecycle.ends_work(name)}
            return creation if _comes_to(context, creation[0], ends) else None
    return None


def _comes_to(context: LawContext, record: OwnRecord, states: set[str]) -> bool:
    """Whether a record is in one of some states before the time for watching is over."""
    end = clock.monotonic() + (context.options.poll or 0)
    while True:
        read = read_state(context, record)
        if read is None or (read.names and read.names <= states):
            return read is not None
        if clock.monotonic() > end:
            return False
        clock.sleep(context.options.poll_interval)


def _reads(
    context: LawContext, others: OtherRecords, record: OwnRecord, identifier: str
) -> Iterator[OperationExchange]:
    subject = OwnRecord(others.resource, identifier, record.created)
    for read, laws in context.of_resource(others.resource, "read"):
        request = read_request(context, read, laws, subject)
        exchange = None if request is None else context.call(read, request)
        if exchange is not None and not exchange.response_class.failed:
            yield exchange


NAMED = ActiveLaw(frozenset({Law.CREATED_SHOWN}), check_made)
REMOVED = ActiveLaw(frozenset({Law.CREATED_SHOWN}), check_removed, after_watch=True)

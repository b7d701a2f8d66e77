"""What is deleted is gone: nothing shows it or acts on it any more, and the others are still there."""

from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.laws.edges import call_unknown, states_of
from bodydouble.contracts.endpoint.laws.own_records import fresh_or_known, lifecycle_of, two_records, unique
from bodydouble.contracts.endpoint.laws.record_requests import (
    list_request,
    pages,
    read_record,
    read_request,
    request_about,
    shown_record,
)
from bodydouble.contracts.endpoint.laws.results import not_tested, was_tested
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, Record

_MAX_TRIES = 3
_NOT_FOUND = 404


def check_deleted(context: LawContext, operation: Operation) -> Outcomes:
    """Delete one of two own records, and look for both."""
    laws = operation.laws
    if laws is None or laws.target is None:
        return
    records = _ended_first(context, unique(two_records(context, laws.resource)))
    if not records:
        yield not_tested(operation.id, Law.DELETED_GONE, "there is no own record to delete")
        return
    yield from _unknown(context, operation, records[0])
    for record in records[:_MAX_TRIES]:
        request = request_about(context, operation, laws.target, record)
        before = read_record(context, record)
        deletion = None if request is None else context.call(operation, request)
        if deletion is not None and not deletion.rejected:
            other = next((entry for entry in records if entry is not record), None)
            yield from _gone(context, deletion, record, None if before is None else before[0])
            yield from _again(context, deletion, record)
            yield from _others(context, deletion, other)
            return
    yield not_tested(operation.id, Law.DELETED_GONE, "no own record could be deleted: each request was rejected")


def check_deleted_early(context: LawContext, operation: Operation) -> Outcomes:
    """Delete what was created just now, while work goes on in it; if that succeeds, it is gone.

    Another record is created afterwards, so that what was created last is still there.
    """
    laws = operation.laws
    if laws is None or laws.target is None or Law.EDGES in laws.declared:
        return
    for creating, _ in context.of_resource(laws.resource, "create"):
        if (
            creating.id not in context.operations
            or not _begins_with_work(creating)
            or not _affords_two(context, creating)
        ):
            continue
        records, are_new = fresh_or_known(context, creating, 1)
        request = request_about(context, operation, laws.target, records[0]) if records and are_new else None
        if request is None:
            continue
        deletion = context.call(operation, request)
        if not deletion.rejected:
            yield from _gone(context, deletion, records[0], None)
        # Not before: it may get the same identifier.
        fresh_or_known(context, creating, 1)
        return


def _begins_with_work(creating: Operation) -> bool:
    role = creating.role
    return role is not None and not role.lifecycle.ends_work(role.lifecycle.initial)


def _affords_two(context: LawContext, creating: Operation) -> bool:
    """Whether two more can be created, and one of each create for the watch."""
    metered = [operation for operation in context.operations.values() if operation.cost == "metered"]
    return creating.cost == "free" or context.affords(creating.id, 2 + len(metered))


def _ended_first(context: LawContext, records: list[OwnRecord]) -> list[OwnRecord]:
    """The latest first, but those on which work goes on last: it may be that they cannot be deleted yet."""
    latest = records[::-1][: 2 * _MAX_TRIES]
    return sorted(latest, key=lambda record: not _has_ended(context, record))


def _has_ended(context: LawContext, record: OwnRecord) -> bool:
    lifecycle = lifecycle_of(context, record)
    if lifecycle is None:
        return True
    states = states_of(context, record)
    return bool(states) and all(lifecycle.ends_work(state) for state in states)


def _gone(context: LawContext, deletion: OperationExchange, record: OwnRecord, before: Record | None) -> Outcomes:
    count = 0
    for read, laws in context.of_resource(record.resource, "read"):
        request = read_request(context, read, laws, record)
        if request is not None:
            count += 1
            exchange = context.call(read, request)
            if shown_record(exchange, record.id) is not None:
                yield _violation(deletion, f"{read.id} still shows what was deleted", exchange)
    for listing, laws in context.of_resource(record.resource, "list"):
        request = list_request(context, listing, laws, record, before)
        for page in () if request is None else pages(context, listing, laws, request):
            count += 1
            if shown_record(page, record.id) is not None:
                yield _violation(deletion, f"{listing.id} still lists what was deleted", page)
                break
    if count:
        yield was_tested(deletion.operation.id, Law.DELETED_GONE, count)


def _again(context: LawContext, deletion: OperationExchange, record: OwnRecord) -> Outcomes:
    """What has no record to act on is rejected, if the contract has an error case for that."""
    resource, deleted = record.resource, deletion.operation
    for operation, laws in context.of_resource(resource, "delete", "update", "act"):
        is_known = operation.id in context.operations and _knows_unknown(operation)
        if not is_known or laws.target is None or not context.affords(operation.id, 1) or operation.cost == "metered":
            continue
        request = request_about(context, operation, laws.target, record)
        exchange = None if request is None else context.call(operation, request)
        if exchange is not None and not exchange.rejected:
            words = "succeeds again" if operation is deleted else f"{operation.id} succeeds"
            yield _violation(deletion, f"{words} for what was deleted", exchange)


def _others(context: LawContext, deletion: OperationExchange, other: OwnRecord | None) -> Outcomes:
    """Another record is still there."""
    if other is None:
        return
    for read, laws in context.of_resource(other.resource, "read"):
        request = read_request(context, read, laws, other)
        exchange = None if request is None else context.call(read, request)
        if exchange is not None and shown_record(exchange, other.id) is None:
            yield _violation(deletion, f"{read.id} no longer shows another record, which was not deleted", exchange)


def _unknown(context: LawContext, operation: Operation, record: OwnRecord) -> Outcomes:
    laws = operation.laws
    if laws is None or Law.EDGES in laws.declared or not _knows_unknown(operation):
        return
    exchange = call_unknown(context, operation, laws, record)
    if exchange is not None and not exchange.rejected:
        message = "succeeds for an identifier that nothing has"
        yield LawViolation(Law.DELETED_GONE, operation.id, message, (exchange,))


def _knows_unknown(operation: Operation) -> bool:
    """Whether an operation has an error case for an identifier that nothing has."""
    return any(
        case.status == _NOT_FOUND or case.name.lower().endswith(("notfound", "unknown", "notbound"))
        for case in operation.errors
    )


def _violation(deletion: OperationExchange, message: str, exchange: OperationExchange) -> LawViolation:
    return LawViolation(Law.DELETED_GONE, deletion.operation.id, message, (deletion, exchange))


DELETED_EARLY = ActiveLaw(frozenset({Law.DELETED_GONE}), check_deleted_early)
DELETED = ActiveLaw(frozenset({Law.DELETED_GONE}), check_deleted, after_watch=True)

"""What an update was given is shown by reads afterwards, and no other record has changed."""

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.laws.kept_values import kept_part, lost_values, new_variant, varied
from bodydouble.contracts.endpoint.laws.own_records import two_records, unique
from bodydouble.contracts.endpoint.laws.record_requests import (
    list_request,
    pages,
    read_record,
    request_about,
    shown_record,
)
from bodydouble.contracts.endpoint.laws.results import not_tested, was_tested
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, Record

# A record may be in a state in which it cannot be updated.
_MAX_TRIES = 3


def check_updated(context: LawContext, operation: Operation) -> Outcomes:
    """Update one of two own records with other values, and read both."""
    laws = operation.laws
    if laws is None or laws.role != "update" or laws.target is None:
        return
    records = unique(reversed(two_records(context, laws.resource)))
    for record in records[:_MAX_TRIES]:
        other = next((entry for entry in records if entry is not record), None)
        before = None if other is None else read_record(context, other)
        request = _update_request(context, operation, laws.target, record)
        update = None if request is None else context.call(operation, request)
        if update is not None and not update.rejected:
            yield from _kept(context, update, record)
            yield from _untouched(context, update, other, before)
            return
    reason = "each update of an own record was rejected" if records else "there is no own record to update"
    yield not_tested(operation.id, Law.VALUES_KEPT, reason)


def _update_request(context: LawContext, operation: Operation, target: str, record: OwnRecord) -> WireRequest | None:
    request = request_about(context, operation, target, record)
    return None if request is None else varied(operation, request, new_variant(context.chance))


def _kept(context: LawContext, update: OperationExchange, record: OwnRecord) -> Outcomes:
    after = read_record(context, record)
    if after is None:
        yield not_tested(update.operation.id, Law.VALUES_KEPT, "no read shows the record")
        return
    yield was_tested(update.operation.id, Law.VALUES_KEPT)
    for message in lost_values(update, after[0]):
        yield _violation(update, f"{after[1].operation.id}: {message}", after[1])
    for listing, laws in context.of_resource(record.resource, "list"):
        request = list_request(context, listing, laws, record, after[0])
        for page in () if request is None else pages(context, listing, laws, request):
            shown = shown_record(page, record.id)
            for message in () if shown is None else lost_values(update, shown):
                yield _violation(update, f"{listing.id}: {message}", page)
            if shown is not None:
                break


def _untouched(
    context: LawContext,
    update: OperationExchange,
    other: OwnRecord | None,
    before: tuple[Record, OperationExchange] | None,
) -> Outcomes:
    after = None if other is None or before is None else read_record(context, other)
    if after is None or before is None:
        return
    were, are = kept_part(update, before[0]), kept_part(update, after[0])
    # Something else may change the other record at the same time, but not to what this update was given.
    lost = [message.partition(" is ")[0] for message in lost_values(update, after[0])]
    for place, value in are.items():
        if place in were and were[place] != value and place not in lost:
            yield _violation(update, f"changes {place} of another record, too", after[1])


def _violation(update: OperationExchange, message: str, exchange: OperationExchange) -> LawViolation:
    return LawViolation(Law.VALUES_KEPT, update.operation.id, message, (update, exchange))


UPDATED = ActiveLaw(frozenset({Law.VALUES_KEPT}), check_updated, after_watch=True)

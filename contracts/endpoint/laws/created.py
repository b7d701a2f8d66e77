"""What was created is shown, by its identifier and in lists, with the values that it was given, and under a new one."""

from collections.abc import Generator, Sequence

from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.laws.kept_values import lost_values
from bodydouble.contracts.endpoint.laws.own_records import fresh_or_known, own_records, read_state
from bodydouble.contracts.endpoint.laws.record_requests import (
    is_full,
    list_request,
    pages,
    records_of,
    request_about,
    shown_record,
    unknown_id,
)
from bodydouble.contracts.endpoint.laws.results import LawResult, not_tested, was_tested
from bodydouble.contracts.model import record_ids as ids
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.filters import selects
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OperationLaws, Record

# Two, so that a read which shows the wrong one is noticed.
_COUNT = 2
_NOTHING_CREATED = "nothing was created: no request succeeded, or the budget is spent"


def check_created(context: LawContext, operation: Operation) -> Outcomes:
    """Create two records; read each by its identifier at once, and look for both in the lists."""
    laws = operation.laws
    before = {record.id for record in own_records(context, laws.resource)} if laws is not None else set()
    records, are_new = fresh_or_known(context, operation, _COUNT)
    if laws is None or not records:
        for law in (Law.CREATED_SHOWN, Law.UNIQUE_IDS, Law.VALUES_KEPT):
            if laws is not None and law in laws.declared:
                yield not_tested(operation.id, law, _NOTHING_CREATED)
        return
    if are_new and Law.UNIQUE_IDS in laws.declared:
        yield was_tested(operation.id, Law.UNIQUE_IDS, len(records))
        yield from _repeated_ids(records, before)
    if Law.CREATED_SHOWN in laws.declared:
        yield from _shown(context, operation, records)


def _repeated_ids(records: Sequence[OwnRecord], before: set[str]) -> Outcomes:
    known = dict.fromkeys(before)
    for index, record in enumerate(records):
        if record.id in known or record.id in {earlier.id for earlier in records[:index]}:
            message = f"gives the identifier {record.id!r}, which another record has"
            others = [earlier.created for earlier in records[:index]]
            yield LawViolation(Law.UNIQUE_IDS, record.created.operation.id, message, (*others, record.created))


def _shown(context: LawContext, operation: Operation, records: Sequence[OwnRecord]) -> Outcomes:
    count = 0
    by_id: dict[str, Record] = {}
    for read, laws in context.of_resource(records[0].resource, "read"):
        for record in records:
            exchange = _read(context, read, laws, record)
            if exchange is not None:
                count += 1
                by_id.update({record.id: shown} if (shown := shown_record(exchange, record.id)) is not None else {})
                yield from _evaluated(context, operation, record, exchange)
        yield from _nobody_else(context, read, laws, records[0])
    for listing, _ in context.of_resource(records[0].resource, "list"):
        for record in records:
            looked = yield from _listed(context, operation, record, listing, by_id.get(record.id))
            count += looked
    if count:
        yield was_tested(operation.id, Law.CREATED_SHOWN, count)
    else:
        yield not_tested(operation.id, Law.CREATED_SHOWN, "no valid request to a read or list of it could be made")


def _read(context: LawContext, read: Operation, laws: OperationLaws, record: OwnRecord) -> OperationExchange | None:
    if laws.records is None or laws.records.asked is None:
        return None
    request = request_about(context, read, laws.records.asked, record)
    return None if request is None else context.call(read, request)


def _evaluated(context: LawContext, operation: Operation, record: OwnRecord, exchange: OperationExchange) -> Outcomes:
    shown = shown_record(exchange, record.id)
    if shown is None:
        said = exchange.response_class.name if exchange.response_class.failed else "a success without it"
        message = f"created {record.id!r}, and {exchange.operation.id} does not show it: {said}"
        yield LawViolation(Law.CREATED_SHOWN, operation.id, message, (record.created, exchange))
        return
    yield from _kept(context, operation, record, exchange, shown)


def _kept(
    context: LawContext, operation: Operation, record: OwnRecord, exchange: OperationExchange, shown: Record
) -> Outcomes:
    laws = operation.laws
    if laws is None or Law.VALUES_KEPT not in laws.declared or _was_updated(context, record):
        return
    yield was_tested(operation.id, Law.VALUES_KEPT)
    for message in lost_values(record.created, shown):
        yield LawViolation(
            Law.VALUES_KEPT, operation.id, f"{exchange.operation.id}: {message}", (record.created, exchange)
        )


def _was_updated(context: LawContext, record: OwnRecord) -> bool:
    """Whether the run has changed a record since it created it, for instance along a link."""
    for update, _ in context.of_resource(record.resource, "update"):
        if any(record.id in ids.target_ids(exchange) for exchange in context.successes(update)):
            return True
    return False


def _nobody_else(context: LawContext, read: Operation, laws: OperationLaws, record: OwnRecord) -> Outcomes:
    """An identifier that nobody was given shows no record."""
    if Law.IDENTITY not in laws.declared or laws.records is None or laws.records.asked is None:
        return
    identifier = unknown_id(record.id)
    request = request_about(context, read, laws.records.asked, record, [identifier])
    if request is None:
        return
    exchange = context.call(read, request)
    if records_of(exchange):
        message = f"shows a record for the identifier {identifier!r}, which nothing has"
        yield LawViolation(Law.IDENTITY, read.id, message, (exchange,))


def _listed(
    context: LawContext, operation: Operation, record: OwnRecord, listing: Operation, known: Record | None
) -> Generator[LawViolation | LawResult, None, int]:
    """Look for a record in a list, page by page; returns how many lists could be asked."""
    laws = listing.laws
    request = None if laws is None else list_request(context, listing, laws, record, known)
    if laws is None or laws.records is None or request is None:
        return 0
    walked: list[OperationExchange] = []
    for page in pages(context, listing, laws, request):
        walked.append(page)
        shown = shown_record(page, record.id)
        if shown is not None:
            yield from _kept(context, operation, record, page, shown)
            return 1
    ended = walked and not walked[-1].response_class.failed and not is_full(walked[-1])
    if ended and _would_select(context, record, walked[0], laws):
        message = f"created {record.id!r}, and {listing.id} does not list it on {len(walked)} pages"
        yield LawViolation(Law.CREATED_SHOWN, operation.id, message, (record.created, walked[-1]))
    return 1


def _would_select(context: LawContext, record: OwnRecord, page: OperationExchange, laws: OperationLaws) -> bool:
    """Whether a list that does not show a record should: it was walked to its end, and selects such records."""
    content = page.parsed
    if content is None or not (laws.filters or laws.unlisted):
        return content is not None
    for read, read_laws in context.of_resource(record.resource, "read"):
        exchange = _read(context, read, read_laws, record)
        shown = None if exchange is None else shown_record(exchange, record.id)
        if shown is not None and selects(laws.filters, content, shown):
            read_now = read_state(context, record) if laws.unlisted else None
            return read_now is None or read_now.names.isdisjoint(laws.unlisted)
    return not laws.filters and not laws.unlisted


CREATED = ActiveLaw(frozenset({Law.CREATED_SHOWN, Law.UNIQUE_IDS}), check_created)

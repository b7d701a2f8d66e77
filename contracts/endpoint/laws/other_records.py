"""Records of another resource that a create has made, or removed, under identifiers that its caller chose."""

from collections.abc import Iterator, Sequence

from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.laws.own_records import own_records, read_state
from bodydouble.contracts.endpoint.laws.record_requests import request_about
from bodydouble.contracts.endpoint.laws.results import LawResult, was_tested
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OtherRecords
from bodydouble.contracts.model.record_ids import shown_ids

_MAX_RECORDS = 3
# Servers refuse long request lines.
_MAX_IDS, _MAX_LENGTH = 5, 100
_Outcomes = Iterator[LawViolation | LawResult]


def check_other_records(context: LawContext, operation: Operation) -> _Outcomes:
    """Read what the latest creates have made or removed of another resource."""
    laws = operation.laws
    others = None if laws is None else laws.others
    if laws is None or others is None:
        return
    records = [record for record in own_records(context, laws.resource) if record.created.operation is operation]
    for record in records[: -1 - _MAX_RECORDS : -1]:
        identifiers = _settled(context, record, others)
        if identifiers and _is_done(context, record, others):
            yield from _compared(context, record, others, identifiers)


def _settled(context: LawContext, record: OwnRecord, others: OtherRecords) -> list[str]:
    """The identifiers that no other request of the run has made or removed."""
    request = record.created.parsed
    identifiers = () if request is None else others.ids_of(request)
    short = [identifier for identifier in identifiers if len(identifier) <= _MAX_LENGTH][:_MAX_IDS]
    return [identifier for identifier in short if not _is_named_elsewhere(context, record, identifier)]


def _is_named_elsewhere(context: LawContext, record: OwnRecord, identifier: str) -> bool:
    name = identifier.encode()
    for exchange in context.exchanges:
        laws = exchange.operation.laws
        is_same_kind = exchange.operation is record.created.operation
        reads = laws is not None and laws.role in ("read", "list")
        if not reads and not is_same_kind and name in exchange.request.body:
            return True
    return False


def _is_done(context: LawContext, record: OwnRecord, others: OtherRecords) -> bool:
    if others.removed_in is None:
        return True
    read = read_state(context, record)
    return read is not None and read.names == {others.removed_in}


def _compared(context: LawContext, record: OwnRecord, others: OtherRecords, identifiers: Sequence[str]) -> _Outcomes:
    creating = record.created.operation
    for read, laws in context.of_resource(others.resource, "read"):
        asked = laws.records.asked if laws.records is not None else None
        subject = OwnRecord(others.resource, identifiers[0], record.created)
        request = None if asked is None else request_about(context, read, asked, subject, identifiers)
        exchange = None if request is None else context.call(read, request)
        if exchange is None or exchange.response_class.failed:
            continue
        yield was_tested(creating.id, Law.CREATED_SHOWN)
        message = _objection(others, identifiers, exchange)
        if message is not None:
            yield LawViolation(Law.CREATED_SHOWN, creating.id, message, (record.created, exchange))


def _objection(others: OtherRecords, identifiers: Sequence[str], exchange: OperationExchange) -> str | None:
    shown, reader = set(shown_ids(exchange)), exchange.operation.id
    if others.removed_in is None:
        lost = next((identifier for identifier in identifiers if identifier not in shown), None)
        return None if lost is None else f"has made {lost!r}, and {reader} does not show it"
    left = next((identifier for identifier in identifiers if identifier in shown), None)
    return None if left is None else f"has removed {left!r}, and {reader} still shows it"


OTHER_RECORDS = ActiveLaw(frozenset({Law.CREATED_SHOWN}), check_other_records, after_watch=True)

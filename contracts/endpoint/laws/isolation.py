"""What one account has created, another one neither reads, lists nor changes."""

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import quote, quote_plus

from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.laws.own_records import own_records
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
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OperationLaws, Record

NO_OTHER = "there is no second account (--other-credentials)"
_MAX_RECORDS = 2
# Shorter values may stand for something else.
_MIN_LENGTH = 4


def check_isolation(context: LawContext, operation: Operation) -> Outcomes:
    """Ask for own records with another account's credentials."""
    other, laws = context.as_other_account(), operation.laws
    if laws is None or other is None:
        yield not_tested(operation.id, Law.ISOLATION, NO_OTHER)
        return
    records = own_records(context, laws.resource)[-_MAX_RECORDS:]
    for record in records:
        yield was_tested(operation.id, Law.ISOLATION)
        if laws.role == "list":
            shown = read_record(context, record)
            yield from _listed(other, operation, laws, record, None if shown is None else shown[0])
        else:
            yield from _read(context, other, operation, laws, record)
            yield from _changed(context, other, record)
    if not records:
        yield not_tested(operation.id, Law.ISOLATION, "nothing was created that another account must not see")


def _listed(
    other: LawContext, operation: Operation, laws: OperationLaws, record: OwnRecord, shown: Record | None
) -> Outcomes:
    request = list_request(other, operation, laws, record, shown)
    for page in () if request is None else pages(other, operation, laws, request):
        if shown_record(page, record.id) is not None:
            message = "lists with another account's credentials what this account has created"
            yield LawViolation(Law.ISOLATION, operation.id, message, (record.created, page))
            return


def _read(
    context: LawContext, other: LawContext, operation: Operation, laws: OperationLaws, record: OwnRecord
) -> Outcomes:
    request = read_request(context, operation, laws, record)
    exchange = None if request is None else other.call(operation, request)
    if exchange is not None and shown_record(exchange, record.id) is not None:
        message = "shows to another account's credentials what this account has created"
        yield LawViolation(Law.ISOLATION, operation.id, message, (record.created, exchange))


def _changed(context: LawContext, other: LawContext, record: OwnRecord) -> Outcomes:
    for operation, laws in context.of_resource(record.resource, "update", "act", "delete"):
        if laws.target is None or laws.target_id is not None or operation.cost == "metered":
            continue
        request = request_about(context, operation, laws.target, record)
        exchange = None if request is None else other.call(operation, request)
        if exchange is not None and not exchange.rejected:
            message = "succeeds with another account's credentials on what this account has created"
            yield LawViolation(Law.ISOLATION, operation.id, message, (record.created, exchange))


def with_other_values(request: WireRequest, own: Mapping[str, str], others: Mapping[str, str]) -> WireRequest:
    """A request in which another account's numbers (project, tenant, application) stand in the place of our own.

    Args:
        own, others: credentials by name.
    """
    for name, value in sorted(own.items(), key=lambda entry: -len(entry[1])):
        other = others.get(name)
        if other is None or len(value) < _MIN_LENGTH:
            continue
        request = replace(
            request,
            path=request.path.replace(quote(value, safe=""), quote(other, safe="")),
            query=request.query.replace(quote_plus(value), quote_plus(other)),
            body=request.body.replace(value.encode(), other.encode()),
        )
    return request


ISOLATION = ActiveLaw(frozenset({Law.ISOLATION}), check_isolation)

"""The filters that a list's records do not show: own records are compared, as reads show them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bodydouble.contracts.core.json_pointer import parts, values_at
from bodydouble.contracts.endpoint.laws.active_law import ActiveLaw, Outcomes
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.laws.list_requests import ListRequests, Values, list_requests
from bodydouble.contracts.endpoint.laws.own_records import own_records
from bodydouble.contracts.endpoint.laws.record_requests import is_full, pages, read_record, shown_record, unknown_id
from bodydouble.contracts.endpoint.laws.results import was_tested
from bodydouble.contracts.model.contract import Operation, ParsedRequest
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.filters import Filter
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OperationLaws, Record
from bodydouble.contracts.model.violation import short_json

# So many own records are read, and so many values of each filter are tried.
_MAX_RECORDS = 4
_MAX_VALUES = 3


@dataclass(frozen=True, slots=True)
class _Known:
    """What is known of an own record.

    Attributes:
        shown: the record as a read shows it, with what its create was given where the read does not show that.
        evidence: the read.
    """

    id: str
    shown: Record
    evidence: OperationExchange


def check_read_filters(context: LawContext, operation: Operation) -> Outcomes:
    """Filter a list by what only reads of its records show, and by what no own record can be."""
    laws = operation.laws
    hidden = [] if laws is None else [entry for entry in laws.filters if entry.untested and _can_be_known(entry)]
    asked = list_requests(context, operation, laws) if laws is not None and hidden else None
    if laws is None or asked is None:
        return
    known = list(_known(context, laws, [entry.field for entry in hidden if entry.field is not None]))
    listed = _walk(context, asked, asked.large) if known else []
    for entry in hidden if listed else ():
        # Where no response shows what is filtered by, the list without the filter does.
        records = [each for each in known if entry.field is not None or _page_of(listed, each.id) is not None]
        for value in _values(asked, entry, records):
            yield from _compared(context, asked, entry, {entry.by: value}, records)


def _can_be_known(entry: Filter) -> bool:
    return entry.field is not None or (entry.default is not None and entry.match == "equal")


def _known(context: LawContext, laws: OperationLaws, fields: Sequence[str]) -> Iterator[_Known]:
    """The latest own records, with different values where there are such."""
    various: dict[str, OwnRecord] = {}
    latest = own_records(context, laws.resource)[::-1]
    for record in latest:
        various.setdefault(str([_given(record).get(field) for field in fields]), record)
    chosen = {record.id: record for record in (*various.values(), *latest[:_MAX_RECORDS])}
    for record in list(chosen.values())[:_MAX_RECORDS]:
        read = read_record(context, record)
        if read is not None:
            given = {parts(field)[0]: value for field, value in _given(record).items() if len(parts(field)) == 1}
            yield _Known(record.id, {**given, **read[0]}, read[1])


def _given(record: OwnRecord) -> dict[str, Any]:
    laws, request = record.created.operation.laws, record.created.parsed
    return {} if laws is None or request is None else laws.given_values(request)


def _values(asked: ListRequests, entry: Filter, known: list[_Known]) -> list[Any]:
    """Values that some own records pass, and others that they do not pass."""
    shown = [value for record in known for value in values_at(record.shown, entry.field or "")[:1]]
    texts = [value for value in shown if isinstance(value, str)]
    candidates = [*shown, *asked.choices(entry.by), *map(unknown_id, texts[:1])] if known else []
    usable = [value for value in candidates if asked.request({entry.by: value}) is not None]
    return list({str(value): value for value in usable}.values())[:_MAX_VALUES]


def _walk(context: LawContext, asked: ListRequests, values: Values) -> list[OperationExchange]:
    """The pages of a list; empty if one of them is rejected."""
    request = asked.request(values)
    walked = [] if request is None else list(pages(context, asked.operation, asked.laws, request))
    return [] if any(page.response_class.failed for page in walked) else walked


def _compared(context: LawContext, asked: ListRequests, entry: Filter, values: Values, known: list[_Known]) -> Outcomes:
    walked = _walk(context, asked, {**asked.large, **values})
    content = walked[0].parsed if walked else None
    if content is None:
        return
    yield was_tested(asked.operation.id, Law.FILTER)
    filtered = ", ".join(f"{by} {short_json(value)}" for by, value in values.items())
    for record in known:
        page, expected = _page_of(walked, record.id), _is_selected(asked.laws, entry, content, record.shown)
        if page is not None and expected is False:
            yield _violation(asked, f"{record.id!r} does not pass {filtered}, and is shown", record, page)
        elif page is None and expected and not is_full(walked[-1]):
            yield _violation(asked, f"{record.id!r} passes {filtered}, and is left out", record, walked[-1])


def _is_selected(laws: OperationLaws, entry: Filter, request: ParsedRequest, shown: Record) -> bool | None:
    """Whether a list shows an own record; None if that is not known."""
    if entry.field is None:
        # Without the filter it is shown, so it is what the default selects.
        return False if entry.value(request) not in (None, entry.default) else None
    if not values_at(shown, entry.field):
        return None
    if not entry.selects(shown, request):
        return False
    return True if not laws.unlisted and all(other.selects(shown, request) for other in laws.filters) else None


def _page_of(walked: list[OperationExchange], identifier: str) -> OperationExchange | None:
    return next((page for page in walked if shown_record(page, identifier) is not None), None)


def _violation(asked: ListRequests, message: str, record: _Known, page: OperationExchange) -> LawViolation:
    return LawViolation(Law.FILTER, asked.operation.id, message, (record.evidence, page))


READ_FILTERS = ActiveLaw(frozenset({Law.FILTER}), check_read_filters, after_watch=True)

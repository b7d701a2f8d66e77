"""The laws that one request and its response can violate alone: identity, pages, filters, order."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from bodydouble.contracts.core.json_pointer import value_at
from bodydouble.contracts.model.contract import ParsedRequest
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.law_violation import LawViolation
from bodydouble.contracts.model.laws import Law, OperationLaws, Record
from bodydouble.contracts.model.paging import Paging, RequestedPage
from bodydouble.contracts.model.record_ids import shown_ids, shown_records
from bodydouble.contracts.model.request_values import requested
from bodydouble.contracts.model.violation import short_json

_NUMBERS_OF_A_PAGE = ("number", "size", "offset")
# What a check yields: a message, and the place in the response.
_Objections = Iterator[tuple[str, str]]


def message_violations(exchange: OperationExchange, tested: Counter[tuple[str, Law]]) -> Iterator[LawViolation]:
    """What a valid request and its successful response violate by themselves.

    Args:
        tested: grows by each law that there was something to compare for, by operationId.
    """
    operation, parsed = exchange.operation, exchange.parsed
    laws = operation.laws
    if laws is None or parsed is None or parsed.violations or exchange.response_class.failed:
        return
    declared = laws.declared
    for law, check in _CHECKS.items():
        if law not in declared or not _has_something_to_compare(law, laws, exchange):
            continue
        tested[operation.id, law] += 1
        for message, pointer in check(laws, parsed, exchange):
            yield LawViolation(law, operation.id, message, (exchange,), pointer)


def _has_something_to_compare(law: Law, laws: OperationLaws, exchange: OperationExchange) -> bool:
    """Whether a response shows what a law compares."""
    place = laws.records.at if laws.records is not None else ""
    if law in (Law.IDENTITY, Law.FILTER, Law.ORDER):
        return bool(shown_records(exchange))
    return value_at(exchange.content, place) is not None


def _identity(laws: OperationLaws, request: ParsedRequest, exchange: OperationExchange) -> _Objections:
    place = laws.records.at if laws.records is not None else ""
    asked = laws.records.asked if laws.records is not None else None
    if laws.records is None or asked is None:
        return
    ids = laws.records.requested_ids(request)
    for identifier in shown_ids(exchange):
        if ids and identifier not in ids:
            yield f"asked for {_listed(ids)}, and shown {identifier!r}", place
            return
    # What is asked for by one identifier may have several parts.
    if isinstance(requested(asked, request), list | tuple):
        yield from _repeated(place, exchange)


def _pages(laws: OperationLaws, request: ParsedRequest, exchange: OperationExchange) -> _Objections:
    yield from _repeated(laws.records.at if laws.records is not None else "", exchange)


def _repeated(place: str, exchange: OperationExchange) -> _Objections:
    identifier, count = next(iter(Counter(shown_ids(exchange)).most_common(1)), ("", 0))
    if count > 1:
        yield f"the record {identifier!r} is shown {count} times", place


def _page_size(laws: OperationLaws, request: ParsedRequest, exchange: OperationExchange) -> _Objections:
    records, page = shown_records(exchange), _page(laws, request)
    if page is not None and page.size is not None and len(records) > page.size:
        place = laws.records.at if laws.records is not None else ""
        yield f"{len(records)} records on a page of {page.size}", place


def _page_echo(laws: OperationLaws, request: ParsedRequest, exchange: OperationExchange) -> _Objections:
    paging, page = laws.page, _page(laws, request)
    if paging is None or page is None:
        return
    expected = paging.expected(page)
    for name in _NUMBERS_OF_A_PAGE:
        place = paging.shown.get(name, "")
        shown = value_at(exchange.content, place) if place else None
        if shown is None or _is_beyond(paging, page, exchange.content) or place not in expected:
            continue
        if shown != expected[place]:
            yield f"{place} is {short_json(shown)}, and the request has {expected[place]}", place


def _is_beyond(paging: Paging, page: RequestedPage, body: Any) -> bool:
    """Whether a page behind the last one was asked for, in place of which the contract shows another."""
    total = _number(paging, "total", body)
    return paging.beyond != "empty" and total is not None and page.offset >= total


def _total(laws: OperationLaws, request: ParsedRequest, exchange: OperationExchange) -> _Objections:
    paging, page, body = laws.page, _page(laws, request), exchange.content
    if paging is None or page is None:
        return
    count, total, pages = len(shown_records(exchange)), _number(paging, "total", body), _number(paging, "pages", body)
    if total is not None:
        yield from _wrong_total(paging, page, count, total, body)
    if pages is None or not page.size:
        return
    place = paging.shown["pages"]
    if total is not None and pages != -(-total // page.size):
        yield f"{place} is {pages}, with {total} records and pages of {page.size}", place
    elif total is None and count and page.offset + count > pages * page.size:
        yield f"{place} is {pages}, and page {page.number} of {page.size} has {count} records", place


def _wrong_total(paging: Paging, page: RequestedPage, count: int, total: int, body: Any) -> _Objections:
    place = paging.shown["total"]
    if count and page.offset + count > total and not _is_beyond(paging, page, body):
        yield f"{place} is {total}, and there are {page.offset + count} records up to the end of this page", place
    elif page.offset < total:
        rest = total - page.offset
        expected = rest if page.size is None else min(page.size, rest)
        if count < expected:
            yield f"{place} is {total}, and the page of {page.size} from {page.offset} on has {count} records", place


def _filter(laws: OperationLaws, request: ParsedRequest, exchange: OperationExchange) -> _Objections:
    for entry in laws.filters:
        value = entry.value(request)
        if value is None or entry.field is None:
            continue
        for record in shown_records(exchange):
            if not entry.passes(record, request):
                place = entry.field
                actual = short_json(_shown_at(record, place))
                yield f"{entry.by} is {short_json(value)} ({entry.match}), and a record has {actual}", place
                break


def _order(laws: OperationLaws, request: ParsedRequest, exchange: OperationExchange) -> _Objections:
    order = laws.sort.order(request) if laws.sort is not None else None
    if order is None or order.by is None:
        return
    offending = order.offending(shown_records(exchange))
    if offending is not None:
        direction = "descending" if order.descending else "ascending"
        yield (
            f"sorted by {order.by}, {direction}: {short_json(offending[0])} comes before {short_json(offending[1])}",
            order.by,
        )


def _page(laws: OperationLaws, request: ParsedRequest) -> RequestedPage | None:
    return None if laws.page is None else laws.page.requested(request)


def _number(paging: Paging, name: str, body: Any) -> int | None:
    value = value_at(body, paging.shown[name]) if name in paging.shown else None
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _shown_at(record: Record, pointer: str) -> Any:
    head = pointer.partition("/*")[0]
    return value_at(record, head)


def _listed(ids: tuple[str, ...]) -> str:
    return ", ".join(map(repr, ids[:3])) + (" and others" if len(ids) > 3 else "")


_CHECKS: Mapping[Law, Callable[[OperationLaws, ParsedRequest, OperationExchange], _Objections]] = {
    Law.IDENTITY: _identity,
    Law.PAGE_SIZE: _page_size,
    Law.PAGE_ECHO: _page_echo,
    Law.TOTAL: _total,
    Law.PAGES: _pages,
    Law.FILTER: _filter,
    Law.ORDER: _order,
}

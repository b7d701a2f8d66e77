"""What operations declare in `x-laws` is true of the mock server: records, pages, filters, orders."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from bodydouble.contracts.core.json_pointer import value_at, values_at
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.model import documents
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.filters import Filter
from bodydouble.contracts.model.laws import OperationLaws, Record, Records
from bodydouble.contracts.model.loader import load_contract
from bodydouble.contracts.model.paging import Paging
from bodydouble.contracts.model.request_changes import asking_for, parsed, with_value
from bodydouble.contracts.model.sorting import Sorting
from tests.support.operation_caller import OperationCaller

# Values that select nothing, as far as a filter's schema allows them.
_NOTHING = ("no-such-value", 987_654_321, "2099-12-31 23:59:59", "2099-12-31T23:59:59Z")
_MAX_VALUES = 4
_MAX_SIZES = (1000, 500, 200, 100, 50, 20, 10)


def _operations(*roles: str) -> list[Any]:
    return [
        pytest.param(name, operation.id, id=f"{name}-{operation.id}")
        for name in documents.names()
        for operation in load_contract(name).operations.values()
        if operation.laws is not None and operation.laws.role in roles and operation.laws.records is not None
    ]


class _List:
    # A list operation of an account that has something to show.

    def __init__(self, operation_id: str, caller: OperationCaller) -> None:
        self.caller = caller
        self.operation: Operation = caller.contract.operations[operation_id]
        assert self.operation.laws is not None
        self.laws: OperationLaws = self.operation.laws
        assert self.laws.records is not None
        self.place: Records = self.laws.records
        # Of pages, the largest.
        self.request = self._largest(caller.successful_request(self.operation))

    def _largest(self, request: WireRequest) -> WireRequest:
        page = self.laws.page
        sizes = () if page is None else (self.changed(request, page.size, size) for size in _MAX_SIZES)
        return next((candidate for candidate in sizes if self.is_valid(candidate)), request)

    def changed(self, request: WireRequest, expression: str, value: Any) -> WireRequest:
        return with_value(self.operation, request, expression, value)

    def is_valid(self, request: WireRequest) -> bool:
        values = parsed(self.operation, request)
        return values is not None and all(violation.part == "header" for violation in values.violations)

    def call(self, request: WireRequest) -> OperationExchange:
        return self.caller.call(self.operation, request)

    def records(self, request: WireRequest) -> list[Record]:
        records = self.place.of(self.call(request).content)
        return [] if records is None else records

    def keys(self, records: list[Record]) -> list[Any]:
        return [self.place.id_of(record) or dict(record) for record in records]


@pytest.fixture
def listed(callers: Callable[[str], OperationCaller], request: pytest.FixtureRequest) -> _List:
    vendor, operation_id = request.param
    return _List(operation_id, callers(vendor))


def _lists(*parts: str) -> pytest.MarkDecorator:
    return pytest.mark.parametrize(
        "listed",
        [
            pytest.param(case.values, id=case.id)
            for case in _operations("list")
            if any(getattr(load_contract(case.values[0]).operations[case.values[1]].laws, part) for part in parts)
        ],
        indirect=True,
    )


@_lists("page")
@pytest.mark.parametrize("size", [1, 2, 3])
def test_pages_are_what_they_declare(listed: _List, size: int) -> None:
    paging, whole = listed.laws.page, listed.records(listed.request)
    assert paging is not None
    request, total = listed.changed(listed.request, paging.size, size), len(whole)
    assert total > 1
    if not paging.turns:
        assert len(listed.records(request)) == min(size, total)
        return
    shown: list[Record] = []
    for index in range(-(-total // size) + 1):
        page = _turned(listed, paging, request, index, size)
        exchange = listed.call(page)
        shown += listed.place.of(exchange.content) or []
        values = parsed(listed.operation, page)
        assert values is not None
        for place, value in paging.expected(paging.requested(values), total).items():
            assert value_at(exchange.content, place) == value, place
    assert listed.keys(shown) == listed.keys(whole)


def _turned(listed: _List, paging: Paging, request: WireRequest, index: int, size: int) -> WireRequest:
    if paging.number is not None:
        return listed.changed(request, paging.number, paging.first + index)
    assert paging.offset is not None
    return listed.changed(request, paging.offset, index if paging.offset_counts == "pages" else index * size)


@_lists("filters")
def test_filters_select_what_they_declare(listed: _List) -> None:
    for entry in listed.laws.filters:
        whole = listed.records(_without(listed, entry))
        for value in (*_values(entry, whole), *_NOTHING):
            request = listed.changed(listed.request, entry.by, value)
            if not listed.is_valid(request) or entry.untested is not None or entry.by.startswith("$request.path."):
                continue
            values = parsed(listed.operation, request)
            assert values is not None
            expected = [record for record in whole if entry.passes(record, values)]
            assert listed.keys(listed.records(request)) == listed.keys(expected), (entry.by, value)


def _without(listed: _List, entry: Filter) -> WireRequest:
    # The request without this filter, if it can be left out.
    for ignored in entry.ignored:
        request = listed.changed(listed.request, entry.by, ignored)
        if listed.is_valid(request):
            return request
    return listed.request


def _values(entry: Filter, records: list[Record]) -> Iterator[Any]:
    places = () if entry.field is None else (entry.field, *entry.also)
    values = [value for place in places for record in records for value in values_at(record, place)]
    distinct = list(dict.fromkeys(value for value in values if isinstance(value, str | int | float)))
    yield from distinct[:: max(1, len(distinct) // _MAX_VALUES)]


@_lists("sort")
def test_lists_have_the_order_that_they_declare(listed: _List) -> None:
    sorting, whole = listed.laws.sort, listed.records(listed.request)
    assert sorting is not None
    if sorting.default_order is not None:
        assert sorting.default_order.offending(whole) is None
    for name in _sort_names(sorting, whole):
        request = (
            listed.request if sorting.by is None or name is None else listed.changed(listed.request, sorting.by, name)
        )
        for direction in (sorting.ascending, sorting.descending) if sorting.direction is not None else (None,):
            if direction is not None and sorting.direction is not None:
                request = listed.changed(request, sorting.direction, direction)
            if listed.is_valid(request):
                _check_order(listed, sorting, request, whole)


def _sort_names(sorting: Sorting, records: list[Record]) -> Iterator[str | None]:
    if sorting.by is None:
        yield None
        return
    yield from sorting.fields or dict.fromkeys(name for record in records for name in record)


def _check_order(listed: _List, sorting: Sorting, request: WireRequest, whole: list[Record]) -> None:
    values, records = parsed(listed.operation, request), listed.records(request)
    assert values is not None
    order, keys, all_keys = sorting.order(values), listed.keys(records), listed.keys(whole)
    assert order is None or order.offending(records) is None, request
    assert sorted(map(str, keys)) == sorted(map(str, all_keys))
    # A chosen field is in its place in each record; only the order of creation is not.
    if order is not None and order.by is None:
        assert keys == (all_keys if order == sorting.default_order else all_keys[::-1])


@pytest.mark.parametrize(("vendor", "operation_id"), _operations("read"))
def test_reads_show_the_records_that_are_asked_for(
    callers: Callable[[str], OperationCaller], vendor: str, operation_id: str
) -> None:
    read = _List(operation_id, callers(vendor))
    if read.place.asked is None:
        return
    values = parsed(read.operation, read.request)
    assert values is not None
    asked = read.place.requested_ids(values)
    shown = [
        identifier for record in read.records(read.request) if (identifier := read.place.id_of(record)) is not None
    ]
    assert set(shown) <= set(asked)
    if len(asked) > 1:
        assert shown == list(asked)
        twice = asking_for(read.operation, read.request, read.place.asked, [asked[1], asked[0], asked[1]])
        if read.is_valid(twice):
            assert read.keys(read.records(twice)) == [asked[1], asked[0]]


def test_every_operation_that_a_law_names_exists() -> None:
    for name in documents.names():
        operations = load_contract(name).operations
        for operation in operations.values():
            if operation.laws is not None:
                assert set(operation.laws.inapplicable) <= operations.keys()


@pytest.mark.parametrize("name", documents.names())
def test_every_operation_declares_its_laws(name: str) -> None:
    assert [operation.id for operation in load_contract(name).operations.values() if operation.laws is None] == []

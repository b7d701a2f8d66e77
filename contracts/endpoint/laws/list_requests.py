"""Requests for parts of a list: pages, filtered and sorted ones, out of a request that has succeeded."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qsl, urlencode

from bodydouble.contracts.core.json_pointer import parts
from bodydouble.contracts.core.strict_json import JsonTextError, parse
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws.context import LawContext
from bodydouble.contracts.model.contract import Operation, ParsedRequest
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.laws import OperationLaws, Record
from bodydouble.contracts.model.paging import Paging
from bodydouble.contracts.model.record_ids import shown_ids, shown_records
from bodydouble.contracts.model.request_changes import parsed, with_value
from bodydouble.contracts.model.request_values import split

# Values of a request, by runtime expression.
Values = Mapping[str, Any]
# One large page stands for the whole list; the first of these sizes that the contract allows.
LARGE_SIZES = (100, 50, 30, 20, 10)


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a list, as a response shows it.

    Attributes:
        exchange: a success.
        total: of all records, as the response says; None if it does not.
        size: the requested number of records; None for all.
    """

    exchange: OperationExchange
    records: list[Record]
    ids: list[str]
    total: int | None
    size: int | None

    @property
    def is_rest(self) -> bool:
        """Whether it shows all records from its first one on."""
        return self.size is None or len(self.records) < self.size or self.total == len(self.records)


class ListRequests:
    """Asks a list for parts.

    Args:
        operation: the list.
        base: a valid request that selects nothing.

    Attributes:
        large: the values of a request for one large page.
    """

    def __init__(self, context: LawContext, operation: Operation, laws: OperationLaws, base: WireRequest) -> None:
        self._context = context
        self.operation, self.laws, self._base = operation, laws, base
        self.large = self._large()

    def ask(self, values: Values) -> Part | None:
        """A part of the list; None if the request is rejected, or the contract does not allow it.

        Raises:
            BudgetSpent: the operation is metered, and the budget is spent.
            requests.RequestException: there was no response.
        """
        exchange = self.send(values)
        if exchange is None or exchange.parsed is None or exchange.response_class.failed:
            return None
        page = self.laws.page
        size = None if page is None else page.requested(exchange.parsed).size
        total = None if page is None else page.shown_total(exchange.content)
        return Part(exchange, shown_records(exchange), shown_ids(exchange), total, size)

    def send(self, values: Values) -> OperationExchange | None:
        """Send a request with some values; None if the contract does not allow it. Raises what `ask` raises."""
        request = self.request(values)
        return None if request is None else self._context.call(self.operation, request)

    def request(self, values: Values) -> WireRequest | None:
        """A request with some values; None if the contract does not allow it."""
        request = self._base
        for expression, value in values.items():
            request = with_value(self.operation, request, expression, value)
        return request if is_valid(self.operation, request) else None

    def decoded(self, values: Values) -> ParsedRequest | None:
        """A request with some values in the terms of the operation; None if the contract does not allow it."""
        request = self.request(values)
        return None if request is None else parsed(self.operation, request)

    def choices(self, expression: str) -> list[Any]:
        """The values that the contract lists for a parameter."""
        location, name = split(expression)
        parameters = (entry for entry in self.operation.parameters if (entry.location, entry.name) == (location, name))
        return [choice for parameter in parameters for choice in parameter.choices if choice is not None]

    def page(self, index: int, size: int | None) -> dict[str, Any]:
        """The values of a request for a page.

        Args:
            index: of the page, counted from 0.
            size: of each page; None for the default.
        """
        paging = self.laws.page
        if paging is None:
            return {}
        sized = {} if size is None else {paging.size: size}
        if paging.number is not None:
            return {**sized, paging.number: paging.first + index}
        if paging.offset is None:
            return sized
        rows = size if size is not None else paging.default_size or 0
        return {**sized, paging.offset: index if paging.offset_counts == "pages" else index * rows}

    def _large(self) -> dict[str, Any]:
        sizes = (self.page(0, size) for size in LARGE_SIZES)
        return next((values for values in sizes if self.request(values) is not None), {})


def list_requests(context: LawContext, operation: Operation, laws: OperationLaws) -> ListRequests | None:
    """What asks a list for parts; None if no valid request to it has succeeded so far.

    Raises:
        BudgetSpent: the operation is metered, and the budget is spent.
        requests.RequestException: there was no response.
    """
    # What has shown the most records has the most to compare.
    for exchange in sorted(_examples(context, operation), key=lambda exchange: -len(shown_records(exchange))):
        base = _unselective(operation, laws, exchange.request)
        if base is not None:
            return ListRequests(context, operation, laws, base)
    return None


def _examples(context: LawContext, operation: Operation) -> list[OperationExchange]:
    """Successes; those of links, too, if none of the others has shown anything to compare."""
    successes = context.successes(operation)
    if any(len(shown_records(exchange)) > 1 for exchange in successes):
        return successes
    linked = [context.call(operation, request) for request in context.linked_requests(operation)]
    return [*successes, *(exchange for exchange in linked if exchange.succeeded)]


def _unselective(operation: Operation, laws: OperationLaws, request: WireRequest) -> WireRequest | None:
    """A request without all that selects, sorts and turns pages, as far as it is not required."""
    if not is_valid(operation, request):
        return None
    for expression in _selecting(laws):
        bare = _without(request, expression)
        request = bare if is_valid(operation, bare) else request
    paging = laws.page
    if paging is None:
        return request
    return _with_first_page(operation, paging, request)


def _with_first_page(operation: Operation, paging: Paging, request: WireRequest) -> WireRequest | None:
    start = {paging.number: paging.first} if paging.number is not None else {paging.offset: 0}
    decoded = parsed(operation, request)
    if decoded is None:
        return None
    if paging.requested(decoded).offset == 0:
        return request
    for expression, value in start.items():
        request = request if expression is None else with_value(operation, request, expression, value)
    return request if is_valid(operation, request) else None


def _selecting(laws: OperationLaws) -> Iterator[str]:
    for entry in laws.filters:
        yield entry.by
        yield from (expression for variant in entry.variants for expression in variant.when)
    if laws.sort is not None:
        yield from (expression for expression in (laws.sort.by, laws.sort.direction) if expression is not None)
    if laws.page is not None:
        places = (laws.page.number, laws.page.offset, laws.page.size)
        yield from (expression for expression in places if expression is not None)


def is_valid(operation: Operation, request: WireRequest) -> bool:
    """Whether a request conforms to its operation."""
    decoded = parsed(operation, request)
    return decoded is not None and not decoded.violations


def _without(request: WireRequest, expression: str) -> WireRequest:
    location, name = split(expression)
    if location == "query":
        pairs = [pair for pair in parse_qsl(request.query, keep_blank_values=True) if pair[0] != name]
        return replace(request, query=urlencode(pairs))
    if location == "header":
        headers = {key: value for key, value in request.headers.items() if key != name.lower()}
        return replace(request, headers=headers)
    return _without_body_value(request, parts(name)) if location == "body" else request


def _without_body_value(request: WireRequest, keys: list[str]) -> WireRequest:
    try:
        content = parse(request.body)
    except JsonTextError:
        return request
    owner = content
    for key in keys[:-1]:
        owner = owner.get(key) if isinstance(owner, dict) else None
    if not isinstance(owner, dict) or keys[-1] not in owner:
        return request
    del owner[keys[-1]]
    return replace(request, body=json.dumps(content, ensure_ascii=False).encode())

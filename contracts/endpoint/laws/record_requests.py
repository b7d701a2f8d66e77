"""The requests that ask for, change or list a record that the run has created."""

from collections.abc import Iterable, Iterator
from typing import Any

from bodydouble.contracts.core.json_pointer import values_at
from bodydouble.contracts.core.wire import WireRequest
from bodydouble.contracts.endpoint.laws.context import LawContext, OwnRecord
from bodydouble.contracts.endpoint.state_reader import named_values
from bodydouble.contracts.model.contract import Operation
from bodydouble.contracts.model.exchange import OperationExchange
from bodydouble.contracts.model.laws import OperationLaws, Record
from bodydouble.contracts.model.links import follow, request_of
from bodydouble.contracts.model.request_changes import asking_for, parsed, with_value
from bodydouble.contracts.model.request_values import requested

# The sizes of pages that are tried, the largest that the contract allows first.
_SIZES = (1000, 500, 200, 100, 50, 20, 10, 5)
MAX_PAGES = 20


def request_about(
    context: LawContext, operation: Operation, expression: str, record: OwnRecord, ids: Iterable[str] | None = None
) -> WireRequest | None:
    """A valid request of an operation that asks for, or changes, a record; None if none can be made.

    Args:
        expression: where the request has the record's identifier.
        ids: other identifiers in its place.
    """
    values = [record.id] if ids is None else list(ids)
    for candidate in _candidates(context, operation, record):
        request = _within(operation, asking_for(operation, candidate, expression, values), record)
        if is_valid(operation, request):
            return request
    return None


def _within(operation: Operation, request: WireRequest, record: OwnRecord) -> WireRequest:
    """A request about what a record belongs to, if it belongs to anything but the sender."""
    created, laws = record.created, operation.laws
    place = created.operation.laws.within if created.operation.laws is not None else None
    if place is None or created.parsed is None or laws is None or laws.within is None:
        return request
    return with_value(operation, request, laws.within, requested(place, created.parsed))


def is_valid(operation: Operation, request: WireRequest) -> bool:
    """Whether a request that is not signed yet conforms to its contract; headers come with the signature."""
    content = parsed(operation, request)
    return content is not None and all(violation.part == "header" for violation in content.violations)


def list_request(
    context: LawContext, operation: Operation, laws: OperationLaws, record: OwnRecord, shown: Record | None = None
) -> WireRequest | None:
    """The request for the first and largest page of the list that shows a record; None if none can be made.

    Args:
        shown: the record as a read shows it, so that a list that must be filtered is asked for such records.
    """
    for candidate in _list_candidates(context, operation, record):
        if shown is not None:
            candidate = _selecting(laws, candidate, shown, operation)
        request = _within(operation, _largest_page(operation, laws, candidate), record)
        if is_valid(operation, request):
            return request
    return None


def _selecting(laws: OperationLaws, request: WireRequest, shown: Record, operation: Operation) -> WireRequest:
    """A request whose filters, where it has some, select a record."""
    for entry in laws.filters:
        content = parsed(operation, request)
        if content is None or entry.field is None or entry.selects(shown, content):
            continue
        for value in values_at(shown, entry.field):
            changed = with_value(operation, request, entry.by, value)
            again = parsed(operation, changed)
            if again is not None and is_valid(operation, changed) and entry.selects(shown, again):
                request = changed
                break
    return request


def read_request(context: LawContext, read: Operation, laws: OperationLaws, record: OwnRecord) -> WireRequest | None:
    """The request by which an operation asks for a record; None if it asks for none, or none can be made."""
    asked = laws.records.asked if laws.records is not None else None
    return None if asked is None else request_about(context, read, asked, record)


def read_record(context: LawContext, record: OwnRecord) -> tuple[Record, OperationExchange] | None:
    """Read a record by its identifier; None if no read shows it.

    Raises:
        BudgetSpent: the read is metered, and the budget is spent.
        requests.RequestException: there was no response.
    """
    for read, laws in context.of_resource(record.resource, "read"):
        request = read_request(context, read, laws, record)
        exchange = None if request is None else context.call(read, request)
        shown = None if exchange is None else shown_record(exchange, record.id)
        if exchange is not None and shown is not None:
            return shown, exchange
    return None


def pages(
    context: LawContext, operation: Operation, laws: OperationLaws, request: WireRequest
) -> Iterator[OperationExchange]:
    """The pages of a list, from a request for the first one on; at most MAX_PAGES.

    Raises:
        BudgetSpent: the operation is metered, and the budget is spent.
        requests.RequestException: there was no response.
    """
    for index in range(MAX_PAGES):
        exchange = context.call(operation, _page(operation, laws, request, index))
        yield exchange
        if not is_full(exchange):
            return


def is_full(page: OperationExchange) -> bool:
    """Whether a page of a list is full, so that another one may follow."""
    laws, content = page.operation.laws, page.parsed
    if laws is None or laws.page is None or content is None or (laws.page.number or laws.page.offset) is None:
        return False
    size = laws.page.requested(content).size
    return size is not None and len(records_of(page)) >= size


def records_of(exchange: OperationExchange) -> list[Record]:
    """The records that a response shows; none for a failure."""
    laws = exchange.operation.laws
    if laws is None or laws.records is None or exchange.response_class.failed:
        return []
    return laws.records.of(exchange.content) or []


def shown_record(exchange: OperationExchange, identifier: str) -> Record | None:
    """The record of an identifier in a response; None if it is not shown.

    Where a response shows no identifiers, its only record is taken for the one that was asked for.
    """
    laws, records = exchange.operation.laws, records_of(exchange)
    if laws is None or laws.records is None:
        return None
    if laws.records.id is None:
        return records[0] if len(records) == 1 else None
    return next((record for record in records if laws.records.id_of(record) == identifier), None)


def unknown_id(identifier: str) -> str:
    """An identifier of the same form that no record has: far beyond numbers that are counted up, or another random."""
    if identifier.isascii() and identifier.isdecimal():
        number = int(identifier)
        return str(number + 700_000_000 if number < 10**9 else number + 7 * 10 ** (len(identifier) - 2))
    end = identifier[-8:]
    return identifier[: len(identifier) - len(end)] + "".join(map(_other_character, end))


def _other_character(character: str) -> str:
    if character.isdecimal():
        return str((int(character) + 5) % 10)
    shifted = {"a": "f", "b": "e", "c": "d", "d": "c", "e": "b", "f": "a"}
    lower = character.lower()
    if lower in shifted:
        return shifted[lower] if character.islower() else shifted[lower].upper()
    return {"z": "y", "Z": "Y"}.get(character, chr(ord(character) + 1)) if character.isalpha() else character


def _candidates(context: LawContext, operation: Operation, record: OwnRecord) -> Iterator[WireRequest]:
    created = record.created
    for link in created.operation.links:
        if link.target == operation.id and (request := follow(context.contract, link, created)) is not None:
            yield request
    yield from _by_names(operation, created)
    # As nobody else has made it, the last is the likeliest to succeed once more.
    yield from (exchange.request for exchange in reversed(context.successes(operation)))


def _by_names(operation: Operation, created: OperationExchange) -> Iterator[WireRequest]:
    names = [parameter.name for parameter in operation.parameters]
    values = named_values(created, names)
    bodies: list[Any] = [None]
    if operation.request_body is not None:
        bodies = [named_values(created, operation.body_fields), *operation.request_body.examples]
    for body in bodies:
        try:
            yield request_of(operation, values, body)
        except LookupError:
            return


def _list_candidates(context: LawContext, operation: Operation, record: OwnRecord) -> Iterator[WireRequest]:
    # What is not required may select.
    required = [parameter.name for parameter in operation.parameters if parameter.required]
    values = named_values(record.created, required)
    bodies: list[Any] = [None]
    if operation.request_body is not None:
        bodies = [{}, *operation.request_body.examples]
    for body in bodies:
        try:
            yield request_of(operation, values, body)
        except LookupError:
            break
    yield from _candidates(context, operation, record)


def _largest_page(operation: Operation, laws: OperationLaws, request: WireRequest) -> WireRequest:
    if laws.page is None:
        return request
    sizes = (with_value(operation, request, laws.page.size, size) for size in _SIZES)
    first = (_page(operation, laws, sized, 0) for sized in sizes)
    return next((candidate for candidate in first if is_valid(operation, candidate)), request)


def _page(operation: Operation, laws: OperationLaws, request: WireRequest, index: int) -> WireRequest:
    page = laws.page
    if page is None:
        return request
    if page.number is not None:
        return with_value(operation, request, page.number, page.first + index)
    content = parsed(operation, request)
    size = (None if content is None else page.requested(content).size) or 0
    if page.offset is None:
        return request
    return with_value(operation, request, page.offset, index if page.offset_counts == "pages" else index * size)

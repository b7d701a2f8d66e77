"""Lists as the request's operation declares them in `x-laws`: selection, order and pages. Handlers write none of it."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from typing import Any, TypeVar

from bodydouble.contracts.core.json_pointer import parts
from bodydouble.contracts.model.filters import selects
from bodydouble.contracts.model.laws import OperationLaws
from bodydouble.contracts.model.paging import Paging, RequestedPage
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.task_view import TaskView

Row = TypeVar("Row", bound=Mapping[str, Any])
Source = TypeVar("Source")


def requested_page(request: OperationRequest) -> RequestedPage:
    """The page that a request asks for."""
    return _paging(request).requested(request)


def page_fields(request: OperationRequest, total: int) -> dict[str, int]:
    """What the response shows of the requested page, by the names of its fields.

    Args:
        total: of all records, on every page.
    """
    paging = _paging(request)
    return {parts(place)[-1]: value for place, value in paging.expected(paging.requested(request), total).items()}


def is_selected(request: OperationRequest, record: Mapping[str, Any]) -> bool:
    """Whether a record, with the fields of all declared filters, passes every filter of a request."""
    return selects(_laws(request).filters, request, record)


def is_selective(request: OperationRequest, *, apart_from: Collection[str] = ()) -> bool:
    """Whether a request filters, or sorts by anything but the default order.

    Args:
        apart_from: the runtime expressions of filters that the rows have passed already.
    """
    laws = _laws(request)
    order = laws.sort.order(request) if laws.sort is not None else None
    default = laws.sort.default_order if laws.sort is not None else None
    return order != default or any(
        entry.by not in apart_from and entry.value(request) is not None for entry in laws.filters
    )


def is_listed(request: OperationRequest, view: TaskView) -> bool:
    """Whether a list shows tasks in the state that a task is in."""
    return view.state not in _laws(request).unlisted


def select(request: OperationRequest, records: Iterable[Row]) -> list[Row]:
    """The records that pass every filter of a request, in the order that it asks for.

    Args:
        records: as the response shows them, in the order of a list that nobody sorts; with the fields of declared
            filters that only reads show.
    """
    laws = _laws(request)
    rows = [record for record in records if is_selected(request, record)]
    order = laws.sort.order(request) if laws.sort is not None else None
    if order is None or laws.sort is None or order == laws.sort.default_order:
        return rows
    return rows[::-1] if order.by is None else order.sorted(rows)


def selected_page(
    request: OperationRequest,
    sources: Sequence[Source],
    record: Callable[[Source], Mapping[str, Any]],
    *,
    apart_from: Collection[str] = (),
) -> tuple[int, Sequence[Source]]:
    """How many sources of records pass every filter of a request, and those of the requested page in its order.

    Args:
        sources: in the order of a list that nobody sorts, that have passed the filters without a field.
        record: what is compared of a source: the fields of all declared filters and sort keys.
        apart_from: the runtime expressions of filters with a field that the sources have passed, too.
    """
    without_field = [entry.by for entry in _laws(request).filters if entry.field is None]
    if is_selective(request, apart_from=[*apart_from, *without_field]):
        shown = [record(source) for source in sources]
        positions = {id(entry): index for index, entry in enumerate(shown)}
        sources = [sources[positions[id(entry)]] for entry in select(request, shown)]
    return len(sources), requested_page(request).of(sources)


def _laws(request: OperationRequest) -> OperationLaws:
    laws = request.operation.laws
    if laws is None:
        raise LookupError(f"{request.operation.id} has no x-laws")
    return laws


def _paging(request: OperationRequest) -> Paging:
    paging = _laws(request).page
    if paging is None:
        raise LookupError(f"{request.operation.id} has no x-laws.page")
    return paging

"""Lists as the request's operation declares them in `x-laws`: selection, order and pages. Handlers write none of it."""

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from typing import Any, TypeVar

from bodydouble.contracts.core.json_pointer import parts
from bodydouble.contracts.model.filters import Filter, selects
from bodydouble.contracts.model.laws import OperationLaws
from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.contracts.model.paging import Paging, RequestedPage
from bodydouble.mock_server.store.task_lists import Entry
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox

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


def passes_apart_from(request: OperationRequest, record: Mapping[str, Any], *known: str) -> bool:
    """Whether a record passes the filters of a request, apart from some, by their runtime expressions."""
    return selects([entry for entry in _laws(request).filters if entry.by not in known], request, record)


def passes_constants(request: OperationRequest, constants: Mapping[str, Any]) -> bool:
    """Whether what all records of a list have in common passes the filters of a request that compare it.

    Args:
        constants: by the names of the records' fields.
    """
    fields = {f"/{name}" for name in constants}
    return selects([entry for entry in _laws(request).filters if entry.field in fields], request, constants)


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


def page_of_tasks(
    request: OperationRequest,
    tools: Toolbox,
    kind: str,
    record: Callable[[TaskView], Row],
    *,
    category: str | None = None,
    apart_from: Collection[str] = (),
    shown: Callable[[int | str], Any] = lambda code: code,
    entry: Entry | None = None,
) -> tuple[int, list[Row]]:
    """How many tasks of a kind pass every filter of a request, and the records of the requested page, newest first.

    The page is read by the index of the tasks, as long as the request only filters by state and sorts by creation;
    otherwise the tasks are looked at one after the other.

    Args:
        category: the tasks' category, if only those of one are listed.
        apart_from: the runtime expressions of filters that the tasks of the category pass.
        shown: what the list shows for the code of a state.
        entry: only tasks that enter a state in a time, and are in it or in one of the states before it; with it,
            `apart_from` has all filters that do not compare the state.
    """
    lifecycle, laws = tools.tasks.lifecycle(kind), _laws(request)
    page, order = requested_page(request), laws.sort.order(request) if laws.sort is not None else None
    default = laws.sort.default_order if laws.sort is not None else None
    newest_first, by_creation = order == default, order == default or (order is not None and order.by is None)
    states = selected_states(request, lifecycle, shown=shown)
    if by_creation and not filters_apart_from(request, *apart_from, *state_filters(request, lifecycle)):
        total, tasks = tools.tasks.page(kind, page, category, states=states, newest_first=newest_first, entry=entry)
        return total, [record(tools.tasks.view(task)) for task in tasks]
    if entry is not None:
        raise LookupError(
            f"{request.operation.id} selects by the entry of a state, and by filters that are not indexed"
        )
    every = tools.tasks.all(kind, category, newest_first=newest_first or not by_creation)
    if by_creation:
        return _window(page, (row for row in _records(request, tools, every, record) if is_selected(request, row)))
    return page_among(request, tools, every, record)


def page_among(
    request: OperationRequest, tools: Toolbox, tasks: Iterable[Task], record: Callable[[TaskView], Row]
) -> tuple[int, list[Row]]:
    """How many of some tasks pass every filter of a request, and the records of the requested page.

    Args:
        tasks: newest first; all that can pass, and possibly others.
    """
    rows = select(request, _records(request, tools, tasks, record))
    return len(rows), list(requested_page(request).of(rows))


def _records(
    request: OperationRequest, tools: Toolbox, tasks: Iterable[Task], record: Callable[[TaskView], Row]
) -> Iterator[Row]:
    unlisted = _laws(request).unlisted
    return (record(view) for view in map(tools.tasks.view, tasks) if view.state not in unlisted)


def filters_apart_from(request: OperationRequest, *known: str) -> list[str]:
    """The filters that a request has, apart from some and from those without a field, by their runtime expressions."""
    entries = (entry for entry in _laws(request).filters if entry.field is not None and entry.by not in known)
    return [entry.by for entry in entries if entry.value(request) is not None]


def state_filters(request: OperationRequest, lifecycle: Lifecycle) -> list[str]:
    """The filters of a list that compare the state of its tasks, by their runtime expressions."""
    return [entry.by for entry in _laws(request).filters if _is_of_state(entry, lifecycle)]


def _is_of_state(entry: Filter, lifecycle: Lifecycle) -> bool:
    return entry.field == f"/{lifecycle.field}" and not entry.also


def selected_states(
    request: OperationRequest, lifecycle: Lifecycle, *, shown: Callable[[int | str], Any] = lambda code: code
) -> list[str] | None:
    """The names of the states whose tasks pass the filters that compare the state; None for any.

    Args:
        shown: what the list shows for the code of a state.
    """
    laws = _laws(request)
    of_state = (entry for entry in laws.filters if _is_of_state(entry, lifecycle))
    filters = [entry for entry in of_state if entry.value(request) is not None]
    if not filters and not laws.unlisted:
        return None
    return [
        state.name
        for state in lifecycle.states.values()
        if state.name not in laws.unlisted
        and all(entry.selects({lifecycle.field: shown(state.code)}, request) for entry in filters)
    ]


def _window(page: RequestedPage, rows: Iterable[Row]) -> tuple[int, list[Row]]:
    # Only the page is in memory, however many rows there are.
    total = 0
    chosen: list[Row] = []
    for total, row in enumerate(rows, 1):
        if total > page.offset and (page.size is None or len(chosen) < page.size):
            chosen.append(row)
    return total, chosen


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

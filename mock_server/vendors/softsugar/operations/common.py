"""What several chapters share: pages, tasks by id, making tasks."""

from collections.abc import Mapping, Sequence
from typing import Any

from bodydouble.mock_server.engine.pagination import Page, in_order
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Choice, Toolbox
from bodydouble.mock_server.vendors.softsugar import names, population, products
from bodydouble.mock_server.vendors.softsugar.names import Errors


def requested_page(request: OperationRequest) -> Page:
    """Which part of a list the request asks for."""
    return Page.requested(request.body or {}, "pageNo", "pageSize")


def requested_ids(request: OperationRequest) -> list[int]:
    """The ids that the request names, each once."""
    return list(dict.fromkeys(int(number) for number in request.body["ids"]))


def frame(page: Page, total: int, rows: Sequence[Any]) -> dict[str, Any]:
    """The frame of a page."""
    pagination = {
        "pageNo": page.number,
        "numberPages": page.count(total),
        "numberRecords": total,
        "pageSize": page.size,
        "startIndex": page.offset,
    }
    return {"pagination": pagination, "result": list(rows)}


def sort_field(request: OperationRequest) -> str | None:
    """The field that the request sorts by, if it names one."""
    return (request.body or {}).get("sortName") or None


def page_of(request: OperationRequest, rows: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    """The page of a whole list, newest first, in the order that the request asks for."""
    page, field = requested_page(request), sort_field(request)
    if field is not None and any(field in row for row in rows):
        rows = in_order(rows, field, descending=request.body.get("sortValue") == "desc")
    return frame(page, len(rows), page.of(rows))


def find(tools: Toolbox, number: int, field: str) -> TaskView:
    """A task of the account.

    Raises:
        ApiError: taskNotFound, naming the field that the id came from.
    """
    return tools.tasks.find(names.TASK, number, Errors.taskNotFound, field)


def of_type(tools: Toolbox, algo_type: int) -> list[TaskView]:
    """All tasks of a type that the account ever made, deleted ones too, newest first."""
    return [tools.tasks.view(task) for task in tools.tasks.all(names.TASK, str(algo_type), with_deleted=True)]


def create(
    request: OperationRequest, tools: Toolbox, algo_type: int, name: str, choice: Choice | None = None, **fields: Any
) -> int:
    """Make a task; its id.

    Args:
        choice: what becomes of it, if that was asked before.
        fields: of the catalogue's taskFields.
    """
    all_fields, task_input = products.complete({"algoType": algo_type, **fields}), {request.operation.id: request.body}
    return int(population.create(tools, name, all_fields, task_input, choice).key)

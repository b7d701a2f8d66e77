"""What several chapters share: pages, tasks by id, making tasks."""

from collections.abc import Iterable, Mapping
from typing import Any

from bodydouble.mock_server.vendor_api.listing import page_fields, requested_page, select
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Choice, Toolbox
from bodydouble.mock_server.vendors.softsugar import names, population, products
from bodydouble.mock_server.vendors.softsugar.names import Errors


def requested_ids(request: OperationRequest) -> list[int]:
    """The ids that the request names, each once."""
    return list(dict.fromkeys(int(number) for number in request.body["ids"]))


def frame(request: OperationRequest, total: int, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The frame of the requested page."""
    return {"pagination": page_fields(request, total), "result": list(rows)}


def page_of(request: OperationRequest, rows: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The requested page of what the request selects of a whole list.

    Args:
        rows: newest first.
    """
    selected = select(request, rows)
    return frame(request, len(selected), requested_page(request).of(selected))


def find(tools: Toolbox, number: int, field: str) -> TaskView:
    """A task of the account.

    Raises:
        ApiError: taskNotFound, naming the field that the id came from.
    """
    return tools.tasks.find(names.TASK, number, Errors.taskNotFound, field)


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

"""Tasks."""

from typing import Any

from bodydouble.mock_server.vendors.acme_cloud import records
from bodydouble.mock_server.vendors.acme_cloud.names import TASK, Errors
from bodydouble.mock_server.vendors.acme_cloud.operations.common import callback, find

from bodydouble.mock_server.engine.pagination import Page
from bodydouble.mock_server.engine.speech_duration import speaking_time
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.toolbox import Toolbox

handlers = Handlers[Toolbox]()


@handlers.operation("createTask", transaction=True)
def create_task(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Start a task."""
    task = tools.tasks.create(
        TASK,
        key=int,
        name=request.body["name"],
        attributes={},
        files={records.RESULT: {"duration": speaking_time(request.body["text"])}},
        callback=callback(request, tools),
    )
    return records.task(tools.tasks.view(task))


@handlers.operation("listTasks")
def list_tasks(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """The account's tasks, newest first."""
    page = Page(int(request.query.get("page", 1)), int(request.query.get("size", 10)))
    total, tasks = tools.tasks.page(TASK, page)
    return {"total": total, "tasks": [records.task(tools.tasks.view(task)) for task in tasks]}


@handlers.operation("getTask")
def get_task(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Read a task."""
    return records.task(tools.tasks.view(find(request, tools)))


@handlers.operation("cancelTask", transaction=True)
def cancel_task(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """End a task that waits or runs."""
    task = tools.tasks.operate(find(request, tools), error=Errors.taskNotCancellable)
    return records.task(tools.tasks.view(task))

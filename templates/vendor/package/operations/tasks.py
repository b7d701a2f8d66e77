"""The chapter Tasks: every operation has a handler of its operationId.

What a handler returns becomes `data` of the response; ApiError makes it a failure. A handler that changes something
says `transaction=True`.
"""

from typing import Any

from bodydouble.mock_server.engine.speech_duration import speaking_time
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.listing import page_fields, requested_page
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.acme_cloud import names, records
from bodydouble.mock_server.vendors.acme_cloud.names import Errors
from bodydouble.mock_server.vendors.acme_cloud.operations import common

handlers = Handlers[Toolbox]()


@handlers.operation("createTask", transaction=True)
def create_task(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Start a task."""
    task = tools.tasks.create(
        names.TASK,
        key=int,
        name=request.body["name"],
        # What the records need of the request, by names of our own.
        attributes={},
        files={records.RESULT: {"duration": speaking_time(request.body["text"])}},
        callback=common.callback(request, tools),
    )
    return records.task(tools.tasks.view(task))


@handlers.operation("listTasks")
def list_tasks(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """The account's tasks, newest first."""
    total, tasks = tools.tasks.page(names.TASK, requested_page(request))
    return {**page_fields(request, total), "tasks": [records.task(tools.tasks.view(task)) for task in tasks]}


@handlers.operation("getTask")
def get_task(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """Read a task."""
    return records.task(common.find(request, tools))


@handlers.operation("cancelTask", transaction=True)
def cancel_task(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """End a task that waits or runs."""
    task = tools.tasks.operate(common.find(request, tools).task, error=Errors.taskNotCancellable)
    return records.task(tools.tasks.view(task))

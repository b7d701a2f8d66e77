"""Following tasks and changing their course (vendor document, lines 986-1678)."""

from collections.abc import Callable
from enum import Enum
from functools import cache
from typing import Any

from bodydouble.mock_server.store.search import NAME
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.listing import page_among, page_of_tasks, passes_constants
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.task_view import TaskView
from bodydouble.mock_server.vendor_api.toolbox import Toolbox
from bodydouble.mock_server.vendors.softsugar import names, products, records, timing
from bodydouble.mock_server.vendors.softsugar.catalogue import TASKS, owner
from bodydouble.mock_server.vendors.softsugar.names import Errors
from bodydouble.mock_server.vendors.softsugar.operations import common

handlers = Handlers[Toolbox]()

# The filter that the tasks' category stands for.
_BY_TYPE = "$request.body#/algoType"
_BY_OWNER = "$request.body#/userId"
# "Cancellation and regeneration are currently not supported" (vendor document, lines 105 and 218).
_UNCHANGEABLE = (products.PREHEATING, products.TRANSCODING)
_ID = "query parameter id"


@handlers.operation("getTasks")
def get_tasks(request: OperationRequest, tools: Toolbox) -> list[dict[str, Any]]:
    """Tasks by id; unknown and deleted ones are left out."""
    tasks = (tools.tasks.get(names.TASK, number) for number in common.requested_ids(request))
    return [records.task(tools.tasks.view(task)) for task in tasks if task is not None]


@handlers.operation("listTasks")
def list_tasks(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """The account's tasks of a type."""
    return _page_of_tasks(request, tools, records.summary)


@handlers.operation("listTasksWithQueue")
def list_tasks_with_queue(request: OperationRequest, tools: Toolbox) -> dict[str, Any]:
    """The account's tasks of a type with all that is known of them, by state, id and name."""
    length = cache(lambda: tools.tasks.count(names.TASK, states=(names.TASK_WAITING,)))

    def record(view: TaskView) -> dict[str, Any]:
        # The dispatcher's queue: all waiting tasks of the account, in the order in which they entered it.
        is_waiting = view.state == names.TASK_WAITING
        return records.task_with_queue(view, f"{tools.tasks.place(view) + 1}/{length()}" if is_waiting else None)

    return _page_of_tasks(request, tools, record)


def _page_of_tasks(
    request: OperationRequest, tools: Toolbox, record: Callable[[TaskView], dict[str, Any]]
) -> dict[str, Any]:
    if not passes_constants(request, {"owner": owner(tools.account)}):
        return common.frame(request, 0, ())
    known = (_BY_TYPE, _BY_OWNER)
    if request.operation.id == "listTasksWithQueue" and request.body.get("key"):
        named = _by_key(tools, request.body["key"])
        return common.frame(request, *page_among(request, tools, named, record))
    category = str(int(request.body["algoType"]))
    page = page_of_tasks(request, tools, names.TASK, record, category=category, apart_from=known)
    return common.frame(request, *page)


def _by_key(tools: Toolbox, key: str) -> list[Task]:
    # The one of an id, and those of a name; the catalogue's tasks are not searched for, but few.
    ids = [key, *(entry["id"] for entry in TASKS if entry["materialName"] == key)]
    by_id = (task for task in (tools.tasks.get(names.TASK, task_id) for task_id in ids) if task is not None)
    tasks = {task.number: task for task in (*by_id, *tools.tasks.search(names.TASK, NAME, key))}
    return [tasks[number] for number in sorted(tasks, reverse=True)]


@handlers.operation("cancelTask", transaction=True)
def cancel_task(request: OperationRequest, tools: Toolbox) -> None:
    """Stop a task that is in progress."""
    _operate(request, tools, Errors.taskNotCancellable)


@handlers.operation("restartTask", transaction=True)
def restart_task(request: OperationRequest, tools: Toolbox) -> int:
    """Run a failed task again, under the same id."""
    return int(_operate(request, tools, Errors.taskNotRestartable).key)


def _operate(request: OperationRequest, tools: Toolbox, error: Enum) -> Task:
    view = common.find(tools, request.query["id"], _ID)
    algo_type = view.attributes["algoType"]
    if algo_type in _UNCHANGEABLE:
        raise ApiError(error, f"{_ID}: tasks of type {algo_type} are neither cancelled nor restarted")
    return tools.tasks.operate(view.task, error=error)


@handlers.operation("deleteTask", transaction=True)
def delete_task(request: OperationRequest, tools: Toolbox) -> None:
    """Remove a task that has ended, named in the query."""
    _delete(tools, request.query["id"], _ID)


@handlers.operation("deleteTaskByPath", transaction=True)
def delete_task_by_path(request: OperationRequest, tools: Toolbox) -> None:
    """Remove a task that has ended, named in the path."""
    _delete(tools, request.path["id"], "path parameter id")


def _delete(tools: Toolbox, number: int, field: str) -> None:
    view = common.find(tools, number, field)
    if not view.is_terminal:
        raise ApiError(Errors.taskNotDeletable, f"{field}: the task is {view.state}")
    tools.tasks.delete(view.task)


@handlers.operation("getTaskPhases")
def get_task_phases(request: OperationRequest, tools: Toolbox) -> list[dict[str, Any]]:
    """How long the phases of a video synthesis took."""
    view = common.find(tools, request.query["id"], _ID)
    algo_type = view.attributes["algoType"]
    if algo_type != products.VIDEO:
        raise ApiError(Errors.phaseCostUnavailable, f"{_ID}: the task is of type {algo_type}, not {products.VIDEO}")
    return timing.phases(view)

"""Following and steering tasks (vendor document, lines 986-1678)."""

from collections.abc import Callable
from functools import cache
from typing import Any

from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, OperationRequest
from bodydouble.mock_server.vendors.softsugar import records
from bodydouble.mock_server.vendors.softsugar.authentication import NAME
from bodydouble.mock_server.vendors.softsugar.catalogue import owner
from bodydouble.mock_server.vendors.softsugar.operations.common import (
    asked_ids,
    find,
    frame,
    page_of,
    sort_field,
    view,
    wanted_page,
)
from bodydouble.mock_server.vendors.softsugar.products import PREHEATING, TASK, TRANSCODING, VIDEO, WAITING

handlers = Handlers()

_ALL_STATES = -1
# "Cancellation and regeneration are currently not supported" (vendor document, lines 105 and 218).
_UNSTEERABLE = (PREHEATING, TRANSCODING)
_ID = "query parameter id"


@handlers.reads("getTasks")
def get_tasks(request: OperationRequest) -> list[dict[str, Any]]:
    """Tasks by id; unknown and deleted ones are left out."""
    found = (
        tasks.get(request.connection, request.account.id, NAME, TASK, str(number)) for number in asked_ids(request)
    )
    return [records.task(view(request, task)) for task in found if task is not None]


@handlers.reads("listTasks")
def list_tasks(request: OperationRequest) -> dict[str, Any]:
    """The account's tasks of a type."""
    return _page_of_tasks(request, lambda task: records.summary(view(request, task)))


@handlers.reads("listTasksWithQueue")
def list_tasks_with_queue(request: OperationRequest) -> dict[str, Any]:
    """The account's tasks of a type with all that is known of them, by state, id and name."""
    wanted = request.body
    if wanted.get("userId", owner(request.account)) != owner(request.account):
        return page_of(request, [])
    state, key = wanted.get("status", _ALL_STATES), wanted.get("key", "")
    queue = cache(lambda: _queue(request))

    def record(task: Task) -> dict[str, Any]:
        waits = task.state(request.now) == WAITING
        return records.detail(view(request, task), queue()[task.id] if waits else None)

    def selected(task: Task) -> bool:
        return state in (_ALL_STATES, records.code(task, request.now)) and key in ("", task.key, task.name)

    return _page_of_tasks(request, record, None if (state, key) == (_ALL_STATES, "") else selected)


def _page_of_tasks(
    request: OperationRequest,
    record: Callable[[Task], dict[str, Any]],
    selected: Callable[[Task], bool] | None = None,
) -> dict[str, Any]:
    # Records are made, and tasks read, for a page only, unless an order or a selection needs to see them all.
    page, category = wanted_page(request), str(int(request.body["algoType"]))
    if sort_field(request) is None and selected is None:
        total, found = tasks.page(
            request.connection, request.account.id, NAME, TASK, offset=page.offset, limit=page.size, category=category
        )
        return frame(page, total, [record(task) for task in found])
    every = tasks.every(request.connection, request.account.id, NAME, TASK, category)
    matching = every if selected is None else [task for task in every if selected(task)]
    if sort_field(request) is None:
        return frame(page, len(matching), [record(task) for task in page.of(matching)])
    return page_of(request, [record(task) for task in matching])


def _queue(request: OperationRequest) -> dict[int, str]:
    # The dispatcher's queue: all waiting tasks of the account, in the order in which they entered it.
    every = tasks.every(request.connection, request.account.id, NAME, TASK)
    waiting = [task for task in every if task.state(request.now) == WAITING]
    waiting.sort(key=lambda task: (task.plan.current(request.now).at, task.number))
    return {task.id: f"{place}/{len(waiting)}" for place, task in enumerate(waiting, 1)}


@handlers.writes("cancelTask")
def cancel_task(request: OperationRequest) -> None:
    """Stop a task that is in progress."""
    task = find(request, request.query["id"], _ID)
    _require_steerable(task, "taskNotCancellable")
    request.services.tasks.operate(request, task, refusal="taskNotCancellable")


@handlers.writes("restartTask")
def restart_task(request: OperationRequest) -> int:
    """Run a failed task again, under the same id."""
    task = find(request, request.query["id"], _ID)
    _require_steerable(task, "taskNotRestartable")
    request.services.tasks.operate(request, task, refusal="taskNotRestartable")
    return int(task.key)


def _require_steerable(task: Task, case: str) -> None:
    algo_type = task.attributes["fields"]["algoType"]
    if algo_type in _UNSTEERABLE:
        raise ApiError(case, f"{_ID}: tasks of type {algo_type} are neither cancelled nor restarted")


@handlers.writes("deleteTask")
def delete_task(request: OperationRequest) -> None:
    """Remove a task that has ended, named in the query."""
    _delete(request, request.query["id"], _ID)


@handlers.writes("deleteTaskByPath")
def delete_task_by_path(request: OperationRequest) -> None:
    """Remove a task that has ended, named in the path."""
    _delete(request, request.path["id"], "path parameter id")


def _delete(request: OperationRequest, number: int, field: str) -> None:
    task = find(request, number, field)
    if not view(request, task).ended:
        raise ApiError("taskNotDeletable", f"{field}: the task is {task.state(request.now)}")
    request.services.tasks.delete(request, task)


@handlers.reads("getTaskPhases")
def get_task_phases(request: OperationRequest) -> list[dict[str, Any]]:
    """How long the phases of a video synthesis took."""
    task = find(request, request.query["id"], _ID)
    seen = view(request, task)
    if seen.algo_type != VIDEO:
        raise ApiError("phaseCostUnavailable", f"{_ID}: the task is of type {seen.algo_type}, not {VIDEO}")
    return records.phases(seen)

"""Tasks: add and show them, and hold, release, step, finish or fail them."""

import heapq
from collections.abc import Callable, Iterator
from typing import Any

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME, Lifecycle
from bodydouble.mock_server.control.names import Errors
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.control.toolbox import ControlToolbox
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import Plan, PlanError
from bodydouble.mock_server.media.contents import contents
from bodydouble.mock_server.services.task_context import TaskContext
from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.handlers import Handlers
from bodydouble.mock_server.vendor_api.listing import requested_page
from bodydouble.mock_server.vendor_api.request import OperationRequest
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.settings import NewTask, TaskRejected
from bodydouble.mock_server.vendor_api.task_view import TaskView

handlers = Handlers[ControlToolbox]()

# Tasks that one request for a list looks at, whatever it is filtered by.
_MAX_LOOKED_AT = 2000
_READ_AT_ONCE = 101


def _describe(
    request: OperationRequest, tools: ControlToolbox, account: Account, task: Task, now: int
) -> dict[str, Any]:
    states = tools.tasks.lifecycle(task.vendor, task.kind).states
    state = task.state(now)
    view = TaskView(account, task, tools.tasks.lifecycles(task.vendor), now, request.base_url)
    return {
        "id": task.id,
        "number": task.number,
        "vendor": task.vendor,
        "kind": task.kind,
        "key": task.key,
        "name": task.name,
        "state": state,
        "code": states[state].code,
        "outcome": task.plan.outcome,
        "reason": task.plan.reason,
        "held": task.plan.held,
        "created_at": task.created_at,
        "callback_state": task.callback_state,
        "steps": [{"at": step.at, "state": step.state, "code": states[step.state].code} for step in task.plan.steps],
        "files": [{"name": name, "url": view.file_url(name)} for name in task.runtime.files if view.has_file(name)],
    }


def task_of(tools: ControlToolbox, account: Account, task_id: int) -> Task:
    """A task of an account.

    Raises:
        ApiError: taskNotFound.
    """
    task = tasks.by_id(tools.connection, task_id)
    if task is None or task.account_id != account.id or task.deleted_at is not None:
        raise ApiError(Errors.taskNotFound, str(task_id))
    return task


@handlers.operation("listTasks")
def list_tasks(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """List an account's tasks."""
    account = account_of(request, tools)
    limit, now = requested_page(request).size, account.clock.now(request.wall_ms)
    selected: list[Task] = []
    for looked_at, task in enumerate(_newest_first(request, tools, account)):
        if looked_at == _MAX_LOOKED_AT or len(selected) == limit:
            return {"tasks": [_describe(request, tools, account, task, now) for task in selected], "next": task.number}
        if _is_selected(request, task, now):
            selected.append(task)
    return {"tasks": [_describe(request, tools, account, task, now) for task in selected], "next": None}


def _is_selected(request: OperationRequest, task: Task, now: int) -> bool:
    query = request.query
    return (
        query.get("outcome", task.plan.outcome) == task.plan.outcome
        and query.get("name", "").casefold() in task.name.casefold()
        and ("state" not in query or task.state(now) == query["state"])
    )


def _newest_first(request: OperationRequest, tools: ControlToolbox, account: Account) -> Iterator[Task]:
    """The tasks that may be selected, the latest first."""
    kinds = [_of_kind(request, tools, account, vendor, kind) for vendor, kind in _kinds(request, tools)]
    return heapq.merge(*kinds, key=lambda task: task.number, reverse=True)


def _of_kind(
    request: OperationRequest, tools: ControlToolbox, account: Account, vendor: str, kind: str
) -> Iterator[Task]:
    # Of each kind for itself, as the tasks are indexed.
    if "key" in request.query:
        task = tasks.get(tools.connection, account.id, vendor, kind, request.query["key"])
        if task is not None and task.number <= request.query.get("until", task.number):
            yield task
        return
    until = request.query.get("until")
    while rows := tasks.newest(tools.connection, account.id, vendor, kind, until, _READ_AT_ONCE):
        yield from rows
        if len(rows) < _READ_AT_ONCE:
            return
        until = rows[-1].number - 1


def _kinds(request: OperationRequest, tools: ControlToolbox) -> Iterator[tuple[str, str]]:
    for name, vendor in tools.vendors.items():
        for kind in vendor.contract.lifecycles:
            if request.query.get("vendor", name) == name and request.query.get("kind", kind) == kind:
                yield name, kind


@handlers.operation("getTask")
def get_task(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Show a task."""
    account = account_of(request, tools)
    task = task_of(tools, account, request.path["taskId"])
    shown = _describe(request, tools, account, task, account.clock.now(request.wall_ms))
    if request.query.get("contents", False):
        seed = f"{account.id} {task.id}"
        for file in shown["files"]:
            file.update(contents(file["name"], task.runtime.files[file["name"]], seed))
    return shown


@handlers.operation("addTasks", transaction=True)
def add_tasks(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Add tasks that the vendor's own operations do not create."""
    account, body = account_of(request, tools), request.body
    vendor = tools.vendors.get(body["vendor"])
    if vendor is None:
        raise ApiError(Errors.taskUnaddable, f"/vendor: there is no vendor {body['vendor']}")
    if vendor.add_task is None:
        raise ApiError(
            Errors.taskUnaddable, f"/vendor: every task of {vendor.name} is created by an operation of its own"
        )
    lifecycle = vendor.contract.lifecycles.get(body["kind"])
    if lifecycle is None:
        raise ApiError(Errors.taskUnaddable, f"/kind: {vendor.name} has {', '.join(vendor.contract.lifecycles)}")
    outcome = body.get("outcome", DEFAULT_OUTCOME)
    if outcome not in lifecycle.outcomes:
        raise ApiError(Errors.taskUnaddable, f"/outcome: {lifecycle.name} has {', '.join(sorted(lifecycle.outcomes))}")
    new = NewTask(lifecycle.name, body.get("name", ""), outcome, body.get("reason"), body.get("fields", {}))
    now = account.clock.now(request.wall_ms)
    vendor_tools = tools.toolboxes.for_account(tools.connection, account, vendor.name, now)
    try:
        added = [vendor.add_task(vendor_tools, new) for _ in range(int(body.get("count", 1)))]
    except TaskRejected as error:
        raise ApiError(Errors.taskUnaddable, f"/fields{error}") from error
    tools.effects.task_id = added[-1].id
    return {"tasks": [_describe(request, tools, account, task, now) for task in added]}


def _change(
    request: OperationRequest, tools: ControlToolbox, replan: Callable[[Task, Account, int], Plan]
) -> dict[str, Any]:
    account = account_of(request, tools)
    task = task_of(tools, account, request.path["taskId"])
    now = account.clock.now(request.wall_ms)
    try:
        plan = replan(task, account, now)
    except PlanError as error:
        raise ApiError(Errors.taskUnchangeable, str(error)) from error
    context = TaskContext(tools.connection, account, task.vendor, "", now, request.base_url)
    return _describe(request, tools, account, tools.tasks.change(context, task, plan), now)


@handlers.operation("holdTask", transaction=True)
def hold_task(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Stop time for a task."""
    return _change(request, tools, lambda task, account, now: plans.hold(task.plan, now))


@handlers.operation("releaseTask", transaction=True)
def release_task(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Let time go on for a held task."""
    lifecycle = tools.tasks.lifecycle_of
    return _change(
        request, tools, lambda task, account, now: plans.release(task.plan, lifecycle(task), now, account.tempo)
    )


@handlers.operation("stepTask", transaction=True)
def step_task(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Take a task's next edge now."""
    lifecycle = tools.tasks.lifecycle_of
    return _change(
        request, tools, lambda task, account, now: plans.step(task.plan, lifecycle(task), now, account.tempo)
    )


@handlers.operation("finishTask", transaction=True)
def finish_task(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """End a task now."""
    body = request.body or {}
    return _end(request, tools, lambda task: body.get("outcome"), body.get("reason"))


@handlers.operation("failTask", transaction=True)
def fail_task(request: OperationRequest, tools: ControlToolbox) -> dict[str, Any]:
    """Let a task fail now."""
    body = request.body or {}
    outcome = body.get("outcome")
    return _end(request, tools, lambda task: outcome or _failure(tools.tasks.lifecycle_of(task)), body.get("reason"))


def _failure(lifecycle: Lifecycle) -> str:
    if lifecycle.failure is None:
        raise PlanError(f"{lifecycle.name} has no outcome of failure")
    return lifecycle.failure


def _end(
    request: OperationRequest,
    tools: ControlToolbox,
    outcome_of: Callable[[Task], str | None],
    reason: str | None,
) -> dict[str, Any]:
    lifecycle = tools.tasks.lifecycle_of
    return _change(
        request,
        tools,
        lambda task, account, now: plans.finish(
            task.plan, lifecycle(task), now, account.tempo, outcome_of(task), reason
        ),
    )

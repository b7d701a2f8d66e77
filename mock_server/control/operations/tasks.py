"""Tasks: add and show them, and hold, release, step, finish or fail them."""

from collections.abc import Callable
from typing import Any

from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.control.operations.accounts import account_of
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import Plan, PlanError
from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import ApiError, Handlers, NewTask, OperationRequest, TaskRefused

handlers = Handlers()

_DEFAULT_LIMIT = 100
_FAILED = "failed"


def _describe(request: OperationRequest, task: Task, now: int) -> dict[str, Any]:
    states = request.services.tasks.lifecycle(task.vendor, task.kind).states
    state = task.state(now)
    return {
        "id": task.id,
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
    }


def task_of(request: OperationRequest, account: Account, task_id: int) -> Task:
    """A task of an account.

    Raises:
        ApiError: taskNotFound.
    """
    task = tasks.by_id(request.connection, task_id)
    if task is None or task.account_id != account.id or task.deleted_at is not None:
        raise ApiError("taskNotFound", str(task_id))
    return task


@handlers.reads("listTasks")
def list_tasks(request: OperationRequest) -> dict[str, Any]:
    """List an account's tasks."""
    account = account_of(request)
    found = tasks.search(
        request.connection,
        account.id,
        vendor=request.query.get("vendor"),
        kind=request.query.get("kind"),
        key=request.query.get("key"),
        limit=request.query.get("limit", _DEFAULT_LIMIT),
    )
    now = account.clock.now(request.real)
    return {"tasks": [_describe(request, task, now) for task in found]}


@handlers.reads("getTask")
def get_task(request: OperationRequest) -> dict[str, Any]:
    """Show a task."""
    account = account_of(request)
    return _describe(request, task_of(request, account, request.path["taskId"]), account.clock.now(request.real))


@handlers.writes("addTasks")
def add_tasks(request: OperationRequest) -> dict[str, Any]:
    """Add tasks that the vendor's own operations do not make."""
    account, wanted = account_of(request), request.body
    vendor = request.services.vendors.get(wanted["vendor"])
    if vendor is None:
        raise ApiError("taskUnaddable", f"/vendor: there is no vendor {wanted['vendor']}")
    if vendor.add_task is None:
        raise ApiError("taskUnaddable", f"/vendor: every task of {vendor.name} is made by an operation of its own")
    lifecycle = vendor.contract.lifecycles.get(wanted["kind"])
    if lifecycle is None:
        raise ApiError("taskUnaddable", f"/kind: {vendor.name} has {', '.join(vendor.contract.lifecycles)}")
    outcome = wanted.get("outcome", DEFAULT_OUTCOME)
    if outcome not in lifecycle.outcomes:
        raise ApiError("taskUnaddable", f"/outcome: {lifecycle.name} has {', '.join(sorted(lifecycle.outcomes))}")
    new = NewTask(lifecycle.name, wanted.get("name", ""), outcome, wanted.get("reason"), wanted.get("fields", {}))
    now = account.clock.now(request.real)
    try:
        made = [
            vendor.add_task(request.services, request.connection, account, now, new)
            for _ in range(int(wanted.get("count", 1)))
        ]
    except TaskRefused as error:
        raise ApiError("taskUnaddable", f"/fields{error}") from error
    request.cause = made[-1].id
    return {"tasks": [_describe(request, task, now) for task in made]}


def _change(request: OperationRequest, replan: Callable[[Task, Account, int], Plan]) -> dict[str, Any]:
    account = account_of(request)
    task = task_of(request, account, request.path["taskId"])
    now = account.clock.now(request.real)
    try:
        plan = replan(task, account, now)
    except PlanError as error:
        raise ApiError("taskUnchangeable", str(error)) from error
    return _describe(request, request.services.tasks.change(request.connection, account, now, task, plan), now)


@handlers.writes("holdTask")
def hold_task(request: OperationRequest) -> dict[str, Any]:
    """Stop time for a task."""
    return _change(request, lambda task, account, now: plans.hold(task.plan, now))


@handlers.writes("releaseTask")
def release_task(request: OperationRequest) -> dict[str, Any]:
    """Let time go on for a held task."""
    lifecycle = request.services.tasks.lifecycle_of
    return _change(request, lambda task, account, now: plans.release(task.plan, lifecycle(task), now, account.tempo))


@handlers.writes("stepTask")
def step_task(request: OperationRequest) -> dict[str, Any]:
    """Take a task's next edge now."""
    lifecycle = request.services.tasks.lifecycle_of
    return _change(request, lambda task, account, now: plans.step(task.plan, lifecycle(task), now, account.tempo))


@handlers.writes("finishTask")
def finish_task(request: OperationRequest) -> dict[str, Any]:
    """End a task now."""
    wanted = request.body or {}
    return _end(request, wanted.get("outcome"), wanted.get("reason"))


@handlers.writes("failTask")
def fail_task(request: OperationRequest) -> dict[str, Any]:
    """Let a task fail now."""
    wanted = request.body or {}
    return _end(request, wanted.get("outcome", _FAILED), wanted.get("reason"))


def _end(request: OperationRequest, outcome: str | None, reason: str | None) -> dict[str, Any]:
    lifecycle = request.services.tasks.lifecycle_of
    return _change(
        request,
        lambda task, account, now: plans.finish(task.plan, lifecycle(task), now, account.tempo, outcome, reason),
    )

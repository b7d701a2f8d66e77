"""Tasks: lists, and one task as a timeline, with what a person may do to it."""

from collections.abc import Mapping
from functools import partial

from flask import Blueprint, Response, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from bodydouble.mock_server.pages.context import PageContext
from bodydouble.mock_server.pages.dashboard.actions import Shown, live_or_ended, page_or_problem
from bodydouble.mock_server.pages.dashboard.results import results_of
from bodydouble.mock_server.pages.dashboard.tones import state_tone
from bodydouble.mock_server.pages.drawing.timeline import timeline
from bodydouble.mock_server.pages.forms import FieldError, text, without_none
from bodydouble.mock_server.pages.notices import done

_TASKS = "/_mock/dashboard/accounts/<account>/tasks"
_TASK = f"{_TASKS}/<int:task>"
PAGE_SIZE = 50
_FILTERS = ("vendor", "kind", "state", "name", "outcome")
_DONE = {
    "hold": "Time stands still for the task.",
    "release": "Time goes on for the task.",
    "step": "The task has gone one step on.",
    "finish": "The task has ended.",
    "fail": "The task has failed.",
}


def task_pages(context: PageContext) -> Blueprint:
    """The pages of tasks."""
    pages = Blueprint("tasks", __name__)

    @pages.get(_TASKS)
    def index(account: str) -> str:
        return render_template("dashboard/tasks.html", **_list(context, account))

    @pages.get(f"{_TASKS}/live")
    def live_list(account: str) -> Response:
        return live_or_ended(lambda: _list(context, account), tasks="task_rows")

    @pages.get(_TASK)
    def show(account: str, task: int, problem: str = "") -> str:
        return render_template("dashboard/task.html", problem=problem, **_facts(context, account, task))

    @pages.get(f"{_TASK}/live")
    def live(account: str, task: int) -> Response:
        # Results stay as they are while time goes on: one of them may be playing.
        parts = {"task": "task_now", "results": "task_results", "related": "task_related"}
        return live_or_ended(lambda: _facts(context, account, task), **parts)

    @pages.post(f"{_TASK}/<action>")
    @page_or_problem(show)
    def act(account: str, task: int, action: str) -> AnyResponse:
        if action not in _DONE:
            raise FieldError(f"{action} is nothing that can be done to a task")
        body = None
        if action in ("finish", "fail"):
            body = without_none(outcome=text("outcome"), reason=text("reason"))
        context.control.call(f"{action}Task", account, task, body=body)
        return done(_DONE[action], url_for(".show", account=account, task=task))

    return pages


def _list(context: PageContext, account: str) -> Shown:
    chosen = {name: request.args.get(name, "").strip() for name in _FILTERS}
    until = request.args.get("until", type=int)
    page = context.control.call("listTasks", account, limit=PAGE_SIZE, until=until, **chosen)
    return {
        "account": account,
        "tasks": page["tasks"],
        "next": page["next"],
        "until": until,
        "chosen": chosen,
        "choices": _choices(context, chosen),
        "tone": partial(state_tone, context.contracts),
    }


def _choices(context: PageContext, chosen: Mapping[str, str]) -> dict[str, list[str]]:
    """What each filter may be, as far as the others are chosen."""
    lifecycles = [
        (name, lifecycle)
        for name, contract in context.contracts.items()
        if chosen["vendor"] in ("", name)
        for lifecycle in contract.lifecycles.values()
    ]
    fitting = [lifecycle for _, lifecycle in lifecycles if chosen["kind"] in ("", lifecycle.name)]
    return {
        "vendor": sorted(name for name, contract in context.contracts.items() if contract.lifecycles),
        "kind": sorted({lifecycle.name for _, lifecycle in lifecycles}),
        "state": sorted({state for lifecycle in fitting for state in lifecycle.states}),
        "outcome": sorted({outcome for lifecycle in fitting for outcome in lifecycle.outcomes}),
    }


def _facts(context: PageContext, account: str, task_id: int) -> Shown:
    call = context.control.call
    task = call("getTask", account, task_id, contents="true")
    deliveries = call("listDeliveries", account, task=task_id, limit=20)["deliveries"]
    entries = call("readJournal", account, task=task_id, limit=20)["entries"]
    now = call("getClock", account)["now"]
    tone = partial(state_tone, context.contracts, task["vendor"], task["kind"])
    lifecycle = context.contracts[task["vendor"]].lifecycles[task["kind"]]
    return {
        "account": account,
        "task": task,
        "lifecycle": lifecycle,
        "deliveries": deliveries,
        "entries": entries,
        "now": now,
        "tone": tone,
        "timeline": timeline(task["steps"], deliveries, now, tone),
        "results": results_of(task["files"]),
    }

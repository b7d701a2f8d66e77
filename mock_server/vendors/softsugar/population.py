"""Making tasks: those of the operations, and those of a new account and of the control plane."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.engine.plans import Plan, Step
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.settings import NewTask, TaskRejected
from bodydouble.mock_server.vendor_api.toolbox import Choice, Toolbox
from bodydouble.mock_server.vendors.softsugar.callbacks import callback
from bodydouble.mock_server.vendors.softsugar.catalogue import TASK_FIELDS, TASKS, owner
from bodydouble.mock_server.vendors.softsugar.names import ERROR, FAILED, NOT_STARTED, PROCESSING, TASK, WAITING
from bodydouble.mock_server.vendors.softsugar.products import (
    AVATAR,
    AVATAR_UPDATE,
    PREHEATING,
    RESULT_LIFE,
    Fields,
    all_fail,
    complete,
    files,
)

# Ids of the catalogue's tasks are below, ids of all others above.
FIRST_ID = 1_000_000_000
# How long a task of a new account waited for the queue and for the algorithm, in milliseconds, if its age allows.
_ACCEPTED, _QUEUED = 12_000, 60_000
_FIELDS = jsonschema_rs.Draft202012Validator(TASK_FIELDS)


def create(tools: Toolbox, name: str, fields: Fields, task_input: Mapping[str, Any], choice: Choice | None) -> Task:
    """Make a task that begins now.

    Args:
        fields: complete.
        task_input: the request, as `taskInfo` shows it.
        choice: what becomes of it; None for what a scenario says.
    """
    return tools.tasks.create(
        TASK,
        key=lambda number: FIRST_ID + number,
        name=name,
        attributes={**fields, "input": task_input},
        files=files(fields),
        files_valid=RESULT_LIFE,
        callback=callback(tools),
        choice=choice,
        category=str(fields["algoType"]),
    )


def populate(tools: Toolbox) -> None:
    """Put the catalogue's tasks into a new account, oldest first."""
    for entry in sorted(TASKS, key=lambda entry: -entry["age"]):
        _record(tools, entry)


def _record(tools: Toolbox, entry: Mapping[str, Any]) -> None:
    name = entry["materialName"]
    fields = complete({field: value for field, value in entry.items() if field in TASK_FIELDS["properties"]})
    plan = _past(entry, tools.now)
    tools.tasks.record(
        TASK,
        key=lambda number: entry["id"],
        name=name,
        created_at=plan.steps[0].at,
        plan=plan,
        attributes={**fields, "input": _input(tools.account, name, fields)},
        files=files(fields),
        files_valid=RESULT_LIFE,
        callback=callback(tools),
        category=str(fields["algoType"]),
    )


def _past(entry: Mapping[str, Any], now: int) -> Plan:
    age, state = entry["age"] * 1000, entry["state"]
    submitted = now - age
    started = submitted + min(_QUEUED, age // 2)
    steps = [
        Step(submitted, NOT_STARTED),
        Step(submitted + min(_ACCEPTED, age // 4), WAITING),
        Step(started, PROCESSING),
    ]
    states = [step.state for step in steps]
    if state in states:
        steps = steps[: states.index(state) + 1]
    else:
        steps.append(Step(started + entry["duration"] * 1000, state))
    outcome = FAILED if state == ERROR else DEFAULT_OUTCOME
    return Plan(outcome, tuple(steps), entry.get("errorMsg"), held=entry.get("held", False))


def add_task(tools: Toolbox, new: NewTask) -> Task:
    """Make a task of any type, which begins now.

    Raises:
        TaskRejected: the fields are not those of the catalogue's taskFields.
    """
    _check(new)
    task_files = new.fields.get("files", [])
    outcome = FAILED if task_files and all_fail(task_files) else new.outcome
    fields, choice = complete(new.fields), Choice(outcome, new.reason, tools.account.tempo)
    return create(tools, new.name, fields, _input(tools.account, new.name, fields), choice)


def _check(new: NewTask) -> None:
    if new.kind != TASK:
        raise TaskRejected(f": only {TASK} can be added; a preheated file comes with its task")
    for error in _FIELDS.iter_errors(new.fields):
        raise TaskRejected(f"{pointer(error.instance_path)}: {error.message}")
    if new.fields["algoType"] == PREHEATING and not all("fileId" in file for file in new.fields.get("files", [])):
        raise TaskRejected("/files: every file of a preheating needs a fileId")


def _input(account: Account, name: str, fields: Fields) -> dict[str, Any]:
    algo_type = fields["algoType"]
    if algo_type not in (AVATAR, AVATAR_UPDATE):
        return {"task": {"materialName": name, **fields}}
    job = {"accountId": owner(account), "materialName": name, "assetScale": 1.0, "existTaskId": 0}
    operation = "create2DAvatarModel" if algo_type == AVATAR else "rebuild2DAvatarModelVideo"
    return {operation: {**job, "firstCreate": algo_type == AVATAR}}

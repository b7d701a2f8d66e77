"""Tasks that no documented operation makes: those of a new account, and those that the control plane adds."""

from collections.abc import Mapping
from typing import Any

import jsonschema_rs
from sqlalchemy import Connection

from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.composition import Services
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import Plan, Step
from bodydouble.mock_server.store.accounts import Account
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.vendor import NewTask, TaskRefused
from bodydouble.mock_server.vendors.softsugar import callbacks
from bodydouble.mock_server.vendors.softsugar.authentication import NAME
from bodydouble.mock_server.vendors.softsugar.catalogue import TASK_FIELDS, TASKS, owner
from bodydouble.mock_server.vendors.softsugar.products import (
    AVATAR,
    AVATAR_UPDATE,
    ERROR,
    NOT_STARTED,
    PREHEATING,
    PROCESSING,
    RESULTS_KEPT,
    TASK,
    WAITING,
    all_fail,
    complete,
    files,
    lifecycle,
)

# Ids of the catalogue's tasks are below, ids of all others above.
FIRST_ID = 1_000_000_000
_FAILED = "failed"
# How long a task of a new account waited for the queue and for the algorithm, in milliseconds, if its age allows.
_ACCEPTED, _QUEUED = 12_000, 60_000
_FIELDS = jsonschema_rs.Draft202012Validator(TASK_FIELDS)


def task_id(number: int) -> int:
    """The id on the wire of the account's task of a number."""
    return FIRST_ID + number


def attributes(fields: Mapping[str, Any], task_input: Mapping[str, Any]) -> dict[str, Any]:
    """What is stored of a task.

    Args:
        fields: complete.
        task_input: what was asked for, as `taskInfo` shows it.
    """
    return {
        "fields": fields,
        "input": task_input,
        "files": files(fields),
        "files_valid": RESULTS_KEPT,
    }


def populate(services: Services, connection: Connection, account: Account, now: int) -> None:
    """Put the catalogue's tasks into a new account, oldest first."""
    for entry in sorted(TASKS, key=lambda entry: -entry["age"]):
        given = {name: value for name, value in entry.items() if name in TASK_FIELDS["properties"]}
        fields = complete(given)
        services.tasks.add(
            connection,
            account,
            NAME,
            TASK,
            key=lambda number, wanted=entry["id"]: wanted,  # type: ignore[misc]
            name=entry["materialName"],
            created_at=now - entry["age"] * 1000,
            now=now,
            plan=_past(entry, now),
            attributes=attributes(fields, _input(account, entry["materialName"], fields)),
            callback_url=callbacks.url(account),
            category=str(entry["algoType"]),
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
    if lifecycle().states[state].terminal:
        steps.append(Step(started + entry["duration"] * 1000, state))
    else:
        steps = steps[: [step.state for step in steps].index(state) + 1]
    outcome = _FAILED if state == ERROR else DEFAULT_OUTCOME
    return Plan(outcome, tuple(steps), entry.get("errorMsg"), held=entry.get("held", False))


def add_task(services: Services, connection: Connection, account: Account, now: int, new: NewTask) -> Task:
    """Make a task of any type, which begins now.

    Raises:
        TaskRefused: the fields are not those of the catalogue's taskFields.
    """
    if new.kind != TASK:
        raise TaskRefused(f": only {TASK} can be added; a preheated file comes with its task")
    for error in _FIELDS.iter_errors(new.fields):
        raise TaskRefused(f"{pointer(error.instance_path)}: {error.message}")
    given = new.fields.get("files", [])
    if new.fields["algoType"] == PREHEATING and not all("fileId" in file for file in given):
        raise TaskRefused("/files: every file of a preheating needs a fileId")
    outcome = _FAILED if given and all_fail(given) else new.outcome

    fields = complete(new.fields)
    return services.tasks.add(
        connection,
        account,
        NAME,
        TASK,
        key=task_id,
        name=new.name,
        created_at=now,
        now=now,
        plan=plans.make(lifecycle(), now, account.tempo, outcome, new.reason),
        attributes=attributes(fields, _input(account, new.name, fields)),
        callback_url=callbacks.url(account),
        category=str(fields["algoType"]),
    )


def _input(account: Account, name: str, fields: Mapping[str, Any]) -> dict[str, Any]:
    algo_type = fields["algoType"]
    if algo_type in (AVATAR, AVATAR_UPDATE):
        job = {"accountId": owner(account), "materialName": name, "assetScale": 1.0, "existTaskId": 0}
        if algo_type == AVATAR_UPDATE:
            return {"rebuild2DAvatarModelVideo": {**job, "firstCreate": False}}
        return {"create2DAvatarModel": {**job, "firstCreate": True}}
    return {"task": {"materialName": name, **fields}}

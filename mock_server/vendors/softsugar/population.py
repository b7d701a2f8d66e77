"""Making tasks: those of the operations, and those of a new account and of the control plane."""

import functools
from collections.abc import Mapping
from typing import Any

import jsonschema_rs

from bodydouble.contracts.core.json_pointer import pointer
from bodydouble.contracts.model.lifecycle import DEFAULT_OUTCOME
from bodydouble.mock_server.engine.plans import Plan, Step
from bodydouble.mock_server.store.search import NAME, SearchText
from bodydouble.mock_server.store.task_runtime import CallbackTarget
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.population import FirstTask, Population
from bodydouble.mock_server.vendor_api.settings import NewTask, TaskRejected
from bodydouble.mock_server.vendor_api.toolbox import Choice, Toolbox
from bodydouble.mock_server.vendors.softsugar import names, products, records
from bodydouble.mock_server.vendors.softsugar.callbacks import callback, callback_url
from bodydouble.mock_server.vendors.softsugar.catalogue import TASK_FIELDS, TASKS
from bodydouble.mock_server.vendors.softsugar.products import Fields

# Ids of the catalogue's tasks are below, ids of all others above.
FIRST_ID = 1_000_000_000
# For how many callback URLs what new accounts start with is remembered.
_MAX_POPULATIONS = 16
# How long a task of a new account waited for the queue and for the algorithm, in milliseconds, if its age allows.
_ACCEPTED, _QUEUED = 12_000, 60_000


@functools.cache
def _fields() -> jsonschema_rs.Draft202012Validator:
    return jsonschema_rs.Draft202012Validator(TASK_FIELDS)


def create(tools: Toolbox, name: str, fields: Fields, task_input: Mapping[str, Any], choice: Choice | None) -> Task:
    """Make a task that begins now.

    Args:
        fields: complete.
        task_input: the request, as `taskInfo` shows it.
        choice: what becomes of it; None for what a scenario says.
    """
    return tools.tasks.create(
        names.TASK,
        key=lambda number: FIRST_ID + number,
        name=name,
        attributes={**fields, "input": task_input},
        files=products.files(fields),
        files_valid=products.RESULT_LIFE,
        callback=callback(tools),
        choice=choice,
        category=str(fields["algoType"]),
        texts=_texts(name, fields),
    )


# The catalogue's tasks have none, so that a new account is recorded in few statements.
def _texts(name: str, fields: Fields) -> list[SearchText]:
    files = {file["fileId"]: None for file in fields.get("files", ()) if "fileId" in file}
    return [SearchText(NAME, name), *(SearchText(products.FILE_ID, file_id) for file_id in files)]


def populate(tools: Toolbox) -> Population:
    """The catalogue's tasks, oldest first."""
    return _population(callback_url(tools.account))


# The catalogue does not change while the server runs.
@functools.lru_cache(maxsize=_MAX_POPULATIONS)
def _population(url: str | None) -> Population:
    target = None if url is None else CallbackTarget(url)
    return Population(tuple(_first_task(entry, target) for entry in sorted(TASKS, key=lambda entry: -entry["age"])))


def _first_task(entry: Mapping[str, Any], target: CallbackTarget | None) -> FirstTask:
    fields = products.complete({field: value for field, value in entry.items() if field in TASK_FIELDS["properties"]})
    plan = _past(entry)
    return FirstTask(
        names.TASK,
        key=str(entry["id"]),
        name=entry["materialName"],
        created_at=plan.steps[0].at,
        plan=plan,
        attributes=fields,
        files=products.files(fields),
        files_valid=products.RESULT_LIFE,
        callback=target,
        category=str(fields["algoType"]),
    )


def _past(entry: Mapping[str, Any]) -> Plan:
    age, state = entry["age"] * 1000, entry["state"]
    submitted = -age
    started = submitted + min(_QUEUED, age // 2)
    steps = [
        Step(submitted, names.TASK_NOT_STARTED),
        Step(submitted + min(_ACCEPTED, age // 4), names.TASK_WAITING),
        Step(started, names.TASK_PROCESSING),
    ]
    states = [step.state for step in steps]
    if state in states:
        steps = steps[: states.index(state) + 1]
    else:
        steps.append(Step(started + entry["duration"] * 1000, state))
    outcome = names.OUTCOME_FAILED if state == names.TASK_ERROR else DEFAULT_OUTCOME
    return Plan(outcome, tuple(steps), entry.get("errorMsg"), held=entry.get("held", False))


def add_task(tools: Toolbox, new: NewTask) -> Task:
    """Make a task of any type, which begins now.

    Raises:
        TaskRejected: the fields are not those of the catalogue's taskFields.
    """
    _check(new)
    task_files = new.fields.get("files", [])
    outcome = names.OUTCOME_FAILED if task_files and products.all_fail(task_files) else new.outcome
    fields, choice = products.complete(new.fields), Choice(outcome, new.reason, tools.account.tempo)
    return create(tools, new.name, fields, records.task_input(tools.account, new.name, fields), choice)


def _check(new: NewTask) -> None:
    if new.kind != names.TASK:
        raise TaskRejected(f": only {names.TASK} can be added; a preheated file comes with its task")
    for error in _fields().iter_errors(new.fields):
        raise TaskRejected(f"{pointer(error.instance_path)}: {error.message}")
    files = new.fields.get("files", [])
    if new.fields["algoType"] == products.PREHEATING and not all("fileId" in file for file in files):
        raise TaskRejected("/files: every file of a preheating needs a fileId")

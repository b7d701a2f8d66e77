"""The repositories of a toolbox: what they add to the services is the error case, and the effects for the journal."""

from collections.abc import Iterator
from enum import Enum
from pathlib import Path
from typing import Any

import pytest

from bodydouble.mock_server.services.effects import Effects
from bodydouble.mock_server.services.repositories import Quotas, Tasks
from bodydouble.mock_server.services.task_context import TaskContext
from bodydouble.mock_server.services.tasks import TaskService
from bodydouble.mock_server.store.accounts import DEFAULT_ACCOUNT, get
from bodydouble.mock_server.store.tasks import Task
from bodydouble.mock_server.vendor_api.response import ApiError
from bodydouble.mock_server.vendor_api.toolbox import Cost
from bodydouble.mock_server.vendors import load_vendors
from tests.support.in_process import InProcessServer

VENDOR, KIND, QUOTA = "guiji", "video", "fastDuration"
NOW = 1_741_572_705_000


class Errors(Enum):
    """Error cases of the test's own."""

    tooExpensive = 1
    impossible = 2


@pytest.fixture
def context(tmp_path: Path) -> Iterator[TaskContext]:
    """A request of the default account, in a transaction."""
    server = InProcessServer(tmp_path, [load_vendors()[VENDOR]])
    with server.services.state.main.write() as connection:
        account = get(connection, DEFAULT_ACCOUNT)
        assert account is not None
        yield TaskContext(connection, account, VENDOR, "createVideo", NOW, "http://127.0.0.1")
    server.close()


@pytest.fixture
def effects() -> Effects:
    return Effects()


@pytest.fixture
def tasks(context: TaskContext, effects: Effects) -> Tasks:
    return Tasks(context, TaskService({VENDOR: load_vendors()[VENDOR].contract}), effects)


def create(tasks: Tasks, **options: Any) -> Task:
    return tasks.create(KIND, key=lambda number: number, attributes={}, **options)


def test_a_created_task_is_the_effect_of_the_request(tasks: Tasks, effects: Effects) -> None:
    task = create(tasks, name="film")
    assert effects.task_id == task.id
    assert tasks.get(KIND, task.key) == task


def test_a_cost_that_exceeds_a_quota_is_the_error_of_the_cost(
    context: TaskContext, tasks: Tasks, effects: Effects
) -> None:
    left, _ = Quotas(context).remaining()[QUOTA]
    with pytest.raises(ApiError, match=QUOTA) as raised:
        create(tasks, cost=Cost({QUOTA: left + 1}, Errors.tooExpensive))
    assert raised.value.case is Errors.tooExpensive
    assert effects.task_id is None


def test_reserved_quota_is_not_there_for_a_second_task(context: TaskContext, tasks: Tasks) -> None:
    left, _ = Quotas(context).remaining()[QUOTA]
    create(tasks, cost=Cost({QUOTA: left}, Errors.tooExpensive))
    with pytest.raises(ApiError):
        create(tasks, cost=Cost({QUOTA: 1}, Errors.tooExpensive))


def test_an_operation_without_an_edge_is_the_error_of_the_handler(tasks: Tasks, effects: Effects) -> None:
    task = create(tasks)
    effects.task_id = None
    with pytest.raises(ApiError) as raised:
        tasks.operate(task, error=Errors.impossible)
    assert raised.value.case is Errors.impossible
    assert effects.task_id is None


def test_updating_and_deleting_a_task_are_effects(tasks: Tasks, effects: Effects) -> None:
    first, second = create(tasks), create(tasks)
    updated = tasks.update(first, {"colour": "red"}, "new name")
    assert effects.task_id == first.id
    assert tasks.get(KIND, first.key) == updated
    assert (updated.attributes, updated.name) == ({"colour": "red"}, "new name")
    tasks.delete(second)
    assert effects.task_id == second.id
    assert list(tasks.all(KIND)) == [updated]


def test_only_deleted_tasks_that_are_asked_for_are_listed(tasks: Tasks) -> None:
    task = create(tasks)
    tasks.delete(task)
    assert list(tasks.all(KIND)) == []
    assert [deleted.id for deleted in tasks.all(KIND, with_deleted=True)] == [task.id]

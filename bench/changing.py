"""What an account has done with some of its many tasks, after they were created."""

from collections.abc import Iterator

from sqlalchemy import Connection, select

from bodydouble.mock_server.engine.plans import Plan, Step
from bodydouble.mock_server.store import search, tables, tasks
from bodydouble.mock_server.store.search import Scope, SearchText
from bodydouble.mock_server.store.tasks import Task
from tests.support.times import SAMPLE_TIME

SOFTSUGAR, TASK = "softsugar", "task"
HUAWEI, ASSET = "huawei-metastudio", "asset"
# One of how many tasks is changed: there is one in every block.
_ONE_OF = 100
_AT_ONCE = 64
_EDITED = 300


def delete_some(connection: Connection, account_id: str) -> None:
    """Delete tasks of SoftSugar's."""
    for task in _some(connection, account_id, SOFTSUGAR, TASK):
        tasks.mark_deleted(connection, task, SAMPLE_TIME)


def bin_some(connection: Connection, account_id: str) -> None:
    """Put assets of Huawei's into the recycle bin, oldest first, long after all were created."""
    for index, task in enumerate(_some(connection, account_id, HUAWEI, ASSET)):
        step = Step(SAMPLE_TIME + 1000 * index, "deleting")
        tasks.set_plan(connection, task, Plan(task.plan.outcome, (*task.plan.steps, step)), None, None)


def edit_some(connection: Connection, account_id: str) -> None:
    """Change the descriptions of some assets of Huawei's."""
    scope, text = Scope(account_id, HUAWEI, ASSET), SearchText("changed", "yes")
    for _, task in zip(range(_EDITED), _some(connection, account_id, HUAWEI, ASSET, 3), strict=False):
        content = {**task.attributes["content"], "asset_description": "Edited"}
        changed = {**task.attributes, "content": content, "updated_at": SAMPLE_TIME}
        tasks.set_attributes(connection, task.id, changed)
        search.add(connection, [(scope, task.number, [text])])


def _some(connection: Connection, account_id: str, vendor: str, kind: str, one_of: int = _ONE_OF) -> Iterator[Task]:
    columns = tables.tasks.c
    of_kind = (columns.account_id == account_id, columns.vendor == vendor, columns.kind == kind)
    numbers = connection.scalars(select(columns.number).where(*of_kind).order_by(columns.number)).all()[::one_of]
    for start in range(0, len(numbers), _AT_ONCE):
        chosen = tasks.by_numbers(connection, account_id, vendor, kind, numbers[start : start + _AT_ONCE])
        yield from (task for _, task in sorted(chosen.items()))

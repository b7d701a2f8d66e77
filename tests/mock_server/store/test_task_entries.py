"""Tasks that have entered states in a time: what is certain is counted, and nothing is left out."""

import random
from collections.abc import Callable

import pytest
from sqlalchemy import Connection

from bodydouble.mock_server.engine.plans import Plan, Step
from bodydouble.mock_server.store import phases, task_entries, tasks
from bodydouble.mock_server.store.search import Scope
from bodydouble.mock_server.store.tables import BLOCK_SIZE, BLOCK_SIZES
from bodydouble.mock_server.store.task_entries import Entries
from bodydouble.mock_server.store.task_runtime import TaskRuntime
from bodydouble.mock_server.store.tasks import NewTask, Task
from bodydouble.mock_server.testing.account import Account
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME

ENDS = ("completed", "error", "cancelled")
# The last numbers of a block of the highest level, and the first of the next one.
FIRST_NUMBER = 3 * BLOCK_SIZES[-1] - 3 * BLOCK_SIZE
SCOPE = ("softsugar", "task")


def plan(chance: random.Random, at: int, restarts: int) -> Plan:
    steps = [Step(at, "notStarted"), Step(at + 1, "processing"), Step(at + 1 + chance.randint(0, 3), "error")]
    for _ in range(restarts):
        # Possibly within the very millisecond.
        again = steps[-1].at + chance.choice((0, 0, 700))
        steps += [Step(again, "notStarted"), Step(again + chance.choice((0, 2)), chance.choice(("error", "cancelled")))]
    return Plan("success", tuple(steps))


def add(connection: Connection, account: Account, number: int, created_at: int, planned: Plan) -> Task:
    new = NewTask(*SCOPE, number, str(number), "", created_at, planned, TaskRuntime(), {}, category="14", by_state=True)
    return tasks.add(connection, account.id, new)


def ends(task: Task, since: int, until: int) -> list[int]:
    return [step.at for step in task.plan.steps if step.state in ENDS and since <= step.at <= until]


def entries(account: Account, since: int, until: int) -> Entries:
    return Entries(Scope(account.id, *SCOPE), "14", ENDS, "notStarted", since, until)


@pytest.mark.parametrize("seed", range(3))
def test_what_is_counted_and_what_is_compared_are_all_entries(
    location: str, start: Callable[[str], InProcessServer], seed: int
) -> None:
    server, chance = start(location), random.Random(seed)
    account = Account(server, frozen_at=SAMPLE_TIME)
    with server.services.state.main.write() as connection:
        left = []
        for index in range(200):
            # Changed and deleted tasks are in some blocks only.
            number, created_at = FIRST_NUMBER + index * 10, SAMPLE_TIME + index * 10
            is_special = number // BLOCK_SIZE % 3 == 0 and chance.random() < 0.2
            task = add(connection, account, number, created_at, plan(chance, created_at, int(is_special)))
            if is_special and chance.random() < 0.5:
                tasks.mark_deleted(connection, task, created_at + 800)
            left.append(task)
        for _ in range(60):
            since, until = sorted(SAMPLE_TIME + chance.randint(-5, 2_800) for _ in range(2))
            expected = sum(len(ends(task, since, until)) for task in left)
            for at_most in (0, 50, 10_000):
                certain, others = task_entries.read(connection, entries(account, since, until), at_most)
                assert certain + sum(len(ends(task, since, until)) for task in others) == expected
                assert certain == 0 or certain > at_most


def test_deleted_tasks_are_counted_unless_their_phases_are_not_recorded(
    location: str, start: Callable[[str], InProcessServer]
) -> None:
    server = start(location)
    account = Account(server, frozen_at=SAMPLE_TIME)
    simple = Plan("success", (Step(SAMPLE_TIME, "notStarted"), Step(SAMPLE_TIME + 5, "completed")))
    asked = entries(account, SAMPLE_TIME, SAMPLE_TIME + 9)
    with server.services.state.main.write() as connection:
        first, second, *_ = (add(connection, account, FIRST_NUMBER + index, SAMPLE_TIME, simple) for index in range(4))
        tasks.mark_deleted(connection, first, SAMPLE_TIME + 1)
        tasks.mark_deleted(connection, second, SAMPLE_TIME + 7)
        assert task_entries.read(connection, asked, 3)[0] == 4
        # The plan of a deleted task may change, with that of the task that it follows.
        tasks.set_plan(connection, first, Plan("success", simple.steps[:1]), None, None)
        assert task_entries.read(connection, asked, 2)[0] == 3
        # As an earlier server has left it.
        phases.forget(connection, account.id, *SCOPE, second.number)
        certain, others = task_entries.read(connection, asked, 2)
        assert (certain, len(list(others))) == (0, 4)


@pytest.mark.parametrize(
    ("since", "until", "certain", "read"),
    [
        # The blocks' tasks end at 0 to 9, 1000 to 1009, 2000 to 2009 and 3000 to 3009.
        (0, 9_000, 40, 0),
        (1_000, 2_009, 20, 0),
        (10, 999, 0, 0),
        (1_001, 2_009, 10, 9),
        (1_000, 2_008, 10, 10),
        (9, 3_000, 20, 11),
    ],
)
def test_only_blocks_that_an_end_of_the_time_cuts_are_looked_into(
    location: str, start: Callable[[str], InProcessServer], since: int, until: int, certain: int, read: int
) -> None:
    server = start(location)
    account = Account(server, frozen_at=SAMPLE_TIME)
    with server.services.state.main.write() as connection:
        for block in range(4):
            for index in range(10):
                at = SAMPLE_TIME + block * 1_000 + index
                steps = (Step(SAMPLE_TIME - 5, "notStarted"), Step(at, "completed"))
                number = FIRST_NUMBER + block * BLOCK_SIZE + index
                add(connection, account, number, SAMPLE_TIME - 5, Plan("success", steps))
        asked = entries(account, SAMPLE_TIME + since, SAMPLE_TIME + until)
        counted, looked_at = task_entries.read(connection, asked, 0)
        assert (counted, len(list(looked_at))) == (certain, read)
        assert sum(1 for _ in task_entries.read(connection, asked, 1_000)[1]) == certain + read

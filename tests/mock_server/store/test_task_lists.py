"""Lists of tasks by the counts of blocks: the same as a look at every task, in each kind of database."""

import random
from collections.abc import Callable
from dataclasses import replace
from itertools import product
from typing import Any

import pytest
from sqlalchemy import Connection

from bodydouble.mock_server.engine.plans import NEVER, Plan, Step
from bodydouble.mock_server.store import entry_order, list_statements, task_lists, task_retention, tasks
from bodydouble.mock_server.store.prepared_statement import PreparedStatement
from bodydouble.mock_server.store.tables import BLOCK_SIZE, BLOCK_SIZES
from bodydouble.mock_server.store.task_lists import Entry, Selection, numbers_of
from bodydouble.mock_server.store.task_runtime import TaskRuntime
from bodydouble.mock_server.store.tasks import NewTask, Task
from bodydouble.mock_server.testing.account import Account
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME

STATES = ("waiting", "working", "done", "broken")
# The last numbers of a block of the highest level, and the first of the next one.
FIRST_NUMBER = 3 * BLOCK_SIZES[-1] - 2500
SCOPE = ("guiji", "voiceClone")


def plan(chance: random.Random, created_at: int) -> Plan:
    at, steps = created_at, [Step(created_at, STATES[0])]
    for state in (STATES[1], chance.choice(STATES[2:])):
        at += chance.choice((0, 1, 30, 5_000, NEVER))
        if at >= NEVER:
            break
        steps.append(Step(at, state))
    return Plan("success", tuple(steps))


def put(connection: Connection, account: Account, chance: random.Random) -> list[tuple[Task, str]]:
    """Tasks of two categories over several blocks, some deleted and some changed; those that are left."""
    left: list[tuple[Task, str]] = []
    number = FIRST_NUMBER
    for index in range(90):
        number, category = number + chance.choice((1, 1, 200)), chance.choice(("a", "b"))
        created_at = SAMPLE_TIME + index * 20
        new = NewTask(
            *SCOPE,
            number,
            str(number),
            "",
            created_at,
            plan(chance, created_at),
            TaskRuntime(),
            {},
            category,
            by_state=True,
        )
        task = tasks.add(connection, account.id, new)
        if chance.random() < 0.1:
            tasks.mark_deleted(connection, task, created_at)
            continue
        if chance.random() < 0.1:
            tasks.set_plan(connection, task, plan(chance, created_at), None, None)
        changed = tasks.by_id(connection, task.id)
        assert changed is not None
        left.append((changed, category))
    return left


def selections(account: Account, chance: random.Random) -> list[Selection]:
    return [
        Selection(
            account.id,
            *SCOPE,
            SAMPLE_TIME + chance.randint(-10, 7_000),
            chance.choice((None, ("a",), ("b",), ("a", "b"))),
            chance.choice((None, STATES[:1], STATES[1:], (chance.choice(STATES),), ())),
            chance.choice((None, None, SAMPLE_TIME + chance.randint(0, 1_800))),
            chance.choice((None, None, SAMPLE_TIME + chance.randint(0, 1_800))),
        )
        for _ in range(60)
    ]


def entries(chance: random.Random) -> Entry:
    first, last = (chance.choice((None, SAMPLE_TIME + chance.randint(0, 1_900))) for _ in range(2))
    return Entry("working", ("waiting",), first, last)


def enters(task: Task, entry: Entry) -> bool:
    entered = task.plan.entered(entry.state)
    return (
        entered is not None
        and (entry.from_at is None or entered >= entry.from_at)
        and (entry.until_at is None or entered <= entry.until_at)
    )


def is_selected(task: Task, category: str, selection: Selection) -> bool:
    return (
        (selection.categories is None or category in selection.categories)
        and (selection.in_states is None or task.state(selection.now) in selection.in_states)
        and (selection.entry is None or enters(task, selection.entry))
        and (selection.created_from is None or task.created_at >= selection.created_from)
        and (selection.created_until is None or task.created_at <= selection.created_until)
        and task.number not in selection.without
    )


@pytest.mark.parametrize("seed", range(3))
def test_counts_and_pages_are_those_of_a_look_at_every_task(
    location: str, start: Callable[[str], InProcessServer], seed: int
) -> None:
    server, chance = start(location), random.Random(seed)
    account = Account(server, frozen_at=SAMPLE_TIME)
    with server.services.state.main.write() as connection:
        left = put(connection, account, chance)
        numbers = [task.number for task, _ in left]
        plain = [
            replace(each, without=frozenset(chance.sample(numbers, chance.choice((0, 0, 0, 3)))))
            for each in selections(account, chance)
        ]
        for selection in [*plain, *(replace(each, entry=entries(chance)) for each in plain)]:
            expected = [task.number for task, category in left if is_selected(task, category, selection)]
            assert task_lists.count(connection, selection) == len(expected)
            offset, limit = chance.randint(0, 80), chance.choice((1, 7, 50, None))
            for newest_first in (False, True):
                total, page = task_lists.page(
                    connection, selection, offset=offset, limit=limit, newest_first=newest_first
                )
                ordered = expected[::-1] if newest_first else expected
                rest = ordered[offset:]
                assert (total, [task.number for task in page]) == (len(expected), rest[:limit] if limit else rest)


@pytest.mark.parametrize(
    ("first", "last", "count", "looked_into"),
    [
        # The blocks' tasks are trained at 0 to 9, 1000 to 1009, 2000 to 2009 and 3000 to 3009.
        (None, None, 40, 0),
        (1_000, 2_009, 20, 0),
        (10, 999, 0, 0),
        (1_001, 2_009, 19, 1),
        (1_000, 2_008, 19, 1),
        (9, 3_000, 22, 2),
        (2_003, 2_003, 1, 1),
    ],
)
def test_only_blocks_that_a_time_of_entry_cuts_are_looked_into(
    location: str,
    start: Callable[[str], InProcessServer],
    monkeypatch: pytest.MonkeyPatch,
    first: int | None,
    last: int | None,
    count: int,
    looked_into: int,
) -> None:
    server = start(location)
    account = Account(server, frozen_at=SAMPLE_TIME)
    looks: list[list_statements.Shape] = []
    look = list_statements.count_of_block

    def counted(shape: list_statements.Shape) -> PreparedStatement:
        looks.append(shape)
        return look(shape)

    monkeypatch.setattr(list_statements, "count_of_block", counted)
    times = [None if each is None else SAMPLE_TIME + each for each in (first, last)]
    entry = Entry("done", ("working",), *times)
    with server.services.state.main.write() as connection:
        for block, index in product(range(4), range(10)):
            entered = SAMPLE_TIME + block * 1_000 + index
            steps = (Step(SAMPLE_TIME - 5, "working"), Step(entered, "done"))
            number = FIRST_NUMBER + block * BLOCK_SIZE + index
            tasks.add(connection, account.id, new_task(number, SAMPLE_TIME - 5, Plan("success", steps)))
        # One that never is done, and is not counted.
        tasks.add(
            connection,
            account.id,
            new_task(number + BLOCK_SIZE, SAMPLE_TIME - 5, Plan("success", steps[:1], held=True)),
        )
        for now in (SAMPLE_TIME - 1, SAMPLE_TIME + 9_000):
            looks.clear()
            selection = Selection(account.id, *SCOPE, now, entry=entry)
            assert task_lists.count(connection, selection) == count
            assert len(looks) == looked_into


@pytest.mark.parametrize("seed", range(3))
def test_pages_by_the_time_of_entry_are_those_of_a_look_at_every_task(
    location: str, start: Callable[[str], InProcessServer], seed: int
) -> None:
    server, chance = start(location), random.Random(seed)
    account = Account(server, frozen_at=SAMPLE_TIME)

    def entered(task: Task) -> tuple[int, int]:
        return task.plan.current(selection.now).at // 1000, task.number

    with server.services.state.main.write() as connection:
        left = put(connection, account, chance)
        for selection in selections(account, chance):
            without = frozenset(task.number for task, _ in chance.sample(left, chance.choice((0, 5))))
            states = STATES if selection.states is None else selection.states
            selection = replace(selection, states=states, without=without)
            chosen = [task for task, category in left if is_selected(task, category, selection)]
            expected = [task.number for task in sorted(chosen, key=entered)]
            offset, limit = chance.randint(0, 80), chance.choice((1, 7, 50, None))
            for newest_first in (False, True):
                total, page = entry_order.page(
                    connection, selection, offset=offset, limit=limit, newest_first=newest_first
                )
                rest = (expected[::-1] if newest_first else expected)[offset:]
                assert (total, [task.number for task in page]) == (len(expected), rest[:limit] if limit else rest)


@pytest.fixture
def looks(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The blocks that are looked into for an order of entry."""
    blocks: list[int] = []

    def counted(block: int) -> dict[str, int]:
        blocks.append(block)
        return numbers_of(block)

    monkeypatch.setattr(entry_order, "numbers_of", counted)
    return blocks


@pytest.mark.parametrize(
    ("offset", "apart", "blocks"),
    [
        *((offset, 10_000, blocks) for offset, blocks in ((0, 1), (8, 1), (9, 2), (30, 1), (40, 0))),
        # All in the same second.
        *((offset, 0, blocks) for offset, blocks in ((0, 1), (8, 1), (9, 2), (30, 1))),
    ],
)
def test_only_blocks_around_a_page_by_the_time_of_entry_are_looked_into(
    location: str, start: Callable[[str], InProcessServer], offset: int, apart: int, blocks: int, looks: list[int]
) -> None:
    server = start(location)
    account = Account(server, frozen_at=SAMPLE_TIME)
    with server.services.state.main.write() as connection:
        for block, index in product(range(4), range(10)):
            at = SAMPLE_TIME + block * apart + index * 100
            steps = (Step(SAMPLE_TIME - 5, "working"), Step(at, "done"))
            number = FIRST_NUMBER + block * BLOCK_SIZE + index
            tasks.add(connection, account.id, new_task(number, SAMPLE_TIME - 5, Plan("success", steps)))
        selection = Selection(account.id, *SCOPE, SAMPLE_TIME + 90_000, states=STATES)
        total, page = entry_order.page(connection, selection, offset=offset, limit=2, newest_first=False)
    assert (total, len(page), len(looks)) == (40, min(2, 40 - offset), blocks)


def test_what_was_moved_long_after_its_creation_is_apart_from_the_rest_of_its_block(
    location: str, start: Callable[[str], InProcessServer], looks: list[int]
) -> None:
    server = start(location)
    account = Account(server, frozen_at=SAMPLE_TIME)
    with server.services.state.main.write() as connection:
        for block, index in product(range(4), range(5)):
            at = SAMPLE_TIME + block * 10_000 + index * 1_000
            later = [Step(SAMPLE_TIME + 90_000 - block * 1_000, "waiting")] if index == 2 else []
            steps = (Step(SAMPLE_TIME - 5, "working"), Step(at, "done"), *later)
            number = FIRST_NUMBER + block * BLOCK_SIZE + index
            tasks.add(connection, account.id, new_task(number, SAMPLE_TIME - 5, Plan("success", steps)))
        selection = Selection(account.id, *SCOPE, SAMPLE_TIME + 99_000, states=STATES)
        for offset, numbers, blocks in ((4, [0, 1], 1), (14, [3, 4], 1), (16, [2, 2], 2)):
            looks.clear()
            _, page = entry_order.page(connection, selection, offset=offset, limit=2, newest_first=False)
            assert [(task.number - FIRST_NUMBER) % BLOCK_SIZE for task in page] == numbers
            assert len(looks) == blocks


def new_task(number: int, created_at: int, plan: Plan) -> NewTask:
    return NewTask(*SCOPE, number, str(number), "", created_at, plan, TaskRuntime(), {}, "a", by_state=True)


def test_a_task_is_left_out_by_its_number(location: str, start: Callable[[str], InProcessServer]) -> None:
    server, chance = start(location), random.Random(7)
    account = Account(server, frozen_at=SAMPLE_TIME)
    with server.services.state.main.write() as connection:
        numbers = [task.number for task, _ in put(connection, account, chance)]
        selection = Selection(account.id, *SCOPE, SAMPLE_TIME, without=frozenset(numbers[5:7]))
        total, page = task_lists.page(connection, selection, offset=3, limit=5, newest_first=False)
        assert total == len(numbers) - 2
        assert [task.number for task in page] == [*numbers[3:5], *numbers[7:10]]


def test_a_place_in_a_state_is_that_of_the_order_of_entry(
    location: str, start: Callable[[str], InProcessServer]
) -> None:
    server, chance = start(location), random.Random(5)
    account = Account(server, frozen_at=SAMPLE_TIME)
    now = SAMPLE_TIME + 1_500
    with server.services.state.main.write() as connection:
        working = [task for task, _ in put(connection, account, chance) if task.state(now) == "working"]
        working.sort(key=lambda task: (task.plan.current(now).at, task.number))
        selection = Selection(account.id, *SCOPE, now, states=("working",))
        places = [
            task_lists.entered_before(connection, selection, task.plan.current(now).at, task.number) for task in working
        ]
    assert places == list(range(len(working)))
    assert working


def test_what_is_dropped_and_what_belongs_to_a_deleted_account_is_counted_no_more(
    location: str, start: Callable[[str], InProcessServer]
) -> None:
    server, chance = start(location), random.Random(3)
    account = Account(server, frozen_at=SAMPLE_TIME)
    selection = Selection(account.id, *SCOPE, SAMPLE_TIME + 10_000, states=STATES)
    with server.services.state.main.write() as connection:
        left = put(connection, account, chance)
        before = task_lists.count(connection, selection)
        task_retention.forget_oldest(connection, account.id, 20, SAMPLE_TIME + 10_000)
        remaining = [task for task, _ in left if tasks.by_id(connection, task.id) is not None]
        assert task_lists.count(connection, selection) == len(remaining) < before == len(left)
    account.delete()
    assert _rows(server, "task_blocks", account) == _rows(server, "task_phases", account) == 0


def _rows(server: InProcessServer, table: str, account: Account) -> Any:
    connection = server.services.state.main.read()
    statement = f"SELECT count(*) FROM {table} WHERE account_id = '{account.id}'"
    return connection.exec_driver_sql(statement).scalar_one()


def test_what_is_counted_on_each_level_is_the_same(location: str, start: Callable[[str], InProcessServer]) -> None:
    server, chance = start(location), random.Random(11)
    account = Account(server, frozen_at=SAMPLE_TIME)
    with server.services.state.main.write() as connection:
        put(connection, account, chance)
        statement = (
            "SELECT state, category, sum(count), min(min_from), max(max_from), min(min_until), max(max_until) "
            f"FROM task_blocks WHERE account_id = '{account.id}' AND level = %d GROUP BY state, category"
        )
        levels = [sorted(map(tuple, connection.exec_driver_sql(statement % level).fetchall())) for level in (0, 1)]
        blocks = [
            connection.exec_driver_sql(
                f"SELECT count(DISTINCT block) FROM task_blocks WHERE account_id = '{account.id}' AND kind = "
                f"'{SCOPE[1]}' AND level = {level}"
            ).scalar_one()
            for level in (0, 1)
        ]
    assert [row[:3] for row in levels[0]] == [row[:3] for row in levels[1]] != []
    assert blocks[0] > blocks[1] == 2


def test_those_that_have_left_a_state_take_no_place_in_it(
    location: str, start: Callable[[str], InProcessServer]
) -> None:
    server = start(location)
    account = Account(server, frozen_at=SAMPLE_TIME)
    with server.services.state.main.write() as connection:
        for number, leaves in (
            (FIRST_NUMBER, 50),
            (FIRST_NUMBER + BLOCK_SIZE, 900),
            (FIRST_NUMBER + 2 * BLOCK_SIZE, 900),
        ):
            steps = (Step(SAMPLE_TIME, "waiting"), Step(SAMPLE_TIME + leaves, "done"))
            new = NewTask(
                *SCOPE,
                number,
                str(number),
                "",
                SAMPLE_TIME,
                Plan("success", steps),
                TaskRuntime(),
                {},
                "a",
                by_state=True,
            )
            tasks.add(connection, account.id, new)
        selection = Selection(account.id, *SCOPE, SAMPLE_TIME + 100, states=("waiting",))
        entered = task_lists.entered_before(connection, selection, SAMPLE_TIME + 1, FIRST_NUMBER)
        assert entered == task_lists.count(connection, selection) == 2


def test_nearly_all_tasks_of_many_blocks_may_be_left_out(
    location: str, start: Callable[[str], InProcessServer]
) -> None:
    server = start(location)
    account = Account(server, frozen_at=SAMPLE_TIME)
    numbers = range(FIRST_NUMBER, FIRST_NUMBER + 20 * BLOCK_SIZE)
    shown = [block * BLOCK_SIZE + FIRST_NUMBER for block in range(20)]
    with server.services.state.main.write() as connection:
        for number in shown:
            tasks.add(connection, account.id, new_task(number, SAMPLE_TIME, Plan("success", (Step(1, "done"),))))
        for states in (None, STATES):
            selection = Selection(account.id, *SCOPE, SAMPLE_TIME, None, states, without=frozenset(numbers) - {*shown})
            total, page = task_lists.page(connection, selection, offset=1, limit=None, newest_first=False)
            assert (total, [task.number for task in page]) == (20, shown[1:])
        total, page = entry_order.page(connection, selection, offset=0, limit=3)
        assert (total, [task.number for task in page]) == (20, shown[:-4:-1])

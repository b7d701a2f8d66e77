"""The events of one task are claimed in their order, on each kind of database; a retry holds nothing back."""

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from bodydouble.mock_server.clock import wall_ms
from bodydouble.mock_server.store import deliveries, due_deliveries
from bodydouble.mock_server.store.deliveries import DELIVERED, FAILED, PENDING, Attempt, Delivery
from bodydouble.mock_server.testing.account import Account
from bodydouble.mock_server.testing.receiver import Receiver, respond
from tests.support.guiji import ACKNOWLEDGEMENT, Guiji
from tests.support.in_process import InProcessServer
from tests.support.postgresql import PostgresqlServer

Start = Callable[[str], InProcessServer]


class Outbox:
    """The outbox of an account with two tasks, and a look into it."""

    def __init__(self, server: InProcessServer) -> None:
        self._database = server.services.state.main
        account = Account(server)
        guiji = Guiji(account)
        self._account, self.now = account.id, wall_ms()
        self.tasks = [account.task(guiji.speak())["id"] for _ in range(2)]

    def add(self, name: str, ago: int, task_id: int | None, port: int = 9, step: int = 0) -> None:
        at, url = self.now - ago, f"http://127.0.0.1:{port}/"
        with self._database.write() as connection:
            deliveries.add(
                connection,
                Delivery(
                    name, self._account, "guiji", "audioResult", task_id, None, url, {}, None, PENDING, at, at, 0, step
                ),
                at,
            )

    def due(self) -> list[str]:
        """What is due now; looking for accounts finds this one if there is any."""
        with self._database.write() as connection:
            at_most = dict.fromkeys(due_deliveries.destinations_of(connection, self._account), 9)
            due = due_deliveries.due_of(connection, self._account, self.now, at_most)
            account_ids = due_deliveries.accounts_with_due(connection, self.now)
        assert (self._account in account_ids) == bool(due)
        return [delivery.id for delivery in due]

    def first_due(self) -> str | None:
        """What an advance of the clock attempts first."""
        with self._database.write() as connection:
            delivery = deliveries.first_due(connection, self._account, self.now, self.now)
        return delivery.id if delivery is not None else None

    def lease(self, name: str) -> None:
        with self._database.write() as connection:
            deliveries.lease_all(connection, [name], self.now + 60_000)

    def record(self, name: str, state: str, due_in: int = 0) -> None:
        with self._database.write() as connection:
            delivery = deliveries.get(connection, name)
            assert delivery is not None
            number = delivery.attempts + 1
            after = replace(delivery, state=state, attempts=number, due_at=self.now + due_in, body=b"{}")
            attempt = Attempt(
                number, "scheduled", self.now, delivery.url, {}, b"", None, None, 0.0, "timeout", None, after.due_at
            )
            deliveries.record_all(connection, [(after, attempt)])


@pytest.fixture
def outbox(location: str, start: Start) -> Outbox:
    return Outbox(start(location))


@pytest.mark.parametrize("state", [DELIVERED, FAILED])
def test_an_event_waits_for_the_first_attempt_at_the_earlier_one(outbox: Outbox, state: str) -> None:
    # Their identifiers have another order, and each may go elsewhere.
    for ago, (name, port) in enumerate((("a", 3), ("c", 1), ("b", 2)), 1):
        outbox.add(name, ago, outbox.tasks[0], port)
    for name in ("b", "c", "a"):
        assert outbox.due() == [name]
        outbox.lease(name)
        assert outbox.due() == []
        outbox.record(name, state)
    assert outbox.due() == []


def test_events_of_other_tasks_and_of_none_do_not_wait(outbox: Outbox) -> None:
    first, second = outbox.tasks
    for ago, (name, task_id) in enumerate((("5", first), ("4", second), ("3", None), ("2", None), ("1", first))):
        outbox.add(name, 9 - ago, task_id)
    assert outbox.due() == ["5", "4", "3", "2"]


def test_a_retry_of_an_earlier_event_holds_nothing_back(outbox: Outbox) -> None:
    outbox.add("first", 20, outbox.tasks[0])
    outbox.add("second", 10, outbox.tasks[0])
    outbox.lease("first")
    outbox.record("first", PENDING, due_in=-5)
    # The retry is due, too, and waits for no later event.
    assert outbox.due() == ["second", "first"]
    outbox.lease("first")
    assert outbox.due() == ["second"]


def test_an_event_that_is_planned_for_later_holds_nothing_back(outbox: Outbox) -> None:
    outbox.add("later", -60_000, outbox.tasks[0])
    outbox.add("due", 10, outbox.tasks[0])
    assert outbox.due() == ["due"]


def test_events_of_the_same_millisecond_are_in_the_order_of_the_steps(outbox: Outbox) -> None:
    for step, name in ((2, "a"), (1, "b"), (0, "c")):
        outbox.add(name, 10, outbox.tasks[0], step, step)
    for name in ("c", "b", "a"):
        assert outbox.due() == [name]
        assert outbox.first_due() == name
        outbox.lease(name)
        outbox.record(name, DELIVERED)


def test_events_of_the_same_millisecond_and_step_have_an_order(outbox: Outbox) -> None:
    outbox.add("b", 10, outbox.tasks[0])
    outbox.add("a", 10, outbox.tasks[0])
    assert outbox.due() == ["a"]


def test_attempts_are_recorded_on_each_database(location: str, start: Start, receiver: Receiver) -> None:
    receiver.behaviour = respond(200, ACKNOWLEDGEMENT)
    server = start(location)
    guiji = Guiji(Account(server))
    for _ in range(3):
        guiji.account.act(guiji.speak(callbackUrl=receiver.url), "finish")
    server.start()
    deadline = time.monotonic() + 10
    while guiji.account.deliveries(state=PENDING) and time.monotonic() < deadline:
        time.sleep(0.02)
    server.stop()
    sent = guiji.account.deliveries(state=DELIVERED)
    assert [len(delivery["attempts"]) for delivery in sent] == [1, 1, 1]


def test_the_look_for_an_earlier_event_goes_by_the_task_on_postgresql(
    postgresql: PostgresqlServer, start: Start
) -> None:
    server = start(postgresql.new_database())
    with server.services.state.main.write() as connection:
        statement = str(
            due_deliveries._due().compile(dialect=connection.dialect, compile_kwargs={"render_postcompile": True})
        )
        connection.exec_driver_sql("SET LOCAL enable_seqscan = off")
        values = {"account": "a", "at_destination": "d", "wall_ms": 1, "at_most": 1}
        rows = connection.exec_driver_sql(f"EXPLAIN {statement}", values).fetchall()
    plan = [row[0].strip() for row in rows]
    step = next(index for index, line in enumerate(plan) if "deliveries earlier" in line)
    assert "deliveries_by_task" in plan[step], plan
    assert plan[step + 1].startswith("Index Cond: (task_id ="), plan

"""Reservations: the quota of tasks that will be charged."""

from bodydouble.mock_server.store import tasks
from bodydouble.mock_server.testing.account import Account
from tests.support.guiji import Guiji
from tests.support.in_process import InProcessServer
from tests.support.times import SAMPLE_TIME


def test_only_tasks_that_succeed_later_reserve_quota(running: InProcessServer) -> None:
    guiji = Guiji(Account(running, frozen_at=SAMPLE_TIME))
    ended = guiji.synthesise()
    guiji.account.act(ended, "finish")
    guiji.account.act(guiji.synthesise(), "fail", {"reason": "as a test wants it"})
    guiji.synthesise()
    with running.services.state.main.write() as connection:
        waiting = list(tasks.reservations(connection, guiji.account.id, "guiji", guiji.account.now()))
        assert len(waiting) == 1
        assert all(amount > 0 for amount in waiting[0].values())
        assert list(tasks.reservations(connection, guiji.account.id, "softsugar", guiji.account.now())) == []


def test_reservations_are_read_without_scanning_the_tasks_that_cost_nothing(running: InProcessServer) -> None:
    statements: list[str] = []
    with running.services.state.main.write() as connection:
        driver = connection.connection.driver_connection
        assert driver is not None
        driver.set_trace_callback(statements.append)
        assert list(tasks.reservations(connection, "default", "guiji", SAMPLE_TIME)) == []
        driver.set_trace_callback(None)
        plan = driver.execute(f"EXPLAIN QUERY PLAN {statements[-1]}").fetchall()
    assert "USING INDEX tasks_uncharged" in str(plan)

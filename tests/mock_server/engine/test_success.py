"""When a task counts as having succeeded."""

import pytest

from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import Tempo

LIFECYCLE = Lifecycle.from_specification(
    "thing",
    {
        "description": "A thing that is created, and can be cancelled, recreated and expire.",
        "field": "status",
        "initial": "queued",
        "states": {
            "queued": {"code": 0, "description": ""},
            "made": {"code": 1, "description": "", "callback": "ended"},
            "old": {"code": 2, "description": "", "terminal": True},
            "broken": {"code": 3, "description": "", "terminal": True, "callback": "ended"},
            "cancelled": {"code": 4, "description": "", "terminal": True, "callback": "ended"},
        },
        "edges": [
            {"from": "queued", "to": "made", "after": 10},
            {"from": "queued", "to": "broken", "after": 5, "outcome": "failed"},
            {"from": "made", "to": "old", "after": 100, "paced": False},
            {"from": "queued", "to": "cancelled", "by": "cancel"},
            {"from": "made", "to": "queued", "by": "remake"},
            {"from": "broken", "to": "queued", "by": "remake"},
        ],
    },
)
TEMPO = Tempo()


def test_success_is_the_end_of_the_work_not_of_a_validity() -> None:
    assert plans.succeeds_at(plans.make(LIFECYCLE, 0, TEMPO), LIFECYCLE) == 10_000


def test_failed_and_stuck_tasks_do_not_succeed() -> None:
    assert plans.succeeds_at(plans.make(LIFECYCLE, 0, TEMPO, "failed"), LIFECYCLE) is None
    assert plans.succeeds_at(plans.make(LIFECYCLE, 0, TEMPO, stuck=True), LIFECYCLE) is None


def test_a_cancelled_task_does_not_succeed() -> None:
    plan = plans.operate(plans.make(LIFECYCLE, 0, TEMPO), LIFECYCLE, 1000, TEMPO, "cancel")
    assert plans.succeeds_at(plan, LIFECYCLE) is None


@pytest.mark.parametrize("first", ["success", "failed"])
def test_only_the_last_run_of_a_restarted_task_counts(first: str) -> None:
    plan = plans.make(LIFECYCLE, 0, TEMPO, first)
    again = plans.operate(plan, LIFECYCLE, 20_000, TEMPO, "remake")
    assert plans.succeeds_at(again, LIFECYCLE) == 30_000
    failing = plans.operate(plan, LIFECYCLE, 20_000, TEMPO, "remake", "failed")
    assert plans.succeeds_at(failing, LIFECYCLE) is None


def test_a_task_that_an_operator_finishes_succeeds_at_that_time() -> None:
    held = plans.hold(plans.make(LIFECYCLE, 0, TEMPO), 1000)
    assert plans.succeeds_at(held, LIFECYCLE) is None
    assert plans.succeeds_at(plans.finish(held, LIFECYCLE, 3000, TEMPO), LIFECYCLE) == 3000

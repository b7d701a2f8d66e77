"""When the work of a plan ends, and which edge an operation takes, in lifecycles with several branches."""

import pytest

from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import PlanError, Tempo

LIFECYCLES = load_contract("aliyun-avatar").lifecycles
VIDEO, AVATAR = LIFECYCLES["videoTask"], LIFECYCLES["avatar"]
REAL = Tempo()


def test_a_callback_at_the_beginning_of_the_work_is_not_its_end() -> None:
    plan = plans.make(VIDEO, 0, REAL)
    assert VIDEO.states["running"].callback is not None
    assert plans.succeeds_at(plan, VIDEO) == plan.entered("success") == 300_000


def test_a_stuck_plan_stays_in_the_last_working_state() -> None:
    assert plans.make(VIDEO, 0, REAL, stuck=True).final == "running"
    assert plans.make(AVATAR, 0, REAL, stuck=True).final == "training"


def test_a_cancelled_plan_never_succeeds() -> None:
    plan = plans.operate(plans.make(VIDEO, 0, REAL), VIDEO, 1000, REAL, "CancelVideoTask")
    assert plan.final == "cancelled"
    assert plans.succeeds_at(plan, VIDEO) is None


@pytest.mark.parametrize(("target", "final"), [("training", "success"), ("declined", "declined"), (None, "success")])
def test_an_operation_with_several_edges_takes_the_chosen_edge(target: str | None, final: str) -> None:
    waiting = plans.make(AVATAR, 0, REAL, "confirmation")
    plan = plans.operate(waiting, AVATAR, 400_000, REAL, "ConfirmAvatar2dTrain", target=target)
    assert plan.final == final
    expected = 700_000 if final == "success" else None
    assert plans.succeeds_at(plan, AVATAR) == expected


def test_a_missing_edge_cannot_be_chosen() -> None:
    waiting = plans.make(AVATAR, 0, REAL, "confirmation")
    with pytest.raises(PlanError, match="not possible"):
        plans.operate(waiting, AVATAR, 400_000, REAL, "ConfirmAvatar2dTrain", target="success")

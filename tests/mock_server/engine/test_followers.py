"""Plans that follow others, and operations with several edges."""

import pytest

from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.contracts.model.loader import load_contract
from bodydouble.mock_server.engine import plans
from bodydouble.mock_server.engine.plans import Plan, PlanError, Step, Tempo

LIFECYCLES = load_contract("huawei-metastudio").lifecycles
ASSET, JOB = LIFECYCLES["asset"], LIFECYCLES["videoJob"]
STATES = {
    "waiting": "creating",
    "processing": "creating",
    "succeed": "actived",
    "failed": "failed",
    "canceled": "failed",
    "block": "block",
}
TEMPO = Tempo()


def in_use() -> Plan:
    return Plan("success", (Step(0, "actived"),))


def test_a_follower_has_the_same_times_and_no_step_without_a_change() -> None:
    leader = plans.make(JOB, 1000, TEMPO)
    assert [step.state for step in leader.steps] == ["waiting", "processing", "succeed"]
    follower = plans.follow(leader, STATES)
    assert follower.steps == (Step(1000, "creating"), Step(301_000, "actived"))


@pytest.mark.parametrize(("outcome", "state"), [("failed", "failed"), ("blocked", "block")])
def test_a_follower_takes_over_outcome_and_reason(outcome: str, state: str) -> None:
    follower = plans.follow(plans.make(JOB, 0, TEMPO, outcome, "of the test"), STATES)
    assert (follower.outcome, follower.reason, follower.final) == (outcome, "of the test", state)


def test_a_follower_is_held_with_its_leader() -> None:
    leader = plans.hold(plans.make(JOB, 0, TEMPO), 40_000)
    assert plans.follow(leader, STATES) == Plan("success", (Step(0, "creating"),), held=True)


@pytest.mark.parametrize("target", ["unactived", "waitingDelete"])
def test_an_operation_with_several_edges_takes_the_requested_edge(target: str) -> None:
    plan = plans.operate(in_use(), ASSET, 5, TEMPO, "UpdateDigitalAsset", target=target)
    assert plan.final == target


def test_without_a_target_an_operation_takes_its_first_edge() -> None:
    assert plans.operate(in_use(), ASSET, 5, TEMPO, "DeleteAsset").state(5) == "deleting"


@pytest.mark.parametrize("target", ["actived", "block", "nonsense"])
def test_an_operation_cannot_reach_a_state_without_an_edge(target: str) -> None:
    with pytest.raises(PlanError, match="not possible"):
        plans.operate(in_use(), ASSET, 5, TEMPO, "UpdateDigitalAsset", target=target)


def test_a_cancelled_task_has_not_succeeded() -> None:
    plan = plans.operate(plans.make(JOB, 0, TEMPO), JOB, 5, TEMPO, "Cancel2DDigitalHumanVideo")
    assert plan.final == "canceled"
    assert plans.succeeds_at(plan, JOB) is None


def test_edges_are_found_by_state_operation_and_target() -> None:
    lifecycle: Lifecycle = ASSET
    assert lifecycle.edge_by("deleting", "RestoreAsset", "actived") is not None
    assert lifecycle.edge_by("deleting", "RestoreAsset", "deleted") is None
    assert lifecycle.edge_by("actived", "RestoreAsset") is None

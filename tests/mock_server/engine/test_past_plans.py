"""Plans of tasks that were created in the past, of every lifecycle of every vendor."""

from itertools import pairwise

import pytest

from bodydouble import load_contract
from bodydouble.contracts.model.lifecycle import Lifecycle
from bodydouble.mock_server.engine import past_plans
from bodydouble.mock_server.engine.plans import PlanError, Tempo

NOW = 1_800_000_000_000
HOUR = 3_600_000
VENDORS = ("guiji", "softsugar", "aliyun-avatar", "huawei-metastudio")
STATES = [
    pytest.param(lifecycle, state.name, id=f"{vendor}-{lifecycle.name}-{state.name}")
    for vendor in VENDORS
    for lifecycle in load_contract(vendor).lifecycles.values()
    for state in lifecycle.states.values()
    if not state.unreachable
]
VIDEO = load_contract("guiji").lifecycles["video"]


@pytest.mark.parametrize("age", [0, 1, 5_000, HOUR, 10_000 * HOUR])
@pytest.mark.parametrize(("lifecycle", "state"), STATES)
def test_a_task_of_any_age_is_in_the_named_state_now(lifecycle: Lifecycle, state: str, age: int) -> None:
    plan = past_plans.in_state(lifecycle, state, NOW - age, NOW, Tempo(60))
    assert plan.state(NOW) == state
    assert plan.steps[0].at == NOW - age
    assert plan.steps[0].state == lifecycle.initial
    for earlier, later in pairwise(plan.steps):
        assert earlier.at <= later.at
        edges = [edge for edge in lifecycle.edges if (edge.source, edge.target) == (earlier.state, later.state)]
        assert edges, f"no edge leads from {earlier.state} to {later.state}"


def test_what_takes_less_than_the_age_takes_its_usual_time() -> None:
    plan = past_plans.in_state(VIDEO, "success", NOW - HOUR, NOW, Tempo())
    whole = past_plans.in_state(VIDEO, "queued", NOW - HOUR, NOW - HOUR, Tempo())
    assert plan == whole


def test_a_state_whose_time_is_over_begins_anew() -> None:
    plan = past_plans.in_state(VIDEO, "processing", NOW - 10 * HOUR, NOW, Tempo())
    assert plan.steps[1].at < NOW
    usual = next(edge.after for edge in VIDEO.edges if (edge.source, edge.target) == ("processing", "success"))
    assert plan.future(NOW)[0].at == NOW + round((usual or 0) * 1000)


def test_the_outcome_follows_from_the_state_unless_it_is_named() -> None:
    assert past_plans.in_state(VIDEO, "processing", NOW, NOW, Tempo()).outcome == "success"
    assert past_plans.in_state(VIDEO, "failed", NOW, NOW, Tempo(), reason="No sound").reason == "No sound"
    assert past_plans.in_state(VIDEO, "failed", NOW, NOW, Tempo()).outcome == "failed"
    assert past_plans.in_state(VIDEO, "processing", NOW, NOW, Tempo(), "failed").final == "failed"


@pytest.mark.parametrize(
    ("state", "outcome", "problem"),
    [
        ("done", None, "video has no state 'done'; it has editing"),
        ("queued", "great", "video has no outcome 'great'; it has failed"),
        ("failed", "success", "nothing leads to the state 'failed' of video with success"),
        ("editing", None, "nothing leads to the state 'editing'"),
    ],
)
def test_a_state_or_outcome_that_is_not_there_is_an_error(state: str, outcome: str | None, problem: str) -> None:
    with pytest.raises(PlanError, match=problem):
        past_plans.in_state(VIDEO, state, NOW, NOW, Tempo(), outcome)
